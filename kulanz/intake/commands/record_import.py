"""The record of an import: the file, its counts, its problems, and a line in the timeline of each case it opened."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection

from kulanz.claims.models import Creditor
from kulanz.frames import copy_frame
from kulanz.intake.models import ImportFile
from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.batch import Batch
from kulanz.intake.rules.problems import problems_of
from kulanz.intake.rules.profile import Profile

if TYPE_CHECKING:
    from kulanz.intake.commands.import_claims import Imported


def begin_import(batch: Batch, creditor: Creditor, profile: Profile, *, as_of: date | None, actor: str, now: datetime) -> ImportFile:
    """Give the import its number, which every claim and entry names as its source."""
    return ImportFile.objects.create(
        creditor=creditor,
        name=batch.table.name[:255],
        sha256=batch.table.sha256,
        profile=profile.name,
        as_of=as_of,
        rows=batch.table.rows,
        new=0,
        known=0,
        changed=0,
        problems=0,
        created_at=now,
        created_by=actor,
    )


def record_import(file: ImportFile, imported: Imported, new_cases: pl.Series, *, actor: str, now: datetime) -> None:
    """Write counts, totals, what was detected and the problems."""
    plain = imported.as_json()
    file.new, file.known, file.changed, file.problems = imported.new, imported.known, imported.changed, imported.problems
    file.detected = plain["detected"]
    file.totals = {key: plain[key] for key in ("claims", "held_back", "later_payments", "later_charges", "totals_cents")}
    file.save(update_fields=["new", "known", "changed", "problems", "detected", "totals"])
    _record_problems(file, imported.batch)
    _tell_cases(file, new_cases, actor=actor, now=now)


def _record_problems(file: ImportFile, batch: Batch) -> None:
    """Store each problem with the row as it stood in the file."""
    if batch.problems.is_empty():
        return
    columns = batch.table.columns
    wanted = batch.table.frame.join(batch.problems.select(LINE).unique(), on=LINE, how="semi")
    raw = {line: dict(zip(columns, cells, strict=True)) for line, *cells in wanted.select(LINE, *columns).iter_rows()}
    rows = [
        {
            "import_file_id": file.id,
            "creditor_id": file.creditor_id,
            "line": problem.line,
            "column": problem.column[:120],
            "code": problem.code.value,
            "reason": problem.reason,
            "raw": json.dumps(raw.get(problem.line, {"": problem.value}), ensure_ascii=False),
        }
        for problem in problems_of(batch.problems, batch.table.name)
    ]
    with connection.cursor() as cursor:
        copy_frame(cursor, "intake_importproblem", pl.DataFrame(rows))


def _tell_cases(file: ImportFile, case_ids: pl.Series, *, actor: str, now: datetime) -> None:
    """One line in the timeline of each case that got claims."""
    if case_ids.is_empty():
        return
    counts = case_ids.alias("case_id").to_frame().group_by("case_id").agg(pl.len().cast(pl.Int64).alias("claims"))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE told (case_id bigint, claims bigint) ON COMMIT DROP")
        copy_frame(cursor, "told", counts)
        cursor.execute(
            "INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
            " SELECT case_id, %s, %s, 'claims_taken_over', CASE WHEN claims = 1 THEN '1 Forderung übernommen.'"
            " ELSE claims || ' Forderungen übernommen.' END, %s, jsonb_build_object('import', %s::bigint) FROM told",
            [file.creditor_id, now, actor, file.id],
        )
        cursor.execute("DROP TABLE told")
