"""Giving money to cases: interest first written down, then the payment shared by law, then everything that must fall silent does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kulanz.claims.accounts import FEES, ClaimBalance, open_amounts
from kulanz.claims.commands import close_if_settled, lift_holds, record_events, touch
from kulanz.claims.models import Case, CaseEvent, Creditor, Hold, HoldReason
from kulanz.contact.commands import cancel_queued, queue_receipt
from kulanz.failpoints import fp
from kulanz.law import jurisdiction
from kulanz.law.allocation import Component as LawComponent
from kulanz.law.allocation import Debt, Part
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.payments.errors import NothingToBookOn
from kulanz.payments.readers.shape import euros

_LIFTED_BY_MONEY: Final = (HoldReason.PAID_CLAIMED,)
_LIFTED_BY_SETTLEMENT: Final = (HoldReason.PAID_CLAIMED, HoldReason.PROMISE)
"""`maybe_paid` is not among them: another undecided line may still point to the case, so `maybe_paid.thaw` looks first."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money on the suspense account that goes to a case. ``claim_ids`` are the invoices the payer named (§ 366 (1) BGB)."""

    line_id: int
    case_id: int
    claim_ids: tuple[int, ...]
    amount_cents: int
    currency: str
    paid_on: date
    kind: EntryKind
    key: str
    source: str
    payer: str


def settle(payments: Sequence[Payment], *, today: date, now: datetime, actor: str) -> dict[int, int]:
    """Book payments to their cases; returns the entry of each line. In the caller's transaction.

    Payments of one case are booked one after another in order of their day, since each changes what the next one finds open.
    """
    cases = touch({payment.case_id for payment in payments})
    ordered = sorted(payments, key=lambda payment: (payment.paid_on, payment.line_id))
    entries: dict[int, int] = {}
    while ordered:
        turn: dict[int, Payment] = {}
        later: list[Payment] = []
        for payment in ordered:
            if turn.setdefault(payment.case_id, payment) is not payment:
                later.append(payment)
        entries |= _book(list(turn.values()), cases, today=today, now=now)
        ordered = later
    _fall_silent(payments, entries, cases, today=today, now=now, actor=actor)
    return entries


