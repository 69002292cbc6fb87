"""The bank's answer: the outgoing line with our end-to-end id books the payout. Nothing else does."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final

from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.payments.commands.books import carry_one
from kulanz.payments.commands.remit.approve import payment_order
from kulanz.payments.models import BankLine, LineState, Remittance, RunState

END_TO_END: Final = re.compile(r"KLZ-([0-9]+)-([0-9]+)-([0-9]+)-([PF])")
"""Creditor, number of the run, attempt, and P for the payout or F for the transfer of fees."""


def paid_out(line: BankLine, *, now: datetime, day: date) -> bool:
    """Book a bank line that carries out (or sends back) an order of ours. True if it was one; in the caller's transaction.

    A line with our id but another amount is none of ours: it stays open for a person.
    """
    found = END_TO_END.fullmatch(line.end_to_end_id.strip())
    if found is None:
        return False
    creditor_id, number, attempt = (int(part) for part in found.groups()[:3])
    run = (
        Remittance.objects.select_for_update(of=("self",))
        .select_related("creditor", "terms")
        .filter(creditor_id=creditor_id, number=number, currency=line.currency)
        .exclude(state=RunState.DROPPED)
        .first()
    )
    if run is None or run.account_iban != line.account_iban:
        return False
    if found.group(4) == "F":
        return _fees_moved(run, line, now=now)
    if attempt != run.attempt:
        return False
    if run.state == RunState.APPROVED and line.amount_cents == -run.payout_cents:
        return _went_out(run, line, now=now)
    if run.state == RunState.PAID and line.amount_cents == run.payout_cents:
        return _came_back(run, line, now=now, day=day)
    return False


def _went_out(run: Remittance, line: BankLine, *, now: datetime) -> bool:
    own = _accounts(run)
    lines = [Line(own[AccountKind.REMITTED], Component.CASH, run.payout_cents)]
    if run.withheld_cents and run.attempt == 1:
        lines += [
            Line(own[AccountKind.WITHHELD], Component.COLLECTION_COST, run.withheld_cents),
            Line(own[AccountKind.WITHHELD], Component.CASH, -run.withheld_cents),
        ]
    run.state, run.paid_on, run.paid_line_id = RunState.PAID, line.booked_on, line.id
    _book(run, line, lines, f"Auskehrung {run.number}", now=now)
    return True


def _came_back(run: Remittance, line: BankLine, *, now: datetime, day: date) -> bool:
    """The bank sent the payout back: it is owed again, and a new order with a new id is written."""
    lines = [Line(_accounts(run)[AccountKind.REMITTED], Component.CASH, -run.payout_cents)]
    run.state, run.paid_on, run.paid_line_id = RunState.APPROVED, None, None
    run.attempt += 1
    run.payment_xml, run.payment_at = payment_order(run, on=day, now=now), now
    _book(run, line, lines, f"Auskehrung {run.number} kam zurück", now=now)
    return True


def _fees_moved(run: Remittance, line: BankLine, *, now: datetime) -> bool:
    if run.fee_line_id is not None or not run.transfer_cents or line.amount_cents != -run.transfer_cents:
        return False
    run.fee_line_id = line.id
    lines = [Line(_accounts(run)[AccountKind.WITHHELD], Component.CASH, run.transfer_cents)]
    _book(run, line, lines, f"Honorar aus Abrechnung {run.number}", now=now)
    return True


def _accounts(run: Remittance) -> dict[AccountKind, int]:
    kinds = (AccountKind.SUSPENSE, AccountKind.REMITTED, AccountKind.WITHHELD)
    return {kind: tenant_account(run.creditor_id, kind, run.currency) for kind in kinds}


def _book(run: Remittance, line: BankLine, lines: list[Line], what: str, *, now: datetime) -> None:
    """Take the line off suspense, where every line stands at first, and mark it."""
    fp("remit.before_paid")
    if line.carried_entry_id is None:
        carry_one(line, run.creditor_id, now=now)
    suspense = Line(_accounts(run)[AccountKind.SUSPENSE], Component.CASH, line.amount_cents)
    source, key = f"{what}, Bankumsatz {line.id}", f"remittance:line:{line.id}"
    entry = NewEntry(run.creditor_id, line.booked_on, EntryKind.REMITTANCE, source, key, (suspense, *lines))
    line.entry_id = post([entry], now=now)[0]
    line.creditor_id, line.state, line.reason, line.confidence = run.creditor_id, LineState.BOOKED, what[:200], 100
    line.decided_by, line.decided_at = "kulanz", now
    line.save()
    run.save()
    fp("remit.after_paid")
