"""The daily run over a portfolio, beside its floor: the same fact rows out by COPY, the same diary rows in by COPY, plain arithmetic.

The portfolio is made by set-based SQL: people of three creditors, 1.1 claims each, a fifth partly paid, some holds, some messages.
"""

from __future__ import annotations

import io
import time
from datetime import UTC, date, datetime

import polars as pl
from django.db import connection, transaction

from bench.figures import Figure, peak_rss_mb
from kulanz.claims.commands import add_creditor
from kulanz.frames import copy_frame
from kulanz.runs.commands import BUCKETS
from kulanz.runs.daily import run_day
from kulanz.strategy.facts import SCHEMA
from kulanz.strategy.queries import read_facts

SIZE = 100_000
DAY = date(2026, 9, 7)
NOW = datetime(2026, 9, 7, 4, 0, tzinfo=UTC)


def run(size: int) -> list[Figure]:
    """Build the portfolio, run a first day (every case moves) and the day after it (few do), then measure the floor."""
    build(size)
    first_seconds, summary = _timed_run(DAY)
    peak = peak_rss_mb()
    floor_first = _floor(DAY)
    second_seconds, _ = _timed_run(date(2026, 9, 8))
    floor_second = _floor(date(2026, 9, 8))
    queued = summary.get("queued", 0)
    return [
        Figure(
            "daily_run_first_day", size, round(first_seconds, 2), "s", round(floor_first, 2), round(first_seconds / floor_first, 2), peak
        ),
        Figure(
            "daily_run_next_day", size, round(second_seconds, 2), "s", round(floor_second, 2), round(second_seconds / floor_second, 2), peak
        ),
        Figure("daily_run_queued", size, queued, "messages", peak_rss_mb=peak),
    ]


def _timed_run(day: date) -> tuple[float, dict[str, int]]:
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
    started = time.perf_counter()
    summary = run_day(day, shadow=False, engine="local", now=NOW)
    return time.perf_counter() - started, summary.counts


def _floor(day: date) -> float:
    """Seconds for COPY out of the fact rows, COPY in of the diary rows into a table of the same shape, and ten columns of arithmetic."""
    facts = read_facts(bucket_from=0, bucket_to=BUCKETS - 1, day=day).select(SCHEMA.names())
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(f'"{name}" {_sql_type(kind)}' for name, kind in SCHEMA.items())
        cursor.execute(f"CREATE TEMP TABLE floor_facts ({columns}) ON COMMIT DROP")
        copy_frame(cursor, "floor_facts", facts)
        cursor.execute("CREATE TABLE floor_diary (LIKE strategy_decision INCLUDING ALL)")
        diary = io.BytesIO()
        with cursor.copy("COPY (SELECT * FROM strategy_decision WHERE day = %s) TO STDOUT (FORMAT csv)", [day]) as source:
            for chunk in source:
                diary.write(chunk)
        started = time.perf_counter()
        out = io.BytesIO()
        with cursor.copy("COPY (SELECT * FROM floor_facts) TO STDOUT (FORMAT csv)") as source:
            for chunk in source:
                out.write(chunk)
        out.seek(0)
        plain = {name: pl.String if kind == pl.Boolean else kind for name, kind in SCHEMA.items()}
        frame = pl.read_csv(out, has_header=False, new_columns=list(plain), schema=plain)
        cents = [name for name in SCHEMA if name.endswith("_cents")]
        frame.select(*((pl.col(name) * 514 * 90 // 3_650_000).alias(name) for name in cents), pl.col("days_overdue") >= 14)
        with cursor.copy("COPY floor_diary FROM STDIN (FORMAT csv)") as sink:
            sink.write(diary.getbuffer())
        seconds = time.perf_counter() - started
        cursor.execute("DROP TABLE floor_diary")
    return seconds


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
         encode(sha256(('person ' || i / 2)::bytea), 'hex'), '', ''
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
