"""Announced collections that will not be handed in: dropped with a reason the debtor reads, and nobody waits for them any more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from kulanz.claims.commands import lift_holds, record_event
from kulanz.claims.models import Case, HoldReason
from kulanz.contact.commands import queue_answer
from kulanz.failpoints import fp
from kulanz.payments.models import UNDER_WAY, Collection, CollectionState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.debits import WHY_NOT, NotCollected


def drop_collections(
    collections: Sequence[Collection], reason: NotCollected, *, day: date, now: datetime, actor: str = "kulanz", tell: bool = True
) -> None:
    """Cancel announced collections of locked cases; ``tell`` writes to the debtor that the announced debit will not happen."""
    german, english = WHY_NOT[reason]
    for collection in collections:
        collection.state, collection.because = CollectionState.CANCELLED, reason.value
        fp("collection.before_drop")
        collection.save(update_fields=["state", "because"])
        fp("collection.after_drop")
        case = collection.case
        amount = euros(collection.amount_cents, collection.currency)
        text = f"Abbuchung über {amount} am {collection.due_on:%d.%m.%Y} entfällt: {german}"
        record_event(case, "debit_cancelled", text, actor=actor, now=now, data={"collection": collection.id})
        end_waiting(case, because="Die Abbuchung entfällt.", now=now)
        if reason in (NotCollected.NOT_ANNOUNCED, NotCollected.TOO_LATE):
            Case.objects.filter(id=case.id).update(needs_human=True)
        if tell:
            why = english if case.debtor.language == "en" else german
            params = debit_params(collection, words={"cancel_reason": why})
            queue_answer(case.id, "debit_cancelled", step=f"debit-{collection.id}-cancelled", params=params, day=day, now=now)


def end_waiting(case: Case, *, because: str, now: datetime) -> None:
    """Lift the hold of direct debits as soon as none is under way any more."""
    if not Collection.objects.filter(case_id=case.id, state__in=UNDER_WAY).exists():
        lift_holds(case.id, [HoldReason.COLLECTION], because=because, actor="kulanz", now=now)


def debit_params(
    collection: Collection,
    *,
    words: dict[str, str] | None = None,
    days: dict[str, date] | None = None,
    amounts: dict[str, int] | None = None,
) -> dict[str, Any]:
    """What every message about a collection says."""
    mandate = collection.mandate
    known = {
        "mandate": mandate.reference,
        "creditor_id": mandate.sepa_creditor_id,
        "account_end": mandate.account_end,
        "holder": mandate.holder,
        "prenotice_days": str(mandate.prenotice_days),
    }
    cents = collection.submitted_cents or collection.amount_cents
    return {
        "particulars": {
            "amounts": {"debit_amount": cents, **(amounts or {})},
            "days": {name: on.isoformat() for name, on in ({"debit_day": collection.due_on} | (days or {})).items()},
            "words": known | (words or {}),
        }
    }
