"""The daily run over a portfolio, beside its floor: the same rows by bare COPY, and plain arithmetic.

The floor is COPY out of the same fact rows, COPY in of the same diary and message rows into tables of the same shape, and a few columns of
arithmetic. The portfolio is made by set-based SQL: people of three creditors (every tenth owes two of them), 1.1 claims each, a fifth
partly paid, some holds.
"""

from __future__ import annotations

import io
import time
from datetime import UTC, date, datetime, timedelta

import polars as pl
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from bench.figures import Figure, peak_rss_mb
from kulanz.claims.commands import add_creditor
from kulanz.frames import copy_frame, read_frame
from kulanz.runs.commands import BUCKETS
from kulanz.runs.daily import run_day
from kulanz.strategy.facts import SCHEMA
from kulanz.strategy.queries import read_facts

SIZE = 100_000
DAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 7, 4, 0, tzinfo=UTC)


def run(size: int) -> list[Figure]:
    """A first day, on which every case moves and most are written to, and the day after it, on which few are.

    A shadow run comes first: it leaves the rows of the floor, which is measured before and after the run, because other work on the
    machine comes and goes.
    """
    build(size)
    figures = []
    for name, day in (("daily_run_first_day", DAY), ("daily_run", DAY + timedelta(days=1))):
        shadow_seconds, _ = _timed_run(day, shadow=True)
        before = _floor(day)
        seconds, counts = _timed_run(day, shadow=False)
        floor = (before + _floor(day)) / 2 + _floor_of_messages(day)
        peak = peak_rss_mb()
        figures += [
            Figure(name, size, round(seconds, 2), "s", round(floor, 2), round(seconds / floor, 2), peak),
            Figure(f"{name}_shadow", size, round(shadow_seconds, 2), "s", round(before, 2), round(shadow_seconds / before, 2), peak),
            Figure(f"{name}_queued", size, counts.get("queued", 0), "messages", peak_rss_mb=peak),
        ]
    return figures


