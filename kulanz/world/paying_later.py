"""People who cannot pay at once: who asks for what, and whether they keep to it. No database; every number here is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from kulanz.world.dice import chance, dice, pick
from kulanz.world.hazards import is_payday
from kulanz.world.people import Person
from kulanz.world.temper import Temper

_ASKS: Final = {
    Temper.SHORT_OF_CASH: 0.35,
    Temper.HARDSHIP: 0.30,
    Temper.BUSY: 0.05,
    Temper.FORGETFUL: 0.04,
    Temper.STRATEGIC: 0.04,
}
"""The chance per noticed reminder to use the page's ways to pay later."""

_KEEPS: Final = {Temper.HARDSHIP: 0.82, Temper.STRATEGIC: 0.55}
_KEEPS_USUALLY: Final = 0.93
_RECOVERS: Final = 0.75
_IN_PARTS_FROM_CENTS: Final = 6_000
_MONTHS: Final = (2, 3, 3, 4, 6)
_BY_DEBIT: Final = 0.25
"""Of those who agree instalments: how many let them be collected."""

_COMES_BACK: Final = {Temper.HARDSHIP: 0.12, Temper.STRATEGIC: 0.10, Temper.SHORT_OF_CASH: 0.06}
_COMES_BACK_USUALLY: Final = 0.02
_EMPTY_ACCOUNT, _FETCHED_BACK = "AM04", "MD06"
_WHY: Final = {Temper.STRATEGIC: {_EMPTY_ACCOUNT: 0.3, _FETCHED_BACK: 0.7}}
_WHY_USUALLY: Final = {_EMPTY_ACCOUNT: 0.9, _FETCHED_BACK: 0.1}
_QUIET_DAYS: Final = 7
_LATE_DAYS: Final = (0, 0, 0, 1, 1, 2, 3)
_PAYDAY_WITHIN_DAYS: Final = 35
_GIVES_UP_AFTER_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class PayLater:
    """Ask for time: in `months` instalments from `first_on`, or (one month) everything on that day, usually a pay-day.

    `by_debit`: with a mandate, so that the instalments are collected.
    """

    months: int
    first_on: date
    by_debit: bool = False


@dataclass(slots=True)
class Agreed:
    """What somebody has agreed: day and cents of each payment that is still to come, and how many there have been.

    `by_debit`: the bank takes the payments, and only what came `back` is left to transfer.
    """

    rows: list[tuple[date, int]]
    paid: int = 0
    by_debit: bool = False
    back: list[tuple[date, int]] = field(default_factory=list)

    @property
    def to_transfer(self) -> list[tuple[date, int]]:
        """What they have to see to themselves, the next one first."""
        return self.back if self.by_debit else self.rows

    def debited(self) -> None:
        """The bank has taken the next payment."""
        self.rows = self.rows[1:]
        self.paid += 1

    def came_back(self, day: date, cents: int, code: str) -> None:
        """A payment was not taken after all: it is to be transferred when the quiet days after the return are over.

        Whoever has fetched it back has ended the mandate with it.
        """
        if code == _FETCHED_BACK and self.by_debit:
            self.rows = [*self.back, *self.rows]
            self.back, self.by_debit = [], False
        self.to_transfer.insert(0, (day + timedelta(days=_QUIET_DAYS), cents))


def asks(person: Person, open_cents: int, day: date, *, seed: int, nth: int) -> PayLater | None:
    """Does somebody who has just read a reminder ask for time, and for how much of it?"""
    stream = dice(seed, person.creditor, person.number, "later", nth)
    if open_cents <= 0 or stream.random() >= _ASKS.get(person.temper, 0.0):
        return None
    ahead = (day + timedelta(days=days) for days in range(3, _PAYDAY_WITHIN_DAYS))
    first_on = next(each for each in ahead if is_payday(each))
    months = stream.choice(_MONTHS) if open_cents >= _IN_PARTS_FROM_CENTS else 1
    by_debit = months > 1 and chance(seed, person.creditor, person.number, "signs", nth) < _BY_DEBIT
    return PayLater(months, first_on, by_debit)


def pays_agreed(person: Person, agreed: Agreed, day: date, *, seed: int) -> bool:
    """Is today the day on which the next agreed payment is made?

    Most pay around the day; a payment once missed is made up for a week or so later, after the kind message, or never.
    """
    if not agreed.to_transfer:
        return False
    due_on, _ = agreed.to_transfer[0]
    key = (person.creditor, person.number, agreed.paid, due_on)
    if chance(seed, *key, "kept") < _KEEPS.get(person.temper, _KEEPS_USUALLY):
        return day >= due_on - timedelta(days=1) + timedelta(days=_late(seed, key))
    return chance(seed, *key, "recovers") < _RECOVERS and day >= due_on + timedelta(days=9 + _late(seed, key))


def given_up(agreed: Agreed, day: date) -> bool:
    """Is it over, everything paid or long since missed? Then they live on as before."""
    rows = agreed.back or agreed.rows
    return not rows or day > rows[0][0] + timedelta(days=_GIVES_UP_AFTER_DAYS)


def comes_back(person: Person, collection: str, *, seed: int) -> str:
    """The R-code with which a collection from this person's account comes back; empty if it stays."""
    if chance(seed, "comes back", collection) >= _COMES_BACK.get(person.temper, _COMES_BACK_USUALLY):
        return ""
    return pick(_WHY.get(person.temper, _WHY_USUALLY), chance(seed, "return code", collection))


def _late(seed: int, key: Sequence[object]) -> int:
    return dice(seed, *key, "late").choice(_LATE_DAYS)
