"""A stop for many cases at once: the same holds and the same cancelled messages as `silence`, in a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import connection

from kulanz.claims.commands.hold import describe
from kulanz.claims.commands.many import EVENTS, place_many, record_many, touch_many
from kulanz.claims.models import HoldReason
from kulanz.contact.models import MessageState
from kulanz.contact.rules import REMINDERS
from kulanz.failpoints import fp
from kulanz.frames import frame_of, id_array


def silence_many(
    notes: Mapping[int, str], reason: HoldReason, *, day: date, now: datetime, source: str, actor: str = "kulanz"
) -> list[int]:
    """Place a hold on many cases, each with its note, and cancel their queued reminders; returns the cases that had no such hold.

    In the caller's transaction; the cases are locked in order of id, as everywhere.
    """
    if not notes:
        return []
    touch_many(notes)
    placed = place_many(dict(sorted(notes.items())), reason, day=day, now=now, source=source, actor=actor)
    cancel_many(notes, f"Sperre: {describe(reason)}", now=now, actor=actor)
    return placed


def cancel_many(
    case_ids: Collection[int], because: str, *, now: datetime, templates: Collection[str] = REMINDERS, actor: str = "kulanz"
) -> int:
    """Cancel the queued reminders of many cases; returns how many. The caller holds the cases."""
    with connection.cursor() as cursor:
        fp("cancel_many.before_update")
        # By case: the index of waiting messages would be read whole, and it may be long.
        cursor.execute(
            "WITH stopped AS (UPDATE contact_message SET state = %s, cancelled_because = %s"
            " WHERE case_id = ANY(%s::bigint[]) AND state || '' = %s AND template = ANY(%s) RETURNING case_id)"
            " SELECT case_id, count(*) FROM stopped GROUP BY case_id ORDER BY case_id",
            [MessageState.CANCELLED.value, because[:120], id_array(sorted(case_ids)), MessageState.QUEUED.value, sorted(templates)],
        )
        cancelled = cursor.fetchall()
        fp("cancel_many.after_update")
    rows = [
        (
            case_id,
            "messages_cancelled",
            f"{'Eine wartende Nachricht' if count == 1 else f'{count} wartende Nachrichten'} angehalten: {because}",
            "{}",
        )
        for case_id, count in cancelled
    ]
    record_many(frame_of(rows, EVENTS), actor=actor, now=now)
    return sum(count for _, count in cancelled)
