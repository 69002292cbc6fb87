"""Remembering what became of a message. Runs in the caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import begin_default, record_event, record_events, touch
from kulanz.claims.models import CaseEvent
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import FORMAL_REMINDERS, LOCAL_ZONE, check_transition, first_interest_day
from kulanz.contact.sending.facts import in_scope, scope_of
from kulanz.failpoints import fp
from kulanz.law.default import DefaultReason

_CHANNEL_WORDS: Final = {"email": "E-Mail", "letter": "Brief"}


def remember_sent(accepted: Sequence[tuple[Message, str]], *, now: datetime) -> None:
    """The gateway has these messages, each with its reference. Reminders after the due date begin the default of
    what they named."""
    reminding = [message for message, _ in accepted if message.template in FORMAL_REMINDERS]
    if reminding:
        # The facts of these cases change (interest begins to run), so they are locked and marked like by any other
        # command.
        touch([message.case_id for message in reminding])
    moved = _mark_sent(accepted, now)
    record_events(
        CaseEvent(
            case_id=message.case_id,
            creditor_id=message.creditor_id,
            at=now,
            kind="message_sent",
            text=f"{_CHANNEL_WORDS[message.channel]} verschickt: {message.subject}",
            actor="kulanz",
            data={"message": message.id, "channel": message.channel, "step": message.step, "template": message.template},
        )
        for message in moved
    )
    fp("outcome.after_events")
    begin_default_of(moved, now=now)


def _mark_sent(accepted: Sequence[tuple[Message, str]], now: datetime) -> list[Message]:
    """Move rows to `sent` in one statement; returns the messages that were moved.

    A worker whose database session was cut may be late: its rows were parked as `unknown`, but it alone knows the answer.
    """
    check_transition(MessageState.SENDING, MessageState.SENT)
    fp("outcome.before_sent")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contact_message m SET state = 'sent', sent_at = %s, provider_ref = given.reference, error = ''"
            " FROM unnest(%s::bigint[], %s::text[]) AS given(id, reference)"
            " WHERE m.id = given.id AND m.state IN ('sending', 'unknown') RETURNING m.id",
            [now, [message.id for message, _ in accepted], [reference[:200] for _, reference in accepted]],
        )
        moved = {message_id for (message_id,) in cursor.fetchall()}
    fp("outcome.after_sent")
    return [message for message, _ in accepted if message.id in moved]


def begin_default_of(sent: Sequence[Message], *, now: datetime) -> None:
    """Note that interest begins to run on the claims named by the reminders among these messages, sent at `now`, if it did not run
    already (§ 286 (1) BGB). Under the locks of their cases."""
    reminders = [message for message in sent if message.template in FORMAL_REMINDERS]
    if not reminders:
        return
    sent_on = now.astimezone(LOCAL_ZONE).date()
    balances = open_amounts({message.case_id for message in reminders}, sent_on)
    waiting: dict[str, list[int]] = defaultdict(list)
    for message in reminders:
        claims = in_scope(balances[message.case_id], scope_of(message), sent_on)
        waiting[message.channel] += [claim.claim.id for claim in claims if claim.claim.first_interest_day is None]
    for channel, claim_ids in waiting.items():
        begin_default(claim_ids, first_interest_day=first_interest_day(channel, sent_on), reason=DefaultReason.REMINDER.value)
        fp("outcome.after_default")


def remember_retry(message: Message, problem: str, *, not_before: datetime) -> None:
    """The gateway surely did not take it; it waits again, and its text is made anew from the facts of then."""
    fp("outcome.before_retry")
    _move(
        message,
        MessageState.QUEUED,
        not_before=not_before,
        error=problem,
        subject="",
        body_text="",
        body_html="",
        document="",
        document_sha256="",
        sending_at=None,
    )


def remember_failure(message: Message, problem: str, *, now: datetime) -> None:
    """The gateway surely did not take it and never will. A person sees it in the case."""
    fp("outcome.before_failed")
    if _move(message, MessageState.FAILED, error=problem):
        _tell(message, "message_failed", f"Nicht zugestellt: {problem}", now)


def remember_doubt(message: Message, problem: str, *, now: datetime) -> None:
    """Nobody knows whether it arrived. It is parked for a person, never sent again by itself."""
    fp("outcome.before_unknown")
    if _move(message, MessageState.UNKNOWN, error=problem):
        _tell(message, "message_unknown", f"Zustellung unklar, bitte prüfen: {problem}", now)


def _move(message: Message, new: MessageState, **values: object) -> bool:
    """Move a row out of `sending`; False if someone else has done it."""
    check_transition(MessageState.SENDING, new)
    moved = Message.objects.filter(id=message.id, state=MessageState.SENDING).update(state=new, **values)
    fp(f"outcome.after_{new}")
    return bool(moved)


def _tell(message: Message, kind: str, text: str, now: datetime) -> None:
    record_event(message.case, kind, text, actor="kulanz", now=now, data={"message": message.id})
