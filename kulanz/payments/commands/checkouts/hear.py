"""Listening to providers: their webhooks, and asking them ourselves when they are silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kulanz.payments.checkout_errors import CheckoutNotFound
from kulanz.payments.commands.checkouts.problems import Trouble, keep_error, keep_of
from kulanz.payments.commands.checkouts.slips import withdraw_worthless
from kulanz.payments.commands.checkouts.take import take
from kulanz.payments.models import UNDECIDED, Checkout, CheckoutState, ProblemKind, RefundProposal, RefundState
from kulanz.payments.providers.config import endpoint_of, provider_of
from kulanz.payments.providers.errors import NoSuchEndpoint, ProviderError, ProviderRefused
from kulanz.payments.providers.port import Delivery, Method, Stage, asked

ASK_AFTER: Final = timedelta(minutes=10)
"""A payment about which nothing was heard for so long is asked about."""

ASK_SLIP_AFTER: Final = timedelta(hours=6)
"""A slip is carried to a till within days; its payment is told at once, so asking is only for messages that were lost."""

GIVE_UP_AFTER: Final = timedelta(days=2)
"""A payment that was opened and never paid, or a slip that ended. Should money come all the same, it counts."""


def hear(provider: str, endpoint_id: str, delivery: Delivery, *, day: date, now: datetime) -> int:
    """Take a webhook; returns how many new events it brought. Proof and questions first, outside of any transaction; then one transaction.

    Raises `NoSuchEndpoint`, `NotGenuine`, or `ProviderUnreachable` if the proof or the answer needs the provider and it is silent.
    """
    endpoint = endpoint_of(endpoint_id)
    if endpoint.provider != provider:
        raise NoSuchEndpoint
    adapter = provider_of(endpoint)
    try:
        heard = adapter.hear(delivery, now=now)
        known = Checkout.objects.filter(endpoint=endpoint.id, provider_ref__in=heard.ask).values_list("provider_ref", flat=True)
        notices = [*heard.notices, *(adapter.fetch(ref) for ref in sorted(known))]
    except ProviderError as error:
        keep_error(endpoint, error, body=delivery.body, now=now)
        raise
    with transaction.atomic():
        return take(endpoint, notices, day=day, now=now)


def refresh(checkout_id: int, *, day: date, now: datetime) -> Checkout:
    """Ask the provider how a payment stands and act on the answer. Outside of any transaction. Raises `ProviderError`."""
    checkout = Checkout.objects.filter(id=checkout_id).first()
    if checkout is None:
        raise CheckoutNotFound
    if checkout.provider_ref:
        endpoint = endpoint_of(checkout.endpoint)
        provider = provider_of(endpoint)
        notices = [provider.fetch(name) for name in (checkout.provider_ref, *_refund_slips(checkout))]
        with transaction.atomic():
            take(endpoint, notices, day=day, now=now)
        Checkout.objects.filter(id=checkout_id).update(asked_at=now)
    return Checkout.objects.get(id=checkout_id)


def _refund_slips(checkout: Checkout) -> list[str]:
    """The refund slips of a payment in cash that are open: the slip of the payment itself does not tell what became of them."""
    if checkout.method != Method.CASH:
        return []
    waiting = RefundProposal.objects.filter(checkout=checkout, state=RefundState.ORDERED).exclude(provider_refund="")
    return list(waiting.values_list("provider_refund", flat=True))


@dataclass(frozen=True, slots=True)
class Polled:
    """How many payments were asked about, and what was learnt."""

    asked: int
    changed: int
    silent: int
    given_up: int


def poll(*, day: date, now: datetime) -> Polled:
    """Ask about every payment whose outcome is open, withdraw slips that are not needed, give up what nobody finished. Outside of any
    transaction."""
    given_up = 0
    changed, silent = withdraw_worthless(day=day, now=now)
    undecided = Checkout.objects.filter(state__in=UNDECIDED, created_at__lte=now - ASK_AFTER)
    waiting = list(undecided.exclude(valid_until__gt=now, asked_at__gt=now - ASK_SLIP_AFTER).order_by("id"))
    for checkout in waiting:
        before = (checkout.state, checkout.parked)
        try:
            after = refresh(checkout.id, day=day, now=now)
        except ProviderRefused as error:  # the provider does not know it any more
            after = checkout
            if checkout.state == CheckoutState.PENDING:
                text = f"Vorgang {checkout.id} läuft hier noch, der Anbieter nennt ihn nicht mehr: {error.message}"
                keep_of(checkout, Trouble(ProblemKind.DIFFERS, f"unknown:{checkout.id}", text, checkout.id), now=now)
        except ProviderError as error:
            silent += 1
            if not isinstance(error, NoSuchEndpoint):
                keep_error(endpoint_of(checkout.endpoint), error, now=now)
            continue
        if after.state == CheckoutState.CREATED and max(after.created_at, after.valid_until or after.created_at) <= now - GIVE_UP_AFTER:
            _give_up(after, day=day, now=now)
            given_up += 1
        changed += before != (after.state, after.parked)
    return Polled(len(waiting), changed, silent, given_up)


def _give_up(checkout: Checkout, *, day: date, now: datetime) -> None:
    """Our own event among the provider's: nobody finished this payment."""
    endpoint = endpoint_of(checkout.endpoint)
    notice = asked("kulanz.given_up", [str(checkout.public_id)], Stage.EXPIRED, [])
    with transaction.atomic():
        take(endpoint, [notice], day=day, now=now)
