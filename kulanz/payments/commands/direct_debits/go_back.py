"""A collection that comes back: the payment is taken back, the reason said kindly, and nobody is reminded for a while."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kulanz.claims.commands import close_if_settled, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, Hold, HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.return_reasons import ReturnReason, return_reason, says_died
from kulanz.failpoints import fp
from kulanz.ledger.models import Entry
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.direct_debits.drop import debit_params
from kulanz.payments.commands.direct_debits.mandates import suspend_mandate
from kulanz.payments.commands.returned_lines import book_charge
from kulanz.payments.commands.tell_returned import Returned, tell_returned
from kulanz.payments.models import UNDER_WAY, BankLine, Collection, CollectionState, CollectorIdentity, LineState
from kulanz.payments.readers.shape import euros

SOURCE = "direct_debit"


def returned(line: BankLine, *, now: datetime, day: date) -> bool:
    """Take back the collection a bank line returns; False if the line returns none of ours. In the import's transaction.

    Books the chargeback of its payment, effective on the day of the line, and stores the line as booked. The mandate is suspended where
    the code says so; the debtor gets one kind message and some quiet days, never a reminder the same day. Whoever has died gets nothing.
    """
    if line.amount_cents >= 0 or not line.end_to_end_id:
        return False
    known = Collection.objects.filter(end_to_end_id=line.end_to_end_id).values_list("case_id", flat=True).first()
    if known is None:
        return False
    touch([known])
    collection = (
        Collection.objects.select_for_update(of=("self",)).select_related("mandate", "case__debtor").get(end_to_end_id=line.end_to_end_id)
    )
    if collection.state == CollectionState.RETURNED:
        return collection.return_line_id == line.id
    if collection.state not in (CollectionState.SUBMITTED, CollectionState.COLLECTED):
        return False
    reason = return_reason(line.return_reason)
    # A booking that a person took back meanwhile has nothing to return; then the line is left to a person too.
    was_booked = collection.entry_id is not None and not Entry.objects.filter(reverses_id=collection.entry_id).exists()
    fp("returned.before_book")
    entry_id = _take_back(collection, line, reason, now=now) if was_booked else None
    collection.state, collection.return_code, collection.returned_on = CollectionState.RETURNED, reason.code, line.booked_on
    collection.return_line_id = line.id
    collection.save(update_fields=["state", "return_code", "returned_on", "return_line_id"])
    if was_booked:
        _store_line(line, collection, reason, entry_id, now=now)
    fp("returned.after_book")
    _answer(collection, line, reason, day=day, now=now)
    return was_booked


def _take_back(collection: Collection, line: BankLine, reason: ReturnReason, *, now: datetime) -> int:
    """The chargeback of the payment; the bank's charge is the creditor's cost, on the account only where its settings say so."""
    source = f"Rücklastschrift {reason.code}, Bankumsatz {line.id}"
    key = f"collection:{collection.id}:returned"
    back = NewFact(collection.case_id, FactKind.CHARGEBACK, line.booked_on, key, source, payment_entry_id=collection.entry_id)
    (entry_id,) = book([back], now=now)
    if (charge_cents := _charge_cents(collection, line)) > 0:
        book_charge(line, collection.case, key, charge_cents, passed_on=_passed_on(collection), now=now)
    return entry_id


def _charge_cents(collection: Collection, line: BankLine) -> int:
    """What the bank took beyond the amount that went back."""
    return max(0, abs(line.amount_cents) - (collection.submitted_cents or 0))


def _passed_on(collection: Collection) -> bool:
    """True if the creditor's settings put the bank's charge on the account: never by default."""
    return CollectorIdentity.objects.filter(creditor_id=collection.creditor_id, pass_on_return_charge=True).exists()


def _store_line(line: BankLine, collection: Collection, reason: ReturnReason, entry_id: int | None, *, now: datetime) -> None:
    line.state, line.case_id, line.creditor_id, line.entry_id = LineState.BOOKED, collection.case_id, collection.creditor_id, entry_id
    line.reason, line.confidence = f"Rücklastschrift {reason.code}: {reason.german}"[:200], 100
    line.decided_by, line.decided_at = "kulanz", now
    line.save(update_fields=["state", "case", "creditor", "entry_id", "reason", "confidence", "decided_by", "decided_at"])


def _answer(collection: Collection, line: BankLine, reason: ReturnReason, *, day: date, now: datetime) -> None:
    """What follows for the mandate and the debtor."""
    case, quiet_until = collection.case, _quiet_until(collection, day)
    amount = euros(collection.submitted_cents or collection.amount_cents, collection.currency)
    text = f"Abbuchung über {amount} kam zurück ({reason.code}): {reason.german}"
    record_event(case, "debit_returned", text, actor="kulanz", now=now, data={"collection": collection.id, "line": line.id})
    close_if_settled(case, day=day, now=now)
    if reason.ends:
        suspend_mandate(collection.mandate, because=f"Rücklastschrift {reason.code}", day=day, now=now)
    if says_died(line.return_reason):
        silence(case.id, HoldReason.DEATH, day=day, now=now, source=SOURCE, note=text)
        Case.objects.filter(id=case.id).update(needs_human=True)
        return
    silence(case.id, HoldReason.COLLECTION, day=day, now=now, source=SOURCE, until_on=quiet_until, note=text)
    if not Collection.objects.filter(case_id=case.id, state__in=UNDER_WAY).exists():
        # The hold may have been longer, because the money was waited for until now; from here on only the quiet days count.
        Hold.objects.filter(case_id=case.id, reason=HoldReason.COLLECTION, lifted_at=None).update(until_on=quiet_until)
    what = Returned(
        step=f"debit-{collection.id}-returned",
        template="debit_returned",
        reason=reason,
        amount_cents=collection.submitted_cents or collection.amount_cents,
        charge_cents=_charge_cents(collection, line) if _passed_on(collection) else 0,
        quiet_until=quiet_until,
        paused=bool(reason.ends),
    )
    tell_returned(case, what, debit_params(collection)["particulars"], day=day, now=now)


def _quiet_until(collection: Collection, day: date) -> date:
    collector = CollectorIdentity.objects.filter(creditor_id=collection.creditor_id).first()
    return day + timedelta(days=collector.return_quiet_days if collector else 7)
