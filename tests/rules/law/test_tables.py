"""The dated tables: every value, every end, and the warning before it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulanz.law import jurisdiction, tables
from kulanz.law.errors import NotVerified, OutsideTable
from kulanz.law.money import format_percent, parse_percent
from tests.rules.law.facts import fact_rows

DE, AT = jurisdiction("de"), jurisdiction("at")

# Every change of the German base rate since 2002, as the law gazette shows them: half-years not named kept the rate.
CHANGES = """
2002-01 2.57; 2002-07 2.47; 2003-01 1.97; 2003-07 1.22; 2004-01 1.14; 2004-07 1.13; 2005-01 1.21; 2005-07 1.17; 2006-01 1.37;
2006-07 1.95; 2007-01 2.70; 2007-07 3.19; 2008-01 3.32; 2008-07 3.19; 2009-01 1.62; 2009-07 0.12; 2011-07 0.37; 2012-01 0.12;
2013-01 -0.13; 2013-07 -0.38; 2014-01 -0.63; 2014-07 -0.73; 2015-01 -0.83; 2016-07 -0.88; 2023-01 1.62; 2023-07 3.12;
2024-01 3.62; 2024-07 3.37; 2025-01 2.27; 2025-07 1.27; 2026-07 1.52
"""


def half_years(first: date, last: date) -> list[date]:
    return [date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 7) if first <= date(year, month, 1) <= last]


def test_the_german_base_rate_is_right_in_every_half_year_since_2002() -> None:
    changes = {date.fromisoformat(f"{change.split()[0]}-01"): change.split()[1] for change in CHANGES.replace("\n", " ").split(";")}
    rate = ""
    for start in half_years(date(2002, 1, 1), date(2026, 7, 1)):
        rate = changes.get(start, rate)
        end = (start + timedelta(days=190)).replace(day=1)
        for day in (start, start + timedelta(days=90), end - timedelta(days=1)):
            found = DE.base_rate(day)
            assert (format_percent(found.rate_bp), found.valid_from, found.valid_until) == (rate, start, end - timedelta(days=1))


@pytest.mark.parametrize("day", [date(2001, 12, 31), date(2027, 1, 1)])
def test_no_base_rate_is_guessed_outside_the_table(day: date) -> None:
    with pytest.raises(OutsideTable):
        DE.base_rate(day)


def test_the_german_base_rates_equal_the_collected_facts() -> None:
    for row in fact_rows("de_base_rate"):
        assert DE.base_rate(date.fromisoformat(row["valid_from"])).rate_bp == parse_percent(row["rate_percent"])


def test_austrian_base_rates_seen_in_a_source_are_answered_and_the_others_refused() -> None:
    answered = refused = 0
    for row in fact_rows("at_base_rate"):
        day = date.fromisoformat(row["valid_from"])
        if row["status"].startswith(("verified", "value-verified")):
            assert AT.base_rate(day).rate_bp == parse_percent(row["rate_percent"])
            answered += 1
        else:
            with pytest.raises(NotVerified):
                AT.base_rate(day)
            refused += 1
    assert (answered, refused) == (24, 13)


def test_the_austrian_base_rate_ends_where_it_was_last_seen() -> None:
    assert AT.base_rate(date(2026, 7, 1)).valid_until == date(2026, 7, 1)
    for day in (date(2026, 7, 2), date(1998, 12, 31)):
        with pytest.raises(OutsideTable):
            AT.base_rate(day)


def test_the_austrian_half_year_table_follows_from_the_daily_one() -> None:
    for row in tables.rows("at_half_year_base"):
        assert AT.base_rate(date.fromisoformat(row["valid_from"])).rate_bp == parse_percent(row["rate_percent"])


def test_sixty_days_before_its_end_a_table_asks_for_attention() -> None:
    def attention(day: date) -> bool:
        return next(state for state in tables.states(day) if state.table.file == "de_base_rate").needs_attention

    assert not attention(date(2026, 10, 31))
    assert attention(date(2026, 11, 1))
    assert attention(date(2027, 6, 1))


def test_a_table_holds_on_its_first_and_its_last_day() -> None:
    state = next(state for state in tables.states(date(2026, 11, 21)) if state.table.file == "de_exempt_income")
    assert (state.first_day, state.last_day, state.days_left) == (date(2021, 7, 1), date(2027, 6, 30), 221)
    for day in (state.first_day, state.last_day):
        assert day is not None
        assert len(tables.in_force("de_exempt_income", day)) == 3


def test_tables_that_end_first_come_first_and_open_ones_last() -> None:
    states = tables.states(date(2026, 11, 21))
    ends = [state.last_day or date.max for state in states]
    assert ends == sorted(ends)
    assert {state.table.file for state in states if state.last_day is None} >= {"de_value_fees", "at_court_fees"}


def test_every_row_of_every_table_names_its_source_and_status() -> None:
    for table in (*(table.file for table in tables.TABLES), "de_dunning_courts", "de_postcodes", "de_information_duties"):
        assert tables.rows(table)
        for row in tables.rows(table):
            assert row["source"].strip(), row
            assert row["status"].strip(), row


def test_a_table_with_a_missing_half_year_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tables.rows("de_base_rate")
    monkeypatch.setattr(tables, "rows", lambda _: whole[:3] + whole[4:])
    with pytest.raises(ValueError, match="not the next half-year"):
        tables.half_yearly_rates.__wrapped__("de_base_rate")
