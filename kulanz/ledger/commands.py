"""The only place that books. Entries are added, never changed; a wrong one gets a counter-entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import copy_frame
from kulanz.ledger.errors import KeyReused, Unbalanced
from kulanz.ledger.models import Account, AccountKind, Component, Entry, EntryKind, Posting


@dataclass(frozen=True, slots=True)
class Line:
    """One posting to be: debit positive, credit negative, in cents."""

    account_id: int
    component: Component
    amount_cents: int


@dataclass(frozen=True, slots=True)
class NewEntry:
    """One entry to be booked. The same `idempotency_key` twice books once."""

    tenant_id: int
    occurred_on: date
    kind: EntryKind
    source: str
    idempotency_key: str
    lines: tuple[Line, ...]
    reverses_id: int | None = None
    corrects_id: int | None = None
    asked: Mapping[str, Any] = field(default_factory=dict)


def post(entries: Sequence[NewEntry], *, now: datetime) -> list[int]:
    """Book entries and return their ids, in order. A known key returns the entry booked first.

    Raises `Unbalanced` for lines that do not sum to zero and `KeyReused` if a known key holds other lines.
    """
    for entry in entries:
        if not entry.lines or sum(line.amount_cents for line in entry.lines) != 0:
            raise Unbalanced(f"Buchung {entry.idempotency_key}: Soll und Haben sind nicht gleich.")
    known = {
        row.idempotency_key: row
        for row in Entry.objects.filter(idempotency_key__in=[e.idempotency_key for e in entries]).prefetch_related("postings")
    }
    fresh = [e for e in entries if e.idempotency_key not in known]
    for entry in entries:
        if (booked := known.get(entry.idempotency_key)) and not _same(entry, booked):
            raise KeyReused(f"Unter dem Schlüssel {entry.idempotency_key} steht schon eine andere Buchung.")
    fp("ledger.before_entries")
    rows = Entry.objects.bulk_create(
        Entry(
            tenant_id=e.tenant_id,
            occurred_on=e.occurred_on,
            booked_at=now,
            kind=e.kind,
            source=e.source,
            idempotency_key=e.idempotency_key,
            reverses_id=e.reverses_id,
            corrects_id=e.corrects_id,
            asked=dict(e.asked),
        )
        for e in fresh
    )
    fp("ledger.between_entries_and_postings")
    Posting.objects.bulk_create(
        Posting(
            entry_id=row.id,
            account_id=line.account_id,
            tenant_id=entry.tenant_id,
            component=line.component,
            amount_cents=line.amount_cents,
        )
        for row, entry in zip(rows, fresh, strict=True)
        for line in entry.lines
    )
    fp("ledger.after_postings")
    ids = {key: row.id for key, row in known.items()} | {row.idempotency_key: row.id for row in rows}
    return [ids[e.idempotency_key] for e in entries]


def _same(entry: NewEntry, booked: Entry) -> bool:
    """True if a booked entry holds exactly these lines."""
    wanted = sorted((line.account_id, str(line.component), line.amount_cents) for line in entry.lines)
    return wanted == sorted((p.account_id, str(p.component), p.amount_cents) for p in booked.postings.all())


def tenant_account(tenant_id: int, kind: AccountKind, currency: str) -> int:
    """The id of a tenant's one account of this kind (bank, suspense, income, write-off), created when first needed."""
    account, _ = Account.objects.get_or_create(tenant_id=tenant_id, kind=kind, currency=currency)
    return account.id


def post_bulk(entries: pl.DataFrame, postings: pl.DataFrame, *, now: datetime) -> int:
    """Book many entries by COPY in the running transaction; returns how many were new.

    `entries`: idempotency_key str (unique), tenant_id i64, occurred_on date, kind str, source str. `postings`: idempotency_key str,
    account_id i64, component str, amount_cents i64; several a key. Keys already booked are left out together with their postings.
    The database refuses the whole statement if any entry does not balance.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE new_entries (idempotency_key text, tenant_id bigint, occurred_on date, kind text, source text)"
            " ON COMMIT DROP;"
            "CREATE TEMP TABLE new_postings_in (idempotency_key text, account_id bigint, component text, amount_cents bigint)"
            " ON COMMIT DROP"
        )
        copy_frame(cursor, "new_entries", entries.select("idempotency_key", "tenant_id", "occurred_on", "kind", "source"))
        copy_frame(cursor, "new_postings_in", postings.select("idempotency_key", "account_id", "component", "amount_cents"))
        fp("ledger.before_bulk")
        cursor.execute(
            "CREATE TEMP TABLE booked ON COMMIT DROP AS WITH fresh AS ("
            " INSERT INTO ledger_entry (tenant_id, occurred_on, booked_at, kind, source, idempotency_key, asked)"
            " SELECT tenant_id, occurred_on, %s, kind, source, idempotency_key, '{}' FROM new_entries"
            " ON CONFLICT (idempotency_key) DO NOTHING RETURNING id, tenant_id, idempotency_key) SELECT * FROM fresh",
            [now],
        )
        fp("ledger.between_bulk_entries_and_postings")
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
            " SELECT b.id, p.account_id, b.tenant_id, p.component, p.amount_cents"
            " FROM booked b JOIN new_postings_in p USING (idempotency_key)"
        )
        cursor.execute("SELECT count(*) FROM booked")
        count = int(cursor.fetchone()[0])
        cursor.execute("DROP TABLE booked; DROP TABLE new_entries; DROP TABLE new_postings_in")
        fp("ledger.after_bulk")
    return count
