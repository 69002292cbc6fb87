"""§§ 1478 to 1502 ABGB: periods run from the due date, and only acknowledgement, suit or insolvency filing stop
them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from kulanz.law.days import ONE_DAY, add_years
from kulanz.law.errors import InvalidQuestion, NotVerified
from kulanz.law.limitation import Act, EventRule, Limitation, LimitationEvent, RunningPeriod, tell

PERIODS: Final = {
    "regular": (3, "§ 1486 ABGB: Lieferungen und Leistungen eines Betriebs, Miete, Honorare: drei Jahre ab Fälligkeit"),
    "recurring": (3, "§ 1480 ABGB: Zinsen und wiederkehrende Leistungen: drei Jahre"),
    "damages": (3, "§ 1489 ABGB: Schadenersatz: drei Jahre ab Kenntnis"),
    "general": (30, "§§ 1478, 1479 ABGB: dreißig Jahre"),
}

EVENTS: Final = {
    "acknowledgement": EventRule(Act.RESTART, "§ 1497 ABGB: Anerkenntnis unterbricht"),
    "suit": EventRule(Act.RESTART_AT_END, "§ 1497 ABGB: gehörig fortgesetzte Klage unterbricht"),
    "insolvency_filing": EventRule(Act.RESTART_AT_END, "§ 1497 ABGB, § 9 IO: Anmeldung zur Insolvenz unterbricht"),
    "negotiations": EventRule(Act.DELAY, "", source_missing="Die Wirkung von Vergleichsgesprächen ist für Österreich nicht geprüft."),
    "titled": EventRule(Act.NEW_PERIOD, "", source_missing="Die Frist für Urteilsschulden ist für Österreich nicht geprüft."),
}


def limitation(kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
    """When a claim lapses. `arose_on` is the due date; `known_on` matters for damages only."""
    if kind not in PERIODS:
        raise InvalidQuestion(f"Die Art „{kind}“ ist nicht bekannt.", fix=f"Möglich sind: {', '.join(PERIODS)}.")
    years, rule = PERIODS[kind]
    begins_on = max(arose_on, known_on or arose_on) if kind == "damages" else arose_on
    ends_on = min(add_years(begins_on, years), add_years(arose_on, 30))
    for event in events:
        if event.kind == "suit" and event.to_on is not None:
            raise NotVerified("Die Frist nach dem Ende eines Rechtsstreits ist für Österreich nicht geprüft.")
    return tell(RunningPeriod(arose_on, begins_on + ONE_DAY, ends_on, years, rule), events, EVENTS)
