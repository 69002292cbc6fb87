"""For the accounts of others: DATEV batches, and claims in doubt."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.viewer import unfenced
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.office.forms import DatevForm
from kulanz.payments import remittances as reading
from kulanz.payments.commands.datev import datev_file, datev_protocol, discard_datev, export_datev, lock_datev
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import DatevExport, ExportState
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, csv_response
from kulanz.site.templatetags.kulanz_ui import amount
from kulanz.site.told import told

ROOM = "money_out"
OVERDUE = (30, 90, 180, 365)


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(LEADING)
def datev(request: HttpRequest) -> HttpResponse:
    """Make a batch for a period, and see the last ones."""
    viewer = viewer_from(request)
    creditors = queries.creditors(viewer)
    form = DatevForm(request.POST or None, creditors=creditors)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with unfenced():
                made = export_datev(
                    data["creditor"].id,
                    from_on=data["since"],
                    to_on=data["until"],
                    actor=str(request.user),
                    now=clock.now(),
                    day=clock.today(),
                )
            toasts.success(request, _("Der Stapel %(number)s steht bereit.") % {"number": made.id})
            return redirect("office:datev")
        except PaymentsError as error:
            form.add_error(None, str(told(error)))
    settings = reading.datev_settings(viewer)
    context = {
        "form": form, "exports": reading.exports(viewer), "room": ROOM, "tab": "datev", "leads": True,
        "accounts": [(creditor, settings.get(creditor.id)) for creditor in creditors],
    }  # fmt: skip
    return render(request, "office/datev.html", context, status=422 if form.is_bound else 200)


def _export(request: HttpRequest, export_id: int) -> DatevExport:
    found = viewer_from(request).narrow(DatevExport.objects.select_related("creditor"), case="id").filter(id=export_id).first()
    if found is None or found.state == ExportState.DISCARDED:
        raise NotFound("Diesen Stapel gibt es hier nicht.")
    return found


@require_safe
@for_roles(LEADING)
def datev_batch(request: HttpRequest, export_id: int) -> HttpResponse:
    """The file for DATEV, the same bytes each time."""
    name, content = datev_file(_export(request, export_id))
    response = HttpResponse(content, content_type="text/csv; charset=windows-1252")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_safe
@for_roles(LEADING)
def datev_sums(request: HttpRequest, export_id: int) -> HttpResponse:
    """The file's protocol."""
    found = _export(request, export_id)
    response = HttpResponse(datev_protocol(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="DATEV_Protokoll_{found.id}.txt"'
    return response


@require_POST
@for_roles(LEADING)
def lock_batch(request: HttpRequest, export_id: int) -> HttpResponse:
    """Mark a batch as taken over."""
    found = _export(request, export_id)
    lock_datev(found.id, actor=str(request.user), now=clock.now())
    toasts.success(request, _("Festgehalten. Der Stapel bleibt, wie er ist."))
    return redirect("office:datev")


@require_POST
@for_roles(LEADING)
def discard_batch(request: HttpRequest, export_id: int) -> HttpResponse:
    """Take an open batch back."""
    found = _export(request, export_id)
    with unfenced():
        discard_datev(found.id)
    toasts.success(request, _("Zurückgenommen. Die Buchungen stehen im nächsten Stapel."))
    return redirect("office:datev")


def _overdue(request: HttpRequest) -> int:
    text = request.GET.get("overdue", "")
    return int(text) if text.isascii() and text.isdigit() and int(text) in OVERDUE else 90


@require_safe
@for_roles(LEADING)
def doubtful(request: HttpRequest) -> HttpResponse:
    """Claims whose payment is in doubt: facts for the accountant, no valuation."""
    ids = [creditor.id for creditor in queries.creditors(viewer_from(request))]
    days, page = _overdue(request), chosen_page(request.GET.get("page", ""))
    found = reading.doubtful(ids, clock.today(), overdue_days=days, limit=5_000)
    start = (page - 1) * PAGE_SIZE
    columns = [
        Column("claim", _("Rechnung"), sortable=False), Column("due_on", _("Fällig"), sortable=False),
        Column("why", _("Warum"), sortable=False),
        Column("paid", _("Letzte Zahlung"), sortable=False), Column("principal", _("Hauptforderung"), numeric=True, sortable=False),
    ]  # fmt: skip
    context = {
        "table": Table(columns, found[start : start + PAGE_SIZE], len(found), page), "days": days, "choices": OVERDUE, "room": ROOM,
        "tab": "doubtful", "total": sum(one.principal_cents for one in found), "leads": True,
    }  # fmt: skip
    return render(request, "office/doubtful.html", context)


@require_safe
@for_roles(LEADING)
def doubtful_file(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    ids = [creditor.id for creditor in queries.creditors(viewer_from(request))]
    found = reading.doubtful(ids, clock.today(), overdue_days=_overdue(request))
    head = [_("Mandant"), _("Aktenzeichen"), _("Rechnung"), _("Fällig"), _("Tage"), _("Hauptforderung"), _("Zinsen und Kosten"),
            _("Letzte Zahlung"), _("Warum")]  # fmt: skip
    rows = (
        [one.creditor, one.reference, one.number, one.due_on, one.overdue_days, amount(one.principal_cents), amount(one.other_cents),
         one.last_paid_on, "; ".join(one.reasons)]
        for one in found
    )  # fmt: skip
    return csv_response(f"zweifelhaft-{clock.today().isoformat()}", head, rows)
