"""What a provider says about refunds that two people ordered: booked when the money has gone, a credit again when it came back.

Nothing here depends on the order of what is heard: a refund that failed counts as failed, whether its success was told before or after.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from kulanz.claims.commands import record_event
from kulanz.claims.commands.account import NewFact, book
from kulanz.contact.commands import queue_answer
from kulanz.failpoints import fp
from kulanz.ledger.models import AccountKind, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.checkouts.quiet import way_in_words
from kulanz.payments.commands.refunds.find import credit_of, refund_params
from kulanz.payments.models import Checkout, RefundProposal, RefundState
from kulanz.payments.providers.port import Method, MoneyKind, Movement
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.refunds import share_out

FAILED: Final = "Der Zahlungsanbieter konnte das Geld nicht zurückgeben, das Guthaben besteht weiter."
_KINDS: Final = (MoneyKind.REFUNDED, MoneyKind.REFUND_PENDING, MoneyKind.REFUND_FAILED)
_LIVE: Final = (RefundState.ORDERED, RefundState.PAID, RefundState.FAILED)


def heard_of_refunds(checkout: Checkout, moves: Sequence[Movement], *, day: date, now: datetime) -> frozenset[str]:
    """Bring the refunds of a payment up to what the provider says; returns the names of those that are dealt with here.

    Under the case lock, in the caller's transaction. A refund whose credit is gone by now is left to the caller: it is then money that
    went back for a reason a person must find.
    """
    told = [move for move in moves if move.kind in _KINDS]
    if not told:
        return frozenset()
    rows = list(RefundProposal.objects.select_for_update().filter(checkout=checkout, state__in=_LIVE).order_by("id"))
    for row in rows:
        row.checkout = checkout
        own = [move for move in told if move.ours == str(row.public_id) or (row.provider_refund and move.ref == row.provider_refund)]
        if own:
            _follow(row, own, day=day, now=now)
    return frozenset(row.provider_refund for row in rows if row.entry_ids or row.state == RefundState.FAILED) - {""}


def _follow(row: RefundProposal, own: Sequence[Movement], *, day: date, now: datetime) -> None:
    """One refund after everything that was said about it."""
    if not row.provider_refund:
        known_as(row, own[0].ref, day=day, now=now)
    gone = next((move for move in own if move.kind is MoneyKind.REFUNDED), None)
    failed = next((move for move in own if move.kind is MoneyKind.REFUND_FAILED), None)
    if failed is not None:
        if row.entry_ids and row.state == RefundState.PAID:
            _came_back(row, failed, day=day, now=now)
        elif row.state != RefundState.FAILED:
            fail(row, FAILED, now=now)
    elif gone is not None and row.state != RefundState.PAID:
        _gone(row, gone, day=day, now=now)


def known_as(row: RefundProposal, name: str, *, day: date, now: datetime) -> None:
    """Keep the provider's name of a refund, and tell the debtor once that the money is on its way. Under the case lock."""
    row.provider_refund = name[:120]
    fp("refund_heard.before_name")
    row.save(update_fields=["provider_refund"])
    params = refund_params(row)
    params["particulars"]["words"]["payment_way"] = way_in_words(row.checkout) if row.checkout else ""
    template = "refund_at_till" if row.checkout and row.checkout.method == Method.CASH else "refund_coming"
    queue_answer(row.case_id, template, step=f"refund-{row.id}", params=params, day=day, now=now)


def _gone(row: RefundProposal, move: Movement, *, day: date, now: datetime) -> None:
    """Book the refund against the provider's account, if it is the one that was ordered and its credit is still there."""
    credit = credit_of(row.case_id)
    row.state, row.paid_on, row.decided_because = RefundState.PAID, min(move.on, day), ""
    if (move.cents, move.currency) == (row.amount_cents, row.currency) and sum(credit.values()) >= row.amount_cents:
        row.entry_ids = _book(row, credit, _on(row, move, day), now=now)
        text = f"{euros(row.amount_cents, row.currency)} auf dem Weg zurückgezahlt, auf dem sie kamen."
        record_event(row.case, "refund_paid", text, actor="kulanz", now=now, data={"refund": row.id})
    else:
        type(row.case).objects.filter(id=row.case_id).update(needs_human=True)
        text = "Der Zahlungsanbieter hat Geld zurückgegeben, aber Guthaben oder Betrag passen nicht mehr dazu. Bitte klären."
        record_event(row.case, "refund_unclear", text, actor="kulanz", now=now, data={"refund": row.id})
    row.save(update_fields=["state", "paid_on", "decided_because", "entry_ids"])


def _book(row: RefundProposal, credit: dict[int, int], on: date, *, now: datetime) -> list[int]:
    facts = [
        NewFact(
            row.case_id,
            FactKind.REFUND,
            on,
            f"refund:{row.id}:{claim_id}",
            f"Erstattung über den Zahlungsanbieter, Vorgang {row.checkout_id}",
            cents,
            claim_id,
            against=AccountKind.PROVIDER,
        )
        for claim_id, cents in share_out(row.amount_cents, credit).items()
    ]
    fp("refund_heard.before_book")
    entry_ids = book(facts, now=now)
    fp("refund_heard.after_book")
    return entry_ids


def _came_back(row: RefundProposal, move: Movement, *, day: date, now: datetime) -> None:
    """The money is with the provider again and belongs to the debtor again."""
    fp("refund_heard.before_back")
    fact = NewFact(
        row.case_id,
        FactKind.PAYMENT,
        max(_on(row, move, day), row.paid_on or day),
        f"refund:{row.id}:back",
        f"Erstattung über den Zahlungsanbieter gescheitert, Vorgang {row.checkout_id}",
        row.amount_cents,
        entry_kind=EntryKind.PAYMENT,
        against=AccountKind.PROVIDER,
    )
    book([fact], now=now)
    fail(row, FAILED, now=now)


def fail(row: RefundProposal, because: str, *, now: datetime) -> None:
    """A refund that did not reach anybody: the credit stands, the case waits for a person, another way is proposed with the next run."""
    row.state, row.decided_because = RefundState.FAILED, because[:200]
    fp("refund_heard.before_failed")
    row.save(update_fields=["state", "decided_because"])
    type(row.case).objects.filter(id=row.case_id).update(needs_human=True)
    record_event(row.case, "refund_failed", because, actor="kulanz", now=now, data={"refund": row.id})


def _on(row: RefundProposal, move: Movement, day: date) -> date:
    """The day a movement counts from: the provider's, never after today, never before the payment itself."""
    paid_on = row.checkout.paid_on if row.checkout else None
    return max(min(move.on, day), paid_on or move.on)
