"""Counting days: the three day counts that courts, contracts and forms use, and the periods of §§ 187, 188 BGB.

A period is half-open inside (`start` counts, `end` does not): neighbours then never share or lose a day. At the
surface of the law room both days count ("from 18 April to 20 February"), because that is how people write it.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, timedelta
from enum import StrEnum
from typing import assert_never

ONE_DAY = timedelta(days=1)


class DayCount(StrEnum):
    """How days become a share of a year. No statute decides it, so each claim says which one it uses."""

    ACT_ACT = "act_act"
    """Actual days; each calendar year has its own 365 or 366. The default: exact, and never dearer than it should
    be."""
    ACT_365 = "act_365"
    """Actual days over 365, also in leap years."""
    THIRTY_E_360 = "30E_360"
    """Every month 30 days, the year 360 (Swiss practice; some court forms)."""

    def serial(self, day: date) -> int:
        """Number the days so that `serial(end) - serial(start)` is the number of interest days in [start, end)."""
        match self:
            case DayCount.ACT_ACT | DayCount.ACT_365:
                return day.toordinal()
            case DayCount.THIRTY_E_360:
                return 360 * day.year + 30 * day.month + min(day.day, 30)
        assert_never(self)

    def year_days(self, year: int) -> int:
        """The divisor for days that lie in a calendar year."""
        match self:
            case DayCount.ACT_ACT:
                return 366 if isleap(year) else 365
            case DayCount.ACT_365:
                return 365
            case DayCount.THIRTY_E_360:
                return 360
        assert_never(self)


class Rounding(StrEnum):
    """Where fractions of a cent are rounded. No statute decides it, so each claim says which one it uses."""

    SEGMENT = "segment"
    """Each line of the statement is rounded, so the lines add up to the total a reader sees."""
    TOTAL = "total"
    """Only the total is rounded."""


def half_year_start(day: date) -> date:
    """The 1 January or 1 July on or before a day."""
    return date(day.year, 7 if day.month > 6 else 1, 1)


def next_half_year(day: date) -> date:
    """The first 1 January or 1 July after a day."""
    return date(day.year + 1, 1, 1) if day.month > 6 else date(day.year, 7, 1)


def add_months(day: date, months: int) -> date:
    """The same day number some months later, or the last day of that month (§ 188 (2), (3) BGB)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February where there is none (§ 188 (2), (3) BGB)."""
    return add_months(day, 12 * years)
