"""Maybe paid: while a line could be a debtor's money, nobody writes to them; when it is decided, the freeze ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import connection

from kulanz.claims.commands.many import lift_many, touch_many
from kulanz.claims.models import HoldReason
from kulanz.contact.commands.silence_many import silence_many
from kulanz.failpoints import fp
from kulanz.frames import id_array
from kulanz.payments.commands.states import Outcome

SOURCE = "bank"


def freeze(outcomes: Sequence[Outcome], *, day: date, now: datetime) -> None:
    """Stop all contact with every case one of these lines may belong to, in order of case so that locks never cross."""
    lines: dict[int, int] = {}
    for outcome in outcomes:
        for match, _ in outcome.proposals:
            lines.setdefault(match.case_id, outcome.line_id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM claims_case WHERE id = ANY(%s::bigint[]) AND state = 'open' ORDER BY id", [id_array(lines)])
        notes = {case_id: f"Bankumsatz {lines[case_id]} könnte zu dieser Akte gehören." for (case_id,) in cursor.fetchall()}
    fp("statement.before_freeze")
    silence_many(notes, HoldReason.MAYBE_PAID, day=day, now=now, source=SOURCE)
    fp("statement.after_freeze")


def thaw(case_ids: Collection[int], *, because: str, actor: str, now: datetime) -> None:
    """End the freeze of cases to which no undecided line points any more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT case_id FROM claims_hold WHERE case_id = ANY(%s::bigint[]) AND reason = %s AND lifted_at IS NULL",
            [id_array(case_ids), HoldReason.MAYBE_PAID.value],
        )
        held = {case_id for (case_id,) in cursor.fetchall()}
    if free := held - _still_asked(held):
        touch_many(free)
        lift_many(free, [HoldReason.MAYBE_PAID], because=because, actor=actor, now=now)


def _still_asked(case_ids: Collection[int]) -> set[int]:
    """The cases to which an undecided line points: asked one by one, each by the index over proposals."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT w.case_id FROM unnest(%s::bigint[]) AS w(case_id) WHERE EXISTS (SELECT FROM payments_bankline l"
            " WHERE l.state || '' = 'proposed' AND l.proposals @> jsonb_build_array(jsonb_build_object('case', w.case_id)))",
            [id_array(sorted(case_ids))],
        )
        return {case_id for (case_id,) in cursor.fetchall()}
