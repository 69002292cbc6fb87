"""Money comes in: statements are handed in, lines without a case find theirs."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Case, Role
from kulanz.claims.viewer import unfenced
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.office.forms import AssignForm, ReasonForm, StatementForm
from kulanz.payments.commands import assign, ignore, undo
from kulanz.payments.commands.collect import hand_in
from kulanz.payments.models import BankLine
from kulanz.payments.reports import as_data, is_refused
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount

ALL = frozenset(Role)
STATES = ("open", "booked", "ignored")
_RESULT = "statement_result"
_KEPT = ("state", "sort", "page", "q")
"""What of the list's address survives a decision, so that the next line is under the hand."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(LEADING)
def statements(request: HttpRequest) -> HttpResponse:
    """Hand in a bank statement, and see the last ones. What was taken is shown on a page of its own, a refusal here."""
    viewer = viewer_from(request)
    form = StatementForm(request.POST or None, request.FILES or None)
    result = None
    if request.method == "POST" and form.is_valid():
        file, scope = form.cleaned_data["file"], viewer.creditor_ids
        with unfenced():
            result = hand_in(file.read(), file.name, creditor_ids=scope, actor=str(request.user), now=clock.now(), day=clock.today())
        if not is_refused(result):
            # A reload of the answer must not hand the file in again.
            key = secrets.token_hex(8)
            request.session[_RESULT] = {"key": key, "result": as_data(result)}
            return redirect("office:statement_result", key)
    context = {"form": form, "result": result and as_data(result), "statements": queries.statements(viewer), "room": "money"}
    return render(request, "office/statements.html", context, status=422 if form.is_bound else 200)


@require_safe
@for_roles(LEADING)
def statement_result(request: HttpRequest, key: str) -> HttpResponse:
    """What the last file brought. Only whoever handed it in sees it, until the next one."""
    kept = request.session.get(_RESULT, {})
    if kept.get("key") != key:
        return redirect("office:statements")
    return render(request, "office/statement_result.html", {"result": kept["result"], "room": "money"})


@require_safe
@for_roles(ALL)
def lines(request: HttpRequest) -> HttpResponse:
    """Payments that look for their case, with proposals; and those that were booked or set aside."""
    viewer = viewer_from(request)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    sort = chosen_sort(request.GET.get("sort", ""), queries.LINE_SORTS, "booked_on")
    page = chosen_page(request.GET.get("page", ""))
    search = request.GET.get("q", "")[:100]
    found = queries.lines(viewer, state=state, sort=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, search=search)
    cases = queries.proposed_cases(viewer, found.lines)
    table = Table(
        columns=[
            Column("booked_on", _("Eingang")),
            Column("counterparty_name", _("Von")),
            Column("purpose", _("Verwendungszweck"), sortable=False),
            Column("amount_cents", _("Betrag"), numeric=True),
            Column("decide", _("Gehört zu"), sortable=False),
        ],
        rows=[(line, _numbered(line, cases), [(split, cases.get(split["case"])) for split in line.splits]) for line in found.lines],
        total=found.total, page=page, sort=sort,
    )  # fmt: skip
    names = {"open": _("Zuzuordnen"), "booked": _("Gebucht"), "ignored": _("Beiseitegelegt")}
    filters = [(key, names[key], found.counts.get(key, 0)) for key in STATES]
    context = {"table": table, "state": state, "search": search, "filters": filters, "room": "money", "query": _kept(request.GET)}
    return render(request, "office/lines.html", context)


def _numbered(line: BankLine, cases: Mapping[int, Case]) -> list[tuple[int, dict[str, Any], Case]]:
    """The first proposals whose case may be seen, with the key that confirms each."""
    seen = [(proposal, case) for proposal in line.proposals[:3] if (case := cases.get(proposal["case"]))]
    return [(number, proposal, case) for number, (proposal, case) in enumerate(seen, start=1)]


def _kept(given: QueryDict) -> str:
    return urlencode({name: given[name][:100] for name in _KEPT if given.get(name)})


def _next_line(request: HttpRequest) -> HttpResponse:
    """Back to the list as it was, with the first line in focus."""
    query = _kept(QueryDict(request.POST.get("query", "")[:500]))
    return redirect(f"{reverse('office:lines')}{'?' + query if query else ''}#next")


@require_safe
@for_roles(ALL)
def lines_file(request: HttpRequest) -> HttpResponse:
    """The lines as a file for a spreadsheet."""
    state = request.GET.get("state", "open")
    sort = chosen_sort(request.GET.get("sort", ""), queries.LINE_SORTS, "booked_on")
    state, search = state if state in STATES else "open", request.GET.get("q", "")[:100]
    found = queries.lines(viewer_from(request), state=state, sort=sort, limit=100_000, offset=0, search=search)
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
        return _next_line(request)
    case = queries.case_by_number(viewer, form.cleaned_data["reference"])
    if case is None:
        raise NotFound("Zu dieser Nummer gibt es hier keine Akte, oder es sind mehrere.", fix="Bitte nehmen Sie das Aktenzeichen (RF …).")
    with unfenced():
        assign(line.id, case.id, actor=str(request.user), now=clock.now(), day=clock.today())
    toasts.success(request, _("Gebucht. Vorgesehene Erinnerungen sind angehalten, eine Bestätigung geht hinaus."))
    return _next_line(request)


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
    return _next_line(request)


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
    return _next_line(request)
