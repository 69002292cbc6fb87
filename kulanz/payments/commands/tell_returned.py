"""Money went back: the debtor is told once, kindly, in their channel and language. Where writing is forbidden, a person decides instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from kulanz.claims.commands import record_event
from kulanz.claims.commands.hold import describe
from kulanz.claims.models import Case, Hold, HoldReason
from kulanz.contact.commands import queue_answer
from kulanz.contact.models import Message, MessageState
from kulanz.contact.return_reasons import ReturnReason
from kulanz.contact.rules import FORBIDS_RETURNS
from kulanz.failpoints import fp
from kulanz.payments.models import CollectorIdentity

DISPUTED: Final = "payment_disputed"
"""The text for money that the debtor had fetched back: it asks what is wrong, not how to pay."""


@dataclass(frozen=True, slots=True)
class Returned:
    """One return: `step` names it once and for all (it is told once under this name), `template` the text if nobody refused anything.

    `amount_cents` went back; `charge_cents` of the bank's charge stand on the account (0 unless the creditor passes it on).
    """

    step: str
    template: str
    reason: ReturnReason
    amount_cents: int
    charge_cents: int
    quiet_until: date
    paused: bool = False


def tell_returned(case: Case, what: Returned, known: Mapping[str, Mapping[str, Any]], *, day: date, now: datetime) -> Message | None:
    """Queue the one message about a return; None if it was told before, nobody can be reached, or a hold forbids it.

    `known` are the further facts of the text (amounts, days, words). Where a hold of `FORBIDS_RETURNS` stands, or no channel is usable, the
    timeline says so and the case waits for a person. In the caller's transaction, under the case lock, after the case was silenced.
    """
    if Message.objects.filter(case=case, step=what.step).exclude(state=MessageState.CANCELLED).exists():
        return None
    in_force = Q(until_on=None) | Q(until_on__gte=day)
    holds = Hold.objects.filter(in_force, case=case, lifted_at=None, forbids_contact=True, reason__in=FORBIDS_RETURNS).order_by("id")
    if (hold := holds.first()) is not None:
        _leave_to_a_person(case, f"Sperre: {describe(HoldReason(hold.reason))}", now=now)
        return None
    template = DISPUTED if what.reason.refused else what.template
    message = queue_answer(case.id, template, step=what.step, params=_params(case, what, known), day=day, now=now)
    if message is None:
        _leave_to_a_person(case, "Es gibt keine nutzbare Anschrift.", now=now)
    return message


def untell(case_id: int, step: str, *, because: str) -> bool:
    """The return was none of this case: a message about it that still waits is not sent. True if one waited."""
    waiting = Message.objects.filter(case_id=case_id, step=step, state=MessageState.QUEUED)
    fp("untell.before_update")
    return bool(waiting.update(state=MessageState.CANCELLED, cancelled_because=because[:120]))


def _params(case: Case, what: Returned, known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    reason = what.reason.english if case.debtor.language == "en" else what.reason.german
    offered = case.currency == "EUR" and CollectorIdentity.objects.filter(creditor_id=case.creditor_id).exists()
    amounts = {"debit_amount": what.amount_cents} | ({"bank_charge": what.charge_cents} if what.charge_cents else {})
    words = {"return_reason": reason, "mandate_paused": "1" if what.paused else "", "mandate_offered": "1" if offered else ""}
    return {
        "pay_cents": what.amount_cents,
        "particulars": {
            "amounts": {**known.get("amounts", {}), **amounts},
            "days": {**known.get("days", {}), "quiet_day": what.quiet_until.isoformat()},
            "words": {**known.get("words", {}), **words},
        },
    }


def _leave_to_a_person(case: Case, because: str, *, now: datetime) -> None:
    Case.objects.filter(id=case.id).update(needs_human=True)
    text = f"Die Rückgabe wurde nicht von selbst mitgeteilt. {because}"
    record_event(case, "return_untold", text, actor="kulanz", now=now)
