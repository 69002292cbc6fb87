"""What is wrong between payment providers and us, for a person to look at and to mark as done."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.office.access import LEADING, for_roles
from kulanz.payments import queries_providers
from kulanz.payments.commands.checkouts import mark_done
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import ProblemKind
from kulanz.payments.queries_providers import ProblemPage
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.told import told

EXPORT_MAX = 10_000
STATES = ("open", "done")


@require_safe
@for_roles(LEADING)
def problems(request: HttpRequest) -> HttpResponse:
    """The problems by what they are, open ones first."""
    viewer = viewer_from(request)
    sort = chosen_sort(request.GET.get("sort", ""), ("since", "last", "endpoint", "kind"), "-last")
    page = chosen_page(request.GET.get("page", ""))
    found = _found(request, sort=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    kinds = _kinds()
    table = Table(
        columns=[
            Column("since", _("Zuerst")),
            Column("last", _("Zuletzt")),
            Column("endpoint", _("Anschluss")),
            Column("kind", _("Was ist los?")),
            Column("done", _("Erledigt"), sortable=False),
        ],
        rows=[(row, *kinds[ProblemKind(row.kind)]) for row in found.rows],
        total=found.total, page=page, sort=sort,
    )  # fmt: skip
    names = {"open": _("Offen"), "done": _("Erledigt")}
    context = {
        "table": table,
        "state": _state(request),
        "kind": _kind(request),
        "search": request.GET.get("q", "")[:100],
        "filters": [(key, names[key], found.counts[key]) for key in STATES],
        "kinds": [(key.value, kinds[key][0]) for key in ProblemKind],
        "parked": queries_providers.parked(viewer),
        "room": "money",
        "tab": "providers",
    }
    return render(request, "office/providers.html", context)


@require_safe
@for_roles(LEADING)
def problems_file(request: HttpRequest) -> HttpResponse:
    """The problems as a file for a spreadsheet."""
    found = _found(request, sort="-last", limit=EXPORT_MAX, offset=0)
    kinds = _kinds()
    head = [_("Zuerst"), _("Zuletzt"), _("Wie oft"), _("Anschluss"), _("Was ist los?"), _("Vorgang"), _("Erledigt von"), _("Wie")]
    rows = (
        (
            row.first_at.date(), row.last_at.date(), row.times, row.endpoint, f"{kinds[ProblemKind(row.kind)][0]}: {row.text}",
            row.checkout_id, row.done_by, row.done_note,
        )
        for row in found.rows
    )  # fmt: skip
    return csv_response(f"zahlungsanbieter-{clock.today().isoformat()}", head, rows)


@require_POST
@for_roles(LEADING)
def done(request: HttpRequest, problem_id: int) -> HttpResponse:
    """Mark a problem as done, with a word about how."""
    found = queries_providers.problem(viewer_from(request), problem_id)
    try:
        with transaction.atomic():
            mark_done(found.id, note=request.POST.get("note", ""), actor=str(request.user), now=clock.now())
        toasts.success(request, _("Erledigt. Es steht mit Ihrem Namen unter „Erledigt“."))
    except PaymentsError as error:
        toasts.error(request, str(told(error)))
    return redirect("office:providers")


def _found(request: HttpRequest, *, sort: str, limit: int, offset: int) -> ProblemPage:
    search = request.GET.get("q", "")[:100]
    viewer = viewer_from(request)
    return queries_providers.problems(
        viewer, state=_state(request), kind=_kind(request), search=search, order=sort, limit=limit, offset=offset
    )


def _state(request: HttpRequest) -> str:
    wanted = request.GET.get("state", "")
    return wanted if wanted in STATES else "open"


def _kind(request: HttpRequest) -> str:
    wanted = request.GET.get("kind", "")
    return wanted if wanted in ProblemKind.values else ""


def _kinds() -> dict[ProblemKind, tuple[str, str]]:
    """What a kind is called, and what to do about it."""
    return {
        ProblemKind.UNREADABLE: (
            _("Nachricht nicht verstanden"),
            _("Bitte beim Anbieter nachsehen, ob dort etwas geschehen ist. Bleibt es dabei, hat er sein Format geändert."),
        ),
        ProblemKind.UNPROVEN: (
            _("Nachricht ohne Nachweis"),
            _("Kommen echte Nachrichten so an, passt das Geheimnis des Webhooks nicht. Sonst ist nichts zu tun."),
        ),
        ProblemKind.UNREACHABLE: (
            _("Anbieter antwortet nicht"),
            _("Dauert es länger als einen Tag, bitte die Zugangsdaten und die Statusseite des Anbieters prüfen."),
        ),
        ProblemKind.DIFFERS: (
            _("Stand weicht ab"),
            _("Bitte die Zahlung beim Anbieter ansehen und mit der Akte vergleichen; gebucht wird dadurch nichts."),
        ),
        ProblemKind.ROW: (
            _("Zeile passt zu nichts"),
            _("Bitte in der Abrechnungsdatei nachsehen, wofür die Zeile ist. Gehört sie nicht zu uns, genügt ein Vermerk."),
        ),
        ProblemKind.REFUND: (
            _("Erstattung hängt"),
            _("Den Stand zeigt die Seite „Rückzahlungen“. Doppelt geht nichts hinaus."),
        ),
    }
