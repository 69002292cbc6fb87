"""What can go wrong when the next step is chosen."""

from __future__ import annotations

from kulanz.errors import KulanzError


class StrategyError(KulanzError):
    """Die Entscheidung über den nächsten Schritt ist nicht möglich."""

    code, status = "strategy_error", 400


class PlaybookInvalid(StrategyError):
    """Der Ablaufplan ist nicht gültig.

    ``problems`` lists every fault with its place, so that all of them can be corrected at once.
    """

    code, status = "playbook_invalid", 422
    fix = "Bitte die genannten Stellen berichtigen und den Plan erneut prüfen: kulanz playbook check DATEI."

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("Der Ablaufplan ist nicht gültig: " + "; ".join(problems))


class ConditionInvalid(StrategyError):
    """Die Bedingung ist nicht gültig."""

    code, status = "condition_invalid", 422
    fix = "Erlaubt sind die dokumentierten Angaben und Funktionen, siehe docs/reference/facts.md."


class CalendarEnds(StrategyError):
    """Für diesen Tag ist kein Feiertagskalender geladen."""

    code, status = "calendar_ends", 422
    fix = "Bitte einen Kalender laden, der das Jahr enthält."


class FactsIncomplete(StrategyError):
    """Die Angaben zu den Akten sind unvollständig oder haben den falschen Typ."""

    code, status = "facts_incomplete", 500
    fix = "Das ist ein Programmfehler: bitte mit der Meldung an den Betrieb geben."


class PlaybookUnknown(StrategyError):
    """Diesen Ablaufplan gibt es nicht."""

    code, status = "playbook_unknown", 404
    fix = "Bitte den Namen prüfen oder den Plan zuerst speichern: kulanz playbook save DATEI."


class DecisionUnknown(StrategyError):
    """Diese Entscheidung gibt es nicht."""

    code, status = "decision_unknown", 404
    fix = "Bitte die Nummer prüfen; „kulanz decisions --date TAG“ listet die Entscheidungen eines Tages."
