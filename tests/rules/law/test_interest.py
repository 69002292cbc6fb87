"""Default interest: published figures, the shape of a statement, and the errors that replace guesses."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.days import DayCount, Rounding
from kulanz.law.errors import InvalidQuestion, OutsideTable
from kulanz.law.interest import InterestTerms, principal_pieces

DE = jurisdiction("de")
CONSUMER = DE.interest_terms(consumer=True)


def test_the_published_case_of_3089_euro_is_reproduced_line_by_line() -> None:
    # Published at jlawyerorg/j-lawyer-org issue 3279 with a public calculator: 3,089 EUR "since 17 April 2025" until
    # 20 February 2026 is 170.84 EUR.
    start, end = date(2025, 4, 17), date(2026, 2, 20)
    interest = DE.default_interest([(start, 308_900)], start, end, CONSUMER)
    assert [segment.amount_cents for segment in interest.segments] == [4614, 9764, 2706]
    assert interest.total_cents == 17084
    assert [segment.rate_bp for segment in interest.segments] == [727, 627, 627]
    assert [segment.days for segment in interest.segments] == [75, 184, 51]


def test_starting_a_day_later_costs_exactly_one_day_less() -> None:
    interest = DE.default_interest([(date(2025, 4, 18), 308_900)], date(2025, 4, 18), date(2026, 2, 20), CONSUMER)
    assert [segment.amount_cents for segment in interest.segments] == [4553, 9764, 2706]


def test_a_negative_base_rate_lowers_the_rate() -> None:
    interest = DE.default_interest([(date(2020, 1, 1), 100_000)], date(2020, 1, 1), date(2020, 6, 30), CONSUMER)
    assert [segment.rate_bp for segment in interest.segments] == [412]
    assert interest.total_cents == 2049  # 1,000 × 4.12 % × 182 / 366 = 20.487


def test_businesses_pay_nine_points_and_eight_on_old_claims() -> None:
    assert DE.interest_terms(consumer=False).margin_bp == 900
    assert DE.interest_terms(consumer=False, arose_on=date(2014, 7, 29)).margin_bp == 900
    assert DE.interest_terms(consumer=False, arose_on=date(2014, 7, 28)).margin_bp == 800
    assert DE.interest_terms(consumer=True, arose_on=date(2010, 1, 1)).margin_bp == 500


@pytest.mark.parametrize(("counts", "expected_days"), [(False, [14, 17]), (True, [15, 16])])
def test_the_day_of_payment_bears_interest_only_if_the_claim_says_so(counts: bool, expected_days: list[int]) -> None:
    history = [(date(2026, 1, 1), 100_000), (date(2026, 1, 15), 40_000)]
    terms = InterestTerms(margin_bp=500, payment_day_counts=counts)
    interest = DE.default_interest(history, date(2026, 1, 1), date(2026, 1, 31), terms)
    assert [segment.days for segment in interest.segments] == expected_days
    assert [segment.principal_cents for segment in interest.segments] == [100_000, 40_000]


def test_a_day_after_the_last_half_year_is_an_error_that_names_it() -> None:
    with pytest.raises(OutsideTable, match=r"fehlt der Wert ab 01\.01\.2027"):
        DE.default_interest([(date(2026, 1, 1), 100)], date(2026, 1, 1), date(2027, 1, 1), CONSUMER)


def test_a_day_before_2002_is_an_error() -> None:
    with pytest.raises(OutsideTable, match=r"beginnt am 01\.01\.2002"):
        DE.default_interest([(date(2001, 1, 1), 100)], date(2001, 12, 31), date(2002, 1, 1), CONSUMER)


def test_terms_without_a_rate_bear_nothing_and_ask_for_no_rate() -> None:
    interest = DE.default_interest([(date(1999, 1, 1), 100)], date(1999, 1, 1), date(2050, 1, 1), InterestTerms())
    assert (interest.total_cents, interest.segments) == (0, ())


def test_days_without_principal_make_no_line() -> None:
    history = [(date(2026, 1, 1), 100_000), (date(2026, 1, 15), 0), (date(2026, 1, 20), 50_000)]
    interest = DE.default_interest(history, date(2026, 1, 1), date(2026, 1, 31), CONSUMER)
    assert [(segment.from_on.day, segment.to_on.day) for segment in interest.segments] == [(1, 14), (20, 31)]


def test_a_fixed_rate_needs_no_table() -> None:
    interest = DE.default_interest([(date(2030, 1, 1), 100_000)], date(2030, 1, 1), date(2030, 12, 31), InterestTerms(fixed_bp=400))
    assert interest.total_cents == 4000


def test_thirty_day_months_count_each_month_alike() -> None:
    terms = InterestTerms(fixed_bp=600, day_count=DayCount.THIRTY_E_360)
    interest = DE.default_interest([(date(2024, 1, 1), 360_000)], date(2024, 1, 1), date(2024, 12, 31), terms)
    assert [segment.days for segment in interest.segments] == [180, 180]
    assert interest.total_cents == 21_600


def test_a_leap_year_has_its_own_divisor_only_where_the_day_count_says_so() -> None:
    whole_year = (date(2024, 1, 1), date(2024, 12, 31))
    act_act = InterestTerms(fixed_bp=500, day_count=DayCount.ACT_ACT)
    act_365 = InterestTerms(fixed_bp=500, day_count=DayCount.ACT_365, rounding=Rounding.TOTAL)
    assert DE.default_interest([(date(2024, 1, 1), 100_000)], *whole_year, act_act).total_cents == 5000
    assert DE.default_interest([(date(2024, 1, 1), 100_000)], *whole_year, act_365).total_cents == 5014


def test_a_history_out_of_order_is_refused() -> None:
    with pytest.raises(InvalidQuestion):
        DE.default_interest([(date(2026, 2, 1), 1), (date(2026, 1, 1), 2)], date(2026, 1, 1), date(2026, 2, 1), CONSUMER)


def test_a_margin_and_a_fixed_rate_together_are_refused() -> None:
    with pytest.raises(InvalidQuestion):
        InterestTerms(margin_bp=500, fixed_bp=400)


days = st.dates(date(2002, 1, 1), date(2026, 12, 31))
histories = st.lists(st.tuples(days, st.integers(-10_000, 10_000_000)), max_size=6).map(sorted)


@given(histories, days, days, st.booleans())
def test_pieces_cover_every_day_once(history: list[tuple[date, int]], first_day: date, last_day: date, payment_day_counts: bool) -> None:
    pieces = principal_pieces(history, first_day, last_day, payment_day_counts=payment_day_counts)
    expected_start = first_day
    for piece in pieces:
        assert piece.start == expected_start < piece.end
        expected_start = piece.end
    if first_day <= last_day:
        assert expected_start == last_day + timedelta(days=1)
    else:
        assert pieces == []


def naive_interest(history: list[tuple[date, int]], first_day: date, last_day: date, margin_bp: int) -> Fraction:
    """Day by day, with nothing clever: actual days, the year's own length, payment day not counted."""
    total, day = Fraction(0), first_day
    while day <= last_day:
        principal = next((cents for from_on, cents in reversed(history) if from_on <= day), 0)
        base = DE.interest_rules.rates.on(day).basis_points if DE.interest_rules.rates else 0
        year = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
        total += Fraction(max(0, principal) * (base + margin_bp), 10_000 * year)
        day += timedelta(days=1)
    return total


@given(histories, days, st.integers(0, 1500), st.sampled_from([500, 900]))
def test_interest_equals_the_sum_of_its_days(history: list[tuple[date, int]], first_day: date, length: int, margin_bp: int) -> None:
    last_day = min(first_day + timedelta(days=length), date(2026, 12, 31))
    terms = InterestTerms(margin_bp=margin_bp, rounding=Rounding.TOTAL)
    interest = DE.default_interest(history, first_day, last_day, terms)
    exact = naive_interest(history, first_day, last_day, margin_bp)
    assert sum((segment.exact_cents for segment in interest.segments), Fraction(0)) == exact
    assert abs(interest.total_cents - exact) <= Fraction(1, 2)
