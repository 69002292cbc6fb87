"""Locking a case, its timeline, its position and its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import F

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseEvent, CaseState
from kulanz.failpoints import fp


def touch(case_ids: Iterable[int]) -> dict[int, Case]:
    """Lock the cases in order of id and mark their facts as changed. The first thing every command does that changes facts.

    The daily run queues messages only for cases whose `revision` is what it read, so whatever was decided on old facts falls away.
    """
    wanted = sorted(set(case_ids))
    cases = {case.id: case for case in Case.objects.select_for_update().filter(id__in=wanted).order_by("id")}
    fp("case.before_touch")
    Case.objects.filter(id__in=cases).update(revision=F("revision") + 1)
    fp("case.after_touch")
    return cases


def record_event(case: Case, kind: str, text: str, *, actor: str, now: datetime, data: Mapping[str, Any] | None = None) -> CaseEvent:
    """Add one line to the timeline of a case. `text` is a German sentence for agents; `data` holds the ids behind it."""
    fp("event.before_insert")
    event = CaseEvent.objects.create(
        case=case, creditor_id=case.creditor_id, at=now, kind=kind, text=text, actor=actor, data=dict(data or {})
    )
    fp("event.after_insert")
    return event


def record_events(events: Iterable[CaseEvent]) -> None:
    """Add many timeline lines in one statement."""
    fp("events.before_insert")
    CaseEvent.objects.bulk_create(events)
    fp("events.after_insert")


def set_position(case: Case, *, step: str, step_on: date | None, anchor_on: date | None, next_step_on: date | None) -> None:
    """Write down where in its playbook a case stands."""
    Case.objects.filter(id=case.id).update(step=step, step_on=step_on, anchor_on=anchor_on, next_step_on=next_step_on)


def close_if_settled(case: Case, *, day: date, now: datetime) -> bool:
    """Mark a case as settled when none of its claims is open on `day`, and open again when one is. Returns True if settled."""
    total = sum(claim.total_cents for claim in open_amounts([case.id], day)[case.id])
    state = CaseState.SETTLED if total <= 0 else CaseState.OPEN
    if case.state != state and case.state != CaseState.CLOSED:
        fp("case.before_close")
        Case.objects.filter(id=case.id).update(
            state=state,
            needs_human=False if state == CaseState.SETTLED else F("needs_human"),
            next_step_on=None if state == CaseState.SETTLED else F("next_step_on"),
        )
        fp("case.after_close")
        case.state = state
        record_event(
            case,
            "case_settled" if state == CaseState.SETTLED else "case_reopened",
            "Alles ist bezahlt." if state == CaseState.SETTLED else "Es ist wieder etwas offen.",
            actor="kulanz",
            now=now,
        )
    return state == CaseState.SETTLED
