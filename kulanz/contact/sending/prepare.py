"""Checking and rendering a batch before it is handed over. What is stored here is exactly what the gateway will get."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, assert_never

from django.db import connection

from kulanz.claims.commands import record_event
from kulanz.claims.models import Case
from kulanz.contact import documents, links
from kulanz.contact.errors import AddressIncomplete, DutiesIncomplete, LetterUnprintable, PaymentDataInvalid, TextBroken, TextMissing
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rendering.facts import MessageFacts
from kulanz.contact.rendering.format import full_name
from kulanz.contact.rendering.letter import render_letter
from kulanz.contact.rendering.mail import render_mail
from kulanz.contact.rules import (
    REMINDERS,
    Cancel,
    CancelReason,
    Send,
    SendFacts,
    Wait,
    check_transition,
    may_send,
)
from kulanz.contact.sending.facts import Present, present
from kulanz.contact.sending.gateways.base import Parcel
from kulanz.failpoints import fp

if TYPE_CHECKING:
    from kulanz.contact.sending.worker import SendCounts

_UNSENDABLE = (AddressIncomplete, DutiesIncomplete, LetterUnprintable, PaymentDataInvalid, TextBroken, TextMissing)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as its reader will see it."""

    subject: str
    text: str
    html: str
    pdf: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message that is stored as `sending`, with what the gateway gets."""

    message: Message
    facts: MessageFacts
    rendered: Rendered


def render(message: Message, *, now: datetime, day: date) -> Rendered:
    """What this message would say if it were sent now. Writes nothing; the worker's own text is made by the same
    function."""
    return _rendered(present([message], now, day)[0])


def prepare(messages: Sequence[Message], *, now: datetime, day: date, counts: SendCounts) -> list[Prepared]:
    """Check each message against the present and store what will be sent; returns those to hand over. Under the case
    locks."""
    ready = []
    reminded: Counter[str] = Counter()
    for found in present(messages, now, day) if messages else []:
        message = found.message
        match may_send(_with_batch(found.check, reminded[message.identity_key]), now):
            case Cancel(reason):
                _cancel(message, reason, counts)
            case Wait(until):
                fp("send.before_wait")
                Message.objects.filter(id=message.id).update(not_before=until)
                fp("send.after_wait")
                counts.waiting += 1
            case Send():
                one = _render_or_fail(found, now, counts)
                if one is not None:
                    ready.append(one)
                    reminded[message.identity_key] += message.template in REMINDERS
            case never:
                assert_never(never)
    if ready:
        links.issue([one.message for one in ready], day=day, now=now)
        _store(ready, now)
    return ready


def parcel_of(one: Prepared, now: datetime) -> Parcel:
    """The prepared message as a gateway takes it."""
    sender, rendered = one.facts.sender, one.rendered
    return Parcel(
        key=one.message.provider_key,
        channel=one.message.channel,
        day=one.message.day,
        at=now,
        to=one.message.to,
        to_name=full_name(one.facts.recipient),
        from_name=sender.name,
        reply_to=sender.email,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        pdf=rendered.pdf,
    )


def _with_batch(check: SendFacts, prepared_before: int) -> SendFacts:
    """Count what this batch already sends to the same person."""
    return replace(check, reminders_in_week=check.reminders_in_week + prepared_before)


def _rendered(found: Present) -> Rendered:
    if found.message.channel == "letter":
        letter = render_letter(found.facts)
        return Rendered(letter.subject, letter.text, "", letter.pdf)
    mail = render_mail(found.facts)
    return Rendered(mail.subject, mail.text, mail.html, b"")


def _render_or_fail(found: Present, now: datetime, counts: SendCounts) -> Prepared | None:
    """Render a message; one that cannot be rendered has failed, and the rest of the batch goes on."""
    message = found.message
    try:
        return Prepared(message, found.facts, _rendered(found))
    except _UNSENDABLE as problem:
        check_transition(MessageState(message.state), MessageState.FAILED)
        fp("send.before_failed")
        Message.objects.filter(id=message.id).update(state=MessageState.FAILED, error=str(problem))
        fp("send.after_failed")
        text = f"Nicht verschickt: {problem}"
        record_event(message.case, "message_failed", text, actor="kulanz", now=now, data={"message": message.id})
        if isinstance(problem, DutiesIncomplete):
            Case.objects.filter(id=message.case_id).update(needs_human=True)
            fp("send.after_incomplete")
        counts.failed += 1
        return None


def _store(ready: Sequence[Prepared], now: datetime) -> None:
    """Write down what will be handed over, all in one statement, and say `sending`."""
    for one in ready:
        message, rendered = one.message, one.rendered
        check_transition(MessageState(message.state), MessageState.SENDING)
        message.state, message.sending_at, message.attempts = MessageState.SENDING, now, message.attempts + 1
        message.subject, message.body_text, message.body_html = rendered.subject[:200], rendered.text, rendered.html
        message.document, message.document_sha256 = documents.keep(rendered.pdf) if rendered.pdf else ("", "")
        if one.facts.duties is not None:
            message.params = message.params | {"duties_told": sorted(one.facts.duties.claim_ids)}
    fp("send.before_store")
    columns = ("id", "subject", "body_text", "body_html", "document", "document_sha256", "params")
    # One JSON text: an array of bodies would be quoted sign by sign in Python, which takes longer than writing the letters.
    made = json.dumps([{name: getattr(one.message, name) for name in columns} for one in ready])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE contact_message m SET state = 'sending', sending_at = %s, attempts = m.attempts + 1, subject = made.subject,"
            " body_text = made.body_text, body_html = made.body_html, document = made.document, document_sha256 = made.document_sha256,"
            " params = made.params"
            " FROM json_to_recordset(%s::json) AS made(id bigint, subject text, body_text text, body_html text, document text,"
            " document_sha256 text, params jsonb) WHERE m.id = made.id",
            [now, made],
        )
    fp("send.after_store")


def _cancel(message: Message, reason: CancelReason, counts: SendCounts) -> None:
    check_transition(MessageState(message.state), MessageState.CANCELLED)
    fp("send.before_cancel")
    Message.objects.filter(id=message.id).update(state=MessageState.CANCELLED, cancelled_because=reason)
    fp("send.after_cancel")
    counts.cancelled[reason] = counts.cancelled.get(reason, 0) + 1
