"""Direct debits: what is announced, the files for the bank, what arrived and what came back."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from kulanz.office.access import LEADING, for_roles
from kulanz.payments import queries_debits
from kulanz.payments.commands.direct_debits import submit_due
from kulanz.payments.commands.orders import mark_downloaded
from kulanz.payments.models import CollectionState, OrderKind
from kulanz.site import clock
from kulanz.site.debits import STATES, became
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount

EXPORT_MAX = 10_000


@require_safe
@for_roles(LEADING)
def debits(request: HttpRequest) -> HttpResponse:
    """What the next files will hold, the last files, and every collection by its state."""
    viewer, day = viewer_from(request), clock.today()
    state = _chosen_state(request)
    sort = chosen_sort(request.GET.get("sort", ""), ("due", "amount", "name"), "due" if state == CollectionState.ANNOUNCED else "-due")
    page = chosen_page(request.GET.get("page", ""))
    found = queries_debits.collections(viewer, states=(state,), order=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    table = Table(
        columns=[
            Column("due", _("Tag")),
            Column("name", _("Von")),
            Column("mandate", _("Mandat"), sortable=False),
            Column("amount", _("Betrag"), numeric=True),
            Column("what", _("Was daraus wurde"), sortable=False),
        ],
        rows=[(row, became(row)) for row in found.rows], total=found.total, page=page, sort=sort,
    )  # fmt: skip
    context = {
        "table": table,
        "state": state,
        "filters": [(key.value, STATES[key], found.counts.get(key.value, 0)) for key in CollectionState],
        "ready": queries_debits.ready(viewer, day),
        "files": queries_debits.order_files(viewer, OrderKind.DEBIT, limit=20),
        "collectors": queries_debits.collectors(viewer),
        "room": "money",
        "tab": "debits",
    }
    return render(request, "office/debits.html", context)


@require_safe
@for_roles(LEADING)
def debits_file(request: HttpRequest) -> HttpResponse:
    """The collections of a state as a file for a spreadsheet."""
    state = _chosen_state(request)
    found = queries_debits.collections(viewer_from(request), states=(state,), order="due", limit=EXPORT_MAX)
    head = [_("Tag"), _("Von"), _("Akte"), _("Mandat"), _("Betrag"), _("Währung"), _("Ende-zu-Ende-Kennung"), _("Was daraus wurde")]
    rows = (
        (
            row.due_on, row.case.debtor.display_name, row.case.reference, row.mandate.reference,
            amount(row.submitted_cents or row.amount_cents), row.currency, row.end_to_end_id,
            became(row),
        )
        for row in found.rows
    )  # fmt: skip
    return csv_response(f"lastschriften-{state}", head, rows)


@require_POST
@for_roles(LEADING)
def submit_debits(request: HttpRequest) -> HttpResponse:
    """Make the files of everything whose day has come. Pressed twice, or by two people, the second press finds nothing left."""
    done = submit_due(day=clock.today(), now=clock.now(), actor=str(request.user), creditor_ids=viewer_from(request).creditor_ids)
    count = sum(each.file.count for each in done if each.file)
    dropped = sum(each.dropped for each in done)
    if count:
        text = ngettext("%(n)s Abbuchung steht in der Datei.", "%(n)s Abbuchungen stehen in den Dateien.", count)
        toasts.success(request, text % {"n": count})
    if dropped:
        text = ngettext("%(n)s entfällt, der Grund steht bei „entfallen“.", "%(n)s entfallen, die Gründe stehen bei „entfallen“.", dropped)
        toasts.info(request, text % {"n": dropped})
    if not count and not dropped:
        toasts.info(request, _("Es gibt gerade nichts einzureichen."))
    return redirect("office:debits")


@require_safe
@for_roles(LEADING)
def order_file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A file for the bank, exactly as it was made. Who fetched it first is written down."""
    file = queries_debits.order_file(viewer_from(request), public_id)
    mark_downloaded(file, actor=str(request.user), now=clock.now())
    response = HttpResponse(bytes(file.content), content_type="application/xml")
    response["Content-Disposition"] = f'attachment; filename="{file.message_id}.xml"'
    return response


def _chosen_state(request: HttpRequest) -> CollectionState:
    wanted = request.GET.get("state", "")
    return CollectionState(wanted) if wanted in CollectionState.values else CollectionState.ANNOUNCED
