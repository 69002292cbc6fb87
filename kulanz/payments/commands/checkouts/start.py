"""A debtor chooses a way to pay: written down first, then opened at the provider, so that whatever fails can be done again without harm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import touch
from kulanz.claims.models import Case, CaseState, ContactPoint
from kulanz.failpoints import fp
from kulanz.payments.checkout_errors import AmountNotOpen, CheckoutNotFound, MethodNotOffered, PaymentUnderWay
from kulanz.payments.commands.checkouts.quiet import hush
from kulanz.payments.models import Checkout, CheckoutState
from kulanz.payments.providers.config import Endpoint, endpoint_of, provider_of
from kulanz.payments.providers.port import Method, Order, Payer

AGAIN_WITHIN: Final = timedelta(minutes=20)
"""Whoever comes back within this time for the same payment gets the page that is already open, not a second one."""

CURRENCIES: Final = ("EUR", "CHF")
"""Currencies with two decimals that our adapters were checked with."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a debtor wants to pay, and how. `key` comes from the form, so that two clicks are one payment."""

    case_id: int
    endpoint_id: str
    method: Method
    amount_cents: int
    key: str
    instalment_id: int | None = None


def place(wish: Wish, *, day: date, now: datetime) -> Checkout:
    """Write the payment down and stop reminders while it is under way. In the caller's transaction.

    Raises `MethodNotOffered`, `AmountNotOpen` (more than is owed, or nothing is) or `PaymentUnderWay` (a debit still runs).
    """
    endpoint = endpoint_of(wish.endpoint_id)
    case = touch([wish.case_id])[wish.case_id]
    if known := Checkout.objects.filter(key=wish.key, case=case).first():
        return known
    if wish.method not in endpoint.methods or case.creditor.key != endpoint.creditor or case.currency not in CURRENCIES:
        raise MethodNotOffered
    if wish.method is Method.CASH and not endpoint.cash.takes(wish.amount_cents):
        raise MethodNotOffered
    owed = sum(balance.total_cents for balance in open_amounts([case.id], day)[case.id])
    if case.state == CaseState.CLOSED or not 0 < wish.amount_cents <= owed:
        raise AmountNotOpen
    if Checkout.objects.filter(case=case, state=CheckoutState.PENDING).exists():
        raise PaymentUnderWay
    if again := _still_open(wish, owed, now):
        return again
    fp("checkout.before_place")
    checkout = Checkout.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        endpoint=endpoint.id,
        provider=endpoint.provider,
        method=wish.method.value,
        amount_cents=wish.amount_cents,
        currency=case.currency,
        key=wish.key,
        instalment_id=wish.instalment_id,
        created_at=now,
        changed_at=now,
        valid_until=endpoint.cash.until(day) if wish.method is Method.CASH else None,
    )
    hush(checkout, day=day, now=now)
    fp("checkout.after_place")
    return checkout


def _still_open(wish: Wish, owed: int, now: datetime) -> Checkout | None:
    """A payment of this kind that is open already. A slip counts until it ends, whatever day of interest it is from: somebody may have
    printed it, and two of them could both be paid."""
    if wish.method is Method.CASH:
        slips = open_slips(now).filter(case_id=wish.case_id, endpoint=wish.endpoint_id, amount_cents__lte=owed)
        return slips.order_by("-id").first()
    same = Checkout.objects.filter(
        case_id=wish.case_id, endpoint=wish.endpoint_id, method=wish.method.value, amount_cents=wish.amount_cents,
        state=CheckoutState.CREATED, created_at__gte=now - AGAIN_WITHIN,
    )  # fmt: skip
    return same.order_by("-id").first()


def open_slips(now: datetime) -> QuerySet[Checkout]:
    """Slips that can be paid at a till at this moment."""
    return Checkout.objects.filter(method=Method.CASH.value, state=CheckoutState.CREATED, valid_until__gt=now)


def send_off(checkout_id: int, *, site_url: str, return_path: str, language: str, now: datetime) -> str:
    """Open the payment at the provider and return the page on which the debtor pays. Outside any transaction: it talks to the network.

    The payment's own number is the idempotency key: dying between the two steps and trying again opens nothing twice.
    """
    checkout = Checkout.objects.select_related("case__debtor", "creditor").filter(id=checkout_id).first()
    if checkout is None:
        raise CheckoutNotFound
    if checkout.redirect_url:
        return checkout.redirect_url
    endpoint = endpoint_of(checkout.endpoint)
    started = provider_of(endpoint).create(_order(checkout, endpoint, f"{site_url}{return_path}", site_url, language))
    with transaction.atomic():
        fp("checkout.before_remember")
        row = Checkout.objects.select_for_update().get(id=checkout.id)
        if not row.provider_ref:
            row.provider_ref, row.redirect_url, row.changed_at = started.provider_ref, started.redirect_url, now
            row.refs = sorted({*row.refs, started.provider_ref, *started.refs} - {""})
            row.valid_until = started.valid_until
            row.save(update_fields=["provider_ref", "redirect_url", "refs", "changed_at", "valid_until"])
        fp("checkout.after_remember")
    return row.redirect_url


def _order(checkout: Checkout, endpoint: Endpoint, return_url: str, site_url: str, language: str) -> Order:
    method = Method(checkout.method)
    return Order(
        public_id=UUID(str(checkout.public_id)),
        method=method,
        amount_cents=checkout.amount_cents,
        currency=checkout.currency,
        description=f"{checkout.creditor.name}, {checkout.case.reference}",
        brand=checkout.creditor.name,
        return_url=return_url,
        cancel_url=f"{return_url}?cancelled=1",
        webhook_url=f"{site_url}/api/webhooks/{endpoint.provider}/{endpoint.id}",
        language="en" if language == "en" else "de",
        payer=_payer(checkout.case, method, endpoint),
        reference=checkout.case.reference,
        customer_key=str(checkout.case.debtor.public_id),
        valid_until=checkout.valid_until,
    )


def email_of(case: Case) -> str | None:
    """An e-mail address that can be used."""
    usable = ContactPoint.objects.filter(debtor_id=case.debtor_id, channel="email", state="usable")
    return usable.values_list("value", flat=True).first()


def _payer(case: Case, method: Method, endpoint: Endpoint) -> Payer | None:
    """Name and address for invoice purchase, which the debtor asked for; for a slip by e-mail the address it goes to, and no name.

    None if nothing is needed or something is missing.
    """
    debtor = case.debtor
    if method is Method.CASH and endpoint.cash.needs_email:
        return Payer("", "", "", "", "", "", email_of(case) or "")
    email = email_of(case) if method is Method.KLARNA else None
    if not (debtor.family_name and debtor.street and debtor.postcode and debtor.city and email):
        return None
    return Payer(debtor.given_name, debtor.family_name, debtor.street, debtor.postcode, debtor.city, debtor.country, email)
