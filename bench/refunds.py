"""Money that belongs to debtors: found and proposed in a portfolio of settled cases, beside a bare sum over the same bookings."""

from __future__ import annotations

import time

from django.db import connection, transaction

from bench.daily import DAY, NOW, build
from bench.figures import Figure, peak_rss_mb
from kulanz.payments.commands.refunds import propose_due

SIZE = 200_000
_CREDIT_EVERY = 500
"""One case in so many was paid twice."""

_BARE = """
    SELECT c.case_id, sum(p.amount_cents) FROM claims_claim c JOIN ledger_posting p USING (account_id)
    WHERE p.component = 'overpaid' GROUP BY 1"""


def run(size: int) -> list[Figure]:
    """A first day, on which every credit is proposed, and the day after, on which all of them are under way already."""
    build(size)
    _settle()
    floor = min(_bare() for _ in range(2))
    figures = []
    for name in ("refunds_first_day", "refunds"):
        started = time.perf_counter()
        proposed = propose_due(day=DAY, now=NOW)
        seconds = time.perf_counter() - started
        figures.append(Figure(name, size, round(seconds, 2), "s", round(floor, 2), round(seconds / floor, 2), peak_rss_mb()))
        figures.append(Figure(f"{name}_proposed", size, proposed, "refunds"))
    return figures


def _bare() -> float:
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(_BARE)
        cursor.fetchall()
    return time.perf_counter() - started


def _settle() -> None:
    """Close nine of ten cases; one in many of them has received 12 euro twice, from a bank line that is in the books."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE claims_case SET state = 'settled' WHERE id % 10 <> 3")
        cursor.execute(
            "CREATE TEMP TABLE bench_credit ON COMMIT DROP AS SELECT DISTINCT ON (k.id) k.id AS case_id, k.creditor_id, c.account_id,"
            " nextval(pg_get_serial_sequence('ledger_entry', 'id')) AS entry_id"
            " FROM claims_case k JOIN claims_claim c ON c.case_id = k.id WHERE k.state = 'settled' AND k.id %% %s = 1 ORDER BY k.id",
            [_CREDIT_EVERY],
        )
        cursor.execute(
            "INSERT INTO ledger_entry (id, tenant_id, occurred_on, booked_at, kind, source, idempotency_key)"
            " SELECT entry_id, creditor_id, %s, %s, 'payment', 'bench', 'bench:' || entry_id FROM bench_credit",
            [DAY, NOW],
        )
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
            " SELECT b.entry_id, side.account, b.creditor_id, side.component, side.cents FROM bench_credit b"
            " JOIN ledger_account bank ON bank.tenant_id = b.creditor_id AND bank.kind = 'bank'"
            " CROSS JOIN LATERAL (VALUES (b.account_id, 'overpaid', -1200), (bank.id, 'cash', 1200)) side(account, component, cents)"
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE claims_case, ledger_entry, ledger_posting")
