"""Sending somebody the way to the page where a mandate can be given: asked for on the phone, answered in writing, signed by themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import CaseState, Hold, HoldReason
from kulanz.contact.commands import queue_answer
from kulanz.contact.models import Message
from kulanz.failpoints import fp
from kulanz.payments.debit_errors import MandateStands, NoCollector, NotInEuro, NotOfferedNow
from kulanz.payments.models import CollectorIdentity, Mandate, MandateState

_NEVER: Final = (HoldReason.DEATH, HoldReason.INSOLVENCY, HoldReason.REPRESENTATION, HoldReason.WRONG_PERSON)
"""Holds under which nobody is offered anything, whoever asked."""


def offer_mandate(case_id: int, *, actor: str, day: date, now: datetime) -> Message:
    """Queue the message with the link; the same day twice sends one. It asks for nothing and needs no answer.

    Raises `NoCollector`, `NotInEuro`, `MandateStands`, or `NotOfferedNow` if the case is closed, stopped, or nobody can be reached.
    """
    case = touch([case_id])[case_id]
    if case.currency != "EUR":
        raise NotInEuro
    if not case.creditor.iban or not CollectorIdentity.objects.filter(creditor_id=case.creditor_id).exists():
        raise NoCollector
    if Mandate.objects.filter(case_id=case_id, state=MandateState.ACTIVE).exists():
        raise MandateStands
    if case.state != CaseState.OPEN:
        raise NotOfferedNow("In dieser Akte ist nichts mehr offen.")
    if Hold.objects.filter(case_id=case_id, reason__in=_NEVER, lifted_at=None).exists():
        raise NotOfferedNow("In dieser Akte steht eine Sperre, unter der nichts angeboten wird.")
    fp("mandate.before_offer")
    message = queue_answer(case_id, "mandate_offered", step="mandate-offered", params={}, day=day, now=now)
    if message is None:
        raise NotOfferedNow("Es ist kein Weg bekannt, auf dem die Nachricht ankäme.")
    record_event(
        case, "mandate_offered", "Der Weg zum Lastschriftmandat ist geschickt.", actor=actor, now=now, data={"message": message.id}
    )
    return message
