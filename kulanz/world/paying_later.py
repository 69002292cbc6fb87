"""People who cannot pay at once: who asks for what, and whether they keep to it. No database; every number here is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from kulanz.world.dice import chance, dice
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
_LATE_DAYS: Final = (0, 0, 0, 1, 1, 2, 3)
_PAYDAY_WITHIN_DAYS: Final = 35
_GIVES_UP_AFTER_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class PayLater:
    """Ask for time: in `months` instalments from `first_on`, or (one month) everything on that day, usually a pay-day."""

    months: int
    first_on: date


@dataclass(slots=True)
class Agreed:
    """What somebody has agreed: day and cents of each payment that is still to come, and how many there have been."""

    rows: list[tuple[date, int]]
    paid: int = 0


def asks(person: Person, open_cents: int, day: date, *, seed: int, nth: int) -> PayLater | None:
    """Does somebody who has just read a reminder ask for time, and for how much of it?"""
    stream = dice(seed, person.creditor, person.number, "later", nth)
    if open_cents <= 0 or stream.random() >= _ASKS.get(person.temper, 0.0):
        return None
    ahead = (day + timedelta(days=days) for days in range(3, _PAYDAY_WITHIN_DAYS))
    first_on = next(each for each in ahead if is_payday(each))
    return PayLater(stream.choice(_MONTHS) if open_cents >= _IN_PARTS_FROM_CENTS else 1, first_on)


def pays_agreed(person: Person, agreed: Agreed, day: date, *, seed: int) -> bool:
    """Is today the day on which the next agreed payment is made?

    Most pay around the day; a payment once missed is made up for a week or so later, after the kind message, or never.
    """
    due_on, _ = agreed.rows[0]
    key = (person.creditor, person.number, agreed.paid, due_on)
    if chance(seed, *key, "kept") < _KEEPS.get(person.temper, _KEEPS_USUALLY):
        return day >= due_on - timedelta(days=1) + timedelta(days=_late(seed, key))
    return chance(seed, *key, "recovers") < _RECOVERS and day >= due_on + timedelta(days=9 + _late(seed, key))


def given_up(agreed: Agreed, day: date) -> bool:
    """Is it over, everything paid or long since missed? Then they live on as before."""
    return not agreed.rows or day > agreed.rows[0][0] + timedelta(days=_GIVES_UP_AFTER_DAYS)


def _late(seed: int, key: Sequence[object]) -> int:
    return dice(seed, *key, "late").choice(_LATE_DAYS)
