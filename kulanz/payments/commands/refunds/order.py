"""Ordering approved refunds at the bank: one file, written once, by somebody who did not approve what is in it."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Creditor
from kulanz.contact.commands import queue_answer
from kulanz.failpoints import fp
from kulanz.payments.commands.orders import keep_order, next_message_id
from kulanz.payments.commands.refunds.find import credit_of, refund_params
from kulanz.payments.debit_errors import NothingToOrder
from kulanz.payments.models import Checkout, CheckoutState, OrderFile, OrderKind, RefundProposal, RefundState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.bank_days import on_or_after
from kulanz.payments.rules.refunds import payable_cents
from kulanz.payments.writers import Party, Transfer, transfer_file

GONE = "Das Guthaben oder die Zahlung, mit der es kam, ist inzwischen verbraucht."


def order_refunds(creditor_id: int, *, day: date, now: datetime, actor: str) -> OrderFile:
    """Write the file of a creditor's approved refunds that ``actor`` did not approve; tell the debtors that their money is coming.

    Each amount is checked again: never more than the credit that is there now, and nothing if it is gone. Two people at once make one
    file: the creditor is locked, and only what is still approved is taken. Raises `NothingToOrder`.
    """
    creditor = Creditor.objects.select_for_update().get(id=creditor_id)
    fp("refund_order.locked")
    ready = RefundProposal.objects.filter(creditor_id=creditor_id, state=RefundState.APPROVED, checkout=None).exclude(decided_by=actor)
    touch(ready.values_list("case_id", flat=True))
    rows = list(ready.select_for_update(of=("self",)).select_related("case__debtor").order_by("id"))
    wanted = [row for row in rows if still_owed(row, now=now)]
    if not wanted or not creditor.iban:
        raise NothingToOrder
    message_id = next_message_id(creditor_id, OrderKind.REFUND, day)
    party = Party(creditor.account_holder or creditor.legal_name or creditor.name, creditor.iban, creditor.bic)
    written = transfer_file(party, [_transfer(row, creditor) for row in wanted], message_id=message_id, on=on_or_after(day), now=now)
    file = keep_order(written, creditor, OrderKind.REFUND, message_id, day=day, now=now, actor=actor)
    for row in wanted:
        row.state, row.file, row.ordered_by = RefundState.ORDERED, file, actor
    fp("refund_order.before_rows")
    RefundProposal.objects.bulk_update(wanted, ["state", "file", "ordered_by", "amount_cents"])
    fp("refund_order.after_rows")
    for row in wanted:
        text = f"Rückzahlung über {euros(row.amount_cents, row.currency)} beauftragt."
        record_event(row.case, "refund_ordered", text, actor=actor, now=now, data={"refund": row.id, "file": file.id})
        queue_answer(row.case_id, "refund_coming", step=f"refund-{row.id}", params=refund_params(row), day=day, now=now)
    return file


def still_owed(row: RefundProposal, *, now: datetime) -> bool:
    """Lower a refund to the credit that is still there, and to what is left of the payment it came with; cancel it if there is none."""
    cents = payable_cents(row.amount_cents, sum(credit_of(row.case_id).values()))
    if row.checkout is not None:
        cents = payable_cents(cents, refundable_cents(row.checkout))
    if cents:
        row.amount_cents = cents
        return True
    row.state, row.decided_because = RefundState.CANCELLED, GONE
    row.save(update_fields=["state", "decided_because"])
    record_event(row.case, "refund_cancelled", f"Rückzahlung entfällt: {GONE}", actor="kulanz", now=now, data={"refund": row.id})
    return False


def refundable_cents(checkout: Checkout) -> int:
    """What is left of a payment through a provider; nothing while it is not paid, was taken back, or waits for a person."""
    whole = checkout.state == CheckoutState.PAID and not checkout.parked
    return checkout.amount_cents - checkout.refunded_cents if whole else 0


def _transfer(row: RefundProposal, creditor: Creditor) -> Transfer:
    purpose = f"{row.case.reference} Erstattung {creditor.name}"
    return Transfer(row.holder, row.iban, row.bic, row.amount_cents, row.end_to_end_id, purpose)
