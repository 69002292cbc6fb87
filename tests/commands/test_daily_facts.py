"""The facts read for a whole part agree, case by case and to the cent, with the exact account of a single claim."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Claim
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.strategy.queries import read_facts
from tests import factories

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
FEES = (Component.DUNNING_FEE, Component.EXPENSE)
TERMS = (("DE", 500, None), ("DE", 900, None), ("DE", None, 850), ("AT", None, 400), ("AT", 920, None), ("CH", None, 500), ("CH", None, 0))
"""Each country's rates, and agreed ones: country, points over the base rate, fixed rate."""


@st.composite
def history(draw: st.DrawFn) -> list[tuple[int, EntryKind, Component, int]]:
    """Bookings on one claim: days after its invoice, kind, component, cents (negative lowers what is owed)."""
    left, lines = 100_000, []
    for number in range(draw(st.integers(0, 5))):
        after = draw(st.integers(0, 500))
        kind = draw(st.sampled_from([EntryKind.PAYMENT, EntryKind.PAYMENT, EntryKind.CHARGE, EntryKind.INTEREST, EntryKind.WAIVER]))
        if kind is EntryKind.CHARGE:
            lines.append((after, kind, FEES[number % 2], draw(st.integers(1, 400))))
        elif kind is EntryKind.INTEREST:
            lines.append((after, kind, Component.INTEREST, draw(st.integers(1, 300))))
        else:
            component = draw(st.sampled_from([Component.PRINCIPAL, Component.PRINCIPAL, Component.INTEREST]))
            cents = draw(st.integers(1, left)) if component is Component.PRINCIPAL else draw(st.integers(1, 100))
            left -= cents if component is Component.PRINCIPAL else 0
            lines.append((after, kind, component, -cents))
            if left == 0:
                break
    return lines


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    histories=st.lists(history(), min_size=1, max_size=3),
    interest_after=st.none() | st.integers(15, 60),
    payment_day_counts=st.booleans(),
    rounding=st.sampled_from(["segment", "total"]),
    day_count=st.sampled_from(["act_act", "act_365", "30E_360"]),
    terms=st.sampled_from(TERMS),
    day=st.dates(date(2024, 9, 1), date(2026, 6, 1)),
)
def test_amounts_equal_the_exact_account(
    histories: list[list[tuple[int, EntryKind, Component, int]]],
    interest_after: int | None,
    payment_day_counts: bool,
    rounding: str,
    day_count: str,
    terms: tuple[str, int | None, int | None],
    day: date,
) -> None:
    with transaction.atomic():
        country, margin_bp, fixed_bp = terms
        owner = factories.creditor(country=country, rounding=rounding, day_count=day_count, payment_day_counts=payment_day_counts)
        for number, lines in enumerate(histories, start=1):
            invoiced_on = date(2024, 8, 1) + timedelta(days=100 * number)
            start = None if interest_after is None else invoiced_on + timedelta(days=30 + interest_after)
            claim = factories.claim(
                owner,
                number=number,
                debtor_external_id="K1",
                invoiced_on=invoiced_on,
                principal_cents=100_000,
                first_interest_day=start,
                margin_bp=margin_bp,
                fixed_bp=fixed_bp,
            )
            book(claim, lines)
        compare(Claim.objects.get(external_id="2026-00001").case_id, day)
        transaction.set_rollback(True)


def book(claim: Claim, lines: list[tuple[int, EntryKind, Component, int]]) -> None:
    bank = tenant_account(claim.creditor_id, AccountKind.BANK, "EUR")
    post(
        [
            NewEntry(
                claim.creditor_id,
                claim.invoiced_on + timedelta(days=after),
                kind,
                "test",
                f"test:{claim.id}:{number}",
                (Line(claim.account_id, component, cents), Line(bank, Component.CASH, -cents)),
            )
            for number, (after, kind, component, cents) in enumerate(lines)
        ],
        now=factories.NOW,
    )


def compare(case_id: int, day: date) -> None:
    facts = read_facts(bucket_from=0, bucket_to=255, day=day).row(0, named=True)
    balances = open_amounts([case_id], day)[case_id]
    assert facts["principal_cents"] == sum(balance.principal_cents for balance in balances)
    assert facts["interest_cents"] == sum(balance.interest_cents for balance in balances)
    assert facts["fees_cents"] == sum(balance.fees_cents for balance in balances)
    assert facts["open_cents"] == sum(balance.total_cents for balance in balances)
    assert facts["paid_total_cents"] == sum(balance.paid_cents for balance in balances)
    late = [balance for balance in balances if balance.claim.due_on < day]
    assert facts["overdue_cents"] == sum(balance.total_cents for balance in late)
    assert facts["claims_open"] + facts["claims_paid"] <= len(balances)
    owed = [balance.claim.due_on for balance in balances if balance.principal_cents > 0]
    if owed:
        assert facts["oldest_due_on"] <= min(owed)
