"""The only place that books. Entries are added, never changed; a wrong one gets a counter-entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.frames import copy_frame, draw_ids, frame_of
from kulanz.ledger.errors import KeyReused, Unbalanced
from kulanz.ledger.models import Account, AccountKind, Component, Entry, EntryKind, Posting

_MANY: Final = 100
"""From here on COPY is cheaper than one INSERT with all rows in its text."""


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
    written = _write_many(fresh, now=now) if len(fresh) >= _MANY else _write(fresh, now=now)
    ids = {key: row.id for key, row in known.items()} | written
    return [ids[e.idempotency_key] for e in entries]


def _write(fresh: Sequence[NewEntry], *, now: datetime) -> dict[str, int]:
    """Insert a few entries; their ids by key."""
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
    return {row.idempotency_key: row.id for row in rows}


def _write_many(fresh: Sequence[NewEntry], *, now: datetime) -> dict[str, int]:
    """Insert many entries by COPY; their ids by key, ascending in the order given."""
    with connection.cursor() as cursor:
        ids = draw_ids(cursor, "ledger_entry", len(fresh))
    entries = frame_of(
        [
            (
                entry_id,
                e.tenant_id,
                e.occurred_on,
                e.kind.value,
                e.source,
                e.idempotency_key,
                json.dumps(dict(e.asked)),
                e.reverses_id,
                e.corrects_id,
            )
            for entry_id, e in zip(ids, fresh, strict=True)
        ],
        ENTRY_SCHEMA,
    )
    postings = frame_of(
        [
            (entry_id, line.account_id, e.tenant_id, line.component.value, line.amount_cents)
            for entry_id, e in zip(ids, fresh, strict=True)
            for line in e.lines
        ],
        POSTING_SCHEMA,
    )
    post_frames(entries, postings, now=now)
    return {e.idempotency_key: entry_id for entry_id, e in zip(ids, fresh, strict=True)}


ENTRY_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "id": pl.Int64,
    "tenant_id": pl.Int64,
    "occurred_on": pl.Date,
    "kind": pl.String,
    "source": pl.String,
    "idempotency_key": pl.String,
    "asked": pl.String,
    "reverses_id": pl.Int64,
    "corrects_id": pl.Int64,
}
POSTING_SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "entry_id": pl.Int64,
    "account_id": pl.Int64,
    "tenant_id": pl.Int64,
    "component": pl.String,
    "amount_cents": pl.Int64,
}


def post_frames(entries: pl.DataFrame, postings: pl.DataFrame, *, now: datetime) -> None:
    """Book entries that are known to be new, whose ids were drawn before (`kulanz.frames.draw_ids`), by COPY.

    `entries` has the columns of `ENTRY_SCHEMA` (`asked` a JSON object; the last two nullable), `postings` those of `POSTING_SCHEMA`. The
    database refuses everything if a key is booked already or an entry does not balance.
    """
    entries, postings = entries.select(ENTRY_SCHEMA.keys()), postings.select(POSTING_SCHEMA.keys())
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active('ledger_entry')")
        (fenced,) = cursor.fetchone()
        fp("ledger.before_frames")
        if fenced:
            _insert_frames(cursor, entries, postings, now=now)
            return
        copy_frame(cursor, "ledger_entry", entries.with_columns(booked_at=pl.lit(now.isoformat())))
        fp("ledger.between_frames")
        copy_frame(cursor, "ledger_posting", postings)
        fp("ledger.after_frames")


def _insert_frames(cursor: CursorWrapper, entries: pl.DataFrame, postings: pl.DataFrame, *, now: datetime) -> None:
    """By way of temporary tables: the role that pages run as may insert its own rows, but not COPY into a fenced table."""
    cursor.execute(_FRAME_TABLES)
    copy_frame(cursor, "entries_in", entries)
    copy_frame(cursor, "postings_in", postings)
    cursor.execute(
        "INSERT INTO ledger_entry (id, tenant_id, occurred_on, booked_at, kind, source, idempotency_key, asked, reverses_id,"
        " corrects_id) SELECT id, tenant_id, occurred_on, %s, kind, source, idempotency_key, asked, reverses_id, corrects_id"
        " FROM entries_in",
        [now],
    )
    cursor.execute(
        "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
        " SELECT entry_id, account_id, tenant_id, component, amount_cents FROM postings_in"
    )
    cursor.execute("DROP TABLE entries_in; DROP TABLE postings_in")


_FRAME_TABLES: Final = (
    "CREATE TEMP TABLE entries_in (id bigint, tenant_id bigint, occurred_on date, kind text, source text, idempotency_key text,"
    " asked jsonb, reverses_id bigint, corrects_id bigint) ON COMMIT DROP;"
    "CREATE TEMP TABLE postings_in (entry_id bigint, account_id bigint, tenant_id bigint, component text, amount_cents bigint)"
    " ON COMMIT DROP"
)


def _same(entry: NewEntry, booked: Entry) -> bool:
    """True if a booked entry holds exactly these lines."""
    wanted = sorted((line.account_id, str(line.component), line.amount_cents) for line in entry.lines)
    return wanted == sorted((p.account_id, str(p.component), p.amount_cents) for p in booked.postings.all())


def tenant_account(tenant_id: int, kind: AccountKind, currency: str) -> int:
    """The id of a tenant's one account of this kind (bank, suspense, income, write-off), created when first needed."""
    with connection.cursor() as cursor:  # asked several times for each piece of a statement
        cursor.execute(
            "SELECT id FROM ledger_account WHERE tenant_id = %s AND kind = %s AND currency = %s",
            [tenant_id, kind.value, currency],
        )
        if known := cursor.fetchone():
            return int(known[0])
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
