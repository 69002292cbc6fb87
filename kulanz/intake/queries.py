"""Reading for the room: what is known already, and a look at a file before it is taken."""

from __future__ import annotations

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from kulanz.frames import copy_frame, read_frame

KNOWN_SCHEMA = {
    "external_id": pl.String,
    "claim_id": pl.Int64,
    "account_id": pl.Int64,
    "case_id": pl.Int64,
    "old_debtor": pl.String,
    "old_currency": pl.String,
    "old_hash": pl.String,
    "old_subject": pl.String,
    "old_invoiced_on": pl.Date,
    "old_due_on": pl.Date,
    "old_document_ref": pl.String,
    "old_margin_bp": pl.Int32,
    "old_fixed_bp": pl.Int32,
}
"""What is on file about claims that a file names again."""


def known_claims(creditor_id: int, external_ids: pl.Series) -> pl.DataFrame:
    """The creditor's claims among these numbers, with the columns of `KNOWN_SCHEMA`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM claims_claim WHERE creditor_id = %s)", [creditor_id])
        if external_ids.is_empty() or not cursor.fetchone()[0]:
            return pl.DataFrame(schema=KNOWN_SCHEMA)
        _stage(cursor, "wanted", external_ids.alias("external_id"), "text")
        frame = read_frame(
            cursor,
            "SELECT c.external_id, c.id, c.account_id, c.case_id, d.external_id, c.currency, c.content_hash, c.subject,"
            " c.invoiced_on, c.due_on, c.document_ref, c.margin_bp, c.fixed_bp FROM wanted w"
            " JOIN claims_claim c ON c.creditor_id = %s AND c.external_id = w.external_id"
            " JOIN claims_case k ON k.id = c.case_id JOIN claims_debtor d ON d.id = k.debtor_id",
            KNOWN_SCHEMA,
            [creditor_id],
        )
        cursor.execute("DROP TABLE wanted")
    return frame


def known_liable(creditor_id: int, debtors: pl.Series) -> pl.DataFrame:
    """Who owes jointly in the cases of these customer numbers: debtor, known_joint (null: nobody). Unknown customers are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM claims_case WHERE creditor_id = %s)", [creditor_id])
        if debtors.is_empty() or not cursor.fetchone()[0]:
            return pl.DataFrame(schema={"debtor": pl.String, "known_joint": pl.String})
        _stage(cursor, "wanted", debtors.alias("debtor"), "text")
        frame = read_frame(
            cursor,
            "SELECT w.debtor, min(j.external_id) FROM wanted w JOIN claims_debtor d ON d.creditor_id = %s AND d.external_id = w.debtor"
            " JOIN claims_case c ON c.debtor_id = d.id LEFT JOIN claims_casedebtor l ON l.case_id = c.id AND l.role = 'joint'"
            " LEFT JOIN claims_debtor j ON j.id = l.debtor_id GROUP BY w.debtor",
            {"debtor": pl.String, "known_joint": pl.String},
            [creditor_id],
        )
        cursor.execute("DROP TABLE wanted")
    return frame


def standing(account_ids: pl.Series) -> pl.DataFrame:
    """Where claim accounts stand, a row per account and component: account_id, component, open_cents, opened_cents.

    ``opened_cents`` is the part that opening and correcting entries made; over the components of an account it adds up
    to the principal the claim was opened and corrected to.
    """
    return _by_account(
        account_ids,
        "SELECT p.account_id, p.component, sum(p.amount_cents)::bigint,"
        " coalesce(sum(p.amount_cents) FILTER (WHERE e.kind IN ('claim_opened', 'claim_corrected')), 0)::bigint"
        " FROM wanted w JOIN ledger_posting p ON p.account_id = w.account_id JOIN ledger_entry e ON e.id = p.entry_id"
        " GROUP BY p.account_id, p.component",
        {"account_id": pl.Int64, "component": pl.String, "open_cents": pl.Int64, "opened_cents": pl.Int64},
    )


def booked_keys(account_ids: pl.Series) -> pl.DataFrame:
    """The idempotency keys of every entry that touches these accounts: account_id, idempotency_key."""
    return _by_account(
        account_ids,
        "SELECT DISTINCT p.account_id, e.idempotency_key FROM wanted w"
        " JOIN ledger_posting p ON p.account_id = w.account_id JOIN ledger_entry e ON e.id = p.entry_id",
        {"account_id": pl.Int64, "idempotency_key": pl.String},
    )


def _by_account(account_ids: pl.Series, query: str, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """Run a query that joins the accounts as ``wanted``."""
    with connection.cursor() as cursor:
        _stage(cursor, "wanted", account_ids.alias("account_id"), "bigint")
        frame = read_frame(cursor, query, schema)
        cursor.execute("DROP TABLE wanted")
    return frame


def _stage(cursor: CursorWrapper, table: str, values: pl.Series, kind: str) -> None:
    """A temporary table of one indexed column."""
    cursor.execute(f"CREATE TEMP TABLE {table} ({values.name} {kind} PRIMARY KEY) ON COMMIT DROP")
    copy_frame(cursor, table, values.drop_nulls().unique().to_frame())
    cursor.execute(f"ANALYZE {table}")
