"""What `case` and `hold` do for one case, done for many in a few statements: locks, timeline, holds. Same rows, same words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Final

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from kulanz.claims.commands.hold import describe
from kulanz.claims.models import HoldReason
from kulanz.failpoints import fp
from kulanz.frames import copy_frame, frame_of, id_array, read_rows

EVENTS: Final[Mapping[str, type[pl.DataType]]] = {"case_id": pl.Int64, "kind": pl.String, "text": pl.String, "data": pl.String}
"""One row per line of a timeline; `data` is a JSON object."""


def lock_many(case_ids: Iterable[int]) -> list[int]:
    """Lock the cases in order of id; returns those that exist, in that order. Whoever changes their facts marks them as changed as well."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM claims_case WHERE id = ANY(%s::bigint[]) ORDER BY id FOR UPDATE", [id_array(case_ids)])
        return [case_id for (case_id,) in cursor.fetchall()]


def touch_many(case_ids: Iterable[int]) -> set[int]:
    """Lock the cases in order of id and mark their facts as changed, as `touch` does; returns those that exist."""
    found = lock_many(case_ids)
    with connection.cursor() as cursor:
        fp("case.before_touch_many")
        cursor.execute("UPDATE claims_case SET revision = revision + 1 WHERE id = ANY(%s::bigint[])", [id_array(found)])
        fp("case.after_touch_many")
    return set(found)


def record_many(events: pl.DataFrame, *, actor: str, now: datetime) -> None:
    """Add many lines to timelines. ``events`` has the columns of `EVENTS`; its cases exist."""
    if events.is_empty():
        return
    events = events.select(EVENTS.keys())
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_security_active('claims_caseevent')")
        (fenced,) = cursor.fetchone()
        if fenced:
            _insert_events(cursor, events, actor=actor, now=now)
            return
        of_case = "SELECT id, creditor_id FROM claims_case WHERE id = ANY(%s::bigint[])"
        creditors = read_rows(cursor, of_case, {"case_id": pl.Int64, "creditor_id": pl.Int64}, [id_array(events["case_id"].unique())])
        rows = events.join(creditors, on="case_id", how="left", maintain_order="left")
        fp("events.before_many")
        copy_frame(cursor, "claims_caseevent", rows.with_columns(at=pl.lit(now.isoformat()), actor=pl.lit(actor)))
        fp("events.after_many")


def _insert_events(cursor: CursorWrapper, events: pl.DataFrame, *, actor: str, now: datetime) -> None:
    """By way of a temporary table: the role that pages run as may insert its own rows, but not COPY into a fenced table."""
    cursor.execute("CREATE TEMP TABLE events_in (n bigint, case_id bigint, kind text, text text, data jsonb) ON COMMIT DROP")
    copy_frame(cursor, "events_in", events.with_row_index("n"))
    fp("events.before_many")
    cursor.execute(
        "INSERT INTO claims_caseevent (case_id, creditor_id, at, kind, text, actor, data)"
        " SELECT c.id, c.creditor_id, %s, e.kind, e.text, %s, e.data FROM events_in e JOIN claims_case c ON c.id = e.case_id ORDER BY e.n",
        [now, actor],
    )
    fp("events.after_many")
    cursor.execute("DROP TABLE events_in")


def place_many(notes: Mapping[int, str], reason: HoldReason, *, day: date, now: datetime, source: str, actor: str) -> list[int]:
    """Put a hold without end on many cases from `day` on, each with its note; returns the cases that had none of this reason.

    A standing hold of the same reason is kept and loses its end. The caller holds the cases.
    """
    with connection.cursor() as cursor:
        fp("hold.before_prolong_many")
        cursor.execute(
            "UPDATE claims_hold SET until_on = NULL"
            " WHERE case_id = ANY(%s::bigint[]) AND reason = %s AND lifted_at IS NULL AND until_on IS NOT NULL",
            [id_array(notes), reason.value],
        )
        fp("hold.before_place_many")
        cursor.execute(
            "INSERT INTO claims_hold (case_id, creditor_id, reason, from_on, source, note, forbids_contact, created_at, lifted_because)"
            " SELECT c.id, c.creditor_id, %s, %s, %s, w.note, true, %s, ''"
            " FROM unnest(%s::bigint[], %s::text[]) AS w(case_id, note) JOIN claims_case c ON c.id = w.case_id ORDER BY c.id"
            " ON CONFLICT (case_id, reason) WHERE lifted_at IS NULL DO NOTHING RETURNING case_id, id",
            [reason.value, day, source, now, id_array(notes), list(notes.values())],
        )
        placed = cursor.fetchall()
        fp("hold.after_place_many")
    text = f"Sperre: {describe(reason)}"
    rows = [(case_id, "hold_placed", text, f'{{"hold": {hold_id}, "reason": "{reason.value}"}}') for case_id, hold_id in placed]
    record_many(frame_of(rows, EVENTS), actor=actor, now=now)
    return [case_id for case_id, _ in placed]


def lift_many(case_ids: Collection[int], reasons: Collection[HoldReason], *, because: str, actor: str, now: datetime) -> int:
    """Lift the standing holds of these reasons on many cases; returns how many. The caller holds the cases."""
    with connection.cursor() as cursor:
        fp("hold.before_lift_many")
        cursor.execute(
            "UPDATE claims_hold SET lifted_at = %s, lifted_because = %s"
            " WHERE case_id = ANY(%s::bigint[]) AND reason = ANY(%s) AND lifted_at IS NULL RETURNING case_id, id, reason",
            [now, because, id_array(sorted(case_ids)), [reason.value for reason in reasons]],
        )
        lifted = sorted(cursor.fetchall())
        fp("hold.after_lift_many")
    rows = [
        (
            case_id,
            "hold_lifted",
            f"Sperre aufgehoben: {describe(HoldReason(reason))}. {because}",
            f'{{"hold": {hold_id}, "reason": "{reason}"}}',
        )
        for case_id, hold_id, reason in lifted
    ]
    record_many(frame_of(rows, EVENTS), actor=actor, now=now)
    return len(lifted)
