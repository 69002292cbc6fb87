"""Slips to pay in cash: shown, sent again, handed back, and made worthless when nothing is left to be paid with them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import CaseState
from kulanz.payments.checkout_errors import CheckoutNotFound, SlipNotOpen
from kulanz.payments.commands.checkouts.start import open_slips
from kulanz.payments.commands.checkouts.take import take
from kulanz.payments.models import Checkout, RefundProposal, RefundState
from kulanz.payments.providers.config import endpoint_of, provider_of
from kulanz.payments.providers.errors import ProviderError
from kulanz.payments.providers.port import Method, SlipProvider


def slip_pdf(checkout_id: int, *, now: datetime) -> bytes:
    """The slip as the provider draws it. Outside of any transaction. Raises `SlipNotOpen` or `ProviderError`."""
    checkout, provider = _open_slip(checkout_id, now)
    return provider.slip_pdf(checkout.provider_ref)


def refund_slip_pdf(refund: RefundProposal) -> bytes:
    """The slip for which a till pays out a refund. Outside of any transaction. Raises `SlipNotOpen` or `ProviderError`."""
    if not is_refund_slip(refund) or refund.checkout is None:
        raise SlipNotOpen
    return _slips_of(refund.checkout).slip_pdf(refund.provider_refund)


def is_refund_slip(refund: RefundProposal) -> bool:
    """True if the money of this refund waits at a till."""
    by_slip = refund.checkout is not None and refund.checkout.method == Method.CASH
    return by_slip and refund.state == RefundState.ORDERED and bool(refund.provider_refund)


def send_slip_again(checkout_id: int, *, now: datetime) -> None:
    """Have the provider send the slip by e-mail once more. Outside of any transaction. Raises `SlipNotOpen` or `ProviderError`."""
    checkout, provider = _open_slip(checkout_id, now)
    provider.send_again(checkout.provider_ref)


def withdraw(checkout_id: int, *, day: date, now: datetime) -> Checkout:
    """Make a slip worthless, and take in what the provider says: it may have been paid a moment ago. Outside of any transaction.

    Raises `SlipNotOpen` or `ProviderError`.
    """
    checkout, provider = _open_slip(checkout_id, now)
    notice = provider.withdraw(checkout.provider_ref)
    with transaction.atomic():
        take(endpoint_of(checkout.endpoint), [notice], day=day, now=now)
    return Checkout.objects.get(id=checkout_id)


def withdraw_worthless(*, day: date, now: datetime) -> tuple[int, int]:
    """Withdraw every slip over more than is still owed, so that nobody pays in vain; returns how many, and how many got no answer."""
    slips = list(open_slips(now).exclude(provider_ref="").select_related("case").order_by("id"))
    owed = open_amounts([slip.case_id for slip in slips], day)
    done = silent = 0
    for slip in slips:
        rest = sum(claim.total_cents for claim in owed[slip.case_id])
        if slip.amount_cents <= rest and slip.case.state != CaseState.CLOSED:
            continue
        try:
            withdraw(slip.id, day=day, now=now)
            done += 1
        except ProviderError:
            silent += 1
    return done, silent


def _open_slip(checkout_id: int, now: datetime) -> tuple[Checkout, SlipProvider]:
    checkout = open_slips(now).filter(id=checkout_id).exclude(provider_ref="").first()
    if checkout is None:
        raise SlipNotOpen if Checkout.objects.filter(id=checkout_id).exists() else CheckoutNotFound
    return checkout, _slips_of(checkout)


def _slips_of(checkout: Checkout) -> SlipProvider:
    provider = provider_of(endpoint_of(checkout.endpoint))
    if not isinstance(provider, SlipProvider):
        raise SlipNotOpen
    return provider
