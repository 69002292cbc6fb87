"""Who owes jointly: people who are liable for the same case beside its main debtor (§ 421 BGB)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl
from django.db import connection

from kulanz.claims.commands.open_claims import DEBTOR_COLUMNS, upsert_debtors
from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.frames import copy_frame

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "line": pl.Int64,
    "external_id": pl.String,
    "debtor_external_id": pl.String,
    **dict.fromkeys(DEBTOR_COLUMNS, pl.String),
    "email": pl.String,
    "phone": pl.String,
}
"""One row an invoice: its number, and the second person who owes it. Nullable: email, phone. Texts are '' if unknown."""


def add_joint_debtors(frame: pl.DataFrame, creditor: Creditor, *, actor: str, now: datetime) -> int:
    """Make these people liable in the cases of these invoices; returns how many new liabilities that were. In the caller's transaction.

    Whoever is the main debtor already stays that. What one of them pays relieves all (§ 422 BGB): the account is the case's.
    """
    if frame.is_empty():
        return 0
    types = {pl.Int64: "bigint", pl.String: "text"}
    columns = ", ".join(f'"{name}" {types[kind]}' for name, kind in SCHEMA.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
        copy_frame(cursor, "incoming", frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
        fp("joint.before")
        upsert_debtors(cursor, creditor.id)
        cursor.execute(
            "WITH liable AS (INSERT INTO claims_casedebtor (case_id, debtor_id, creditor_id, role)"
            " SELECT DISTINCT k.case_id, d.id, k.creditor_id, 'joint' FROM incoming i"
            " JOIN claims_claim k ON k.creditor_id = %s AND k.external_id = i.external_id"
            " JOIN claims_debtor d ON d.creditor_id = k.creditor_id AND d.external_id = i.debtor_external_id"
            " ON CONFLICT DO NOTHING RETURNING case_id, debtor_id, creditor_id)"
            " INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
            " SELECT l.case_id, l.creditor_id, %s, 'joint_debtor', 'Haftet mit: ' || CASE WHEN d.kind = 'company' THEN d.company_name"
            " ELSE concat_ws(' ', nullif(d.given_name, ''), nullif(d.family_name, '')) END, %s, jsonb_build_object('debtor', d.id)"
            " FROM liable l JOIN claims_debtor d ON d.id = l.debtor_id",
            [creditor.id, now, actor],
        )
        added = int(cursor.rowcount)
        cursor.execute("DROP TABLE incoming")
        fp("joint.after")
    return added
