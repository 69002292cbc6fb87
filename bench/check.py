"""The audit of the books: seconds for a number of postings, beside a bare sum over the same rows."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime

from django.db import connection, transaction

from bench.figures import Figure, peak_rss_mb
from kulanz.claims.commands import add_creditor
from kulanz.runs.check import check

SIZE = 1_000_000


def run(size: int) -> list[Figure]:
    """Fill the books with `size` postings (claims of four: opening and one payment, two lines each), then audit them."""
    _fill(size // 4)
    with connection.cursor() as cursor:
        started = time.perf_counter()
        cursor.execute("SELECT account_id, component, sum(amount_cents) FROM ledger_posting GROUP BY 1, 2")
        cursor.fetchall()
        floor = time.perf_counter() - started
    started = time.perf_counter()
    report = check(date(2026, 3, 1))
    seconds = time.perf_counter() - started
    if report.findings or report.postings < size - 4:
        raise AssertionError(f"the books of the benchmark are wrong: {report.findings[:3]}")
    return [Figure("check.audit", report.postings, round(seconds, 2), "s", round(floor, 2), round(seconds / floor, 2), peak_rss_mb())]


def _fill(claims: int) -> None:
    creditor = add_creditor(key="bench", name="Bench")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_account (tenant_id, kind, currency) SELECT %s, k, 'EUR' FROM unnest(ARRAY['bank', 'income']) k",
            [creditor.id],
        )
        cursor.execute(
            "INSERT INTO ledger_account (id, tenant_id, kind, currency) SELECT 1000 + n, %s, 'claim', 'EUR' FROM generate_series(1, %s) n",
            [creditor.id, claims],
        )
        cursor.execute(
            "INSERT INTO claims_debtor"
            " (id, public_id, creditor_id, external_id, kind, salutation, title, given_name, family_name, company_name,"
            " street, postcode, city, country, land, language, identity_key, search_key, sort_key)"
            " SELECT n, gen_random_uuid(), %s, n::text, 'person', '', '', 'A', 'B', '', '', '', '', 'DE', '', 'de',"
            " md5(n::text) || md5(n::text), '', ''"
            " FROM generate_series(1, %s) n",
            [creditor.id, claims],
        )
        cursor.execute(
            "INSERT INTO claims_case"
            " (id, public_id, creditor_id, debtor_id, reference, bucket, currency, opened_on, state, step, needs_human, revision)"
            " SELECT n, gen_random_uuid(), %s, n, 'RF' || n, n %% 256, 'EUR', '2026-01-01', 'open', '', false, 0"
            " FROM generate_series(1, %s) n",
            [creditor.id, claims],
        )
        cursor.execute(
            "INSERT INTO claims_claim"
            " (id, case_id, creditor_id, account_id, external_id, subject, invoiced_on, due_on, principal_cents, currency, consumer,"
            " default_reason, day_count, rounding, payment_day_counts, content_hash, source, document_ref)"
            " SELECT n, n, %s, 1000 + n, n::text, '', '2026-01-01', '2026-01-31', 5000, 'EUR', true,"
            " '', 'act_act', 'segment', false, '', 'bench', ''"
            " FROM generate_series(1, %s) n",
            [creditor.id, claims],
        )
        cursor.execute(
            "INSERT INTO ledger_entry (id, tenant_id, occurred_on, booked_at, kind, source, idempotency_key, asked)"
            " SELECT 2 * n + k, %s, '2026-01-01', %s, CASE k WHEN 0 THEN 'claim_opened' ELSE 'payment' END, 'bench', n || '.' || k, '{}'"
            " FROM generate_series(1, %s) n, generate_series(0, 1) k",
            [creditor.id, now, claims],
        )
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
            " SELECT 2 * n + k, CASE s WHEN 0 THEN 1000 + n ELSE o.id END, %s, CASE WHEN s = 1 AND k = 1 THEN 'cash' ELSE 'principal' END,"
            " CASE k WHEN 0 THEN 5000 ELSE -1200 END * CASE s WHEN 0 THEN 1 ELSE -1 END"
            " FROM generate_series(1, %s) n, generate_series(0, 1) k, generate_series(0, 1) s"
            " JOIN ledger_account o ON o.kind IN ('bank', 'income') WHERE (o.kind = 'bank') = (k = 1)",
            [creditor.id, claims],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
