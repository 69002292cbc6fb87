"""Art. 127 to 142 OR, Art. 149a SchKG: periods run from the due date, and every act of enforcement restarts them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from kulanz.law.days import ONE_DAY, add_years
from kulanz.law.errors import InvalidQuestion
from kulanz.law.limitation import Act, EventRule, Limitation, LimitationEvent, RunningPeriod, tell

PERIODS: Final = {
    "regular": (10, "Art. 127 OR: zehn Jahre"),
    "short": (5, "Art. 128 OR: fünf Jahre (Miete, Zinsen, wiederkehrende Leistungen, Handwerk, Detailhandel, Ärzte, Anwälte)"),
    "titled": (10, "Art. 137 Abs. 2 OR: durch Urkunde anerkannt oder durch Urteil festgestellt: zehn Jahre"),
    "loss_certificate": (20, "Art. 149a SchKG: Verlustschein, zwanzig Jahre"),
}

EVENTS: Final = {
    "acknowledgement": EventRule(Act.RESTART, "Art. 135 Ziff. 1 OR: Anerkennung, Zins- oder Teilzahlung"),
    "part_payment": EventRule(Act.RESTART, "Art. 135 Ziff. 1 OR: Teilzahlung"),
    "interest_payment": EventRule(Act.RESTART, "Art. 135 Ziff. 1 OR: Zinszahlung"),
    "security": EventRule(Act.RESTART, "Art. 135 Ziff. 1 OR: Pfand oder Bürgschaft"),
    "enforcement_request": EventRule(Act.RESTART, "Art. 135 Ziff. 2 OR: Schuldbetreibung"),
    "enforcement_act": EventRule(Act.RESTART, "Art. 138 Abs. 2 OR: jeder Betreibungsakt"),
    "conciliation_request": EventRule(Act.RESTART, "Art. 135 Ziff. 2 OR: Schlichtungsgesuch"),
    "insolvency_filing": EventRule(Act.RESTART, "Art. 135 Ziff. 2 OR: Eingabe im Konkurs"),
    "suit": EventRule(Act.RESTART_AT_END, "Art. 135 Ziff. 2, Art. 138 Abs. 1 OR: Klage; Neubeginn mit dem Abschluss"),
    "titled": EventRule(Act.NEW_PERIOD, PERIODS["titled"][1], years=10),
    "loss_certificate": EventRule(Act.NEW_PERIOD, PERIODS["loss_certificate"][1], years=20),
    "negotiations": EventRule(Act.SUSPEND, "Art. 134 Abs. 1 Ziff. 8 OR: Vergleichsgespräche, schriftlich vereinbart"),
    "waiver": EventRule(Act.DELAY, "Art. 141 OR: schriftlicher Verzicht auf die Einrede"),
}
"""Talks count only if the standstill was agreed in writing; a waiver runs for at most ten years."""


def limitation(kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
    """When a claim lapses. `arose_on` is the due date (for a loss certificate its issue); knowledge does not matter."""
    if kind not in PERIODS:
        raise InvalidQuestion(f"Die Art „{kind}“ ist nicht bekannt.", fix=f"Möglich sind: {', '.join(PERIODS)}.")
    years, rule = PERIODS[kind]
    for event in events:
        if event.kind == "waiver" and (event.to_on is None or event.to_on > add_years(event.from_on, 10)):
            raise InvalidQuestion("Ein Verzicht braucht ein Ende und gilt höchstens zehn Jahre (Art. 141 OR).")
    return tell(RunningPeriod(arose_on, arose_on + ONE_DAY, add_years(arose_on, years), years, rule), events, EVENTS)
