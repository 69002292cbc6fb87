"""Rates that change with the calendar: a dated table that ends somewhere, and says so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kulanz.law.days import ONE_DAY, next_half_year
from kulanz.law.errors import OutsideTable


@dataclass(frozen=True, slots=True)
class RatePeriod:
    """A half-open stretch of time [start, end) with one rate in basis points (1.27 % = 127)."""

    start: date
    end: date
    basis_points: int

    @property
    def last_day(self) -> date:
        return self.end - ONE_DAY


@dataclass(frozen=True, slots=True)
class BaseRate:
    """A base rate with the days it holds (both count; None: no end is known) and its rule."""

    rate_bp: int
    valid_from: date
    valid_until: date | None
    rule: str


@dataclass(frozen=True, slots=True)
class RateTable:
    """A rate for every half-year, without gaps; asking outside of it is an error that names the missing half-year."""

    name: str
    periods: tuple[RatePeriod, ...]

    @property
    def first_day(self) -> date:
        return self.periods[0].start

    @property
    def last_day(self) -> date:
        return self.periods[-1].last_day

    def on(self, day: date) -> RatePeriod:
        """The period a day lies in."""
        self.require(day, day)
        return self.periods[bisect_right(self.periods, day, key=lambda period: period.start) - 1]

    def require(self, first_day: date, last_day: date) -> None:
        """Raise `OutsideTable` unless every day from first to last has a rate."""
        if first_day < self.first_day:
            raise OutsideTable(
                f"{self.name}: für den {first_day:%d.%m.%Y} ist kein Wert bekannt; die Tabelle beginnt am {self.first_day:%d.%m.%Y}.",
                fix="Ein früherer Tag lässt sich hier nicht rechnen.",
            )
        if last_day > self.last_day:
            raise OutsideTable(
                f"{self.name}: für den {last_day:%d.%m.%Y} fehlt der Wert ab {self.periods[-1].end:%d.%m.%Y}; "
                f"die Tabelle endet am {self.last_day:%d.%m.%Y}."
            )


def half_years(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Cut [start, end) at every 1 January and 1 July."""
    while start < end:
        stop = min(next_half_year(start), end)
        yield start, stop
        start = stop


def years(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Cut [start, end) at every 1 January."""
    while start < end:
        stop = min(date(start.year + 1, 1, 1), end)
        yield start, stop
        start = stop
