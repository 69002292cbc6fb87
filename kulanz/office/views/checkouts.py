"""Payments through providers: what needs a person, what is under way, what was paid out and does not fit."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.viewer import unfenced
from kulanz.office.access import LEADING, for_roles
from kulanz.office.forms import ReasonForm
from kulanz.payments import checkout_queries
from kulanz.payments.commands.checkouts import accept_amount, set_aside
from kulanz.payments.commands.checkouts.quiet import WAYS
from kulanz.payments.models import CheckoutState, PayoutState
from kulanz.payments.providers import config
from kulanz.payments.providers.port import Method
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page

KINDS = ("parked", "open", "paid", "back", "all")


@require_safe
@for_roles(LEADING)
def checkouts(request: HttpRequest) -> HttpResponse:
    """The payments by what they need, and the last payouts with their differences."""
    viewer = viewer_from(request)
    which = request.GET.get("which", "parked")
    which = which if which in KINDS else "parked"
    page = chosen_page(request.GET.get("page", ""))
    found = checkout_queries.checkouts(viewer, which=which, page=page)
    table = Table(
        columns=[
            Column("begun", _("Begonnen"), sortable=False),
            Column("who", _("Wer"), sortable=False),
            Column("way", _("Weg"), sortable=False),
            Column("amount", _("Betrag"), numeric=True, sortable=False),
            Column("state", _("Stand"), sortable=False),
        ],
        rows=[(row, WAYS[Method(row.method)], _states()[CheckoutState(row.state)]) for row in found.rows],
        total=found.total, page=page, page_size=PAGE_SIZE,
    )  # fmt: skip
    own = {creditor.key for creditor in checkout_queries.creditors_seen(viewer)}
    context = {
        "table": table,
        "which": which,
        "filters": [(key, _kinds()[key], found.counts[key][0]) for key in KINDS],
        "payouts": [(payout, _payout_states()[PayoutState(payout.state)]) for payout in checkout_queries.payouts(viewer, limit=20)],
        "endpoints": [(one, ", ".join(WAYS[way] for way in one.methods)) for one in config.endpoints() if one.creditor in own],
        "lost": checkout_queries.lost_events(viewer),
        "room": "money",
        "tab": "checkouts",
    }
    return render(request, "office/checkouts.html", context)


@require_POST
@for_roles(LEADING)
def accept(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take the amount the provider reports."""
    found = checkout_queries.checkout(viewer_from(request), public_id)
    with unfenced():
        accept_amount(found.id, actor=str(request.user), day=clock.today(), now=clock.now())
    toasts.success(request, _("Gebucht ist der Betrag, den der Anbieter meldet."))
    return redirect("office:checkouts")


@require_POST
@for_roles(LEADING)
def aside(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note that the question is dealt with."""
    found = checkout_queries.checkout(viewer_from(request), public_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with unfenced():
            set_aside(found.id, reason=form.cleaned_data["reason"], actor=str(request.user), now=clock.now())
        toasts.success(request, _("Notiert. Die Frage gilt als geklärt."))
    else:
        toasts.error(request, _("Bitte einen Grund angeben, mindestens drei Zeichen."))
    return redirect("office:checkouts")


def _kinds() -> dict[str, str]:
    return {
        "parked": _("Zu klären"),
        "open": _("Offen"),
        "paid": _("Bezahlt"),
        "back": _("Zurückgegangen"),
        "all": _("Alle"),
    }


def _states() -> dict[CheckoutState, tuple[str, str]]:
    """The word for a state and the tone of its chip."""
    return {
        CheckoutState.CREATED: (_("begonnen"), "plain"),
        CheckoutState.PENDING: (_("unterwegs"), "information"),
        CheckoutState.PAID: (_("bezahlt"), ""),
        CheckoutState.FAILED: (_("nicht geklappt"), "plain"),
        CheckoutState.EXPIRED: (_("abgebrochen"), "plain"),
        CheckoutState.REFUNDED: (_("erstattet"), "plain"),
        CheckoutState.CHARGED_BACK: (_("zurückgeholt"), "attention"),
    }


def _payout_states() -> dict[PayoutState, tuple[str, str]]:
    return {
        PayoutState.OPEN: (_("noch nicht am Konto"), "information"),
        PayoutState.TIED: (_("am Konto gefunden"), ""),
        PayoutState.DIFFERS: (_("passt nicht"), "attention"),
    }
