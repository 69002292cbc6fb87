"""The law's dated tables: small CSV files in `kulanz/law/data`, each row with its first day, its source, its status.

Adding next half-year's rate is one reviewed line in one file. A row whose status does not say the value was seen in a
source is never used to compute; whoever needs it gets `NotVerified`, and a day the table does not cover `OutsideTable`.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cache, lru_cache
from importlib.resources import files

from kulanz.law.days import ONE_DAY, add_years, half_year_start, next_half_year
from kulanz.law.errors import NotVerified, OutsideTable
from kulanz.law.money import parse_percent
from kulanz.law.rates import RatePeriod, RateTable

Row = Mapping[str, str]

WARNING = timedelta(days=60)
"""So long before a table ends people are told to look for its next value."""

_SEEN = ("verified", "value-verified", "secondary")


class Cycle(Enum):
    """How long a table's newest values are known to hold."""

    HALF_YEAR = "half_year"
    YEAR = "year"
    OPEN = "open"
    """Until the legislator changes it: no end is known."""


@dataclass(frozen=True, slots=True)
class Table:
    """One packaged file. `known_until` overrides the cycle where the newest value was only seen up to a day."""

    file: str
    country: str
    title: str
    cycle: Cycle = Cycle.OPEN
    known_until: date | None = None


TABLES: tuple[Table, ...] = (
    Table("de_base_rate", "de", "Basiszinssatz (§ 247 BGB)", Cycle.HALF_YEAR),
    Table("de_exempt_income", "de", "Pfändungsfreigrenzen (§ 850c ZPO)", Cycle.YEAR),
    Table("at_half_year_base", "at", "Basiszinssatz am 1. Jänner und 1. Juli (§ 456 UGB)", Cycle.HALF_YEAR),
    Table("at_base_rate", "at", "Basiszinssatz der OeNB", known_until=date(2026, 7, 1)),
    Table("at_exempt_income", "at", "Existenzminimum (§ 291a EO)", Cycle.YEAR),
    Table("at_fee_index", "at", "Wertsicherung der Inkassogebühren", Cycle.YEAR),
    Table("at_collection_fees", "at", "Höchstsätze der Inkassogebühren (BGBl. 141/1996)"),
    Table("at_court_fees", "at", "Pauschalgebühren (TP 1 GGG)"),
    Table("ch_enforcement_fees", "ch", "Betreibungsgebühren (GebV SchKG)"),
    Table("de_value_fees", "de", "Wertgebühren (§ 13 RVG, § 34 GKG)"),
    Table("de_fee_amounts", "de", "Gebührensätze und Pauschalen (RVG, GKG, BGB)"),
)


@cache
def rows(table: str) -> tuple[Row, ...]:
    """All rows of a packaged table as written, in file order."""
    text = (files("kulanz.law") / "data" / f"{table}.csv").read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


@cache
def _matching(table: str, wanted: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    return tuple(row for row in rows(table) if all(row[column] == value for column, value in wanted))


@lru_cache(maxsize=4096)
def in_force(table: str, day: date, **wanted: str) -> tuple[Row, ...]:
    """The rows with these column values that hold on a day: those of the newest `valid_from` not after it."""
    candidates = _matching(table, tuple(wanted.items()))
    starts = {date.fromisoformat(row["valid_from"]) for row in candidates}
    known = table_of(table)
    what = ": ".join([known.title, *wanted.values()])
    if not starts or day < min(starts):
        begins = f"; die Tabelle beginnt am {min(starts):%d.%m.%Y}" if starts else ""
        raise OutsideTable(f"{what}: für den {day:%d.%m.%Y} ist kein Wert bekannt{begins}.")
    end = last_day(known)
    if end is not None and day > end:
        raise OutsideTable(f"{what}: für den {day:%d.%m.%Y} fehlt der Wert; die Tabelle endet am {end:%d.%m.%Y}.")
    start = max(start for start in starts if start <= day).isoformat()
    return tuple(row for row in candidates if row["valid_from"] == start)


def verified(row: Row, what: str) -> Row:
    """The row, if its value was seen in a source; else `NotVerified` with the row's own status."""
    if not row["status"].startswith(_SEEN):
        raise NotVerified(f"{what}: der Wert ab {row['valid_from']} ist nicht geprüft ({row['status']}).")
    return row


def table_of(file: str) -> Table:
    """The description of a packaged file."""
    return next(table for table in TABLES if table.file == file)


def last_day(table: Table) -> date | None:
    """The last day for which the table's newest values are known to hold; None: no end is known."""
    if table.known_until is not None:
        return table.known_until
    newest = date.fromisoformat(max(row["valid_from"] for row in rows(table.file)))
    match table.cycle:
        case Cycle.HALF_YEAR:
            return next_half_year(newest) - ONE_DAY
        case Cycle.YEAR:
            return add_years(newest, 1) - ONE_DAY
        case Cycle.OPEN:
            return None


@dataclass(frozen=True, slots=True)
class TableState:
    """How a table stands on a day. `days_left` is None where no end is known and negative once it has ended."""

    table: Table
    first_day: date
    last_day: date | None
    days_left: int | None

    @property
    def needs_attention(self) -> bool:
        return self.days_left is not None and self.days_left <= WARNING.days


def states(day: date) -> list[TableState]:
    """Every dated table as it stands on a day, the one that ends first on top."""
    listed = []
    for table in TABLES:
        end = last_day(table)
        first = date.fromisoformat(min(row["valid_from"] for row in rows(table.file)))
        listed.append(TableState(table, first, end, None if end is None else (end - day).days))
    return sorted(listed, key=lambda state: (state.last_day or date.max, state.table.file))


@cache
def half_yearly_rates(file: str) -> RateTable:
    """A table with one verified rate for every half-year, without gaps.

    The gap check runs on every load: a skipped half-year would silently stretch the rate before it.
    """
    periods: list[RatePeriod] = []
    for row in rows(file):
        start = date.fromisoformat(row["valid_from"])
        if start != half_year_start(start) or (periods and start != periods[-1].end):
            raise ValueError(f"{file}.csv: row {row['valid_from']} is not the next half-year")
        rate_bp = parse_percent(verified(row, file)["rate_percent"])
        periods.append(RatePeriod(start, next_half_year(start), rate_bp))
    return RateTable(table_of(file).title, tuple(periods))
