"""The ways through providers that a page of the portal shows, and leave for its forms to end there."""

from __future__ import annotations

import uuid
from typing import Any, Final

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse

from kulanz.payments import checkout_queries
from kulanz.payments.checkout_queries import Offer
from kulanz.payments.providers.port import Method
from kulanz.payments.rules.methods import device_of
from kulanz.portal import queries
from kulanz.portal.checkouts.words import shown
from kulanz.site import clock

SHOWN_AT_ONCE: Final = 4
"""So many ways stand on the page; the others open below."""


def offers_for(request: HttpRequest, seen: queries.Overview) -> list[Offer]:
    """The ways through providers for this person on this device, best first. Cash only where one slip can be about the amount."""
    device = device_of(request.headers.get("User-Agent", ""))
    found = checkout_queries.offers(seen.viewer, seen.case, device=device, day=seen.day)
    return [offer for offer in found if offer.cash is None or offer.cash.takes(seen.pay_cents)]


def ways(request: HttpRequest, seen: queries.Overview) -> dict[str, Any]:
    """What the pay page and the overview show of them: nothing if no provider is connected, the payment if one is under way."""
    if seen.settled:
        return {"offers": [], "running": None, "slip": None, "cash": None, "origins": []}
    running = checkout_queries.running(seen.viewer, seen.case)
    found = [] if running else offers_for(request, seen)
    slip = None if running else checkout_queries.slip(seen.viewer, seen.case, now=clock.now())
    cash = next((offer for offer in found if offer.method is Method.CASH), None)
    buttons = [shown(offer) for offer in found if offer is not cash]
    return {
        "offers": buttons[:SHOWN_AT_ONCE],
        "more_offers": buttons[SHOWN_AT_ONCE:],
        "running": running,
        "slip": slip,
        "cash": cash,
        "cash_first": bool(slip) or (cash is not None and found[0] is cash),
        "offer_key": uuid.uuid4(),
        "test_provider": any(button.test for button in buttons),
        "provider_names": ", ".join(dict.fromkeys(button.provider for button in buttons)),
        "origins": sorted({origin for offer in found for origin in offer.origins}),
    }


def may_lead_to(request: HttpRequest, response: HttpResponse, origins: list[str]) -> HttpResponse:
    """Let the forms of this page end on a provider's page: the browser's policy also checks where a redirect goes."""
    if not origins:
        return response
    csp_update({"form-action": origins})(lambda _: response)(request)  # marks the response it is given
    return response
