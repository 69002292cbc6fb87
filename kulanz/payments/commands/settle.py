"""Giving money to cases: interest first written down, then the payment shared by law, then everything that must fall silent does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.commands import lift_holds, record_events, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.settle_cases import settle_cases
from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Hold, HoldReason
from kulanz.contact.commands import cancel_queued
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import REMINDERS
from kulanz.failpoints import fp
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.receipts import queue_receipts
from kulanz.payments.errors import NothingToBookOn
from kulanz.payments.readers.shape import euros

_LIFTED_BY_MONEY: Final = (HoldReason.PAID_CLAIMED,)
_LIFTED_BY_SETTLEMENT: Final = (HoldReason.PAID_CLAIMED, HoldReason.PROMISE)
"""`maybe_paid` is not among them: another undecided line may still point to the case, so `maybe_paid.thaw` looks first."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that goes to a case. ``claim_ids`` are the invoices the payer named (§ 366 (1) BGB).

    Money from the bank waits on the suspense account, money through a payment provider on the provider's (``against``). ``line_id`` is
    the bank line; a payment that is none has a negative number of its own (`commands.checkouts` takes that of the checkout).
    """

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
    against: AccountKind = AccountKind.SUSPENSE


def settle(payments: Sequence[Payment], *, today: date, now: datetime, actor: str) -> dict[int, int]:
    """Book payments to their cases; returns the entry of each line. In the caller's transaction.

    Payments of one case are booked one after another in order of their day, since each changes what the next one finds open.
    """
    cases = touch({payment.case_id for payment in payments})
    if nothing := {payment.case_id for payment in payments} - set(
        Claim.objects.filter(case_id__in=cases).values_list("case_id", flat=True)
    ):
        raise NothingToBookOn(f"In {len(nothing)} Akte(n) gibt es keine Forderung.")
    ordered = sorted(payments, key=lambda payment: (payment.paid_on, payment.line_id))
    entries = _book(ordered, now=now)
    _fall_silent(payments, entries, cases, today=today, now=now, actor=actor)
    return entries


def _book(payments: Sequence[Payment], *, now: datetime) -> dict[int, int]:
    """Book the money on the accounts of its cases (§§ 366, 367 BGB) and waive small rests of interest."""
    facts = [
        NewFact(
            payment.case_id,
            FactKind.PAYMENT,
            payment.paid_on,
            payment.key,
            payment.source,
            payment.amount_cents,
            choice=payment.claim_ids,
            entry_kind=payment.kind,
            against=payment.against,
        )
        for payment in payments
    ]
    fp("statement.before_book")
    entries = book(facts, now=now)
    fp("statement.between_book_and_rests")
    book(_small_rests(payments), now=now)
    fp("statement.after_book")
    return {payment.line_id: entry_id for payment, entry_id in zip(payments, entries, strict=True)}


def _small_rests(payments: Sequence[Payment]) -> list[NewFact]:
    """Waive what is left of a claim if it is not more than its interest and within the creditor's limit: nobody is chased for cents.

    A payer sends the amount of the letter; the interest of the days until it arrives is paid first (§ 367 BGB) and leaves a few
    cents of principal. Whoever sends less than the invoice is not meant: then the rest exceeds the interest.
    """
    last_of_case = {payment.case_id: payment for payment in payments}
    by_day: dict[date, list[Payment]] = defaultdict(list)
    for payment in last_of_case.values():
        by_day[payment.paid_on].append(payment)
    waivers = []
    for day, group in by_day.items():
        amounts = open_amounts([payment.case_id for payment in group], day)
        for payment in group:
            for balance in amounts[payment.case_id]:
                limit_cents = min(balance.claim.creditor.small_rest_cents, balance.interest.total_cents)
                if 0 < balance.total_cents <= limit_cents and not balance.fees_cents:
                    rests = {Component.INTEREST: balance.interest_cents, Component.PRINCIPAL: balance.principal_cents}
                    waivers += [_waiver(payment, balance, day, part, cents) for part, cents in rests.items() if cents > 0]
    return waivers


def _waiver(payment: Payment, balance: ClaimBalance, day: date, component: Component, cents: int) -> NewFact:
    return NewFact(
        payment.case_id,
        FactKind.WAIVER,
        day,
        f"{payment.key}:rest:{balance.claim.id}:{component.value}",
        "Kleiner Rest aus Zinsen, darauf wird verzichtet",
        cents,
        balance.claim.id,
        component,
    )


def _fall_silent(
    payments: Sequence[Payment], entries: dict[int, int], cases: dict[int, Case], *, today: date, now: datetime, actor: str
) -> None:
    """After the books: reminders cancelled, holds lifted that this money answers, the timeline, the case closed, the receipt queued."""
    by_case: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_case[payment.case_id].append(payment)
    fp("statement.before_events")
    record_events(_event(payment, cases[payment.case_id], entries[payment.line_id], actor=actor, now=now) for payment in payments)
    fp("statement.after_events")
    settle_cases(pl.Series(sorted(by_case), dtype=pl.Int64), actor=actor, now=now)
    settled = set(Case.objects.filter(id__in=by_case, state=CaseState.SETTLED).values_list("id", flat=True))
    held = Hold.objects.filter(case_id__in=by_case, lifted_at=None, reason__in=_LIFTED_BY_SETTLEMENT)
    waiting = Message.objects.filter(case_id__in=by_case, state=MessageState.QUEUED, template__in=REMINDERS)
    for case_id in sorted(set(waiting.values_list("case_id", flat=True))):
        cancel_queued(case_id, "payment", now=now)
    for case_id in sorted(set(held.values_list("case_id", flat=True))):
        reasons = _LIFTED_BY_SETTLEMENT if case_id in settled else _LIFTED_BY_MONEY
        lift_holds(case_id, reasons, because="Eine Zahlung ist eingegangen.", actor=actor, now=now)
    queue_receipts({case_id: [entries[payment.line_id] for payment in group] for case_id, group in by_case.items()}, day=today, now=now)


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
