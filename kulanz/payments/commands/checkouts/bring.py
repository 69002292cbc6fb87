"""What must follow from a payment's standing: bookings with keys of their own, the state, the hold, the timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kulanz.claims.commands import close_if_settled, record_event, touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.failpoints import fp
from kulanz.ledger.models import AccountKind, Entry, EntryKind
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands.checkouts.quiet import ACTOR, WAYS, be_kind, end_hush, hush
from kulanz.payments.commands.settle import Payment, settle
from kulanz.payments.models import UNDECIDED, Checkout, CheckoutState
from kulanz.payments.providers.port import Method, MoneyKind, Movement
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.checkouts import Standing

_TWICE: Final = "Der Anbieter holt eine Zahlung zurück, die schon zurückgebucht ist. Bitte nachsehen."


@dataclass(frozen=True, slots=True)
class _Booked:
    """The bookings of a payment: which entries stand, and the one that carries the money now (None: it went back)."""

    paid_entry_id: int | None
    standing_entry_id: int | None
    went_back: Movement | None
    trouble: str


def bring_up(checkout: Checkout, found: Standing, *, day: date, now: datetime) -> None:
    """Book what the standing says and is not booked yet; then state, hold and timeline. Under the case lock."""
    before = (checkout.state, checkout.parked)
    booked = _book(checkout, found, day=day, now=now)
    checkout.entry_id = booked.standing_entry_id or booked.paid_entry_id
    checkout.state, checkout.refunded_cents = found.state, found.refunded_cents
    question = (booked.trouble or found.parked)[:300]
    checkout.parked = "" if question == checkout.answered else question
    if found.paid:
        checkout.paid_on = found.paid.on
    checkout.changed_at = now
    fp("checkout.before_state")
    checkout.save()
    fp("checkout.after_state")
    _tell(checkout, before, now=now)
    if booked.went_back is not None:
        be_kind(checkout, write=booked.went_back.kind is MoneyKind.CHARGED_BACK, day=day, now=now)
    if checkout.state in UNDECIDED and before != (checkout.state, checkout.parked):
        hush(checkout, day=day, now=now)
    elif checkout.state not in UNDECIDED:
        end_hush(checkout.case_id, because=_because(checkout), now=now)


def _book(checkout: Checkout, found: Standing, *, day: date, now: datetime) -> _Booked:
    """Book the movements in their order; a key that is booked already is passed over.

    A chargeback whose happy end was heard before itself is left out together with it: both sides of nothing.
    """
    keys = {_key(checkout, move): move for move in found.booked}
    known = dict(Entry.objects.filter(idempotency_key__in=keys).values_list("idempotency_key", "id"))
    ended = {move.ref for key, move in keys.items() if move.kind is MoneyKind.REINSTATED and key not in known}
    never = {move.ref for key, move in keys.items() if move.kind is MoneyKind.CHARGED_BACK and key not in known} & ended
    gone = set(Entry.objects.filter(reverses_id__in=known.values()).values_list("reverses_id", flat=True))
    paid_id: int | None = None
    standing_id: int | None = None
    went_back: Movement | None = None
    for key, move in keys.items():
        if move.ref in never:
            continue
        if move.kind in (MoneyKind.PAID, MoneyKind.REINSTATED):
            standing_id = known.get(key) or _book_payment(checkout, move, key, day=day, now=now)
            paid_id = paid_id or standing_id
            went_back = None
            continue
        if key in known:
            standing_id = None
            continue
        if standing_id is None or standing_id in gone:
            return _Booked(paid_id, None, None, _TWICE)
        _book_return(checkout, move, key, standing_id, day=day, now=now)
        standing_id, went_back = None, move
    return _Booked(paid_id, standing_id, went_back, "")


def _key(checkout: Checkout, move: Movement) -> str:
    return f"checkout:{checkout.id}:paid" if move.kind is MoneyKind.PAID else f"checkout:{checkout.id}:{move.kind.value}:{move.ref}"


def _book_payment(checkout: Checkout, move: Movement, key: str, *, day: date, now: datetime) -> int:
    """Money that arrived at the provider: on the case, against what the provider owes us."""
    way = WAYS[Method(checkout.method)]
    payment = Payment(
        line_id=-checkout.id,
        case_id=checkout.case_id,
        claim_ids=(),
        amount_cents=move.cents,
        currency=move.currency,
        paid_on=min(move.on, day),
        kind=EntryKind.PAYMENT,
        key=key,
        source=f"Zahlung mit {way}, Vorgang {checkout.id}",
        payer="",
        against=AccountKind.PROVIDER,
    )
    fp("checkout.before_book")
    entry_id = settle([payment], today=day, now=now, actor=ACTOR)[-checkout.id]
    fp("checkout.after_book")
    return entry_id


def _book_return(checkout: Checkout, move: Movement, key: str, payment_entry_id: int, *, day: date, now: datetime) -> None:
    """Money that went back: the payment's lines turned round on the day it went, the case open again."""
    paid_on = Entry.objects.values_list("occurred_on", flat=True).get(id=payment_entry_id)
    way, word = WAYS[Method(checkout.method)], "erstattet" if move.kind is MoneyKind.REFUNDED else "zurückgeholt"
    fact = NewFact(
        checkout.case_id,
        FactKind.CHARGEBACK,
        max(min(move.on, day), paid_on),
        key,
        f"Zahlung mit {way} {word}, Vorgang {checkout.id}",
        payment_entry_id=payment_entry_id,
        against=AccountKind.PROVIDER,
    )
    fp("checkout.before_return")
    book([fact], now=now)
    fp("checkout.after_return")
    close_if_settled(touch([checkout.case_id])[checkout.case_id], day=day, now=now)


def _tell(checkout: Checkout, before: tuple[str, str], *, now: datetime) -> None:
    """One line for the timeline where something changed. A booked payment tells itself (`settle`)."""
    if before == (checkout.state, checkout.parked):
        return
    amount, way = euros(checkout.amount_cents, checkout.currency), WAYS[Method(checkout.method)]
    words = {
        CheckoutState.PENDING: f"Zahlung über {amount} mit {way} ist unterwegs.",
        CheckoutState.FAILED: f"Zahlung über {amount} mit {way} hat nicht geklappt.",
        CheckoutState.EXPIRED: f"Zahlung über {amount} mit {way} wurde abgebrochen.",
        CheckoutState.REFUNDED: f"Zahlung über {amount} mit {way} wurde erstattet.",
        CheckoutState.CHARGED_BACK: f"Zahlung über {amount} mit {way} kam zurück.",
    }
    data = {"checkout": checkout.id, "state": checkout.state}
    if checkout.parked and checkout.parked != before[1]:
        text = f"Zahlung über {amount} mit {way}: {checkout.parked}"
        record_event(checkout.case, "checkout_parked", text, actor=ACTOR, now=now, data=data)
    elif checkout.state != before[0] and (text := words.get(CheckoutState(checkout.state), "")):
        record_event(checkout.case, f"checkout_{checkout.state}", text, actor=ACTOR, now=now, data=data)


def _because(checkout: Checkout) -> str:
    return {
        CheckoutState.PAID: "Die Zahlung ist angekommen.",
        CheckoutState.FAILED: "Die Zahlung hat nicht geklappt.",
        CheckoutState.EXPIRED: "Die Zahlung wurde nicht abgeschlossen.",
    }.get(CheckoutState(checkout.state), "Die Zahlung kam zurück.")
