"""Quiet days: Sundays and public holidays of the place where the debtor lives.

No statute forbids a reminder on a Sunday; decency and § 7 UWG (unreasonable nuisance) do not ask for one either.
Where the Bundesland is unknown, a holiday of any Land is quiet; where the country is not one Kulanz knows, a holiday
of any of the three is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from kulanz.law.holidays import REGIONS, holidays_of
from kulanz.strategy.errors import CalendarEnds

UNKNOWN_COUNTRY = "??"
SUNDAY = 7


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays by region for whole years.

    Regions: ``DE`` and ``DE-BY`` (unknown Land and Bavaria), ``AT``, ``CH`` likewise, ``??`` for any other country.
    """

    first: date
    last: date
    holidays: Mapping[str, frozenset[date]]

    def is_quiet(self, region: str, day: date) -> bool:
        """True on Sundays and public holidays of ``region``; :class:`CalendarEnds` outside the years loaded."""
        if not self.first <= day <= self.last:
            raise CalendarEnds(f"Der Feiertagskalender reicht vom {self.first} bis {self.last}, gefragt ist der {day}.")
        return day.isoweekday() == SUNDAY or day in self.holidays[region]

    def next_open_day(self, region: str, day: date) -> date:
        """The first day from ``day`` on that is not quiet in ``region``."""
        while self.is_quiet(region, day):
            day += timedelta(days=1)
        return day


def calendar_for(day: date) -> Calendar:
    """The calendar of the year of ``day`` and the next one (a step of New Year's Eve may move into January)."""
    years = (day.year, day.year + 1)
    places = [(country, place) for country in REGIONS for place in ("", *REGIONS[country])]
    found = {
        name_of(country, place): frozenset(free for year in years for free in holidays_of(country, place, year))
        for country, place in places
    }
    anywhere = frozenset[date]().union(*(found[country.upper()] for country in REGIONS))
    return Calendar(date(years[0], 1, 1), date(years[1], 12, 31), {**found, UNKNOWN_COUNTRY: anywhere})


def name_of(country: str, place: str) -> str:
    """The name of a region: ``DE`` without a known Land, ``DE-BY`` with one."""
    return f"{country.upper()}-{place}" if place else country.upper()


def send_on(calendar: Calendar, day: date) -> pl.Expr:
    """The first day from ``day`` on which the debtor of a row (facts ``country`` and ``land``) may be written to."""
    open_days = {name: calendar.next_open_day(name, day) for name in calendar.holidays}
    names, days = list(open_days), list(open_days.values())
    place = pl.concat_str(["country", "land"], separator="-")
    exact = place.replace_strict(names, days, default=None, return_dtype=pl.Date)
    country = pl.col("country").replace_strict(names, days, default=open_days[UNKNOWN_COUNTRY], return_dtype=pl.Date)
    return pl.coalesce(exact, country)
