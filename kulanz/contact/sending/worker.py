"""The send worker: take what waits, check it against the present, render it, hand it over, remember.

A message passes two commits. The first stores what will be sent and says `sending`; then the gateway gets it; the
second says what came of it. A process that dies between the two leaves a row in `sending`, and whoever comes next
asks the gateway for the key: it has it (`sent`), it has it not (`queued` again), or it cannot tell (`unknown`, for a
person). Nothing is ever sent twice by itself.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import Q

from kulanz.contact.errors import GatewayBusy, GatewayRefused, GatewayUnsure
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import LOCAL_ZONE, check_transition, next_try
from kulanz.contact.sending.gateways.base import Gateway
from kulanz.contact.sending.locks import lock_cases, lock_identities, message_locks, try_message_lock, unlock_messages
from kulanz.contact.sending.outcome import remember_doubt, remember_failure, remember_retry, remember_sent
from kulanz.contact.sending.prepare import Prepared, parcel_of, prepare
from kulanz.failpoints import fp

Gateways = Mapping[str, Gateway]

_WITH_CASE: Final = ("case__creditor", "debtor")
_INTERRUPTED: Final = "Der Versand wurde unterbrochen; dieser Mailserver kann nicht gefragt werden, ob er die Nachricht hat."


@dataclass(slots=True)
class SendCounts:
    """What a worker did: handed over, put off to a decent hour, cancelled by reason, tried again later, failed, in
    doubt."""

    sent: int = 0
    waiting: int = 0
    retry: int = 0
    failed: int = 0
    unknown: int = 0
    recovered: int = 0
    cancelled: dict[str, int] = field(default_factory=dict)

    @property
    def handled(self) -> int:
        """Every message this worker looked at."""
        return self.sent + self.waiting + self.retry + self.failed + self.unknown + sum(self.cancelled.values())


def send_due(gateways: Gateways, *, now: datetime, dice: random.Random, limit: int | None = None) -> SendCounts:
    """Send what is due at `now`, oldest first, at most `limit` messages; call it from as many processes as you like.

    Channels without a gateway wait. Call outside a transaction: the commits in here are the point of it.
    """
    counts = SendCounts()
    recover(gateways, now=now, counts=counts)
    for channel, gateway in sorted(gateways.items()):
        while limit is None or counts.handled < limit:
            size = gateway.batch_size if limit is None else min(gateway.batch_size, limit - counts.handled)
            if not _send_batch(channel, gateway, size, now=now, dice=dice, counts=counts):
                break
    return counts


def recover(gateways: Gateways, *, now: datetime, counts: SendCounts) -> None:
    """Settle rows that a dead worker left in `sending`. A live worker holds a lock on each of its rows, so none is
    taken from it."""
    left = Message.objects.filter(state=MessageState.SENDING, channel__in=list(gateways)).order_by("id")
    for message_id, case_id in list(left.values_list("id", "case_id")):
        with transaction.atomic(), try_message_lock(message_id) as free:
            if not free:
                continue
            lock_cases([case_id])
            message = left.filter(id=message_id).select_related(*_WITH_CASE).first()
            if message is None:
                continue
            fp("recover.before_ask")
            match gateways[message.channel].seen(message.provider_key, message.day):
                case True:
                    remember_sent([(message, "")], now=now)
                case False:
                    _back_to_queue(message)
                case None:
                    remember_doubt(message, _INTERRUPTED, now=now)
                    counts.unknown += 1
            counts.recovered += 1
            fp("recover.after_update")


def _back_to_queue(message: Message) -> None:
    """The gateway never got it: it waits again, and what was rendered is thrown away, because the facts may be
    others by now."""
    check_transition(MessageState(message.state), MessageState.QUEUED)
    fp("recover.before_requeue")
    Message.objects.filter(id=message.id).update(
        state=MessageState.QUEUED, subject="", body_text="", body_html="", document="", document_sha256="", sending_at=None
    )


def _send_batch(channel: str, gateway: Gateway, size: int, *, now: datetime, dice: random.Random, counts: SendCounts) -> int:
    """Take, check, render and commit up to `size` messages, then hand them over one by one. Returns how many were
    taken."""
    held: list[int] = []
    try:
        with transaction.atomic():
            messages = _claim(channel, size, now)
            held = message_locks([message.id for message in messages])
            prepared = prepare(messages, now=now, day=now.astimezone(LOCAL_ZONE).date(), counts=counts)
            fp("send.before_commit_sending")
        fp("send.after_commit_sending")
        _hand_over(prepared, gateway, now=now, dice=dice, counts=counts)
    finally:
        unlock_messages(held)
    return len(messages)


def _claim(channel: str, size: int, now: datetime) -> list[Message]:
    """Lock the cases of the oldest due messages, except those somebody is working on, and read the messages under
    these locks.

    Everyone who changes a case or its messages locks the case first. A case that is locked now is not waited for:
    its message comes with the next pass, after whatever happens to it has happened.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.identity_key FROM contact_message m JOIN claims_case c ON c.id = m.case_id"
            " WHERE m.state = 'queued' AND m.channel = %s AND (m.not_before IS NULL OR m.not_before <= %s)"
            " ORDER BY m.id LIMIT %s FOR UPDATE OF c SKIP LOCKED",
            [channel, now, size],
        )
        found = cursor.fetchall()
    lock_identities(sorted({identity_key for _, identity_key in found}))
    fp("send.after_case_lock")
    ids = [message_id for message_id, _ in found]
    # Whoever had a case until now may have put a message off and still holds its lock while it writes to the case: to wait for that
    # lock with the case in hand would be a deadlock.
    due = Message.objects.filter(Q(not_before=None) | Q(not_before__lte=now), id__in=ids, state=MessageState.QUEUED)
    return list(due.select_related(*_WITH_CASE).order_by("id"))


def _hand_over(prepared: Sequence[Prepared], gateway: Gateway, *, now: datetime, dice: random.Random, counts: SendCounts) -> None:
    """Hand over one message after the other and commit what came of it; a batch that was accepted is committed
    together."""
    accepted: list[tuple[Message, str]] = []
    try:
        for one in prepared:
            fp("send.before_gateway")
            try:
                accepted.append((one.message, gateway.deliver(parcel_of(one, now))))
            except (GatewayBusy, GatewayRefused, GatewayUnsure) as problem:
                with transaction.atomic():
                    _remember_problem(one.message, problem, now=now, dice=dice, counts=counts)
            fp("send.after_gateway")
    finally:
        with transaction.atomic():
            remember_sent(accepted, now=now)
            fp("send.before_commit_sent")
        fp("send.after_commit_sent")
        counts.sent += len(accepted)


def _remember_problem(
    message: Message,
    problem: GatewayBusy | GatewayRefused | GatewayUnsure,
    *,
    now: datetime,
    dice: random.Random,
    counts: SendCounts,
) -> None:
    again = next_try(message.attempts, now, dice.random()) if isinstance(problem, GatewayBusy) else None
    if again is not None:
        remember_retry(message, str(problem), not_before=again)
        counts.retry += 1
    elif isinstance(problem, GatewayUnsure):
        remember_doubt(message, str(problem), now=now)
        counts.unknown += 1
    else:
        remember_failure(message, str(problem), now=now)
        counts.failed += 1
