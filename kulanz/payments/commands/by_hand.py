"""What a person decides about a line: it belongs to this case, it does not after all, or it is none of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.commands import close_if_settled, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, Claim
from kulanz.failpoints import fp
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.books import carry_one
from kulanz.payments.commands.maybe_paid import thaw
from kulanz.payments.commands.returned_lines import originals, take_back, take_back_no_more
from kulanz.payments.commands.settle import Payment, settle
from kulanz.payments.commands.splits import booking_key, share_keys
from kulanz.payments.errors import (
    LineAlreadyBooked,
    LineNotBooked,
    LineNotFound,
    NotAnIncomingPayment,
    NothingToBookOn,
    ReasonMissing,
    WrongAccount,
    WrongCurrency,
)
from kulanz.payments.models import BankLine, LineState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.identity import paid_on


def assign(line_id: int, case_id: int, *, claim_ids: Sequence[int] = (), actor: str, now: datetime, day: date) -> int:
    """Book a line to a case by a person's decision; returns the entry. ``claim_ids`` are invoices the payer meant (§ 366 (1) BGB).

    Raises `LineAlreadyBooked`, `NotAnIncomingPayment`, `WrongCurrency`, `WrongAccount` or `NothingToBookOn`; then nothing has changed.
    """
    line = locked_line(line_id)
    if line.state == LineState.BOOKED:
        raise LineAlreadyBooked
    if line.amount_cents <= 0:
        return _assign_return(line, case_id, actor=actor, now=now, day=day)
    case = Case.objects.select_related("creditor").filter(id=case_id).first()
    if case is None or Claim.objects.filter(id__in=claim_ids, case_id=case_id).count() != len(set(claim_ids)):
        raise NothingToBookOn
    if case.currency != line.currency:
        raise WrongCurrency(f"Der Umsatz ist in {line.currency}, die Akte wird in {case.currency} geführt.")
    if case.creditor.iban and case.creditor.iban != line.account_iban:
        raise WrongAccount
    fp("assign.before_book")
    if line.carried_entry_id is None:
        carry_one(line, case.creditor_id, now=now)
    line.bookings += 1
    payment = Payment(
        line_id=line.id,
        case_id=case.id,
        claim_ids=tuple(claim_ids),
        amount_cents=line.amount_cents,
        currency=line.currency,
        paid_on=min(paid_on(line.booked_on, line.value_on), day),
        kind=EntryKind.ASSIGNMENT,
        key=booking_key(line.id, line.bookings),
        source=f"Bankumsatz {line.id}",
        payer=line.counterparty_name,
    )
    asked = asked_about(line)
    line.creditor_id, line.case_id, line.claim_ids = case.creditor_id, case.id, list(claim_ids)
    line.state, line.reason, line.confidence = LineState.BOOKED, "von Hand zugeordnet", 100
    line.entry_id = settle([payment], today=day, now=now, actor=actor)[line.id]
    save_decision(line, actor=actor, now=now)
    fp("assign.after_book")
    thaw([*asked, case.id], because="Der Bankumsatz ist zugeordnet.", actor=actor, now=now)
    return line.entry_id


def _assign_return(line: BankLine, case_id: int, *, actor: str, now: datetime, day: date) -> int:
    """A person says whose payment the bank returned: the likeliest one of the case is taken back."""
    found = originals(line, case_id)
    if not found:
        raise NotAnIncomingPayment
    asked = asked_about(line)
    if line.carried_entry_id is None:
        carry_one(line, Case.objects.values_list("creditor_id", flat=True).get(id=case_id), now=now)
    entry_id = take_back(line, found[0], actor=actor, reason="Rückgabe, von Hand zugeordnet", now=now, day=day)
    thaw([*asked, case_id], because="Der Bankumsatz ist zugeordnet.", actor=actor, now=now)
    return entry_id


def undo(line_id: int, *, reason: str, actor: str, now: datetime, day: date) -> int:
    """Take a booking back, effective on the day of the original, as if it had never been; the line is open again.

    Of a line that pays several cases all shares are taken back. Returns the (first) counter-entry.
    """
    if not reason.strip():
        raise ReasonMissing
    line = locked_line(line_id)
    shares = _shares(line)
    if line.state != LineState.BOOKED or not shares:
        raise LineNotBooked
    cases = touch(sorted({share.case_id for share in shares}))
    days = dict(Entry.objects.filter(id__in=[share.entry_id for share in shares]).values_list("id", "occurred_on"))
    fp("undo.before_reverse")
    undone = [
        NewFact(
            share.case_id,
            FactKind.CHARGEBACK,
            days[share.entry_id],
            f"{share.key}:undone",
            f"Rücknahme: {reason}",
            payment_entry_id=share.entry_id,
            entry_kind=EntryKind.REVERSAL,
        )
        for share in shares
    ]
    counters = book(undone, now=now)
    take_back_no_more(line)
    line.state, line.reason, line.confidence = LineState.UNMATCHED, f"zurückgenommen: {reason}"[:200], 0
    line.case_id, line.entry_id, line.claim_ids, line.splits = None, None, [], []
    save_decision(line, actor=actor, now=now)
    fp("undo.after_reverse")
    for share, counter in zip(shares, counters, strict=True):
        case = cases[share.case_id]
        what = f"{'Rückgabe' if line.amount_cents < 0 else 'Zahlung'} über {euros(abs(share.cents), line.currency)}"
        data = {"line": line.id, "entry": counter, "reverses": share.entry_id}
        record_event(case, "payment_undone", f"{what} zurückgenommen: {reason}", actor=actor, now=now, data=data)
        close_if_settled(case, day=day, now=now)
    return counters[0]


@dataclass(frozen=True, slots=True)
class _Share:
    """One booking of a line."""

    case_id: int
    entry_id: int
    cents: int
    key: str


def _shares(line: BankLine) -> list[_Share]:
    """The bookings of a line: one, or one for each case it pays."""
    if line.splits:
        keys = share_keys(line.id, line.bookings, [split["case"] for split in line.splits])
        return [_Share(split["case"], split["entry"], split["cents"], key) for split, key in zip(line.splits, keys, strict=True)]
    if line.entry_id is None or line.case_id is None:
        return []
    key = booking_key(line.id, line.bookings)
    shares = [_Share(line.case_id, line.entry_id, line.amount_cents, key)]
    # The bank's charge for a return, where it was put on the account.
    charges = Entry.objects.filter(idempotency_key=f"{key}:charge").values_list("id", flat=True)
    return shares + [_Share(line.case_id, entry_id, line.charges_cents, f"{key}:charge") for entry_id in charges]


def ignore(line_id: int, *, reason: str, actor: str, now: datetime) -> None:
    """Mark a line as none of our business, with the reason; whoever was frozen because of it is free again."""
    if not reason.strip():
        raise ReasonMissing
    line = locked_line(line_id)
    if line.state == LineState.BOOKED:
        raise LineAlreadyBooked
    asked = asked_about(line)
    line.state, line.reason, line.confidence = LineState.IGNORED, reason.strip()[:200], 0
    fp("ignore.before_save")
    save_decision(line, actor=actor, now=now)
    fp("ignore.after_save")
    thaw(asked, because="Der Bankumsatz gehört nicht zu dieser Akte.", actor=actor, now=now)


def locked_line(line_id: int) -> BankLine:
    """The line under lock: two people who decide at once do it one after the other."""
    line = BankLine.objects.select_for_update().filter(id=line_id).first()
    if line is None:
        raise LineNotFound
    return line


def asked_about(line: BankLine) -> list[int]:
    """The cases that are frozen because this line may be their money."""
    return [proposal["case"] for proposal in line.proposals] if line.state == LineState.PROPOSED else []


def save_decision(line: BankLine, *, actor: str, now: datetime) -> None:
    """Store the line with who decided about it, and when."""
    line.decided_by, line.decided_at = actor, now
    line.save()
