"""§§ 194 to 218 BGB: how long a claim can be enforced, and what stops or restarts the clock.

The end is the plain calendar day. Whether an end on a weekend moves (§ 193 by analogy) is not settled here: the unmoved
day is the safe deadline for the creditor and the earlier one for the debtor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from kulanz.law.days import ONE_DAY, add_months, add_years
from kulanz.law.errors import InvalidQuestion
from kulanz.law.limitation import Act, EventRule, Limitation, LimitationEvent, RunningPeriod, tell

THIRTY_YEARS: Final = {
    "titled": "§ 197 Abs. 1 Nr. 3, § 201 BGB: rechtskräftig festgestellt, 30 Jahre",
    "settlement": "§ 197 Abs. 1 Nr. 4, § 201 BGB: vollstreckbarer Vergleich oder Urkunde, 30 Jahre",
    "insolvency_table": "§ 197 Abs. 1 Nr. 5, § 201 BGB: vollstreckbare Feststellung zur Insolvenztabelle, 30 Jahre",
    "enforcement_costs": "§ 197 Abs. 1 Nr. 6 BGB: Kosten der Zwangsvollstreckung, 30 Jahre",
}
KINDS: Final = ("regular", "titled_recurring", *THIRTY_YEARS)

_ACKNOWLEDGED: Final = "§ 212 Abs. 1 Nr. 1 BGB: Anerkenntnis; Neubeginn am Folgetag"
_COURT: Final = "bis sechs Monate nach dem Ende, § 204 Abs. 2 BGB"

EVENTS: Final = {
    "negotiations": EventRule(Act.SUSPEND, "§ 203 BGB: Verhandlungen", delay_months=3),
    "deferral": EventRule(Act.SUSPEND, "§ 205 BGB: Stundung"),
    "suit": EventRule(Act.SUSPEND, f"§ 204 Abs. 1 Nr. 1 BGB: Klage, {_COURT}", months_after=6),
    "payment_order": EventRule(Act.SUSPEND, f"§ 204 Abs. 1 Nr. 3 BGB: Mahnbescheid, {_COURT}", months_after=6),
    "adr": EventRule(Act.SUSPEND, f"§ 204 Abs. 1 Nr. 4 BGB: Streitbeilegungsstelle, {_COURT}", months_after=6),
    "insolvency_filing": EventRule(Act.SUSPEND, f"§ 204 Abs. 1 Nr. 10 BGB: Anmeldung zur Insolvenz, {_COURT}", months_after=6),
    "consumer_loan_default": EventRule(Act.SUSPEND, "§ 497 Abs. 3 Satz 3 BGB: Verbraucherdarlehen im Verzug, höchstens zehn Jahre"),
    "acknowledgement": EventRule(Act.RESTART, _ACKNOWLEDGED),
    "part_payment": EventRule(Act.RESTART, f"{_ACKNOWLEDGED} (Abschlagszahlung)"),
    "interest_payment": EventRule(Act.RESTART, f"{_ACKNOWLEDGED} (Zinszahlung)"),
    "security": EventRule(Act.RESTART, f"{_ACKNOWLEDGED} (Sicherheitsleistung)"),
    "enforcement_act": EventRule(Act.RESTART, "§ 212 Abs. 1 Nr. 2 BGB: Vollstreckung; Neubeginn am Folgetag"),
    "titled": EventRule(Act.NEW_PERIOD, THIRTY_YEARS["titled"], years=30),
    "minor_without_representative": EventRule(
        Act.DELAY, "§ 210 BGB: ohne gesetzlichen Vertreter; Ende nicht vor sechs Monaten danach", months_after=6
    ),
    "estate": EventRule(Act.DELAY, "§ 211 BGB: Nachlass; Ende nicht vor sechs Monaten danach", months_after=6),
    "payment_order_rejected": EventRule(Act.SUSPEND, "§ 691 Abs. 2 ZPO: zurückgewiesener Mahnantrag"),
}
"""A plain reminder is not in the list: it does not stop the clock.

An event of a court counts from service, or from receipt of the application if it was served soon (§ 167 ZPO); it ends
with the final decision or the last act of the procedure.
"""


def limitation(kind: str, arose_on: date, known_on: date | None = None, events: Sequence[LimitationEvent] = ()) -> Limitation:
    """When a claim lapses. `known_on`: when the creditor knew of claim and debtor; as a rule when it arose."""
    period = _period(kind, arose_on, known_on or arose_on)
    return tell(period, [_dated(event, arose_on) for event in _with_rejected_orders(events)], EVENTS)


def _period(kind: str, arose_on: date, known_on: date) -> RunningPeriod:
    if kind in THIRTY_YEARS:
        return RunningPeriod(arose_on, arose_on + ONE_DAY, add_years(arose_on, 30), 30, THIRTY_YEARS[kind])
    if kind not in KINDS:
        raise InvalidQuestion(f"Die Art „{kind}“ ist nicht bekannt.", fix=f"Möglich sind: {', '.join(KINDS)}.")
    if kind == "titled_recurring":
        year, rule = arose_on.year, "§ 197 Abs. 2, §§ 195, 199 BGB: künftig fällige Teile eines Titels, drei Jahre ab Jahresende"
    else:
        year, rule = max(arose_on, known_on).year, "§§ 195, 199 Abs. 1 BGB: drei Jahre ab dem Ende des Jahres"
    regular = RunningPeriod(arose_on, date(year + 1, 1, 1), date(year + 3, 12, 31), 3, rule)
    latest = add_years(arose_on, 10)
    if latest < regular.ends_on:
        return RunningPeriod(arose_on, arose_on + ONE_DAY, latest, 3, "§ 199 Abs. 4 BGB: spätestens zehn Jahre")
    return regular


def _dated(event: LimitationEvent, arose_on: date) -> LimitationEvent:
    """A consumer loan's suspension ends at the latest ten years after the claim arose (§ 497 (3))."""
    if event.kind != "consumer_loan_default":
        return event
    latest = add_years(arose_on, 10)
    if event.from_on > latest:
        raise InvalidQuestion("Zehn Jahre nach Entstehung hemmt der Verzug ein Verbraucherdarlehen nicht mehr.")
    return replace(event, to_on=min(event.to_on or latest, latest))


def _with_rejected_orders(events: Sequence[LimitationEvent]) -> list[LimitationEvent]:
    """A rejected application keeps its day if a suit follows within a month of the rejection's service (§ 691 (2) ZPO).

    Otherwise it did nothing, and is left out.
    """
    kept = [event for event in events if event.kind != "payment_order_rejected"]
    for rejected in (event for event in events if event.kind == "payment_order_rejected"):
        if rejected.to_on is None:
            raise InvalidQuestion("Zum zurückgewiesenen Mahnantrag fehlt der Tag, an dem die Zurückweisung zuging.")
        deadline = add_months(rejected.to_on, 1)
        kept = [
            replace(event, from_on=min(event.from_on, rejected.from_on))
            if event.kind == "suit" and rejected.to_on <= event.from_on <= deadline
            else event
            for event in kept
        ]
    return kept
