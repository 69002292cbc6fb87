"""The bank's line about a refund: booked when the money has left, opened again when it came back."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands import record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.failpoints import fp
from kulanz.ledger.models import EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.refunds.find import credit_of
from kulanz.payments.models import BankLine, LineState, RefundProposal, RefundState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.refunds import share_out

BACK = "Die Rückzahlung kam zurück, das Guthaben besteht weiter."


def paid_out(line: BankLine, *, now: datetime, day: date) -> bool:
    """Book a refund when the bank reports it, recognised by its end-to-end id; False if the line is none of ours.

    The line is stored as booked. An outgoing line books the refund against the credit; one that brings the same money back (a wrong
    account) restores the credit and the case waits for a person. In the import's transaction; a second call changes nothing.
    """
    if not line.end_to_end_id or line.amount_cents == 0:
        return False
    case_id = RefundProposal.objects.filter(end_to_end_id=line.end_to_end_id, checkout=None).values_list("case_id", flat=True).first()
    if case_id is None:
        return False
    touch([case_id])
    row = RefundProposal.objects.select_for_update(of=("self",)).select_related("case").get(end_to_end_id=line.end_to_end_id)
    if line.amount_cents < 0 and row.state == RefundState.ORDERED and -line.amount_cents == row.amount_cents:
        return _gone(row, line, now=now)
    if line.amount_cents > 0 and row.state == RefundState.PAID and line.amount_cents == row.amount_cents:
        _came_back(row, line, now=now)
        return True
    return row.line_id == line.id


def _gone(row: RefundProposal, line: BankLine, *, now: datetime) -> bool:
    """Book the refund; if the credit was used up after the order, a person looks at it, because the money has left all the same."""
    credit = credit_of(row.case_id)
    if sum(credit.values()) < row.amount_cents:
        type(row.case).objects.filter(id=row.case_id).update(needs_human=True)
        text = "Eine Rückzahlung ist abgegangen, aber das Guthaben reicht dafür nicht mehr. Bitte klären."
        record_event(row.case, "refund_unclear", text, actor="kulanz", now=now, data={"refund": row.id, "line": line.id})
        return False
    parts = share_out(row.amount_cents, credit)
    facts = [
        NewFact(
            row.case_id,
            FactKind.REFUND,
            line.booked_on,
            f"refund:{row.id}:{claim_id}",
            f"Rückzahlung, Bankumsatz {line.id}",
            cents,
            claim_id,
        )
        for claim_id, cents in parts.items()
    ]
    fp("refund.before_book")
    entry_ids = book(facts, now=now)
    fp("refund.after_book")
    row.state, row.line_id, row.paid_on, row.entry_ids = RefundState.PAID, line.id, line.booked_on, entry_ids
    row.save(update_fields=["state", "line_id", "paid_on", "entry_ids"])
    _store(line, row, entry_ids[0], "Rückzahlung eines Guthabens", now=now)
    text = f"{euros(row.amount_cents, row.currency)} zurückgezahlt."
    record_event(row.case, "refund_paid", text, actor="kulanz", now=now, data={"refund": row.id, "line": line.id})
    return True


def _came_back(row: RefundProposal, line: BankLine, *, now: datetime) -> None:
    """The credit is there again. It is the debtor's money, not a payment on anything that is open."""
    fp("refund.before_back")
    fact = NewFact(
        row.case_id,
        FactKind.PAYMENT,
        line.booked_on,
        f"refund:{row.id}:back",
        f"Rückzahlung kam zurück, Bankumsatz {line.id}",
        line.amount_cents,
        entry_kind=EntryKind.PAYMENT,
    )
    (entry_id,) = book([fact], now=now)
    row.state, row.decided_because = RefundState.FAILED, BACK
    row.save(update_fields=["state", "decided_because"])
    _store(line, row, entry_id, "Rückzahlung kam zurück", now=now)
    fp("refund.after_back")
    type(row.case).objects.filter(id=row.case_id).update(needs_human=True)
    record_event(row.case, "refund_failed", BACK, actor="kulanz", now=now, data={"refund": row.id, "line": line.id})


def _store(line: BankLine, row: RefundProposal, entry_id: int, reason: str, *, now: datetime) -> None:
    line.state, line.case_id, line.creditor_id, line.entry_id = LineState.BOOKED, row.case_id, row.creditor_id, entry_id
    line.reason, line.confidence = reason, 100
    line.decided_by, line.decided_at = "kulanz", now
    line.save(update_fields=["state", "case", "creditor", "entry_id", "reason", "confidence", "decided_by", "decided_at"])
