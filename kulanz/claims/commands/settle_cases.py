"""Closing the books on many cases at once: those in which nothing is owed any more."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import copy_frame


def settle_cases(case_ids: pl.Series, *, actor: str, now: datetime) -> int:
    """Mark the open cases among ``case_ids`` as settled whose ledger holds nothing open; returns how many.

    The bulk twin of `close_if_settled` for claims that bear no interest (paid before they came to us). Runs inside the
    caller's transaction.
    """
    if case_ids.is_empty():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE looked_at (case_id bigint PRIMARY KEY) ON COMMIT DROP")
        copy_frame(cursor, "looked_at", case_ids.unique().cast(pl.Int64).alias("case_id").to_frame())
        cursor.execute("ANALYZE looked_at")
        fp("settle_cases.before")
        cursor.execute(
            "WITH position AS (SELECT c.case_id FROM looked_at l JOIN claims_claim c ON c.case_id = l.case_id"
            " LEFT JOIN ledger_posting p ON p.account_id = c.account_id AND p.component <> 'overpaid'"
            " GROUP BY c.case_id HAVING coalesce(sum(p.amount_cents), 0) <= 0),"
            " settled AS (UPDATE claims_case k SET state = 'settled', needs_human = false, next_step_on = NULL"
            " FROM position WHERE k.id = position.case_id AND k.state = 'open' RETURNING k.id, k.creditor_id)"
            " INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
            " SELECT id, creditor_id, %s, 'case_settled', 'Alles ist bezahlt.', %s, '{}'::jsonb FROM settled",
            [now, actor],
        )
        count = int(cursor.rowcount)
        cursor.execute("DROP TABLE looked_at")
        fp("settle_cases.after")
    return count
