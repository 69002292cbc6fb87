"""Dates and amounts: the whole column decides, or the user is asked."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.intake.errors import AmbiguousFormat
from kulanz.intake.rules.amounts import DecimalStyle, cents, find_style
from kulanz.intake.rules.dates import FORMS, find_form


def _style(*texts: str) -> DecimalStyle:
    return find_style(pl.Series(texts, dtype=pl.String), "Betrag")


def _cents(text: str, style: DecimalStyle) -> int | None:
    return pl.DataFrame({"t": [text]}).select(cents(pl.col("t"), style)).item()


def test_values_with_two_decimals_decide_the_style_for_those_that_read_both_ways() -> None:
    assert _style("1.234", "12,50", "7") is DecimalStyle.COMMA
    assert _style("1,234", "12.50", "7") is DecimalStyle.DOT
    assert _style("5", "17") is DecimalStyle.DOT


@pytest.mark.parametrize("texts", [("1.234", "5"), ("1,234",), ("1.234", "2,345")])
def test_a_column_that_reads_both_ways_is_asked_about(texts: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousFormat, match="dot oder comma"):
        _style(*texts)


def test_a_column_that_mixes_both_styles_is_asked_about() -> None:
    with pytest.raises(AmbiguousFormat, match="mischt"):
        _style("1,50", "2.50", "3,50")


def test_one_wrong_value_in_a_long_column_is_a_problem_of_its_row_not_of_the_file() -> None:
    assert _style(*(f"{number}.50" for number in range(40)), "3,50", "abc") is DecimalStyle.DOT


@pytest.mark.parametrize(
    ("text", "style", "expected"),
    [
        ("1234.56", DecimalStyle.DOT, 123456),
        ("1,234.5", DecimalStyle.DOT, 123450),
        ("1.234,56", DecimalStyle.COMMA, 123456),
        ("1 234,56 €", DecimalStyle.COMMA, 123456),
        ("1'234.50", DecimalStyle.DOT, 123450),
        ("EUR 12.00", DecimalStyle.DOT, 1200),
        ("-3,00", DecimalStyle.COMMA, -300),
        ("3,00-", DecimalStyle.COMMA, -300),
        ("(3,00)", DecimalStyle.COMMA, -300),
        ("12,34,5", DecimalStyle.DOT, None),
        ("12.34.56", DecimalStyle.DOT, None),
        ("zwölf", DecimalStyle.DOT, None),
        ("1e5", DecimalStyle.DOT, None),
        ("٣", DecimalStyle.DOT, None),
        ("99999999999999999999", DecimalStyle.DOT, None),
        ("12.50 USD", DecimalStyle.DOT, None),
    ],
)
def test_written_amounts_become_cents_or_nothing(text: str, style: DecimalStyle, expected: int | None) -> None:
    assert _cents(text, style) == expected


@given(st.integers(0, 10**12), st.sampled_from(DecimalStyle), st.booleans())
def test_every_amount_written_in_a_style_reads_back_to_the_cent(amount: int, style: DecimalStyle, grouped: bool) -> None:
    units, fraction = divmod(amount, 100)
    written = f"{units:,}.{fraction:02d}" if grouped else f"{units}.{fraction:02d}"
    if style is DecimalStyle.COMMA:
        written = written.translate(str.maketrans(",.", ".,"))
    assert _cents(written, style) == amount


DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@given(st.lists(DAYS, min_size=1, max_size=30), st.sampled_from(["m/d/Y", "d/m/Y"]))
def test_the_order_of_day_and_month_is_proved_or_asked_never_guessed(days: list[date], name: str) -> None:
    form = FORMS[name]
    texts = [f"{day.month}/{day.day}/{day.year}" if name == "m/d/Y" else f"{day.day}/{day.month}/{day.year}" for day in days]
    proved = any(day.day > 12 for day in days)
    same = all(day.day == day.month for day in days)
    try:
        found = find_form(pl.Series(texts), "Datum")
    except AmbiguousFormat:
        assert not proved and not same
        return
    assert proved or same
    read = pl.DataFrame({"t": texts}).select(found.days(pl.col("t"))).to_series().to_list()
    assert read == days
    assert found is form or same


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2026-02-28", "Y-m-d"),
        ("2026-02-28T10:15:00", "Y-m-d"),
        ("28.2.2026", "d.m.Y"),
        ("20260228", "Ymd"),
        ("2026/2/28", "Y/m/d"),
        ("28-02-2026", "d-m-Y"),
    ],
)
def test_usual_forms_are_found(text: str, name: str) -> None:
    form = find_form(pl.Series([text, text]), "Datum")
    assert form.name == name
    assert pl.DataFrame({"t": [text]}).select(form.days(pl.col("t"))).item() == date(2026, 2, 28)


def test_a_two_digit_year_leaves_the_century_open_and_is_asked_about() -> None:
    with pytest.raises(AmbiguousFormat, match="keine erkennbare Datumsform"):
        find_form(pl.Series(["28.02.26", "01.03.26"]), "Datum")


@given(DAYS)
def test_a_day_that_does_not_exist_is_no_date(day: date) -> None:
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    impossible = f"{last.day + 1:02d}.{last.month:02d}.{last.year}"
    assert pl.DataFrame({"t": [impossible]}).select(FORMS["d.m.Y"].days(pl.col("t"))).item() is None
