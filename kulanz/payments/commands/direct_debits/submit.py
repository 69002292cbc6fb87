"""Making the file for the bank: what was announced for now, checked once more against the present, written once and never again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, Sum

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import record_events, touch
from kulanz.claims.models import CaseEvent, CaseState, Creditor, Hold, HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import LOCAL_ZONE
from kulanz.failpoints import fp
from kulanz.payments.commands.direct_debits.drop import drop_collections
from kulanz.payments.commands.orders import keep_order, next_message_id
from kulanz.payments.models import (
    AgreementState,
    Collection,
    CollectionState,
    CollectorIdentity,
    Mandate,
    MandateKind,
    MandateState,
    OrderFile,
    OrderKind,
)
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.debits import (
    ARRIVAL_DAYS,
    NotCollected,
    collectable_cents,
    lapses_on,
    move_if_late,
    noticed_in_time,
    sequence_of,
    stopping_hold,
)
from kulanz.payments.writers import Debit, Party, debit_file

LETTER_TRAVELS_DAYS = 3
"""A letter counts as noticed three days after it was handed over; an e-mail on the day it was sent."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What one call did for one creditor: the file (None if nothing was to be collected) and how many announced ones were dropped."""

    creditor: Creditor
    file: OrderFile | None
    dropped: int


@dataclass(frozen=True, slots=True)
class _Present:
    """What is true about the collections of one creditor while their cases are locked."""

    holds: dict[int, list[HoldReason]]
    noticed: dict[int, date]
    under_way: dict[int, int]
    used_before: set[int]


def submit_due(*, day: date, now: datetime, actor: str, creditor_ids: frozenset[int] | None = None) -> list[Submitted]:
    """Make a file per creditor of everything whose day has come; each creditor in one transaction, so that a file and its collections
    stand together or not at all. Called again, by two people at once, or after a crash, it hands in nothing twice: the creditor's row is
    locked, and only what is still `announced` is taken. `creditor_ids` narrows it to some creditors (None: all).
    """
    waiting = Collection.objects.filter(state=CollectionState.ANNOUNCED, submit_on__lte=day)
    if creditor_ids is not None:
        waiting = waiting.filter(creditor_id__in=creditor_ids)
    done = []
    for creditor_id in sorted(set(waiting.values_list("creditor_id", flat=True))):
        with transaction.atomic():
            done.append(_submit(creditor_id, day=day, now=now, actor=actor))
    return done


def _submit(creditor_id: int, *, day: date, now: datetime, actor: str) -> Submitted:
    collector = CollectorIdentity.objects.select_for_update(of=("self",)).select_related("creditor").get(creditor_id=creditor_id)
    fp("submit.locked")
    due = Collection.objects.filter(creditor_id=creditor_id, state=CollectionState.ANNOUNCED, submit_on__lte=day)
    touch(due.values_list("case_id", flat=True))
    rows = list(
        due.select_for_update(of=("self",))
        .select_related("mandate", "case__debtor", "case__creditor", "instalment__agreement")
        .order_by("due_on", "id")
    )
    present = _present(rows, day)
    wanted: list[Collection] = []
    dropped: dict[NotCollected, list[Collection]] = defaultdict(list)
    for due_on, group in _by_real_day(rows, day, collector).items():
        amounts = open_amounts({one.case_id for one in group}, due_on or day)
        for collection in group:
            open_cents = sum(balance.total_cents for balance in amounts[collection.case_id])
            why = _forbidden(collection, present, due_on) or _take(collection, open_cents, present, due_on or day)
            (dropped[why] if why else wanted).append(collection)
    for reason, collections in dropped.items():
        drop_collections(collections, reason, day=day, now=now)
    file = _write(collector, wanted, day=day, now=now, actor=actor) if wanted else None
    return Submitted(collector.creditor, file, sum(len(collections) for collections in dropped.values()))


def _by_real_day(rows: Sequence[Collection], day: date, collector: CollectorIdentity) -> dict[date | None, list[Collection]]:
    """Collections by the due day the bank can still keep; None for those that come too late."""
    days: dict[date | None, list[Collection]] = defaultdict(list)
    for row in rows:
        days[move_if_late(row.due_on, today=day, lead_bank_days=collector.lead_bank_days)].append(row)
    return days


def _present(rows: Sequence[Collection], day: date) -> _Present:
    """Holds, notices, what other files ask for already, and which mandates were used: four queries, however many."""
    case_ids = {row.case_id for row in rows}
    holds: dict[int, list[HoldReason]] = defaultdict(list)
    not_over = Q(until_on=None) | Q(until_on__gte=day)
    standing = Hold.objects.filter(not_over, case_id__in=case_ids, lifted_at=None, forbids_contact=True, from_on__lte=day)
    for case_id, reason in standing.values_list("case_id", "reason"):
        holds[case_id].append(HoldReason(reason))
    noticed = {row.id: row.noticed_on for row in rows if row.noticed_on}
    by_message = {row.message_id: row.id for row in rows if row.message_id and not row.noticed_on}
    sent = Message.objects.filter(id__in=by_message, state=MessageState.SENT, sent_at__isnull=False)
    for message_id, channel, sent_at in sent.values_list("id", "channel", "sent_at"):
        travels = LETTER_TRAVELS_DAYS if channel == "letter" else 0
        if sent_at is not None:
            noticed[by_message[message_id]] = sent_at.astimezone(LOCAL_ZONE).date() + timedelta(days=travels)
    submitted = Collection.objects.filter(case_id__in=case_ids, state=CollectionState.SUBMITTED)
    under_way = dict(submitted.values("case_id").annotate(cents=Sum("submitted_cents")).values_list("case_id", "cents"))
    used = Collection.objects.filter(mandate_id__in={row.mandate_id for row in rows}, file__isnull=False)
    return _Present(holds, noticed, under_way, set(used.values_list("mandate_id", flat=True)))


