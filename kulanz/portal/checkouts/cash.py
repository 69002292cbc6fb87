"""The slip to pay in cash, as the debtor sees it: the file with the bar code, a new e-mail, and handing it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

import structlog
from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.viewer import Viewer, viewing
from kulanz.payments import checkout_queries
from kulanz.payments.checkout_errors import CheckoutNotFound, SlipNotOpen
from kulanz.payments.commands.checkouts import refund_slip_pdf, send_slip_again, slip_pdf, withdraw
from kulanz.payments.models import Checkout, CheckoutState
from kulanz.payments.providers.errors import ProviderError
from kulanz.payments.queries_refunds import refund_of
from kulanz.portal.views import case_behind_the_door, closed
from kulanz.site import clock

log = structlog.get_logger()


def _of_own_slip(view: Callable[[Checkout], HttpResponse | str]) -> Callable[[HttpRequest, UUID, UUID], HttpResponse]:
    """Let in who has opened this case; answer with what the view returns, or go back to the slip's page with its sentence.

    The provider is talked to, so no transaction is open.
    """

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID, checkout_id: UUID) -> HttpResponse:
        case = case_behind_the_door(request, public_id)
        if case is None:
            return closed(request)
        viewer = Viewer.debtor(case_id=case.id, creditor_id=case.creditor_id)
        try:
            with viewing(viewer):
                checkout = checkout_queries.checkout(viewer, checkout_id)
        except CheckoutNotFound:
            return closed(request)
        try:
            answer = view(checkout)
        except SlipNotOpen:
            toasts.warning(request, _("Dieser Zahlschein gilt nicht mehr."))
        except ProviderError as error:
            log.warning("slip", outcome=error.code, provider=checkout.provider)
            toasts.error(request, _("Das geht gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal."))
        else:
            if not isinstance(answer, str):
                return answer
            toasts.success(request, answer)
        return redirect("portal:checkout", public_id, checkout_id)

    return never_cache(transaction.non_atomic_requests(guarded))


@require_safe
@_of_own_slip
def slip(checkout: Checkout) -> HttpResponse:
    """The slip itself, a PDF of the provider: shown in the browser, so that a phone can be held to the till."""
    return _pdf(slip_pdf(checkout.id, now=clock.now()), _("Zahlschein"), checkout.case.reference)


@never_cache
@transaction.non_atomic_requests
@require_safe
def refund_slip(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The slip for which a till pays out a refund, where the money had been paid in cash."""
    case = case_behind_the_door(request, public_id)
    if case is None:
        return closed(request)
    viewer = Viewer.debtor(case_id=case.id, creditor_id=case.creditor_id)
    with viewing(viewer):
        row = refund_of(viewer, case.id)
    try:
        if row is None:
            raise SlipNotOpen
        return _pdf(refund_slip_pdf(row), _("Auszahlschein"), case.reference)
    except SlipNotOpen:
        toasts.warning(request, _("Dieser Zahlschein gilt nicht mehr."))
    except ProviderError as error:
        log.warning("slip", outcome=error.code)
        toasts.error(request, _("Das geht gerade nicht. Bitte versuchen Sie es in ein paar Minuten noch einmal."))
    return redirect("portal:refund", public_id)


def _pdf(content: bytes, name: str, reference: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}-{reference}.pdf"'
    return response


@require_POST
@_of_own_slip
def send_again(checkout: Checkout) -> str:
    """Once more by e-mail."""
    send_slip_again(checkout.id, now=clock.now())
    return _("Der Zahlschein ist noch einmal unterwegs zu Ihnen.")


@require_POST
@_of_own_slip
def hand_back(checkout: Checkout) -> str:
    """The slip is not wanted any more: it becomes worthless at once, so that nobody pays twice."""
    after = withdraw(checkout.id, day=clock.today(), now=clock.now())
    if after.state == CheckoutState.PAID:
        return _("Der Zahlschein war schon bezahlt. Vielen Dank!")
    return _("Erledigt. Mit diesem Zahlschein kann niemand mehr bezahlen.")
