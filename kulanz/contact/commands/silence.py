"""A stop that stops everything: the hold, and in the same transaction what was already queued."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands import place_hold, touch
from kulanz.claims.commands.hold import describe
from kulanz.claims.models import Hold, HoldReason
from kulanz.contact.commands.queue import cancel_queued


def silence(
    case_id: int,
    reason: HoldReason,
    *,
    day: date,
    now: datetime,
    source: str,
    actor: str = "kulanz",
    until_on: date | None = None,
    note: str = "",
) -> Hold:
    """Place a hold and cancel the case's queued reminders. The only way an edge places a hold that forbids contact.

    Runs in the caller's transaction under the case lock; a sender that holds the lock finishes first, and everything
    it has not begun by then is cancelled here.
    """
    touch([case_id])
    hold = place_hold(case_id, reason, day=day, now=now, source=source, actor=actor, until_on=until_on, note=note)
    cancel_queued(case_id, f"Sperre: {describe(reason)}", now=now, actor=actor)
    return hold
