"""Entries by the thousand: straight into the table for the installation, by way of a temporary one where the page's fence stands."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.claims.viewer import Viewer, viewing
from kulanz.frames import draw_ids
from kulanz.ledger.commands import ENTRY_SCHEMA, POSTING_SCHEMA, post_frames, tenant_account
from kulanz.ledger.models import AccountKind, Entry, EntryKind, Posting
from tests.factories import NOW, creditor

pytestmark = pytest.mark.django_db(transaction=True)


def _frames(tenant: int, cents: tuple[int, int]) -> tuple[pl.DataFrame, pl.DataFrame]:
    bank, suspense = (tenant_account(tenant, kind, "EUR") for kind in (AccountKind.BANK, AccountKind.SUSPENSE))
    with connection.cursor() as cursor:
        (entry,) = draw_ids(cursor, "ledger_entry", 1)
    entries = [(entry, tenant, date(2026, 3, 2), EntryKind.PAYMENT.value, "x", f"key-{entry}", "{}", None, None)]
    postings = [(entry, account, tenant, "cash", amount) for account, amount in zip((bank, suspense), cents, strict=True)]
    return (
        pl.DataFrame(entries, schema=dict(ENTRY_SCHEMA), orient="row"),
        pl.DataFrame(postings, schema=dict(POSTING_SCHEMA), orient="row"),
    )


@pytest.mark.parametrize("fenced", [False, True])
def test_both_ways_book_the_same_and_refuse_what_does_not_balance(*, fenced: bool) -> None:
    tenant = creditor().id
    good, bad = _frames(tenant, (500, -500)), _frames(tenant, (500, -499))

    def book(frames: tuple[pl.DataFrame, pl.DataFrame]) -> None:
        with viewing(Viewer("staff", frozenset({tenant}))) if fenced else transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT row_security_active('ledger_entry')")
            assert cursor.fetchone() == (fenced,)
            post_frames(*frames, now=NOW)

    book(good)
    with pytest.raises(IntegrityError, match="does not sum to zero"):
        book(bad)
    assert list(Entry.objects.values_list("tenant_id", "booked_at", "kind")) == [(tenant, NOW, "payment")]
    assert sorted(Posting.objects.values_list("amount_cents", flat=True)) == [-500, 500]
