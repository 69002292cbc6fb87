"""Refunds: money that belongs to debtors, agreed by two people, ordered at the bank or the provider it came through."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.office.access import LEADING, for_roles
from kulanz.payments import queries_refunds
from kulanz.payments.commands.checkouts import order_back, send_back
from kulanz.payments.commands.checkouts.quiet import WAYS
from kulanz.payments.commands.refunds import approve, name_account, order_refunds, refuse
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import OrderKind, RefundProposal, RefundState
from kulanz.payments.providers.port import Method
from kulanz.payments.queries_debits import order_files
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount
from kulanz.site.told import told

EXPORT_MAX = 10_000
SENT = "sent"


@require_safe
@for_roles(LEADING)
def refunds(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, what can be ordered, the last files."""
    viewer, actor = viewer_from(request), str(request.user)
    state = _chosen_state(request)
    if request.GET.get("state") == SENT:  # back from asking the providers: what they answered already is paid, the rest is on its way
        state = RefundState.ORDERED if queries_refunds.asked_and_open(viewer) else RefundState.PAID
    sort = chosen_sort(request.GET.get("sort", ""), ("since", "amount", "name"), "since")
    page = chosen_page(request.GET.get("page", ""))
    found = queries_refunds.refunds(viewer, states=(state,), order=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    table = Table(
        columns=[
            Column("since", _("Seit")),
            Column("name", _("An")),
            Column("account", _("Wohin"), sortable=False),
            Column("amount", _("Betrag"), numeric=True),
            Column("decide", _("Entscheidung"), sortable=False),
        ],
        rows=[(row, _way(row)) for row in found.rows], total=found.total, page=page, sort=sort,
    )  # fmt: skip
    context = {
        "table": table,
        "state": state,
        "actor": actor,
        "filters": [(key.value, _names()[key], found.counts.get(key.value, 0)) for key in RefundState],
        "orderable": queries_refunds.orderable(viewer, actor),
        "files": order_files(viewer, OrderKind.REFUND, limit=20),
        "room": "money",
        "tab": "refunds",
    }
    return render(request, "office/refunds.html", context)


@require_safe
@for_roles(LEADING)
def refunds_file(request: HttpRequest) -> HttpResponse:
    """The refunds of a state as a file for a spreadsheet."""
    state = _chosen_state(request)
    found = queries_refunds.refunds(viewer_from(request), states=(state,), limit=EXPORT_MAX)
    head = [
        _("Seit"),
        _("An"),
        _("Akte"),
        _("Betrag"),
        _("Währung"),
        _("Weg"),
        _("Vorgeschlagen von"),
        _("Entschieden von"),
        _("Beauftragt von"),
    ]
    rows = (
        (
            row.proposed_at.date(), row.case.debtor.display_name, row.case.reference, amount(row.amount_cents), row.currency,
            _way(row) or _("Überweisung"), row.proposed_by, row.decided_by, row.ordered_by,
        )
        for row in found.rows
    )  # fmt: skip
    return csv_response(f"rueckzahlungen-{state}", head, rows)


@require_POST
@sensitive_post_parameters("iban", "holder")
@for_roles(LEADING)
def decide_refund(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve, refuse, or enter the account; never by the person who proposed it or entered the account."""
    row = queries_refunds.refund(viewer_from(request), public_id)
    actor, now = str(request.user), clock.now()
    try:
        with transaction.atomic():
            match request.POST.get("what", ""):
                case "approve":
                    approve(row.id, actor=actor, now=now)
                    toasts.success(request, _("Freigegeben. Eine andere Person kann die Rückzahlung beauftragen."))
                case "refuse":
                    refuse(row.id, because=request.POST.get("because", ""), actor=actor, now=now)
                    toasts.success(request, _("Abgelehnt. Das Guthaben bleibt stehen und bleibt sichtbar."))
                case "account":
                    iban, holder = request.POST.get("iban", ""), request.POST.get("holder", "")
                    name_account(row.id, iban=iban, holder=holder, source="staff", actor=actor, now=now)
                    toasts.success(request, _("Konto gespeichert. Eine andere Person gibt die Rückzahlung frei."))
                case _:
                    raise NotFound
    except PaymentsError as error:
        toasts.error(request, str(told(error)))
    return redirect("office:refunds")


@require_POST
@for_roles(LEADING)
def order_refund_file(request: HttpRequest, creditor_id: int) -> HttpResponse:
    """Make the file of what other people have approved."""
    if not viewer_from(request).sees_creditor(creditor_id):
        raise NotFound
    try:
        with transaction.atomic():
            file = order_refunds(creditor_id, day=clock.today(), now=clock.now(), actor=str(request.user))
        text = ngettext("%(n)s Rückzahlung steht in der Datei.", "%(n)s Rückzahlungen stehen in der Datei.", file.count)
        toasts.success(request, text % {"n": file.count})
    except PaymentsError as error:
        toasts.error(request, str(told(error)))
    return redirect("office:refunds")


@require_POST
@for_roles(LEADING)
def send_refunds(request: HttpRequest, creditor_id: int) -> HttpResponse:
    """Order what other people have approved; once that is written down for good, the providers are asked to give it back."""
    if not viewer_from(request).sees_creditor(creditor_id):
        raise NotFound
    try:
        with transaction.atomic():
            ids = order_back(creditor_id, now=clock.now(), actor=str(request.user))
    except PaymentsError as error:
        toasts.error(request, str(told(error)))
        return redirect("office:refunds")
    # Outside the request's transaction and its fence: the order must stand before anybody is asked.
    transaction.on_commit(lambda: send_back(ids, day=clock.today(), now=clock.now()), robust=True)
    text = ngettext(
        "%(n)s Rückzahlung ist beauftragt. Wie der Anbieter geantwortet hat, steht hier.",
        "%(n)s Rückzahlungen sind beauftragt. Wie der Anbieter geantwortet hat, steht hier.",
        len(ids),
    )
    toasts.success(request, text % {"n": len(ids)})
    return redirect(f"{reverse('office:refunds')}?state={SENT}")


def _chosen_state(request: HttpRequest) -> RefundState:
    wanted = request.GET.get("state", "")
    return RefundState(wanted) if wanted in RefundState.values else RefundState.OPEN


def _way(row: RefundProposal) -> str:
    """The provider's way the money goes back; empty for a transfer."""
    return WAYS[Method(row.checkout.method)] if row.checkout else ""


def _names() -> dict[RefundState, str]:
    return {
        RefundState.OPEN: _("Zu entscheiden"),
        RefundState.APPROVED: _("freigegeben"),
        RefundState.ORDERED: _("beauftragt"),
        RefundState.PAID: _("zurückgezahlt"),
        RefundState.REFUSED: _("abgelehnt"),
        RefundState.CANCELLED: _("entfallen"),
        RefundState.FAILED: _("zurückgekommen"),
    }
