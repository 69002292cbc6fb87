"""Putting messages into the outbox, and taking them out before they are sent. Nothing is written or rendered here
but the wish."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Q

from kulanz.claims.commands import record_event
from kulanz.claims.models import Case, ContactPoint
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import REMINDERS
from kulanz.failpoints import fp
from kulanz.frames import copy_frame

SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "case_id": pl.Int64,
    "revision": pl.Int64,
    "channel": pl.String,
    "step": pl.String,
    "template": pl.String,
    "to": pl.String,
    "not_before": pl.Date,
    "params": pl.String,
}
"""One row per message. `revision` is the case's as it was when the facts were read; `channel` `email` or `letter`;
`to` the e-mail address (a letter's address is read when it is sent); `not_before` the first day on which it may go
out (null: at once); `params` a JSON object of what the decision knew (`open_cents`, `pay_until` as ISO day,
`next_step_on` as ISO day), all optional."""


@dataclass(frozen=True, slots=True)
class Queued:
    """What became of a frame: rows put into the outbox, rows that were there already, rows whose case has changed
    since."""

    queued: int
    known: int
    stale: int


def queue_messages(frame: pl.DataFrame, *, day: date, run_id: int | None, now: datetime) -> Queued:
    """Queue many messages at once, in the caller's transaction. `frame` has the columns of `SCHEMA`.

    A message is queued only where the case's revision is still what the decision saw: whatever was paid, said or
    stopped since makes the row `stale`, and the next run decides anew. A second call with the same frame queues
    nothing.
    """
    rows = frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    with connection.cursor() as cursor:
        cursor.execute(WANTED)
        copy_frame(cursor, "wanted_messages", rows)
        return queue_wanted(cursor, day=day, run_id=run_id, now=now)


WANTED: Final = """
    CREATE TEMP TABLE wanted_messages (case_id bigint, revision bigint, channel text, step text, template text, "to" text, not_before date,
      params jsonb) ON COMMIT DROP"""
"""The table of the messages to be queued, with the columns of `SCHEMA`."""


def queue_wanted(cursor: CursorWrapper, *, day: date, run_id: int | None, now: datetime, locked: bool = False) -> Queued:
    """Queue what stands in the table of `WANTED`, as `queue_messages` does, and drop it. `locked` says that the caller holds the cases."""
    fp("queue_messages.before_insert")
    lock = "" if locked else "ORDER BY c.id FOR UPDATE OF c"
    cursor.execute(_INSERT.format(lock=lock), {"day": day, "now": now, "run": run_id})
    wanted, queued, stale = cursor.fetchone()
    cursor.execute("DROP TABLE wanted_messages")
    fp("queue_messages.after_insert")
    return Queued(queued=queued, known=wanted - queued - stale, stale=stale)


# The cases are locked in order, as every command does, so that a payment that is being booked is either before or after.
_INSERT: Final = """
    WITH standing AS MATERIALIZED (
      SELECT c.id, c.creditor_id, c.debtor_id, c.reference FROM claims_case c
      WHERE (c.id, c.revision) IN (SELECT case_id, revision FROM wanted_messages) {lock}),
    queued AS (
      INSERT INTO contact_message (case_id, creditor_id, debtor_id, identity_key, channel, step, day, template, language, params, "to",
        state, not_before, queued_at, attempts, provider_key, provider_ref, error, cancelled_because, subject, body_text, body_html,
        document, document_sha256, run_id)
      SELECT c.id, c.creditor_id, c.debtor_id, d.identity_key, w.channel, w.step, %(day)s, w.template,
        CASE WHEN d.language = 'en' THEN 'en' ELSE 'de' END, coalesce(w.params, '{{}}'), coalesce(w."to", ''), 'queued',
        (w.not_before + time '08:00') AT TIME ZONE 'Europe/Berlin', %(now)s, 0,
        c.reference || '-' || w.step || '-' || w.channel || '-' || to_char(%(day)s::date, 'YYYYMMDD'), '', '', '', '', '', '', '', '',
        %(run)s
      FROM wanted_messages w JOIN standing c ON c.id = w.case_id JOIN claims_debtor d ON d.id = c.debtor_id
      ORDER BY w.case_id, w.step, w.channel ON CONFLICT DO NOTHING RETURNING 1)
    SELECT (SELECT count(*) FROM wanted_messages), (SELECT count(*) FROM queued),
      (SELECT count(*) FROM wanted_messages w WHERE w.case_id NOT IN (SELECT id FROM standing))"""


def cancel_queued(case_id: int, because: str, *, now: datetime, templates: Collection[str] = REMINDERS, actor: str = "kulanz") -> int:
    """Cancel the case's queued reminders (or those of the given texts); returns how many. What is being sent is
    beyond recall.

    Call it under the case lock (`claims.commands.touch`), which every sender takes too. `because` is a short German
    reason.
    """
    fp("cancel_queued.before_update")
    queued = Message.objects.filter(case_id=case_id, state=MessageState.QUEUED, template__in=list(templates))
    cancelled = queued.update(state=MessageState.CANCELLED, cancelled_because=because[:120])
    fp("cancel_queued.after_update")
    if cancelled:
        words = "Eine wartende Nachricht" if cancelled == 1 else f"{cancelled} wartende Nachrichten"
        record_event(Case.objects.get(id=case_id), "messages_cancelled", f"{words} angehalten: {because}", actor=actor, now=now)
    return cancelled


def queue_receipt(case_id: int, *, entry_ids: Collection[int], day: date, now: datetime) -> Message | None:
    """Queue a thank-you for booked payments; None if the debtor has no usable channel.

    Payments of one day share a message while it waits; one that has gone out is followed by a second.
    """
    waiting = Message.objects.filter(case_id=case_id, template="receipt", state=MessageState.QUEUED).first()
    if waiting is not None:
        waiting.params = waiting.params | {"entry_ids": sorted({*waiting.params["entry_ids"], *entry_ids})}
        waiting.save(update_fields=["params"])
        return waiting
    step = f"receipt-{min(entry_ids)}"
    return queue_answer(case_id, "receipt", step=step, params={"entry_ids": sorted(set(entry_ids))}, day=day, now=now)


def queue_answer(case_id: int, template: str, *, step: str, params: Mapping[str, Any], day: date, now: datetime) -> Message | None:
    """Queue one message that answers a debtor, by e-mail if there is a usable address, else by letter, else not at
    all."""
    case = Case.objects.select_related("debtor").get(id=case_id)
    channel = best_channel(case)
    if channel is None:
        return None
    fp("queue_answer.before_insert")
    message, _ = Message.objects.get_or_create(
        case=case,
        step=step,
        channel=channel[0],
        day=day,
        defaults={
            "creditor_id": case.creditor_id,
            "debtor_id": case.debtor_id,
            "identity_key": case.debtor.identity_key,
            "template": template,
            "language": "en" if case.debtor.language == "en" else "de",
            "params": json.loads(json.dumps(dict(params), default=str)),
            "to": channel[1],
            "queued_at": now,
            "provider_key": f"{case.reference}-{step}-{channel[0]}-{day:%Y%m%d}",
        },
    )
    fp("queue_answer.after_insert")
    return message


def best_channel(case: Case) -> tuple[str, str] | None:
    """The channel to answer on and its address: a preferred point first, then e-mail, then letter."""
    usable = ContactPoint.objects.filter(Q(channel="email") | Q(channel="letter"), debtor_id=case.debtor_id, state="usable")
    point = usable.order_by("-preferred", "channel", "id").first()
    return (point.channel, point.value if point.channel == "email" else "") if point else None