def _timed_run(day: date, *, shadow: bool) -> tuple[float, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    started = time.perf_counter()
    summary = run_day(day, shadow=shadow, engine="local", now=NOW)
    return time.perf_counter() - started, summary.counts


def _floor(day: date) -> float:
    """Seconds for COPY out of the fact rows, COPY in of the diary rows, and ten columns of arithmetic."""
    facts = read_facts_in_transaction(day)
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(f'"{name}" {_sql_type(kind)}' for name, kind in SCHEMA.items())
        cursor.execute(f"CREATE TEMP TABLE floor_facts ({columns}) ON COMMIT DROP")
        copy_frame(cursor, "floor_facts", facts)
        started = time.perf_counter()
        frame = read_frame(cursor, "SELECT * FROM floor_facts", SCHEMA)
        cents = [name for name in SCHEMA if name.endswith("_cents")]
        frame.select(*((pl.col(name) * 514 * 90 // 3_650_000).alias(name) for name in cents), pl.col("days_overdue") >= 14)
        seconds = time.perf_counter() - started
        return seconds + _copy_again(cursor, "strategy_decision", f"day = '{day}' AND shadow")


def _floor_of_messages(day: date) -> float:
    """Seconds for COPY in of the day's messages."""
    with transaction.atomic(), connection.cursor() as cursor:
        return _copy_again(cursor, "contact_message", f"day = '{day}'")


def _copy_again(cursor: CursorWrapper, table: str, condition: str) -> float:
    """Seconds for COPY of a table's rows into an empty table of the same shape, with the same indexes."""
    rows = io.BytesIO()
    with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {condition}) TO STDOUT (FORMAT csv)") as source:
        for chunk in source:
            rows.write(chunk)
    cursor.execute(f"CREATE TABLE floor_rows (LIKE {table} INCLUDING ALL)")
    started = time.perf_counter()
    with cursor.copy("COPY floor_rows FROM STDIN (FORMAT csv)") as sink:
        sink.write(rows.getbuffer())
    seconds = time.perf_counter() - started
    cursor.execute("DROP TABLE floor_rows")
    return seconds


def read_facts_in_transaction(day: date) -> pl.DataFrame:
    """All fact rows of the day."""
    with transaction.atomic():
        return read_facts(bucket_from=0, bucket_to=BUCKETS - 1, day=day).select(SCHEMA.names())


def _sql_type(kind: pl.DataType) -> str:
    return {"Int64": "bigint", "Date": "date", "Boolean": "boolean", "String": "text"}[str(kind)]


def build(size: int) -> None:
    """A portfolio of `size` cases, straight into the tables; every invariant of the ledger holds."""
    creditors = [
        add_creditor(key=f"bench-{number}", name=f"Bench {number}", legal_name=f"Bench {number} GmbH", iban="DE89370400440532013000")
        for number in range(3)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE bench_creditor (n int, id bigint) ON COMMIT DROP")
        cursor.executemany("INSERT INTO bench_creditor VALUES (%s, %s)", [(n, c.id) for n, c in enumerate(creditors)])
        for statement in _BUILD:
            cursor.execute(statement, {"size": size, "day": DAY, "now": NOW} if "%(" in statement else None)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


_BUILD = (
    """INSERT INTO claims_debtor (creditor_id, external_id, public_id, kind, salutation, title, given_name, family_name, company_name,
         street, postcode, city, country, land, language, identity_key, search_key, sort_key)
       SELECT b.id, 'K' || i, gen_random_uuid(), CASE WHEN i %% 5 = 0 THEN 'company' ELSE 'person' END, '', '', 'Kim', 'Muster' || i, '',
         'Hauptstraße ' || i %% 200, '10115', 'Berlin', 'DE', (ARRAY['BE', 'BY', 'NW', 'SN', ''])[1 + i %% 5], 'de',
         encode(sha256(('person ' || CASE WHEN i %% 10 = 9 THEN i - 1 ELSE i END)::bytea), 'hex'), '', ''
       FROM generate_series(0, %(size)s - 1) i JOIN bench_creditor b ON b.n = i %% 3""",
    """INSERT INTO claims_contactpoint (debtor_id, creditor_id, channel, value, state, preferred)
       SELECT id, creditor_id, 'email', 'k' || id || '@example.com', 'usable', false FROM claims_debtor WHERE id % 10 < 8""",
    """INSERT INTO claims_contactpoint (debtor_id, creditor_id, channel, value, state, preferred)
       SELECT id, creditor_id, 'letter', street || ', 10115 Berlin', 'usable', id % 10 = 3 FROM claims_debtor WHERE id % 20 <> 9""",
    """INSERT INTO claims_case (public_id, creditor_id, debtor_id, reference, bucket, currency, opened_on, state, step, needs_human,
         revision)
       SELECT gen_random_uuid(), creditor_id, id, 'RF' || id, ('x' || left(identity_key, 2))::bit(8)::int, 'EUR', %(day)s, 'open', '',
         false, 0
       FROM claims_debtor""",
    """CREATE TEMP TABLE bench_claim ON COMMIT DROP AS
       SELECT c.id AS case_id, c.creditor_id, nextval(pg_get_serial_sequence('ledger_account', 'id')) AS account_id,
         nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS opening_id,
         nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS payment_id,
         c.id * 10 + n AS number, %(day)s::date - (10 + (c.id * 7919 + n * 31) %% 140)::int AS invoiced_on,
         (1500 + (c.id * 104729 + n) %% 60000)::bigint AS cents, c.id %% 5 = 0 AS paid
       FROM claims_case c CROSS JOIN generate_series(1, 2) n WHERE n = 1 OR c.id %% 10 = 0""",
    """INSERT INTO ledger_account (id, tenant_id, kind, currency) SELECT account_id, creditor_id, 'claim', 'EUR' FROM bench_claim""",
    """INSERT INTO claims_claim (case_id, creditor_id, account_id, external_id, subject, invoiced_on, due_on, principal_cents, currency,
         consumer, first_interest_day, default_reason, margin_bp, day_count, rounding, payment_day_counts, content_hash, source,
         document_ref)
       SELECT case_id, creditor_id, account_id, 'R' || number, '', invoiced_on, invoiced_on + 14, cents, 'EUR', true,
         CASE WHEN number %% 3 = 0 THEN invoiced_on + 45 END, '', 500, 'act_act', 'segment', false, number::text, 'bench', ''
       FROM bench_claim WHERE %(size)s > 0""",
    """INSERT INTO ledger_entry (id, tenant_id, occurred_on, booked_at, kind, source, idempotency_key)
       SELECT opening_id, creditor_id, invoiced_on, %(now)s, 'claim_opened', 'bench', 'bench:' || opening_id FROM bench_claim
       UNION ALL SELECT payment_id, creditor_id, least(invoiced_on + 20, %(day)s::date - 1), %(now)s, 'payment', 'bench',
         'bench:' || payment_id
       FROM bench_claim WHERE paid""",
    """INSERT INTO ledger_account (tenant_id, kind, currency)
       SELECT id, kind, 'EUR' FROM bench_creditor CROSS JOIN (VALUES ('income'), ('bank')) k(kind) ON CONFLICT DO NOTHING""",
    """INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)
       SELECT side.* FROM bench_claim b
       JOIN ledger_account income ON income.tenant_id = b.creditor_id AND income.kind = 'income'
       JOIN ledger_account bank ON bank.tenant_id = b.creditor_id AND bank.kind = 'bank'
       CROSS JOIN LATERAL (VALUES (b.opening_id, b.account_id, b.creditor_id, 'principal', b.cents),
         (b.opening_id, income.id, b.creditor_id, 'principal', -b.cents),
         (CASE WHEN b.paid THEN b.payment_id END, b.account_id, b.creditor_id, 'principal', -b.cents / 3),
         (CASE WHEN b.paid THEN b.payment_id END, bank.id, b.creditor_id, 'cash', b.cents / 3))
         side(entry, account, tenant, component, cents)
       WHERE side.entry IS NOT NULL""",
    """INSERT INTO claims_hold (case_id, creditor_id, reason, from_on, source, note, forbids_contact, created_at, lifted_because)
       SELECT id, creditor_id, 'dispute', %(day)s::date - 5, 'bench', '', true, %(now)s, '' FROM claims_case WHERE id %% 25 = 0""",
)
