"""Announcing collections: for instalments as they come near, or for what the debtor has just chosen; and taking them back in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case, CaseState, HoldReason
from kulanz.contact.commands import queue_answer, silence
from kulanz.contact.commands.queue import best_channel
from kulanz.failpoints import fp
from kulanz.payments.commands.direct_debits.drop import debit_params, drop_collections
from kulanz.payments.commands.direct_debits.mandates import locked_mandate
from kulanz.payments.debit_errors import (
    CollectionNotFound,
    CollectionUnderWay,
    MandateNotActive,
    NoCollector,
    NothingToCollect,
    NotifyImpossible,
    TooLateToCancel,
)
from kulanz.payments.models import (
    UNDER_WAY,
    AgreementState,
    Collection,
    CollectionState,
    CollectorIdentity,
    Instalment,
    Mandate,
    MandateKind,
    MandateState,
)
from kulanz.payments.queries_agreements import DueInstalment, instalments_due
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.debits import ARRIVAL_DAYS, NotCollected, Planned, Terms, lapses_on, plan_collection
from kulanz.payments.rules.sepa_ids import collection_id

MESSAGE_DAYS: Final = {"email": 3, "letter": 6}
"""How long a message may take until it counts as noticed: an e-mail waits over Sundays and holidays, a letter travels. The term of the
pre-notification is planned from there; whether it was really kept is checked again before the file is made."""

AHEAD_DAYS: Final = 10
"""An instalment's collection is announced so many days before the last possible day, so that a weekend without a run does no harm."""


def collect(
    mandate_id: int,
    *,
    amount_cents: int | None,
    wanted_on: date,
    day: date,
    now: datetime,
    actor: str = "debtor",
    shown: bool = False,
) -> Collection:
    """Announce the collection of an amount (None: all that is open) for a day the debtor chose, or the first possible one after it.

    ``shown``: the debtor saw amount and day on the page and agreed there, so the notice counts from today.
    """
    mandate = locked_mandate(mandate_id)
    if mandate.state != MandateState.ACTIVE:
        raise MandateNotActive
    if Collection.objects.filter(case_id=mandate.case_id, state__in=UNDER_WAY).exists():
        raise CollectionUnderWay
    planned = planned_for(mandate, wanted_on=wanted_on, day=day, shown=shown)
    open_cents = sum(balance.total_cents for balance in open_amounts([mandate.case_id], planned.due_on)[mandate.case_id])
    cents = open_cents if amount_cents is None else min(amount_cents, open_cents)
    if cents <= 0:
        raise NothingToCollect
    return _announce(mandate, cents, planned, instalment=None, day=day, now=now, actor=actor, shown=shown)


def planned_for(mandate: Mandate, *, wanted_on: date, day: date, shown: bool) -> Planned:
    """When a collection under this mandate would be due. Raises `NotifyImpossible` if there is no channel to announce it."""
    collector = CollectorIdentity.objects.filter(creditor_id=mandate.creditor_id).first()
    if collector is None:
        raise NoCollector
    channel = best_channel(mandate.case)
    if channel is None and not shown:
        raise NotifyImpossible
    noticed_on = day if shown or channel is None else day + timedelta(days=MESSAGE_DAYS[channel[0]])
    return plan_collection(Terms(mandate.prenotice_days, collector.lead_bank_days), announced_on=noticed_on, wanted_on=wanted_on)


def cancel_collection(collection_id_: int, *, day: date, now: datetime, actor: str = "debtor") -> None:
    """Take back a collection that is not at the bank yet. Raises `TooLateToCancel` if it is."""
    case_id = Collection.objects.filter(id=collection_id_).values_list("case_id", flat=True).first()
    if case_id is None:
        raise CollectionNotFound
    touch([case_id])
    collection = Collection.objects.select_for_update().select_related("mandate", "case__debtor").get(id=collection_id_)
    if collection.state == CollectionState.SUBMITTED:
        raise TooLateToCancel
    if collection.state == CollectionState.ANNOUNCED:
        drop_collections([collection], NotCollected.DEBTOR, day=day, now=now, actor=actor)


