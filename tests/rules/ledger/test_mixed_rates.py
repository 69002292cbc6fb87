"""Claims with a fixed rate beside claims with points over the base rate: the more burdensome is paid first, whatever it is made of."""

from __future__ import annotations

from datetime import date

import pytest

from kulanz.law.interest import InterestTerms
from kulanz.ledger.components import Component
from kulanz.ledger.replay import ClaimTerms, Fact, FactKind, replay

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("fixed_bp", "first"),
    [(600, 1), (627, None), (650, 2)],  # five points over 1.27 % are 6.27 %
)
def test_the_rate_that_costs_more_is_paid_first(fixed_bp: int, first: int | None) -> None:
    due = date(2026, 1, 5)
    terms = [
        ClaimTerms(1, due, None, InterestTerms(margin_bp=500)),
        ClaimTerms(2, due, None, InterestTerms(fixed_bp=fixed_bp)),
    ]
    facts = [
        Fact("a", FactKind.OPENED, due, 0, 10_000, 1),
        Fact("b", FactKind.OPENED, due, 1, 10_000, 2),
        Fact("p", FactKind.PAYMENT, DAY, 2, 5_000),
    ]
    paid = replay(terms, facts).lines["p"]
    expected = (
        {(1, Component.PRINCIPAL): -2_500, (2, Component.PRINCIPAL): -2_500} if first is None else {(first, Component.PRINCIPAL): -5_000}
    )
    assert dict(paid) == expected


def test_austria_compares_four_percent_with_the_rate_between_businesses() -> None:
    due = date(2026, 1, 5)
    terms = [
        ClaimTerms(1, due, None, InterestTerms(fixed_bp=1_000)),
        ClaimTerms(2, due, None, InterestTerms(margin_bp=920)),
    ]
    facts = [
        Fact("a", FactKind.OPENED, due, 0, 10_000, 1),
        Fact("b", FactKind.OPENED, due, 1, 10_000, 2),
        Fact("p", FactKind.PAYMENT, DAY, 2, 5_000),
    ]
    assert dict(replay(terms, facts, country="at").lines["p"]) == {(2, Component.PRINCIPAL): -5_000}  # 1.53 + 9.20 = 10.73 %
