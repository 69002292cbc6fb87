"""Giving money to cases: interest first written down, then the payment shared by law, then everything that must fall silent does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from django.db import connection

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.many import EVENTS, lift_many, lock_many, record_many
from kulanz.claims.commands.plain import REST_WAIVED, Plain, book_plain
from kulanz.claims.commands.plain import SCHEMA as PLAIN_SCHEMA
from kulanz.claims.commands.settle_cases import touch_and_settle
from kulanz.claims.models import HoldReason
from kulanz.contact.commands.silence_many import cancel_many
from kulanz.failpoints import fp
from kulanz.frames import frame_of, id_array, id_list
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.agreements.follow import follow_money
from kulanz.payments.commands.receipts import queue_receipts
from kulanz.payments.errors import NothingToBookOn
from kulanz.payments.readers.shape import euros

_LIFTED_BY_MONEY: Final = (HoldReason.PAID_CLAIMED,)
_BECAUSE: Final = "Eine Zahlung ist eingegangen."
_LIFTED_BY_SETTLEMENT: Final = (HoldReason.PAID_CLAIMED, HoldReason.PROMISE)
"""`maybe_paid` is not among them: another undecided line may still point to the case, so `maybe_paid.thaw` looks first."""


class Payment(NamedTuple):
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

    For lines that pay one case each; see `settle_each` for those that pay several.
    """
    entries = settle_each(payments, today=today, now=now, actor=actor)
    return {payment.line_id: entries[payment.key] for payment in payments}


def settle_each(payments: Sequence[Payment], *, today: date, now: datetime, actor: str) -> dict[str, int]:
    """Book payments to their cases; returns the entry of each by its key. In the caller's transaction.

    Payments of one case are booked one after another in order of their day, since each changes what the next one finds open.
    """
    case_ids = {payment.case_id for payment in payments}
    lock_many(case_ids)
    in_order = sorted(payments, key=lambda payment: (payment.paid_on, payment.line_id))
    fp("statement.before_book")
    plain = _book_plain(in_order, now=now)
    others = [payment for payment in in_order if payment.key not in plain]
    entries = {key: booked.entry_id for key, booked in plain.items()} | _book(others, now=now)
    fp("statement.after_book")
    # A kept agreement gives up what is left, and a case can have other payments beside the plain one: there the ledger is asked.
    unknown = follow_money(case_ids, day=today, now=now, actor=actor) | {payment.case_id for payment in others}
    left = {payment.case_id: plain[payment.key].left_cents for payment in payments if payment.key in plain}
    _fall_silent(payments, entries, left | dict.fromkeys(unknown), today=today, now=now, actor=actor)
    return entries


def _book(payments: Sequence[Payment], *, now: datetime) -> dict[str, int]:
    """Book the money on the accounts of its cases (§§ 366, 367 BGB) and waive small rests of interest.

    What `book_plain` left: it books the same for cases with one invoice and nothing else.
    """
    if nothing := _without_claims({payment.case_id for payment in payments}):
        raise NothingToBookOn(f"In {nothing} Akte(n) gibt es keine Forderung.")
    entries = dict(zip((payment.key for payment in payments), book([_fact(payment) for payment in payments], now=now), strict=True))
    fp("statement.between_book_and_rests")
    book(_small_rests(payments), now=now)
    return entries


def _without_claims(case_ids: set[int]) -> int:
    """How many of the cases have nothing to book on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM unnest(%s::bigint[]) AS w(id) WHERE NOT EXISTS (SELECT FROM claims_claim c WHERE c.case_id = w.id)",
            [id_array(case_ids)],
        )
        return int(cursor.fetchone()[0])


def _fact(payment: Payment) -> NewFact:
    return NewFact(
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


def _book_plain(payments: Sequence[Payment], *, now: datetime) -> dict[str, Plain]:
    rows = [
        (
            payment.case_id,
            payment.paid_on,
            payment.amount_cents,
            payment.kind.value,
            payment.key,
            payment.source,
            id_list(payment.claim_ids),
        )
        for payment in payments
        if payment.against is AccountKind.SUSPENSE
    ]
    return book_plain(frame_of(rows, PLAIN_SCHEMA), now=now)


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
        REST_WAIVED,
        cents,
        balance.claim.id,
        component,
    )


def _fall_silent(
    payments: Sequence[Payment], entries: dict[str, int], owed: Mapping[int, int | None], *, today: date, now: datetime, actor: str
) -> None:
    """After the books: reminders cancelled, holds lifted that this money answers, the timeline, the case closed, the receipt queued.

    ``owed`` is what each case owes now, None where that is not known.
    """
    by_case: dict[int, list[Payment]] = defaultdict(list)
    for payment in payments:
        by_case[payment.case_id].append(payment)
    fp("statement.before_events")
    days = {day: f"{day:%d.%m.%Y}" for day in {payment.paid_on for payment in payments}}
    rows = [_event(payment, entries[payment.key], days[payment.paid_on]) for payment in payments]
    record_many(frame_of(rows, EVENTS), actor=actor, now=now)
    fp("statement.after_events")
    settled = touch_and_settle(owed, actor=actor, now=now)
    cancel_many(by_case, "Zahlung eingegangen", now=now)
    lift_many(by_case, _LIFTED_BY_MONEY, because=_BECAUSE, actor=actor, now=now)
    lift_many(settled, _LIFTED_BY_SETTLEMENT, because=_BECAUSE, actor=actor, now=now)
    queue_receipts({case_id: [entries[payment.key] for payment in group] for case_id, group in by_case.items()}, day=today, now=now)


def _event(payment: Payment, entry_id: int, day: str) -> tuple[int, str, str, str]:
    amount = euros(payment.amount_cents, payment.currency)
    payer = f" von {payment.payer}" if payment.payer else ""
    text = f"Zahlung über {amount}{payer} vom {day} gebucht."
    data = f'{{"line": {payment.line_id}, "entry": {entry_id}, "amount_cents": {payment.amount_cents}}}'
    return payment.case_id, "payment_booked", text, data
