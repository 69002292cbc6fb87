"""Hearing a debtor: what they say is kept word for word, contact stops at once, and they get an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case, HoldReason
from kulanz.contact.commands.queue import queue_answer
from kulanz.contact.commands.silence import silence
from kulanz.contact.errors import StatementUnreadable
from kulanz.contact.models import Utterance
from kulanz.failpoints import fp

CHECK_PAYMENT_DAYS: Final = 14
"""How long "paid already" keeps everything quiet: longer than any transfer inside the euro area takes, with a
weekend on each side."""

WORDS_MAX: Final = 4_000

WRONG_TOPICS: Final[Mapping[str, HoldReason]] = {
    "amount": HoldReason.DISPUTE,
    "goods": HoldReason.DISPUTE,
    "cancelled": HoldReason.DISPUTE,
    "person": HoldReason.WRONG_PERSON,
    "other": HoldReason.DISPUTE,
}
"""What can be wrong, and the hold it means."""


def hear_paid_already(
    case_id: int,
    *,
    day: date,
    now: datetime,
    via: str,
    idempotency_key: str,
    paid_on: date | None = None,
    amount_cents: int | None = None,
    text: str = "",
    actor: str = "debtor",
) -> Utterance:
    """The debtor says the money is on its way. Holds everything for `CHECK_PAYMENT_DAYS` and confirms that.

    The same `idempotency_key` (one form, sent twice) is heard once. A day in the future or an amount of nothing is
    refused with
    `StatementUnreadable`; what was typed is kept by the page.
    """
    case = touch([case_id])[case_id]
    if (known := Utterance.objects.filter(idempotency_key=idempotency_key).first()) is not None:
        return known
    if paid_on is not None and paid_on > day:
        raise StatementUnreadable("Der Zahlungstag liegt in der Zukunft.")
    if amount_cents is not None and amount_cents <= 0:
        raise StatementUnreadable("Der Betrag muss größer als null sein.")
    until_on = day + timedelta(days=CHECK_PAYMENT_DAYS)
    data = {"paid_on": paid_on.isoformat() if paid_on else None, "amount_cents": amount_cents}
    heard = _keep(case, "paid_already", text, data, via=via, key=idempotency_key, now=now)
    silence(case_id, HoldReason.PAID_CLAIMED, day=day, now=now, source=via, actor=actor, until_on=until_on, note=text)
    record_event(case, "paid_already", "Sagt, es ist schon bezahlt.", actor=actor, now=now, data={"utterance": heard.id})
    queue_answer(
        case_id,
        "answer_paid_already",
        step=f"answer-{heard.id}",
        params=data | {"told_on": day.isoformat(), "quiet_until": until_on.isoformat()},
        day=day,
        now=now,
    )
    return heard


def hear_something_wrong(
    case_id: int,
    *,
    topic: str,
    day: date,
    now: datetime,
    via: str,
    idempotency_key: str,
    text: str = "",
    actor: str = "debtor",
) -> Utterance:
    """The debtor objects. Holds everything until a person has answered, and confirms that.

    `topic` is one of `WRONG_TOPICS`. Whoever says "that is not me" gets no message of ours: it would be about
    someone else.
    """
    case = touch([case_id])[case_id]
    if (known := Utterance.objects.filter(idempotency_key=idempotency_key).first()) is not None:
        return known
    if topic not in WRONG_TOPICS:
        raise StatementUnreadable("Bitte wählen Sie aus, was nicht stimmt.")
    reason = WRONG_TOPICS[topic]
    heard = _keep(case, "something_wrong", text, {"topic": topic}, via=via, key=idempotency_key, now=now)
    silence(case_id, reason, day=day, now=now, source=via, actor=actor, note=text)
    Case.objects.filter(id=case_id).update(needs_human=True)
    record_event(case, "something_wrong", _EVENTS[topic], actor=actor, now=now, data={"utterance": heard.id, "topic": topic})
    if reason is not HoldReason.WRONG_PERSON:
        params = {"topic": topic, "words": text, "told_on": day.isoformat()}
        queue_answer(case_id, "answer_something_wrong", step=f"answer-{heard.id}", params=params, day=day, now=now)
    return heard


_EVENTS: Final[Mapping[str, str]] = {
    "amount": "Sagt, der Betrag stimmt nicht.",
    "goods": "Sagt, mit der Ware oder Leistung stimmt etwas nicht.",
    "cancelled": "Sagt, es wurde widerrufen, gekündigt oder zurückgeschickt.",
    "person": "Sagt, nicht die gesuchte Person zu sein.",
    "other": "Sagt, etwas stimmt nicht.",
}


def _keep(case: Case, kind: str, text: str, data: Mapping[str, Any], *, via: str, key: str, now: datetime) -> Utterance:
    if len(text) > WORDS_MAX:
        raise StatementUnreadable(f"Bitte fassen Sie sich etwas kürzer: höchstens {WORDS_MAX} Zeichen.")
    fp("hear.before_insert")
    heard = Utterance.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        at=now,
        kind=kind,
        text=text.replace("\x00", ""),
        data=dict(data),
        via=via,
        idempotency_key=key,
    )
    fp("hear.after_insert")
    return heard
