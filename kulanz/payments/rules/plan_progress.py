"""What money has done for an agreement: instalments covered oldest first, from the schedule and what was paid since. Pure, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Planned:
    """One instalment as it was agreed."""

    number: int
    due_on: date
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Covered:
    """One instalment and what of it has been paid."""

    number: int
    due_on: date
    amount_cents: int
    paid_cents: int

    @property
    def open_cents(self) -> int:
        return self.amount_cents - self.paid_cents


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an agreement stands. `over_cents` is what exceeds everything agreed."""

    rows: tuple[Covered, ...]
    paid_cents: int
    over_cents: int

    @property
    def total_cents(self) -> int:
        return sum(row.amount_cents for row in self.rows)

    @property
    def open_cents(self) -> int:
        return sum(row.open_cents for row in self.rows)

    @property
    def done(self) -> int:
        """How many instalments are paid in full."""
        return sum(row.open_cents == 0 for row in self.rows)

    @property
    def percent(self) -> int:
        """How much of the total is paid, rounded down: a hundred means everything."""
        return 100 if not self.total_cents else (self.total_cents - self.open_cents) * 100 // self.total_cents

    @property
    def next(self) -> Covered | None:
        """The oldest instalment with something open."""
        return next((row for row in self.rows if row.open_cents), None)


def cover(planned: Sequence[Planned], paid_cents: int) -> Progress:
    """Give the money to the instalments, oldest first.

    Whoever pays early or more covers later instalments with it: the plan gets shorter at its end only when all before are paid. Money
    that went back (a negative sum) covers nothing.
    """
    left = max(0, paid_cents)
    rows = []
    for each in sorted(planned, key=lambda one: one.number):
        paid = min(left, each.amount_cents)
        left -= paid
        rows.append(Covered(each.number, each.due_on, each.amount_cents, paid))
    return Progress(tuple(rows), paid_cents, left)


class Standing(StrEnum):
    """Where an active agreement stands on a day."""

    KEPT = "kept"
    ON_TIME = "on_time"
    LATE = "late"
    """Something is due and not paid, still within the tolerance: nothing happens."""
    MISSED = "missed"
    """The tolerance is over: the friendly path is open until its last day."""
    BROKEN = "broken"
    """The friendly path is over too."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missed` is the oldest instalment that is open beyond the tolerance; `recover_until` the last day of the friendly path."""

    standing: Standing
    missed: Covered | None = None
    recover_until: date | None = None


def judge(progress: Progress, *, day: date, tolerance_days: int, recovery_days: int, missed_since: date | None) -> Verdict:
    """Judge an active agreement. `missed_since` is the day on which the friendly path was opened for it, if one is open.

    The path always gets its full time from the day it was opened: a run that failed for a week never costs the debtor those days.
    """
    if progress.open_cents == 0:
        return Verdict(Standing.KEPT)
    behind = progress.next
    if behind is None or behind.due_on >= day:
        return Verdict(Standing.ON_TIME)
    if behind.due_on + timedelta(days=tolerance_days) >= day:
        return Verdict(Standing.LATE, behind)
    opened_on = missed_since or day
    until = opened_on + timedelta(days=recovery_days)
    return Verdict(Standing.BROKEN if day > until else Standing.MISSED, behind, until)
