"""The link from a line of interest leads to a calculator that says the same cent."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlparse

from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.calculators import CALCULATORS, answer
from kulanz.law.days import DayCount, Rounding
from kulanz.law.interest import InterestTerms
from kulanz.law.money import format_money
from kulanz.portal.calculators.forms import CalculatorForm
from kulanz.site.recalculate import interest_link

START = date(2024, 3, 1)
DE = jurisdiction("de")


def total_at(link: str) -> str:
    form = CalculatorForm(CALCULATORS["interest"], QueryDict(urlparse(link).query), bound=True)
    assert form.is_valid(), form.errors
    return str(answer("interest", form.question())["total"])


terms = st.builds(
    InterestTerms,
    margin_bp=st.sampled_from([500, 900, 250]),
    day_count=st.sampled_from(DayCount),
    rounding=st.sampled_from(Rounding),
    payment_day_counts=st.booleans(),
)


@settings(max_examples=60)
@given(terms, st.integers(1, 500_000), st.lists(st.tuples(st.integers(0, 600), st.integers(1, 200_000)), max_size=4), st.integers(0, 800))
def test_the_calculator_behind_the_link_says_the_same_cent(
    claim: InterestTerms, principal: int, paid: list[tuple[int, int]], days: int
) -> None:
    last_day, cents = START + timedelta(days=days), principal
    history = [(START, principal)]
    for after, amount in sorted(paid):
        cents = max(0, cents - amount)
        history.append((START + timedelta(days=after), cents))
    told = DE.default_interest(history, START, last_day, claim)
    link = interest_link(told.segments, last_day, claim, "de")
    if told.segments and told.segments[0].from_on == START:
        assert total_at(link) == format_money(told.total_cents)


def test_a_fixed_rate_is_handed_on_as_one() -> None:
    claim = InterestTerms(fixed_bp=500, day_count=DayCount.THIRTY_E_360)
    told = jurisdiction("ch").default_interest([(START, 100_000)], START, date(2025, 2, 28), claim)
    assert total_at(interest_link(told.segments, date(2025, 2, 28), claim, "ch")) == format_money(told.total_cents)


def test_a_principal_that_grew_has_no_calculator() -> None:
    claim = InterestTerms(margin_bp=500)
    told = DE.default_interest([(START, 100), (date(2024, 5, 1), 200)], START, date(2024, 12, 31), claim)
    assert interest_link(told.segments, date(2024, 12, 31), claim, "de") == ""
    returned = DE.default_interest([(START, 100), (date(2024, 5, 1), 0), (date(2024, 9, 1), 100)], START, date(2024, 12, 31), claim)
    assert interest_link(returned.segments, date(2024, 12, 31), claim, "de") == ""
    assert interest_link((), START, claim, "de") == ""
