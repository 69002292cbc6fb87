"""Booking: balanced, once, never changed, undone only by a counter-entry."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from kulanz.claims.accounts import open_amounts
from kulanz.ledger.commands import Line, NewEntry, post, post_bulk, tenant_account
from kulanz.ledger.errors import KeyReused, Unbalanced
from kulanz.ledger.models import AccountKind, Component, EntryKind, Posting
from kulanz.ledger.queries import audit
from tests.factories import NOW, claim

pytestmark = pytest.mark.django_db
PAID_ON = date(2026, 2, 1)


def _payment(cents: int, *, key: str = "bank:1", against: int | None = None) -> NewEntry:
    owed = claim()
    bank = tenant_account(owed.creditor_id, AccountKind.BANK, "EUR")
    lines = (Line(bank, Component.CASH, cents), Line(owed.account_id, Component.PRINCIPAL, -(against or cents)))
    return NewEntry(owed.creditor_id, PAID_ON, EntryKind.PAYMENT, "test", key, lines)


def test_a_payment_lowers_what_is_open_from_its_effective_day_on() -> None:
    entry = _payment(3000)
    post([entry], now=NOW)
    case_id = claim().case_id
    assert open_amounts([case_id], PAID_ON)[case_id][0].principal_cents == 5490
    assert open_amounts([case_id], date(2026, 1, 31))[case_id][0].principal_cents == 8490
    assert audit().findings == ()


def test_the_same_key_books_once() -> None:
    entry = _payment(3000)
    assert post([entry], now=NOW) == post([entry], now=NOW)
    assert Posting.objects.filter(entry__kind=EntryKind.PAYMENT).count() == 2


def test_a_key_reused_for_other_money_is_refused() -> None:
    post([_payment(3000)], now=NOW)
    with pytest.raises(KeyReused):
        post([_payment(2999)], now=NOW)


def test_an_unbalanced_entry_is_refused_before_it_reaches_the_database() -> None:
    with pytest.raises(Unbalanced):
        post([_payment(3000, against=2999)], now=NOW)


def test_bulk_booking_leaves_known_keys_out_and_balances() -> None:
    owed = claim()
    bank = tenant_account(owed.creditor_id, AccountKind.BANK, "EUR")
    entries = pl.DataFrame(
        {
            "idempotency_key": ["a", "b"],
            "tenant_id": [owed.creditor_id] * 2,
            "occurred_on": [PAID_ON] * 2,
            "kind": ["payment"] * 2,
            "source": ["s"] * 2,
        }
    )
    postings = pl.DataFrame(
        {
            "idempotency_key": ["a", "a", "b", "b"],
            "account_id": [bank, owed.account_id] * 2,
            "component": ["cash", "principal"] * 2,
            "amount_cents": [100, -100, 200, -200],
        }
    )
    assert post_bulk(entries, postings, now=NOW) == 2
    assert post_bulk(entries, postings, now=NOW) == 0
    assert sum(p.amount_cents for p in Posting.objects.filter(account_id=bank)) == 300


def test_interest_runs_on_what_is_open_and_stops_with_the_payment() -> None:
    owed = claim()
    owed.first_interest_day = date(2026, 2, 5)
    owed.save()
    post([_payment(8490)], now=NOW)  # paid before default began
    (balance,) = open_amounts([owed.case_id], date(2026, 6, 30))[owed.case_id]
    assert (balance.principal_cents, balance.interest_cents, balance.total_cents) == (0, 0, 0)


def test_interest_is_explained_by_segments_that_add_up() -> None:
    owed = claim(first_interest_day=date(2026, 2, 5))
    (balance,) = open_amounts([owed.case_id], date(2026, 8, 1))[owed.case_id]
    # 84.90 € × 6.27 % × 146 days + 84.90 € × 6.52 % × 31 days, each over 365 and rounded: 2.13 + 0.47
    assert [segment.amount_cents for segment in balance.interest.segments] == [213, 47]
    assert balance.interest_cents == balance.interest_to_book_cents == 260
    assert balance.total_cents == 8490 + 260
