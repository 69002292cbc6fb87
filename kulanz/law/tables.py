"""The law's dated tables: small CSV files in `kulanz/law/data`, each row with the day it begins, its source and its
status.

A row whose status is not `verified` is never used to compute; the reader that needs it raises `NotVerified`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from kulanz.law.days import half_year_start, next_half_year
from kulanz.law.money import parse_percent
from kulanz.law.rates import RatePeriod, RateTable

Row = Mapping[str, str]


@cache
def rows(table: str) -> tuple[Row, ...]:
    """All rows of a packaged table as written, in file order."""
    text = (files("kulanz.law") / "data" / f"{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def half_yearly_rates(table: str, name: str) -> RateTable:
    """A table with one verified rate for every half-year, without gaps.

    The gap check runs on every load: a skipped half-year would silently stretch the rate before it.
    """
    periods: list[RatePeriod] = []
    for row in rows(table):
        start = date.fromisoformat(row["valid_from"])
        if start != half_year_start(start) or (periods and start != periods[-1].end) or row["status"] != "verified":
            raise ValueError(f"{table}.csv: row {row['valid_from']} is no verified next half-year")
        periods.append(RatePeriod(start, next_half_year(start), parse_percent(row["rate_percent"])))
    return RateTable(name, tuple(periods))