def _book(payments: Sequence[Payment], cases: dict[int, Case], *, today: date, now: datetime) -> dict[int, int]:
    """Book at most one payment of each case: two reads for each day, one write."""
    creditors = Creditor.objects.in_bulk({cases[payment.case_id].creditor_id for payment in payments})
    accounts = _accounts({(cases[payment.case_id].creditor_id, payment.currency) for payment in payments})
    by_day: dict[date, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_day[payment.paid_on].append(payment)
    entries: list[NewEntry] = []
    for day, group in by_day.items():
        amounts = open_amounts([payment.case_id for payment in group], day)
        for payment in group:
            creditor = creditors[cases[payment.case_id].creditor_id]
            effective_on, balances = _balances(payment, amounts[payment.case_id], today)
            entries += _entries(payment, creditor, accounts[creditor.id, payment.currency], balances, effective_on)
    fp("statement.before_book")
    ids = dict(zip((entry.idempotency_key for entry in entries), post(entries, now=now), strict=True))
    fp("statement.after_book")
    return {payment.line_id: ids[payment.key] for payment in payments}


def _balances(payment: Payment, balances: list[ClaimBalance], today: date) -> tuple[date, list[ClaimBalance]]:
    """The claims on the day of payment; money that came before the invoice was issued pays it on the day it was issued."""
    if balances and all(claim_id in {b.claim.id for b in balances} for claim_id in payment.claim_ids):
        return payment.paid_on, balances
    later = open_amounts([payment.case_id], today)[payment.case_id]
    if not later:
        raise NothingToBookOn
    named = [balance.claim.invoiced_on for balance in later if balance.claim.id in payment.claim_ids]
    issued_on = max(named) if named else min(balance.claim.invoiced_on for balance in later)
    effective_on = max(payment.paid_on, issued_on)
    return effective_on, open_amounts([payment.case_id], effective_on)[payment.case_id]


@dataclass(frozen=True, slots=True)
class _Accounts:
    """A creditor's own accounts a payment touches."""

    suspense: int
    income: int


def _accounts(wanted: set[tuple[int, str]]) -> dict[tuple[int, str], _Accounts]:
    return {
        (creditor_id, currency): _Accounts(
            tenant_account(creditor_id, AccountKind.SUSPENSE, currency), tenant_account(creditor_id, AccountKind.INCOME, currency)
        )
        for creditor_id, currency in wanted
    }


def _entries(
    payment: Payment, creditor: Creditor, accounts: _Accounts, balances: Sequence[ClaimBalance], effective_on: date
) -> list[NewEntry]:
    """The entries of one payment: interest that has run on the claims it pays, the payment itself, a waived small rest."""
    debts = [_debt(balance) for balance in balances]
    named = [str(claim_id) for claim_id in payment.claim_ids]
    law = jurisdiction(creditor.country)
    shared = law.allocate(payment.amount_cents, debts, paid_on=effective_on, debtor_choice=named)
    by_claim = {str(balance.claim.id): balance for balance in balances}
    touched = [by_claim[claim_id] for claim_id in dict.fromkeys(part.id for part in shared.parts)]
    entries = [
        NewEntry(
            creditor.id,
            effective_on,
            EntryKind.INTEREST,
            f"Verzugszinsen bis {balance.last_interest_day:%d.%m.%Y}",
            f"{payment.key}:interest:{balance.claim.id}",
            (
                Line(balance.claim.account_id, Component.INTEREST, balance.interest_to_book_cents),
                Line(accounts.income, Component.INTEREST, -balance.interest_to_book_cents),
            ),
        )
        for balance in touched
        if balance.interest_to_book_cents
    ]
    lines = [Line(accounts.suspense, Component.CASH, payment.amount_cents)]
    lines += [line for part in shared.parts for line in _lines(part, by_claim[part.id])]
    if shared.rest_cents:
        target = by_claim[named[0]] if named else balances[-1]
        lines.append(Line(target.claim.account_id, Component.OVERPAID, -shared.rest_cents))
    entries.append(NewEntry(creditor.id, effective_on, payment.kind, payment.source, payment.key, tuple(lines)))
    entries += _small_rests(payment, creditor, touched, shared.parts, accounts.income, effective_on)
    return entries


def _debt(balance: ClaimBalance) -> Debt:
    return Debt(
        id=str(balance.claim.id),
        due_on=balance.claim.due_on,
        costs_cents=balance.fees_cents,
        interest_cents=max(balance.interest_cents, 0),
        principal_cents=max(balance.principal_cents, 0),
        rate_bp=balance.claim.margin_bp or 0,
    )


def _lines(part: Part, balance: ClaimBalance) -> list[Line]:
    """One part of the payment as postings; costs are paid in the fixed order of their kinds."""
    account = balance.claim.account_id
    if part.component == LawComponent.INTEREST:
        return [Line(account, Component.INTEREST, -part.amount_cents)]
    if part.component == LawComponent.PRINCIPAL:
        return [Line(account, Component.PRINCIPAL, -part.amount_cents)]
    lines, left = [], part.amount_cents
    for fee in FEES:
        cents = min(left, balance.fees.get(fee, 0))
        if cents > 0:
            lines.append(Line(account, fee, -cents))
            left -= cents
    return lines


def _small_rests(
    payment: Payment, creditor: Creditor, touched: Sequence[ClaimBalance], parts: Sequence[Part], income: int, day: date
) -> list[NewEntry]:
    """Waive interest up to the creditor's limit where nothing else remains, so that nobody is chased for cents."""
    entries = []
    for balance in touched:
        paid = dict.fromkeys(LawComponent, 0)
        for part in parts:
            if part.id == str(balance.claim.id):
                paid[part.component] += part.amount_cents
        interest_cents = balance.interest_cents - paid[LawComponent.INTEREST]
        rest_cents = balance.total_cents - sum(paid.values())
        if 0 < rest_cents == interest_cents <= creditor.small_rest_cents:
            lines = (
                Line(balance.claim.account_id, Component.INTEREST, -rest_cents),
                Line(income, Component.INTEREST, rest_cents),
            )
            source = "Kleiner Zinsrest, darauf wird verzichtet"
            entries.append(NewEntry(creditor.id, day, EntryKind.WAIVER, source, f"{payment.key}:rest:{balance.claim.id}", lines))
    return entries


def _fall_silent(
    payments: Sequence[Payment], entries: dict[int, int], cases: dict[int, Case], *, today: date, now: datetime, actor: str
) -> None:
    """After the books: reminders cancelled, holds lifted that this money answers, the timeline, the case closed, the receipt queued."""
    by_case: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_case[payment.case_id].append(payment)
    record_events(_event(payment, cases[payment.case_id], entries[payment.line_id], actor=actor, now=now) for payment in payments)
    held = set(
        Hold.objects.filter(case_id__in=by_case, lifted_at=None, reason__in=_LIFTED_BY_SETTLEMENT).values_list("case_id", flat=True)
    )
    for case_id, group in sorted(by_case.items()):
        settled = close_if_settled(cases[case_id], day=today, now=now)
        cancel_queued(case_id, "payment", now=now)
        if case_id in held:
            reasons = _LIFTED_BY_SETTLEMENT if settled else _LIFTED_BY_MONEY
            lift_holds(case_id, reasons, because="Eine Zahlung ist eingegangen.", actor=actor, now=now)
        queue_receipt(case_id, entry_ids=[entries[payment.line_id] for payment in group], day=today, now=now)


def _event(payment: Payment, case: Case, entry_id: int, *, actor: str, now: datetime) -> CaseEvent:
    amount = euros(payment.amount_cents, payment.currency)
    payer = f" von {payment.payer}" if payment.payer else ""
    return CaseEvent(
        case_id=case.id,
        creditor_id=case.creditor_id,
        at=now,
        kind="payment_booked",
        text=f"Zahlung über {amount}{payer} vom {payment.paid_on:%d.%m.%Y} gebucht.",
        actor=actor,
        data={"line": payment.line_id, "entry": entry_id, "amount_cents": payment.amount_cents},
    )
