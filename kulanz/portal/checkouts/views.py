"""Choosing a way, going to the provider's page, coming back. The provider is only talked to outside of database transactions."""

from __future__ import annotations

import uuid
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.viewer import Viewer, viewing
from kulanz.payments import checkout_queries
from kulanz.payments.checkout_errors import AmountNotOpen, CheckoutNotFound, PaymentUnderWay
from kulanz.payments.checkout_queries import Offer
from kulanz.payments.commands.checkouts import Wish, place, refresh, send_off
from kulanz.payments.models import UNDECIDED, Checkout, CheckoutState, Instalment
from kulanz.payments.providers import config
from kulanz.payments.providers.cash import CashTerms
from kulanz.payments.providers.errors import ProviderError
from kulanz.payments.providers.port import Method
from kulanz.portal import queries
from kulanz.portal.checkouts.ways import offers_for
from kulanz.portal.checkouts.words import shown
from kulanz.portal.views import case_behind_the_door, closed
from kulanz.site import clock

log = structlog.get_logger()


@never_cache
@transaction.non_atomic_requests
@require_POST
def begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One tap: write the payment down, open it at the provider, go there."""
    case = case_behind_the_door(request, public_id)
    if case is None:
        return closed(request)
    try:
        method, key = Method(request.POST.get("method", "")), uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return redirect("portal:pay", public_id)
    viewer = Viewer.debtor(case_id=case.id, creditor_id=case.creditor_id)
    with viewing(viewer):
        seen = queries.overview(viewer, case, clock.today())
        offer = next((o for o in offers_for(request, seen) if o.method is method), None)
    if offer is None or seen.settled:
        return redirect("portal:pay", public_id)
    wish = Wish(case.id, offer.endpoint_id, method, seen.pay_cents, f"portal:{case.id}:{key}:{method.value}", _instalment(seen))
    try:
        with transaction.atomic():
            checkout = place(wish, day=clock.today(), now=clock.now())
        path = reverse("portal:checkout", args=[public_id, checkout.public_id])
        language = get_language() or "de"
        page = send_off(checkout.id, site_url=settings.KULANZ_PUBLIC_URL, return_path=path, language=language, now=clock.now())
    except PaymentUnderWay:
        toasts.warning(request, _("Eine Zahlung von Ihnen ist schon unterwegs."))
        return redirect("portal:pay", public_id)
    except AmountNotOpen:
        toasts.warning(request, _("So viel ist nicht mehr offen."))
        return redirect("portal:pay", public_id)
    except ProviderError as error:
        log.warning("checkout", outcome=error.code, provider=offer.provider)
        toasts.error(request, _("Dieser Weg geht gerade nicht. Es wurde nichts abgebucht. Bitte wählen Sie einen anderen."))
        return redirect("portal:pay", public_id)
    return redirect(page)


def _instalment(seen: queries.Overview) -> int | None:
    """The instalment this payment is meant for, where one is due next."""
    if seen.agreement is None or not seen.active or (following := seen.agreement.progress.next) is None:
        return None
    rows = Instalment.objects.filter(agreement=seen.agreement.agreement, number=following.number)
    return rows.values_list("id", flat=True).first()


@never_cache
@transaction.non_atomic_requests
@require_safe
def back(request: HttpRequest, public_id: UUID, checkout_id: UUID) -> HttpResponse:
    """Back from the provider: the page says what the provider says, asked this very moment; never what the address claims.

    Asking is no change by GET: what is learnt would arrive by webhook all the same.
    """
    case = case_behind_the_door(request, public_id)
    if case is None:
        return closed(request)
    viewer = Viewer.debtor(case_id=case.id, creditor_id=case.creditor_id)
    try:
        with viewing(viewer):
            checkout = checkout_queries.checkout(viewer, checkout_id)
        checkout = _asked_again(checkout)
    except CheckoutNotFound:
        return closed(request)
    with viewing(viewer):
        case.refresh_from_db()
        seen = queries.overview(viewer, case, clock.today())
        context = {"seen": seen, "case": case, "creditor": case.creditor, "debtor": case.debtor, "day": seen.day}
        cancelled = checkout.state == CheckoutState.CREATED and request.GET.get("cancelled") == "1"
        context |= {"checkout": checkout, "cancelled": cancelled, "name": _name(checkout)} | _slip(checkout)
        return render(request, "portal/checkout.html", context)


def _slip(checkout: Checkout) -> dict[str, Any]:
    """What the page says about a slip to pay in cash: its terms, and whether it can be paid now. Nothing for other ways."""
    if checkout.method != Method.CASH or checkout.valid_until is None:
        return {}
    now = clock.now()
    endpoint = next((endpoint for endpoint in config.endpoints() if endpoint.id == checkout.endpoint), None)
    slip_open = checkout.state == CheckoutState.CREATED and bool(checkout.provider_ref) and checkout.valid_until > now
    terms = endpoint.cash if endpoint else CashTerms()
    return {"terms": terms, "test": bool(endpoint and endpoint.test), "slip_open": slip_open, "now": now}


def _asked_again(checkout: Checkout) -> Checkout:
    if checkout.state not in UNDECIDED:
        return checkout
    try:
        return refresh(checkout.id, day=clock.today(), now=clock.now())
    except ProviderError:
        return checkout  # what we know is shown; the webhook will tell


def _name(checkout: Checkout) -> object:
    offer = Offer(Method(checkout.method), checkout.endpoint, checkout.provider, test=False, origins=())
    return shown(offer).name
