"""The day a table ends: `kulanz check` warns sixty days ahead for each, and one reviewed line is all the next half-year needs."""

from __future__ import annotations

from datetime import date

import pytest

from kulanz.law import tables
from kulanz.law.errors import NotVerified, OutsideTable
from kulanz.law.tables import TABLES, half_yearly_rates, in_force, last_day, rows, states

ENDING = [table for table in TABLES if last_day(table) is not None]


def warned(day: date) -> set[str]:
    return {state.table.file for state in states(day) if state.needs_attention}


@pytest.mark.parametrize("table", ENDING, ids=lambda table: table.file)
def test_each_table_warns_from_sixty_days_before_its_end_on(table: tables.Table) -> None:
    end = last_day(table)
    assert end is not None
    assert table.file not in warned(end - tables.WARNING - tables.ONE_DAY)
    assert table.file in warned(end - tables.WARNING)
    assert table.file in warned(end + tables.WARNING)


def test_tables_without_a_known_end_never_warn() -> None:
    assert warned(date(2199, 1, 1)) == {table.file for table in ENDING}


def test_every_row_of_every_table_names_its_first_day_its_source_and_its_status() -> None:
    for table in TABLES:
        for row in rows(table.file):
            date.fromisoformat(row["valid_from"])
            assert row["source"].strip(), table.file
            assert row["status"].strip(), table.file


@pytest.fixture
def with_line(monkeypatch: pytest.MonkeyPatch):
    """A table with one more line, as the next half-year's would be."""

    def added(**row: str):
        known = rows("de_base_rate")
        monkeypatch.setattr(tables, "rows", lambda file: (*known, row) if file == "de_base_rate" else rows(file))
        half_yearly_rates.cache_clear()
        return half_yearly_rates("de_base_rate")

    yield added
    half_yearly_rates.cache_clear()


def test_one_line_carries_the_table_half_a_year_on(with_line) -> None:
    table = with_line(valid_from="2027-01-01", rate_percent="1.77", status="verified", source="Deutsche Bundesbank")
    assert (table.last_day, table.on(date(2027, 6, 30)).basis_points) == (date(2027, 6, 30), 177)
    with pytest.raises(OutsideTable):
        table.on(date(2027, 7, 1))


@pytest.mark.parametrize("valid_from", ["2027-07-01", "2027-01-02", "2026-07-01"])
def test_a_line_that_is_not_the_next_half_year_is_refused(with_line, valid_from: str) -> None:
    with pytest.raises(ValueError, match="is not the next half-year"):
        with_line(valid_from=valid_from, rate_percent="1.77", status="verified", source="x")


@pytest.mark.parametrize("status", ["guessed", "derived-by-rule", ""])
def test_a_line_nobody_saw_in_a_source_is_refused(with_line, status: str) -> None:
    with pytest.raises(NotVerified):
        with_line(valid_from="2027-01-01", rate_percent="1.77", status=status, source="x")


def test_a_day_before_a_table_names_its_beginning() -> None:
    with pytest.raises(OutsideTable, match=r"Wertgebühren \(§ 13 RVG, § 34 GKG\): nothing: für den 01.01.2025 ist kein Wert bekannt\."):
        in_force("de_value_fees", date(2025, 1, 1), law="nothing")