def announce_due(*, day: date, now: datetime) -> int:
    """Announce the collections of instalments that come near; returns how many. Each in a transaction of its own.

    Called again on the same day it announces nothing twice: an instalment has one collection, unless that was dropped before it went to
    the bank. One that came back is not tried again by itself. Part of the daily run.
    """
    announced = 0
    for mandate_id, near in _near(day):
        with transaction.atomic():
            announced += _announce_instalment(mandate_id, near, day=day, now=now)
    return announced


def _near(day: date) -> list[tuple[int, DueInstalment]]:
    """Instalments that have to be announced by now, each with the mandate of its case. Four queries."""
    active = Mandate.objects.filter(state=MandateState.ACTIVE, kind=MandateKind.RECURRENT, case__state=CaseState.OPEN)
    horizons = {
        case_id: (mandate_id, day + timedelta(days=prenotice_days + max(MESSAGE_DAYS.values()) + AHEAD_DAYS))
        for case_id, mandate_id, prenotice_days in active.values_list("case_id", "id", "prenotice_days")
    }
    if not horizons:
        return []
    near = instalments_due(horizons, max(until for _, until in horizons.values()))
    tried = Collection.objects.filter(instalment_id__in=[each.instalment_id for each in near]).exclude(state=CollectionState.CANCELLED)
    known = set(tried.values_list("instalment_id", flat=True))
    return [
        (horizons[each.case_id][0], each)
        for each in near
        if each.due_on <= horizons[each.case_id][1] and each.due_on >= day and each.instalment_id not in known
    ]


def _announce_instalment(mandate_id: int, near: DueInstalment, *, day: date, now: datetime) -> int:
    """Announce one instalment under the case's lock, if it is still wanted; a case nobody can reach waits for a person."""
    mandate = locked_mandate(mandate_id)
    instalment = Instalment.objects.select_related("agreement").get(id=near.instalment_id)
    known = Collection.objects.filter(instalment=instalment).exclude(state=CollectionState.CANCELLED).exists()
    if known or mandate.state != MandateState.ACTIVE or instalment.agreement.state != AgreementState.ACTIVE:
        return 0
    try:
        planned = planned_for(mandate, wanted_on=instalment.due_on, day=day, shown=False)
    except NotifyImpossible:
        Case.objects.filter(id=mandate.case_id).update(needs_human=True)
        return 0
    if lapses_on(mandate.signed_on, mandate.last_used_on) < planned.due_on:
        return 0
    _announce(mandate, near.open_cents, planned, instalment=instalment, day=day, now=now, actor="kulanz", shown=False)
    return 1


def _announce(
    mandate: Mandate,
    cents: int,
    planned: Planned,
    *,
    instalment: Instalment | None,
    day: date,
    now: datetime,
    actor: str,
    shown: bool,
) -> Collection:
    """Write it down, tell the debtor, keep everything quiet until the money is here."""
    case = mandate.case
    number = Collection.objects.filter(case_id=case.id).count() + 1
    fp("collection.before_announce")
    collection = Collection.objects.create(
        mandate=mandate,
        case=case,
        creditor_id=case.creditor_id,
        instalment=instalment,
        amount_cents=cents,
        currency=case.currency,
        due_on=planned.due_on,
        submit_on=planned.submit_on,
        announced_at=now,
        noticed_on=day if shown else None,
        end_to_end_id=collection_id(case.reference, number),
    )
    fp("collection.after_announce")
    params = debit_params(collection)
    message = queue_answer(case.id, "debit_announced", step=f"debit-{collection.id}", params=params, day=day, now=now)
    if message is not None:
        collection.message_id = message.id
        collection.save(update_fields=["message_id"])
    until_on = planned.due_on + timedelta(days=ARRIVAL_DAYS)
    note = f"Lastschrift über {euros(cents, case.currency)} am {planned.due_on:%d.%m.%Y}"
    silence(case.id, HoldReason.COLLECTION, day=day, now=now, source="direct_debit", actor=actor, until_on=until_on, note=note)
    text = f"Abbuchung über {euros(cents, case.currency)} für den {planned.due_on:%d.%m.%Y} angekündigt."
    record_event(case, "debit_announced", text, actor=actor, now=now, data={"collection": collection.id})
    return collection
