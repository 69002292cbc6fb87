"""Payments that arrive late but count early: whatever the order of arrival, the account ends at the same cents."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from tests import factories
from tests.bank import Move, camt053
from tests.factories import NOW

FIRST = date(2026, 2, 4)
TODAY = date(2026, 6, 30)

payments = st.lists(st.tuples(st.integers(1, 140), st.integers(100, 60_000)), min_size=1, max_size=4)


def final(order: list[tuple[int, int]]) -> tuple[int, int, int]:
    """Principal, interest and what is owed back at the end, if the payments arrive in this order."""
    with transaction.atomic():
        claim = factories.claim(principal_cents=90_000, first_interest_day=FIRST, default_reason="30 days")
        for position, (days, cents) in enumerate(order):
            move = Move(cents, claim.case.reference, "Elif Yılmaz1", on=FIRST + timedelta(days=days), ref=f"R{position}")
            import_statement(camt053([move], number=""), f"{position}.xml", actor="test", now=NOW, day=TODAY)
        [balance] = open_amounts([claim.case_id], TODAY)[claim.case_id]
        assert audit().findings == ()
        assert min(balance.principal_cents, balance.overpaid_cents) >= 0
        transaction.set_rollback(True)
    return balance.principal_cents, balance.interest_cents, balance.overpaid_cents


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@settings(max_examples=40)
@given(payments, st.randoms())
def test_the_order_of_arrival_changes_nothing_but_the_waived_cents(given_payments: list[tuple[int, int]], dice: object) -> None:
    shuffled = list(given_payments)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = final(sorted(given_payments)), final(shuffled)
    limit = 100 * len(given_payments)  # a small rest of interest may be waived at another moment
    assert all(abs(a - b) <= limit for a, b in zip(one, other, strict=True)), (one, other)


@pytest.mark.django_db(transaction=True)
def test_an_earlier_payment_that_arrives_late_lowers_the_interest_booked_since() -> None:
    principal, interest, overpaid = final([(60, 90_000), (10, 50_000)])
    assert (principal, interest) == (0, 0)
    assert 48_000 < overpaid < 50_000


@pytest.mark.django_db(transaction=True)
def test_money_in_the_order_of_its_days_and_against_it_ends_alike_to_the_cent_if_nothing_is_waived() -> None:
    assert final([(10, 30_000), (100, 20_000)]) == final([(100, 20_000), (10, 30_000)])
