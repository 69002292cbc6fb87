"""Runs and their parts, and what a decision changes in its case: set-based, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import connection, transaction

from kulanz.claims.models import Case
from kulanz.failpoints import fp
from kulanz.frames import copy_frame, read_frame
from kulanz.runs.models import Run, RunPart

BUCKETS = 256
CASES_PER_PART = 50_000
PARTS_MIN = 2
"""Even a small portfolio is cut, so that a second process has something to do and a killed run has something to keep."""


_READ_BY_RUNS = (
    "claims_case",
    "claims_debtor",
    "claims_claim",
    "claims_contactpoint",
    "claims_hold",
    "contact_message",
    "ledger_entry",
    "ledger_posting",
)


def open_run(kind: str, day: date, *, shadow: bool, engine: str, now: datetime) -> Run:
    """The run of this kind for this day with its parts: a new one, or the one that was begun or done before."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kulanz.run'))")
        known = Run.objects.filter(kind=kind, day=day, shadow=shadow).first()
        if known is not None:
            return known
        fp("run.before_open")
        run = Run.objects.create(kind=kind, day=day, shadow=shadow, engine=engine, started_at=now)
        fp("run.between_run_and_parts")
        cases = Case.objects.filter(state="open").count()
        count = min(BUCKETS, max(PARTS_MIN, -(-cases // CASES_PER_PART)))
        bounds = [BUCKETS * number // count for number in range(count + 1)]
        RunPart.objects.bulk_create(
            RunPart(run=run, number=number + 1, bucket_from=bounds[number], bucket_to=bounds[number + 1] - 1) for number in range(count)
        )
        fp("run.after_open")
    return run


def refresh_statistics() -> None:
    """Tell the planner about tables that grew by more than a tenth since it last looked.

    A first run straight after a large import would otherwise be planned for empty tables, and join row by row.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables WHERE relname = ANY(%s)"
            " AND n_mod_since_analyze > 1000 + n_live_tup / 10 ORDER BY relname",
            [list(_READ_BY_RUNS)],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'ANALYZE "{table}"')


@contextmanager
def next_part(run: Run) -> Iterator[RunPart | None]:
    """Take an open part of the run in a transaction of its own; None when all are done.

    Parts that another process holds are passed over; when only such parts are left, this waits for the first of them: it is done
    then, or free again because the other process died.
    """
    with transaction.atomic(durable=True):
        part = _take(run, skip_locked=True)
        while part is None and run.parts.filter(state="open").exists():
            part = _take(run, skip_locked=False)
        yield part


def _take(run: Run, *, skip_locked: bool) -> RunPart | None:
    return run.parts.select_for_update(skip_locked=skip_locked).filter(state="open").order_by("number").first()


def finish_part(part: RunPart, counts: dict[str, Any], *, now: datetime) -> None:
    """Mark a part as done, in the transaction that did it."""
    fp("run.before_part_done")
    part.state, part.counts, part.done_at = "done", counts, now
    part.save(update_fields=["state", "counts", "done_at"])
    fp("run.after_part_done")


def finish_run(run: Run, counts: dict[str, Any], *, now: datetime) -> None:
    """Mark a run as done if it is not yet; whoever comes last writes the sums."""
    fp("run.before_done")
    Run.objects.filter(id=run.id).exclude(state="done").update(state="done", counts=counts, finished_at=now)
    fp("run.after_done")
    run.refresh_from_db()


POSITION: dict[str, type[pl.DataType]] = {
    "case_id": pl.Int64,
    "revision": pl.Int64,
    "step": pl.String,
    "step_on": pl.Date,
    "anchor_on": pl.Date,
    "next_step_on": pl.Date,
    "ask_human": pl.Boolean,
    "playbook_version_id": pl.Int64,
}


def lock_cases(case_ids: pl.Series) -> pl.DataFrame:
    """Lock these cases in order of their number and say which revision they have now: `case_id`, `now_revision`."""
    fp("run.before_lock")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE locked_cases ON COMMIT DROP AS SELECT id, revision FROM claims_case"
            " WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
            [case_ids.to_list()],
        )
        locked = read_frame(cursor, "SELECT id, revision FROM locked_cases", {"case_id": pl.Int64, "now_revision": pl.Int64})
        cursor.execute("DROP TABLE locked_cases")
    return locked


def advance_cases(positions: pl.DataFrame, *, now: datetime) -> int:
    """Write down where these locked cases stand now, and that a person is asked. Returns how many cases changed.

    `positions` has the columns of `POSITION`. A step taken changes the facts and so the revision; a mere note of the next day does not,
    because nobody's decision depends on it.
    """
    if positions.is_empty():
        return 0
    fp("run.before_positions")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE positions (case_id bigint, revision bigint, step text, step_on date, anchor_on date, next_step_on date,"
            " ask_human boolean, playbook_version_id bigint) ON COMMIT DROP"
        )
        copy_frame(cursor, "positions", positions.select(pl.col(name).cast(kind) for name, kind in POSITION.items()))
        cursor.execute(
            "UPDATE claims_case c SET step = p.step, step_on = p.step_on, anchor_on = p.anchor_on, next_step_on = p.next_step_on,"
            " needs_human = c.needs_human OR p.ask_human, playbook_version_id = p.playbook_version_id,"
            " revision = c.revision + CASE WHEN (c.step, c.step_on) IS DISTINCT FROM (p.step, p.step_on) THEN 1 ELSE 0 END"
            " FROM positions p WHERE c.id = p.case_id AND c.revision = p.revision"
        )
        changed: int = cursor.rowcount
        fp("run.between_positions_and_events")
        cursor.execute(
            "INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
            " SELECT c.id, c.creditor_id, %s, 'person_asked', 'Alle freundlichen Schritte sind getan. Jetzt entscheidet ein Mensch.',"
            " 'kulanz', '{}' FROM positions p JOIN claims_case c ON c.id = p.case_id WHERE p.ask_human ORDER BY c.id",
            [now],
        )
        cursor.execute("DROP TABLE positions")
    fp("run.after_positions")
    return changed
