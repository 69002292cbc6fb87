"""What a person decides about a message of which nobody knows whether it arrived."""

from __future__ import annotations

from datetime import datetime

from kulanz.claims.commands import record_event, touch
from kulanz.contact.errors import MessageStateConflict
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import check_transition
from kulanz.contact.sending.outcome import begin_default_of
from kulanz.failpoints import fp


def mark_sent_by_person(message_id: int, *, actor: str, now: datetime) -> Message:
    """A person has found out that a doubtful message did arrive. A reminder then begins the default like any that was sent."""
    message = _locked(message_id, {MessageState.UNKNOWN})
    check_transition(MessageState(message.state), MessageState.SENT)
    message.state, message.sent_at, message.error = MessageState.SENT, message.sending_at or now, ""
    fp("mark_sent.before_update")
    message.save(update_fields=["state", "sent_at", "error"])
    _tell(message, "message_resolved", "Zugestellt, nach Prüfung durch eine Person.", actor=actor, now=now)
    begin_default_of([message], now=message.sent_at)
    fp("mark_sent.after_update")
    return message


def send_again(message_id: int, *, actor: str, now: datetime) -> Message:
    """A person wants a doubtful or failed message to go out (again). It is checked against the present like any other.

    It gets a new key, because a gateway that saw the old one would rightly refuse to deliver it twice.
    """
    message = _locked(message_id, {MessageState.UNKNOWN, MessageState.FAILED})
    check_transition(MessageState(message.state), MessageState.QUEUED)
    base, _, number = message.provider_key.partition("~")
    fp("send_again.before_update")
    Message.objects.filter(id=message_id).update(
        state=MessageState.QUEUED,
        provider_key=f"{base}~{int(number or '1') + 1}",
        attempts=0,
        not_before=None,
        error="",
    )
    fp("send_again.after_update")
    message.refresh_from_db()
    _tell(message, "message_requeued", "Wird auf Wunsch einer Person noch einmal verschickt.", actor=actor, now=now)
    return message


def _locked(message_id: int, expected: set[MessageState]) -> Message:
    """The message under its case's lock, if its state is one of those expected."""
    case_id = Message.objects.values_list("case_id", flat=True).get(id=message_id)
    touch([case_id])
    message = Message.objects.select_for_update().get(id=message_id)
    if MessageState(message.state) not in expected:
        raise MessageStateConflict
    return message


def _tell(message: Message, kind: str, text: str, *, actor: str, now: datetime) -> None:
    record_event(message.case, kind, text, actor=actor, now=now, data={"message": message.id})
