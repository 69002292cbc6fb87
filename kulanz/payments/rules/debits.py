"""When a direct debit may be collected and how much: pre-notification, bank days, sequence, expiry. Pure.

The terms are those of the SEPA Direct Debit Core rulebook of the European Payments Council: pre-notification 14 calendar days before
the due day unless another term was agreed, the due day a bank day, a mandate without a collection for 36 months no longer valid.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from kulanz.claims.models import HoldReason
from kulanz.law.days import add_months
from kulanz.payments.rules.bank_days import add_bank_days, on_or_after

MANDATE_MONTHS: Final = 36
"""A mandate that was not used for so long has lapsed."""

LATE_BANK_DAYS_MAX: Final = 5
"""A file that could not be made in time (the house stood still) may move its collections by so many bank days, never to an earlier one."""

ARRIVAL_DAYS: Final = 10
"""How long after the due day the bank's line is waited for before reminders may go on: weekends, a late file, a holiday."""

COMPATIBLE_HOLDS: Final = frozenset({HoldReason.COLLECTION, HoldReason.PLAN, HoldReason.PROMISE, HoldReason.SETTLEMENT})
"""Holds that speak of the same money. Any other one (dispute, hardship, insolvency, "paid already", …) stops the collection too."""


class Sequence(StrEnum):
    """The kind of collection as the bank wants to know it: the first, a later one, or the only one."""

    FIRST = "FRST"
    RECURRING = "RCUR"
    ONE_OFF = "OOFF"


class NotCollected(StrEnum):
    """Why an announced collection is not handed in; each has a German sentence in `WHY_NOT`."""

    PAID = "paid"
    NOT_ANNOUNCED = "not_announced"
    MANDATE = "mandate"
    HOLD = "hold"
    CASE_CLOSED = "case_closed"
    TOO_LATE = "too_late"
    DEBTOR = "debtor"
    PLAN_ENDED = "plan_ended"


WHY_NOT: Final = {
    NotCollected.PAID: ("Es ist inzwischen schon bezahlt.", "It has already been paid."),
    NotCollected.NOT_ANNOUNCED: ("Die Ankündigung kam nicht rechtzeitig bei Ihnen an.", "The notice did not reach you in time."),
    NotCollected.MANDATE: ("Das Mandat gilt nicht mehr.", "The mandate is no longer valid."),
    NotCollected.HOLD: (
        "Wir halten gerade alles an und klären erst, was Sie uns gesagt haben.",
        "Everything is on hold until what you told us is settled.",
    ),
    NotCollected.CASE_CLOSED: ("Die Angelegenheit ist abgeschlossen.", "The matter is closed."),
    NotCollected.TOO_LATE: ("Wir haben die Frist der Bank verpasst.", "We missed the bank's deadline."),
    NotCollected.DEBTOR: ("Sie haben die Abbuchung abgesagt.", "You cancelled the direct debit."),
    NotCollected.PLAN_ENDED: ("Die Vereinbarung gilt nicht mehr.", "The agreement is no longer valid."),
}
"""German and English sentence for each, as debtor and agent read it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one mandate: days of pre-notification, bank days the file must be at the bank before the due day."""

    prenotice_days: int
    lead_bank_days: int


@dataclass(frozen=True, slots=True)
class Planned:
    """When money is taken and when the file must be made."""

    due_on: date
    submit_on: date


def plan_collection(terms: Terms, *, announced_on: date, wanted_on: date) -> Planned:
    """The due day of a collection announced today and wanted for a day: never earlier than wanted, always a bank day.

    The notice is counted from the day after it was announced, so that at least ``prenotice_days`` whole days lie before the due day.
    """
    noticed = announced_on + timedelta(days=terms.prenotice_days + 1)
    possible = add_bank_days(announced_on, terms.lead_bank_days + 1)
    due_on = on_or_after(max(wanted_on, noticed, possible))
    return Planned(due_on, add_bank_days(due_on, -terms.lead_bank_days))


def move_if_late(due_on: date, *, today: date, lead_bank_days: int) -> date | None:
    """The due day a file made today can still ask for: the announced one, or a little later; None if that would be too much later."""
    possible = add_bank_days(today, lead_bank_days)
    if possible <= due_on:
        return due_on
    return possible if possible <= add_bank_days(due_on, LATE_BANK_DAYS_MAX) else None


def noticed_in_time(noticed_on: date | None, due_on: date, prenotice_days: int) -> bool:
    """True if the notice was really out so many whole days before the due day; None means it never went out."""
    return noticed_on is not None and noticed_on + timedelta(days=prenotice_days) < due_on


def collectable_cents(announced_cents: int, open_cents: int, under_way_cents: int) -> int:
    """What may be asked for: never more than announced, never more than is open on the due day less what other files already ask for."""
    return max(0, min(announced_cents, open_cents - under_way_cents))


def stopping_hold(holds: Collection[HoldReason]) -> HoldReason | None:
    """A hold that forbids to take money, or None."""
    stopping = sorted(set(holds) - COMPATIBLE_HOLDS)
    return stopping[0] if stopping else None


def sequence_of(*, one_off: bool, used_before: bool) -> Sequence:
    """Which kind of collection this is."""
    if one_off:
        return Sequence.ONE_OFF
    return Sequence.RECURRING if used_before else Sequence.FIRST


def lapses_on(signed_on: date, last_used_on: date | None) -> date:
    """The last day on which a mandate may still be used."""
    return add_months(last_used_on or signed_on, MANDATE_MONTHS)
