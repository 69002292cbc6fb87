"""Money is read strictly, rounded once and shared without losing a cent."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law.errors import AmountTooLarge, UnreadableMoney
from kulanz.law.money import format_money, parse_money, parse_percent, round_half_up, split_evenly


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_written_money_is_read_back_unchanged(cents: int) -> None:
    assert parse_money(format_money(cents)) == cents


@pytest.mark.parametrize(("text", "cents"), [("1234.56", 123456), ("5", 500), ("0.5", 50), ("-0.01", -1), ("007", 700)])
def test_amounts_are_read_as_cents(text: str, cents: int) -> None:
    assert parse_money(text) == cents


@pytest.mark.parametrize("text", ["", "1,50", "1.234,56", "1e3", " 5", "5 ", "5.", ".5", "1.005", "+5", "--5", "NaN", "٣", "5 EUR", "5\n"])
def test_anything_else_is_refused_and_never_zero(text: str) -> None:
    with pytest.raises(UnreadableMoney):
        parse_money(text)


def test_an_amount_beyond_a_bigint_is_refused() -> None:
    with pytest.raises(AmountTooLarge):
        parse_money("92233720368547758.08")
    with pytest.raises(UnreadableMoney):
        parse_money("1" * 18)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4))
def test_rounding_is_commercial_rounding(cents: Decimal) -> None:
    assert round_half_up(cents) == int(cents.quantize(Decimal(1), ROUND_HALF_UP))


def test_half_a_cent_goes_away_from_zero() -> None:
    assert [round_half_up(Fraction(n, 2)) for n in (-3, -1, 0, 1, 3)] == [-2, -1, 0, 1, 2]


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_a_split_loses_no_cent_and_is_fair(total: int, weights: list[int]) -> None:
    shares = split_evenly(total, weights)
    whole = sum(weights)
    if whole == 0:
        assert shares == [0] * len(weights)
        return
    assert sum(shares) == total
    assert all(abs(share - Fraction(total * weight, whole)) < 1 for share, weight in zip(shares, weights, strict=True))


def test_rates_with_more_than_two_places_are_refused() -> None:
    assert parse_percent("-0.88") == -88
    with pytest.raises(UnreadableMoney):
        parse_percent("0.125")
