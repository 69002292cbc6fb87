"""A safe rate: below what the law protects, below what is left, never more than is owed."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.payments.rules.affordability import Advice, Budget, affordable

DE = jurisdiction("de")
DAY = date(2026, 11, 22)
budgets = st.builds(
    Budget,
    net_income_cents=st.integers(0, 800_000),
    dependants=st.integers(0, 6),
    needs_cents=st.none() | st.integers(0, 500_000),
    other_instalments_cents=st.integers(0, 60_000),
)


@given(budgets, st.integers(0, 1_000_000))
def test_a_suggestion_never_touches_what_is_protected_or_needed(budget: Budget, owed: int) -> None:
    found = affordable(budget, day=DAY, law=DE, owed_cents=owed)
    assert 0 <= found.safe_cents <= max(0, owed)
    assert found.safe_cents * 2 <= found.attachable_cents
    if budget.needs_cents is not None:
        assert found.safe_cents <= max(0, budget.net_income_cents - budget.needs_cents - budget.other_instalments_cents)
    assert found.needs_counsel == (found.advice is not Advice.AFFORDABLE)
    assert found.advice is Advice.AFFORDABLE or found.safe_cents == 0
    assert found.steps[-1].cents == found.safe_cents


@given(budgets, st.integers(0, 1_000_000))
def test_one_more_dependant_never_raises_the_rate(budget: Budget, owed: int) -> None:
    more = Budget(budget.net_income_cents, budget.dependants + 1, budget.needs_cents, budget.other_instalments_cents)
    after = affordable(more, day=DAY, law=DE, owed_cents=owed).safe_cents
    assert after <= affordable(budget, day=DAY, law=DE, owed_cents=owed).safe_cents


def test_an_income_below_the_exempt_amount_gets_no_rate_but_counsel() -> None:
    found = affordable(Budget(155_000), day=DAY, law=DE, owed_cents=50_000)
    assert (found.advice, found.safe_cents, found.attachable_cents) == (Advice.PROTECTED, 0, 0)
    assert found.needs_counsel


def test_the_estimate_by_hand() -> None:
    """2,000 EUR without dependants, table of July 2026: 70 % of what is over 1,587.40 is 288.82; half of it, rounded down, 140."""
    found = affordable(Budget(200_000), day=DAY, law=DE, owed_cents=500_000)
    assert (found.attachable_cents, found.safe_cents) == (28_882, 14_000)
    assert affordable(Budget(200_000, needs_cents=190_000), day=DAY, law=DE, owed_cents=500_000).safe_cents == 7_000
    assert affordable(Budget(200_000), day=DAY, law=DE, owed_cents=3_000).safe_cents == 3_000
