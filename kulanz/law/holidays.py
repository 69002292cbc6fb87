"""Working days: which days move a deadline (§ 193 BGB, § 903 ABGB, Art. 78 OR), and which days are quiet.

Public holidays come from the `holidays` package, a pure calendar. Where the place is not known exactly, the answer
favours the debtor: a day that is a holiday somewhere in question counts as one, so a deadline ends later, never
earlier.
"""

from __future__ import annotations

from datetime import date
from functools import cache

from kulanz.law.days import ONE_DAY
from kulanz.law.errors import UnknownRegion

SATURDAY, SUNDAY = 5, 6

REGIONS: dict[str, tuple[str, ...]] = {
    "de": ("BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH"),
    "at": ("1", "2", "3", "4", "5", "6", "7", "8", "9"),
    "ch": (
        *("AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE"),
        *("NW", "OW", "SG", "SH", "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH"),
    ),
}
"""Länder of Germany and Austria, cantons of Switzerland, by their ISO 3166-2 code without the country."""

# Assumption Day in Bavaria and Corpus Christi in Saxony and Thuringia are holidays in some municipalities only.
_CATHOLIC_MUNICIPALITIES = frozenset({"BY", "SN", "TH"})


@cache
def holidays_of(country: str, region: str, year: int) -> frozenset[date]:
    """The public holidays of a year in a region; with region "" every day that is a holiday in any of the country's
    regions.

    Days kept only in some municipalities of a region count, because the municipality is not asked for.
    """
    if region and region not in REGIONS[country]:
        raise UnknownRegion(
            f"„{region}“ ist keine bekannte Region.",
            fix=f"Bekannt sind: {', '.join(REGIONS[country])}, oder leer lassen.",
        )
    if not region:
        return frozenset(day for each in REGIONS[country] for day in holidays_of(country, each, year))
    # Here, since it brings the calendars of all countries: a tenth of a second, and most programs ask for no holiday.
    from holidays import country_holidays

    categories = ("public", "catholic") if country == "de" and region in _CATHOLIC_MUNICIPALITIES else ("public",)
    calendar = country_holidays(country.upper(), subdiv=region, years=year, categories=categories)
    days = frozenset(day for day in calendar if day.year == year)
    if country == "de" and region == "BY":
        # The Augsburg Peace Festival is a holiday in that city alone.
        days |= {day for day in country_holidays("DE", subdiv="Augsburg", years=year) if day.year == year}
    return days


def is_holiday(country: str, region: str, day: date) -> bool:
    """Is this day a public holiday in the region (or, with region "", anywhere in the country)?"""
    return day in holidays_of(country, region, day.year)


def is_working_day(country: str, region: str, day: date) -> bool:
    """Neither Saturday, Sunday nor public holiday."""
    return day.weekday() not in (SATURDAY, SUNDAY) and not is_holiday(country, region, day)


def next_working_day(country: str, region: str, day: date) -> date:
    """The day itself if it is a working day, else the next one that is."""
    while not is_working_day(country, region, day):
        day += ONE_DAY
    return day
