"""When default begins: what must be known to say so, and the answer with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class DefaultReason(StrEnum):
    """Why a debtor is in default, or why not yet."""

    CALENDAR_DATE = "calendar_date"
    """The contract fixed the day of payment by the calendar."""
    REFUSAL = "refusal"
    """The debtor refused seriously and finally."""
    REMINDER = "reminder"
    """A reminder was received after the payment was due."""
    THIRTY_DAYS = "thirty_days"
    """Thirty days have passed since the payment was due and the invoice received."""
    THIRTY_DAYS_AFTER_PERFORMANCE = "thirty_days_after_performance"
    """Thirty days have passed since due date and delivery; it is uncertain when the invoice arrived."""
    INVOICE = "invoice"
    """The invoice was received and not paid without delay (Austria)."""
    NOT_IN_DEFAULT = "not_in_default"
    """Nothing so far has caused default."""


@dataclass(frozen=True, slots=True)
class DefaultFacts:
    """What is known about one payment. Unknown stays None; unknown never counts against the debtor."""

    due_on: date
    consumer: bool = True
    calendar_date: date | None = None
    """The day of payment, if contract (or law) fixed it by the calendar; a day the invoice merely names does not
    count."""
    invoice_received_on: date | None = None
    performance_received_on: date | None = None
    notice_on_invoice: bool = False
    """Did the invoice tell a consumer that default begins after thirty days?"""
    reminder_received_on: date | None = None
    refused_on: date | None = None
    region: str = ""
    """Where payment is to be made (as a rule the debtor's seat). Empty: a holiday anywhere in the country counts."""


@dataclass(frozen=True, slots=True)
class DefaultStart:
    """The answer. `in_default_from` is the first day in default, `first_interest_day` the first that bears interest.

    They differ where an act of that very day causes default (a reminder, a refusal): interest begins the day after.
    """

    in_default_from: date | None
    first_interest_day: date | None
    reason: DefaultReason
    rule: str


def earliest(starts: list[DefaultStart], *, otherwise: str) -> DefaultStart:
    """The cause that comes first; among causes of one day the first in the list. None: not in default, with the rule
    why."""
    dated = [(start.first_interest_day, start) for start in starts if start.first_interest_day is not None]
    if not dated:
        return DefaultStart(None, None, DefaultReason.NOT_IN_DEFAULT, otherwise)
    return min(dated, key=lambda pair: pair[0])[1]
