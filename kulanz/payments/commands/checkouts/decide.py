"""What a person decides about a payment through a provider: take the amount it reports, or deal with it elsewhere."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands import record_event, touch
from kulanz.failpoints import fp
from kulanz.payments.checkout_errors import CheckoutNotFound, NotParked
from kulanz.payments.commands.checkouts.quiet import end_hush
from kulanz.payments.commands.checkouts.take import bring
from kulanz.payments.errors import ReasonMissing
from kulanz.payments.models import Checkout, CheckoutState
from kulanz.payments.providers.port import MoneyKind, Notice
from kulanz.payments.readers.shape import euros


def accept_amount(checkout_id: int, *, actor: str, day: date, now: datetime) -> Checkout:
    """Take the amount the provider reports instead of the one that was asked for, and book it. In the caller's transaction.

    Raises `NotParked` if there is no single payment in the case's currency to take.
    """
    checkout = _parked(checkout_id)
    paid = {
        (move.ref, move.cents, move.currency)
        for event in checkout.events.all()
        for move in Notice.from_json(event.event_id, event.kind, event.refs, event.notice).movements
        if move.kind is MoneyKind.PAID
    }
    if len(paid) != 1 or checkout.state != CheckoutState.PENDING:
        raise NotParked
    ((_, cents, currency),) = paid
    if currency != checkout.currency or cents <= 0:
        raise NotParked
    asked_cents, checkout.amount_cents = checkout.amount_cents, cents
    checkout.decided_by, checkout.decided_at = actor, now
    fp("checkout.before_accept")
    checkout.save(update_fields=["amount_cents", "decided_by", "decided_at"])
    text = f"Betrag des Zahlungsanbieters übernommen: {euros(cents, currency)} statt {euros(asked_cents, currency)}."
    record_event(checkout.case, "checkout_accepted", text, actor=actor, now=now, data={"checkout": checkout.id})
    return bring(checkout.id, day=day, now=now)


def set_aside(checkout_id: int, *, reason: str, actor: str, now: datetime) -> None:
    """Note that a person has dealt with the question; nothing is booked by this. Raises `ReasonMissing`."""
    if not reason.strip():
        raise ReasonMissing
    checkout = _parked(checkout_id)
    checkout.answered, checkout.parked = checkout.parked, ""
    checkout.decided_by, checkout.decided_at = actor, now
    fp("checkout.before_aside")
    checkout.save(update_fields=["answered", "parked", "decided_by", "decided_at"])
    text = f"Frage zur Zahlung {checkout.id} geklärt: {reason.strip()}"
    record_event(checkout.case, "checkout_settled_by_hand", text, actor=actor, now=now, data={"checkout": checkout.id})
    end_hush(checkout.case_id, because="Die Frage zur Zahlung ist geklärt.", now=now)


def _parked(checkout_id: int) -> Checkout:
    case_id = Checkout.objects.filter(id=checkout_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise CheckoutNotFound
    touch([case_id])
    checkout = Checkout.objects.select_for_update().select_related("case").get(id=checkout_id)
    if not checkout.parked:
        raise NotParked
    return checkout