def _forbidden(collection: Collection, present: _Present, due_on: date | None) -> NotCollected | None:
    """What forbids to hand this one in today, if anything."""
    mandate, case, instalment = collection.mandate, collection.case, collection.instalment
    if due_on is None:
        return NotCollected.TOO_LATE
    if mandate.state != MandateState.ACTIVE or lapses_on(mandate.signed_on, mandate.last_used_on) < due_on:
        return NotCollected.MANDATE
    if case.state != CaseState.OPEN:
        return NotCollected.PAID if case.state == CaseState.SETTLED else NotCollected.CASE_CLOSED
    if stopping_hold(present.holds[case.id]) is not None:
        return NotCollected.HOLD
    if instalment is not None and instalment.agreement.state != AgreementState.ACTIVE:
        return NotCollected.PLAN_ENDED
    if not noticed_in_time(present.noticed.get(collection.id), due_on, mandate.prenotice_days):
        return NotCollected.NOT_ANNOUNCED
    return None


def _take(collection: Collection, open_cents: int, present: _Present, due_on: date) -> NotCollected | None:
    """Decide the amount and the kind of a collection; what is taken counts for the next one of the same case and mandate."""
    cents = collectable_cents(collection.amount_cents, open_cents, present.under_way.get(collection.case_id, 0))
    if cents == 0:
        return NotCollected.PAID
    one_off = collection.mandate.kind == MandateKind.ONE_OFF
    collection.submitted_cents, collection.due_on = cents, due_on
    collection.sequence = sequence_of(one_off=one_off, used_before=collection.mandate_id in present.used_before).value
    present.under_way[collection.case_id] = present.under_way.get(collection.case_id, 0) + cents
    present.used_before.add(collection.mandate_id)
    return None


def _write(collector: CollectorIdentity, wanted: Sequence[Collection], *, day: date, now: datetime, actor: str) -> OrderFile:
    """Write the file and everything that follows from it, in one transaction."""
    creditor = collector.creditor
    holder = creditor.account_holder or creditor.legal_name or creditor.name
    party = Party(holder, creditor.iban, creditor.bic, collector.sepa_creditor_id)
    message_id = next_message_id(creditor.id, OrderKind.DEBIT, day)
    written = debit_file(
        party, [_debit(one, creditor) for one in wanted], message_id=message_id, now=now, single_bookings=collector.single_bookings
    )
    file = keep_order(written, creditor, OrderKind.DEBIT, message_id, day=day, now=now, actor=actor)
    for collection in wanted:
        collection.state, collection.file = CollectionState.SUBMITTED, file
    fp("submit.before_collections")
    Collection.objects.bulk_update(wanted, ["state", "file", "submitted_cents", "due_on", "sequence"])
    fp("submit.after_collections")
    by_mandate = {one.mandate_id: one for one in wanted}
    for one in by_mandate.values():
        one.mandate.last_used_on = max(each.due_on for each in wanted if each.mandate_id == one.mandate_id)
        if one.mandate.kind == MandateKind.ONE_OFF:
            one.mandate.state, one.mandate.ended_at, one.mandate.ended_because = MandateState.USED, now, "einmalig genutzt"
    Mandate.objects.bulk_update([one.mandate for one in by_mandate.values()], ["last_used_on", "state", "ended_at", "ended_because"])
    fp("submit.after_mandates")
    for one in wanted:
        until_on = one.due_on + timedelta(days=ARRIVAL_DAYS)
        silence(one.case_id, HoldReason.COLLECTION, day=day, now=now, source="direct_debit", until_on=until_on)
    record_events(_event(one, file, actor=actor, now=now) for one in wanted)
    fp("submit.after_events")
    return file


def _debit(one: Collection, creditor: Creditor) -> Debit:
    mandate = one.mandate
    return Debit(
        name=mandate.holder,
        iban=mandate.iban,
        bic=mandate.bic,
        cents=one.submitted_cents or 0,
        mandate=mandate.reference,
        signed_on=mandate.signed_on,
        due_on=one.due_on,
        sequence=one.sequence,
        end_to_end_id=one.end_to_end_id,
        purpose=f"{one.case.reference} {creditor.name}",
    )


def _event(one: Collection, file: OrderFile, *, actor: str, now: datetime) -> CaseEvent:
    amount = euros(one.submitted_cents or 0, one.currency)
    return CaseEvent(
        case_id=one.case_id,
        creditor_id=one.creditor_id,
        at=now,
        kind="debit_submitted",
        text=f"Abbuchung über {amount} für den {one.due_on:%d.%m.%Y} an die Bank gegeben.",
        actor=actor,
        data={"collection": one.id, "file": file.id},
    )
