"""Days on which banks move euros: the calendar of T2 (formerly TARGET2). Weekends and six holidays are off. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from holidays import financial_holidays

_SATURDAY = 5
_ONE = timedelta(days=1)


@cache
def _closed(year: int) -> frozenset[date]:
    """The closing days of a year: New Year, Good Friday, Easter Monday, 1 May, 25 and 26 December."""
    return frozenset(financial_holidays("XECB", years=year))


def is_bank_day(day: date) -> bool:
    """True if the interbank system settles on this day."""
    return day.weekday() < _SATURDAY and day not in _closed(day.year)


def on_or_after(day: date) -> date:
    """The first bank day on or after a day."""
    while not is_bank_day(day):
        day += _ONE
    return day


def add_bank_days(day: date, count: int) -> date:
    """``count`` bank days after a day (before it, if negative); zero is the day itself, bank day or not."""
    step = _ONE if count > 0 else -_ONE
    for _ in range(abs(count)):
        day += step
        while not is_bank_day(day):
            day += step
    return day
