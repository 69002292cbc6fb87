"""What a later delivery may change about claims that are already here: descriptions and dates, never money."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl
from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import copy_frame

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "claim_id": pl.Int64,
    "subject": pl.String,
    "invoiced_on": pl.Date,
    "due_on": pl.Date,
    "first_interest_day": pl.Date,
    "default_reason": pl.String,
    "content_hash": pl.String,
    "document_ref": pl.String,
    "text": pl.String,
}
"""One row per claim. ``text`` is the German line for the timeline that says what changed. Money is corrected in the ledger."""


def amend_claims(frame: pl.DataFrame, *, actor: str, now: datetime) -> int:
    """Bring claims up to date and note it in the timeline; returns how many. Runs inside the caller's transaction.

    When default began by a reminder, that day stays: what was sent and received is not undone by a new delivery of the
    invoice. Otherwise the start of default follows the new dates. ``frame`` has the columns of `SCHEMA`.
    """
    if frame.is_empty():
        return 0
    types = {pl.Int64: "bigint", pl.Date: "date", pl.String: "text"}
    columns = ", ".join(f'"{name}" {types[kind]}' for name, kind in SCHEMA.items())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE amended ({columns}) ON COMMIT DROP")
        copy_frame(cursor, "amended", frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
        cursor.execute(
            "SELECT id FROM claims_case WHERE id IN (SELECT case_id FROM claims_claim JOIN amended ON id = claim_id) ORDER BY id FOR UPDATE"
        )
        fp("amend_claims.before")
        cursor.execute(
            "UPDATE claims_claim c SET subject = a.subject, document_ref = a.document_ref, content_hash = a.content_hash,"
            " first_interest_day = CASE WHEN c.default_reason = 'reminder'"
            " OR (c.invoiced_on, c.due_on) = (a.invoiced_on, a.due_on) THEN c.first_interest_day ELSE a.first_interest_day END,"
            " default_reason = CASE WHEN c.default_reason = 'reminder'"
            " OR (c.invoiced_on, c.due_on) = (a.invoiced_on, a.due_on) THEN c.default_reason ELSE a.default_reason END,"
            " invoiced_on = a.invoiced_on, due_on = a.due_on FROM amended a WHERE c.id = a.claim_id"
        )
        cursor.execute(
            "INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
            " SELECT c.case_id, c.creditor_id, %s, 'claim_amended', a.text, %s, jsonb_build_object('claim', c.id)"
            " FROM amended a JOIN claims_claim c ON c.id = a.claim_id ORDER BY c.id",
            [now, actor],
        )
        cursor.execute(
            "UPDATE claims_case SET revision = revision + 1 WHERE id IN (SELECT case_id FROM claims_claim JOIN amended ON id = claim_id)"
        )
        cursor.execute("DROP TABLE amended")
        fp("amend_claims.after")
    return frame.height
