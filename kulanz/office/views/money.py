"""Money comes in: statements are handed in, lines without a case find theirs."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Role
from kulanz.claims.viewer import Viewer, unfenced
from kulanz.errors import KulanzError
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.office.forms import AssignForm, ReasonForm, StatementForm
from kulanz.payments.commands import assign, ignore, import_statement, undo
from kulanz.payments.readers import read_statements
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount

ALL = frozenset(Role)
STATES = ("open", "booked", "ignored")


class ForeignAccount(KulanzError):
    """In dieser Datei steht ein Konto, das keinem Ihrer Mandanten gehört."""

    code, status = "foreign_account", 422
    fix = "Es wurde nichts gebucht. Bitte geben Sie die Datei jemandem, der für alle Mandanten zuständig ist."


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(LEADING)
def statements(request: HttpRequest) -> HttpResponse:
    """Hand in a bank statement, and see the last ones."""
    viewer = viewer_from(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        _check_accounts(viewer, content, file.name)
        with unfenced():
            result = import_statement(content, file.name, actor=str(request.user), now=clock.now(), day=clock.today())
    refused = form.is_bound and (result is None or not result.statements)
    context = {"form": form, "result": result, "statements": queries.statements(viewer), "room": "money"}
    return render(request, "office/statements.html", context, status=422 if refused else 200)


def _check_accounts(viewer: Viewer, content: bytes, name: str) -> None:
    """Whoever works for some creditors only hands in statements of their accounts only."""
    if viewer.creditor_ids is None:
        return
    own = {creditor.iban for creditor in queries.creditors(viewer) if creditor.iban}
    if any(statement.account not in own for statement in read_statements(content, name).statements):
        raise ForeignAccount


@require_safe
@for_roles(ALL)
def lines(request: HttpRequest) -> HttpResponse:
    """Payments that look for their case, with proposals; and those that were booked or set aside."""
    viewer = viewer_from(request)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    sort = chosen_sort(request.GET.get("sort", ""), queries.LINE_SORTS, "booked_on")
    page = chosen_page(request.GET.get("page", ""))
    found = queries.lines(viewer, state=state, sort=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    cases = queries.proposed_cases(viewer, found.lines)
    table = Table(
        columns=[
            Column("booked_on", _("Eingang")),
            Column("counterparty_name", _("Von")),
            Column("purpose", _("Verwendungszweck"), sortable=False),
            Column("amount_cents", _("Betrag"), numeric=True),
            Column("decide", _("Gehört zu"), sortable=False),
        ],
        rows=[(line, [(proposal, cases.get(proposal["case"])) for proposal in line.proposals[:3]]) for line in found.lines],
        total=found.total, page=page, sort=sort,
    )  # fmt: skip
    names = {"open": _("Zuzuordnen"), "booked": _("Gebucht"), "ignored": _("Beiseitegelegt")}
    filters = [(key, names[key], found.counts.get(key, 0)) for key in STATES]
    context = {"table": table, "state": state, "filters": filters, "room": "money"}
    return render(request, "office/lines.html", context)


@require_safe
@for_roles(ALL)
def lines_file(request: HttpRequest) -> HttpResponse:
    """The lines as a file for a spreadsheet."""
    state = request.GET.get("state", "open")
    found = queries.lines(viewer_from(request), state=state if state in STATES else "open", sort="booked_on", limit=100_000, offset=0)
    head = [_("Eingang"), _("Von"), _("Verwendungszweck"), _("Betrag"), _("Währung"), _("Zustand"), _("Grund")]
    rows = ([n.booked_on, n.counterparty_name, n.purpose, amount(n.amount_cents), n.currency, n.state, n.reason] for n in found.lines)
    return csv_response(f"geldeingang-{clock.today().isoformat()}", head, rows)


@require_POST
@for_roles(ALL)
def assign_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Book a line to a case: a proposal of ours, or a number the agent typed."""
    viewer = viewer_from(request)
    line = queries.line(viewer, line_id)
    form = AssignForm(request.POST)
    if not form.is_valid():
        toasts.error(request, _("Bitte ein Aktenzeichen oder eine Rechnungsnummer angeben."))
        return redirect("office:lines")
    case = queries.case_by_number(viewer, form.cleaned_data["reference"])
    if case is None:
        raise NotFound("Zu dieser Nummer gibt es hier keine Akte, oder es sind mehrere.", fix="Bitte nehmen Sie das Aktenzeichen (RF …).")
    with unfenced():
        assign(line.id, case.id, actor=str(request.user), now=clock.now(), day=clock.today())
    toasts.success(request, _("Gebucht. Vorgesehene Erinnerungen sind angehalten, eine Bestätigung geht hinaus."))
    return redirect("office:lines")


@require_POST
@for_roles(ALL)
def ignore_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Set a line aside that is none of ours."""
    line = queries.line(viewer_from(request), line_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with unfenced():
            ignore(line.id, reason=form.cleaned_data["reason"], actor=str(request.user), now=clock.now())
        toasts.success(request, _("Beiseitegelegt. Wer deswegen nicht erinnert wurde, ist wieder frei."))
    else:
        toasts.error(request, _("Bitte einen Grund angeben, mindestens drei Zeichen."))
    return redirect("office:lines")


@require_POST
@for_roles(ALL)
def undo_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a booking back with a counter-entry."""
    line = queries.line(viewer_from(request), line_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with unfenced():
            undo(line.id, reason=form.cleaned_data["reason"], actor=str(request.user), now=clock.now(), day=clock.today())
        toasts.success(request, _("Zurückgenommen mit einer Gegenbuchung. Die Zahlung sucht wieder ihre Akte."))
    else:
        toasts.error(request, _("Bitte einen Grund angeben, mindestens drei Zeichen."))
    return redirect("office:lines")
