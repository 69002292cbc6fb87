"""The database's own guard: whatever writes postings, one statement of them balances per entry and currency and stays with one tenant."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.ledger.commands import tenant_account
from kulanz.ledger.models import AccountKind, Entry, EntryKind, Posting
from tests.factories import NOW, creditor

pytestmark = pytest.mark.django_db(transaction=True)


def _entry(tenant_id: int, key: str) -> int:
    entry = Entry.objects.create(
        tenant_id=tenant_id, occurred_on=date(2026, 3, 2), booked_at=NOW, kind=EntryKind.PAYMENT, source="x", idempotency_key=key
    )
    return entry.id


def _post(*rows: tuple[int, int, int, int]) -> None:
    """Postings of entry, account, tenant and cents, in one statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
            " SELECT e, a, t, 'cash', c FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) AS p(e, a, t, c)",
            [list(column) for column in zip(*rows, strict=True)],
        )


def test_postings_that_balance_are_taken_and_all_others_are_refused() -> None:
    ours, theirs = creditor("eins").id, creditor("zwei", iban="DE02120300000000202051").id
    bank, suspense = (tenant_account(ours, kind, "EUR") for kind in (AccountKind.BANK, AccountKind.SUSPENSE))
    francs, foreign = tenant_account(ours, AccountKind.SUSPENSE, "CHF"), tenant_account(theirs, AccountKind.SUSPENSE, "EUR")
    good, bad = _entry(ours, "good"), _entry(ours, "bad")
    _post((good, bank, ours, 500), (good, suspense, ours, -500))
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        _post((bad, bank, ours, 500), (bad, suspense, ours, -499))
    with pytest.raises(IntegrityError, match="does not sum to zero"):  # the sum is zero, but of two currencies
        _post((bad, bank, ours, 500), (bad, francs, ours, -500))
    with pytest.raises(IntegrityError, match="does not sum to zero"):  # two entries make up for each other
        _post((good, bank, ours, 500), (bad, suspense, ours, -500))
    with pytest.raises(IntegrityError, match="crosses tenants"):  # another tenant's account
        _post((bad, bank, ours, 500), (bad, foreign, ours, -500))
    with pytest.raises(IntegrityError, match="crosses tenants"):  # another tenant's entry
        _post((_entry(theirs, "theirs"), bank, ours, 500), (Entry.objects.get(idempotency_key="theirs").id, suspense, ours, -500))
    assert Posting.objects.count() == 2
