"""Money goes out: whose money lies here, remittance runs with their papers, payments made to the creditor itself."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib import messages as toasts
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Role, User
from kulanz.claims.viewer import Viewer, unfenced
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.office.bars import bars
from kulanz.office.forms import DirectFileForm, DirectForm, PrepareForm, ReasonForm
from kulanz.office.words import RUN_STATES, WHY_RUN
from kulanz.payments import remittances as reading
from kulanz.payments.client_money import ClientMoney, client_money, receipts
from kulanz.payments.commands.direct import DirectReport, import_direct, report_direct, undo_direct
from kulanz.payments.commands.remit import approve, drop, prepare
from kulanz.payments.documents.invoice import invoice_pdf
from kulanz.payments.documents.statement import KINDS, statement_csv, statement_pdf
from kulanz.payments.errors import AgencyMissing, PaymentsError
from kulanz.payments.models import Agency, DirectPayment, MandateTerms, Remittance, RunState
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount, number
from kulanz.site.told import told

ALL = frozenset(Role)
ROOM = "money_out"
MONEY_SORTS = ("creditor", "client_cents", "on_account_cents", "oldest_on")


def leads(request: HttpRequest) -> bool:
    """True for whoever drafts and approves; a creditor's own people see what was approved."""
    return isinstance(request.user, User) and Role(request.user.role) in LEADING


@require_safe
@for_roles(LEADING)
def overview(request: HttpRequest) -> HttpResponse:
    """Client money: what lies here for whom, since when, and what is missing."""
    viewer, day = viewer_from(request), clock.today()
    text = request.GET.get("q", "").strip()[:100]
    sort = chosen_sort(request.GET.get("sort", ""), MONEY_SORTS, "-client_cents")
    found = _sorted([one for one in client_money(viewer, day) if text.lower() in one.creditor.lower()], sort)
    labels = [_("weiterzugeben"), _("eigenes Honorar"), _("zu viel gezahlt"), _("ohne Akte")]
    chart = bars(
        [(one.creditor, (one.client_cents, one.own_fees_cents, one.overpaid_cents, one.unassigned_cents)) for one in found], labels
    )
    table = Table(
        columns=[
            Column("creditor", _("Mandant")),
            Column("on_account_cents", _("Auf dem Konto"), numeric=True),
            Column("client_cents", _("Weiterzugeben"), numeric=True),
            Column("oldest_on", _("Liegt seit")),
            Column("rest", _("Außerdem hier"), sortable=False),
        ],
        rows=found, total=len(found), sort=sort,
    )  # fmt: skip
    rate = reading.payment_rate([one.creditor_id for one in found], day)
    context = {
        "table": table, "chart": chart, "legend": list(enumerate(labels, start=1)), "text": text, "day": day, "room": ROOM, "tab": "money",
        "total": sum(one.client_cents for one in found), "late": [one for one in found if one.is_late], "rate": rate,
        "rate_words": number(Decimal(rate.permille).scaleb(-1)) + " %" if rate.permille is not None else "",
        "missing": [one for one in found if one.client_cents < 0], "terms": bool(found) or _has_terms(viewer),
    }  # fmt: skip
    return render(request, "office/client_money.html", context)


def _has_terms(viewer: Viewer) -> bool:
    return viewer.narrow(MandateTerms.objects.all(), case="id").exists()


def _sorted(found: Sequence[ClientMoney], sort: str) -> list[ClientMoney]:
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    far = clock.today()
    return sorted(found, key=lambda one: (getattr(one, key) if getattr(one, key) is not None else far, one.creditor), reverse=descending)


@require_safe
@for_roles(LEADING)
def overview_file(request: HttpRequest) -> HttpResponse:
    """The same as a file."""
    found = client_money(viewer_from(request), clock.today())
    head = [_("Mandant"), _("Währung"), _("Auf dem Konto"), _("Weiterzugeben"), _("eigenes Honorar"), _("zu viel gezahlt"), _("ohne Akte"),
            _("unterwegs"), _("beim Zahlungsdienst"), _("direkt gezahlt"), _("ausgezahlt"), _("Honorar einbehalten"), _("Liegt seit"),
            _("Weitergeben bis")]  # fmt: skip
    rows = (
        [one.creditor, one.currency, amount(one.on_account_cents), amount(one.client_cents), amount(one.own_fees_cents),
         amount(one.overpaid_cents), amount(one.unassigned_cents), amount(one.in_flight_cents), amount(one.at_provider_cents),
         amount(one.direct_cents), amount(one.remitted_cents), amount(one.withheld_cents), one.oldest_on, one.due_on]
        for one in found
    )  # fmt: skip
    return csv_response(f"fremdgeld-{clock.today().isoformat()}", head, rows)


@require_safe
@for_roles(LEADING)
def creditor_money(request: HttpRequest, creditor_id: int) -> HttpResponse:
    """One creditor's money, bank line by bank line, each with the run that accounts for it."""
    viewer, day = viewer_from(request), clock.today()
    one = next((row for row in client_money(viewer, day, creditor_ids=[creditor_id])), None)
    if one is None:
        raise NotFound("Für diesen Mandanten liegt hier kein Fremdgeld.")
    context = {"one": one, "receipts": receipts(viewer, creditor_id, until=day), "room": ROOM, "tab": "money", "states": RUN_STATES}
    return render(request, "office/creditor_money.html", context)


@require_safe
@for_roles(ALL)
def runs(request: HttpRequest) -> HttpResponse:
    """Remittance runs. Agents and a creditor's own people see what was approved."""
    viewer, text = viewer_from(request), request.GET.get("q", "").strip()[:100]
    state = request.GET.get("state", "")
    state = state if state in RUN_STATES else ""
    sort, page = chosen_sort(request.GET.get("sort", ""), reading.RUN_SORTS, "-to_on"), chosen_page(request.GET.get("page", ""))
    rows = reading.runs(viewer, state=state, search=text, final_only=not leads(request))
    total, start = rows.count(), (page - 1) * PAGE_SIZE
    table = Table(
        columns=[
            Column("number", _("Nr."), numeric=True),
            Column("creditor__name", _("Mandant")),
            Column("to_on", _("Bis")),
            Column("state", _("Zustand")),
            Column("payout_cents", _("Auszahlung"), numeric=True),
            Column("carried_out_cents", _("Vortrag"), numeric=True),
        ],
        rows=[(one, RUN_STATES[one.state]) for one in rows.order_by(sort, "-id")[start : start + PAGE_SIZE]],
        total=total, page=page, sort=sort,
    )  # fmt: skip
    terms = reading.current_terms(viewer, clock.today()) if leads(request) else []
    context = {
        "table": table, "state": state, "text": text, "states": RUN_STATES, "leads": leads(request), "room": ROOM, "tab": "runs",
        "form": PrepareForm(terms=terms) if terms else None,
    }  # fmt: skip
    return render(request, "office/remittances.html", context)


@require_safe
@for_roles(ALL)
def runs_file(request: HttpRequest) -> HttpResponse:
    """The runs as a file."""
    rows = reading.runs(viewer_from(request), final_only=not leads(request)).order_by("-to_on", "-id")[:10_000]
    head = [_("Nr."), _("Mandant"), _("Bis"), _("Zustand"), _("Eingang"), _("Honorar netto"), _("Umsatzsteuer"), _("Auszahlung"),
            _("Vortrag"), _("Rechnung"), _("Bezahlt am")]  # fmt: skip
    cells = (
        [one.number, one.creditor.name, one.to_on, RUN_STATES[one.state][0], amount(one.handed_cents),
         amount(one.fee_cents + one.kept_cents), amount(one.vat_cents), amount(one.payout_cents), amount(one.carried_out_cents),
         one.invoice_number, one.paid_on]
        for one in rows
    )  # fmt: skip
    return csv_response(f"abrechnungen-{clock.today().isoformat()}", head, cells)


@require_POST
@for_roles(LEADING)
def prepare_run(request: HttpRequest) -> HttpResponse:
    """Draft a run for a creditor up to a day."""
    viewer = viewer_from(request)
    form = PrepareForm(request.POST, terms=reading.current_terms(viewer, clock.today()))
    if not form.is_valid():
        toasts.error(request, _("Bitte einen Mandanten und einen Tag wählen, der vorbei ist."))
        return redirect("office:remittances")
    creditor_id, until = int(form.cleaned_data["creditor"]), form.cleaned_data["until"]
    with unfenced():
        made = prepare(creditor_id, to_on=until, actor=str(request.user), now=clock.now(), day=clock.today())
    if made is None:
        toasts.info(request, _("Bis zu diesem Tag gibt es nichts abzurechnen."))
        return redirect("office:remittances")
    return redirect("office:remittance", made.id)


def _visible(request: HttpRequest, run_id: int) -> Remittance:
    """A run this reader may see: others than leads see no drafts."""
    found = reading.run(viewer_from(request), run_id)
    if found.state == RunState.DROPPED or (found.state == RunState.DRAFT and not leads(request)):
        raise NotFound("Diese Abrechnung gibt es hier nicht.")
    return found


@require_safe
@for_roles(ALL)
def remittance(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: the sum, every line, its papers; for leads the decision."""
    found = _visible(request, run_id)
    items = reading.items(viewer_from(request), found)
    page = chosen_page(request.GET.get("page", ""))
    start = (page - 1) * PAGE_SIZE
    columns = [
        Column("day", _("Tag"), sortable=False), Column("name", _("Wofür"), sortable=False),
        Column("paid", _("Gezahlt"), numeric=True, sortable=False), Column("handed", _("Für den Mandanten"), numeric=True, sortable=False),
        Column("fee", _("Honorar netto"), numeric=True, sortable=False),
    ]  # fmt: skip
    shown = [
        (
            one,
            KINDS[one.kind],
            one.principal_cents + one.interest_cents + one.costs_cents + one.overpaid_cents,
            one.kept_cents + one.fee_cents,
        )
        for one in items[start : start + PAGE_SIZE]
    ]
    mine = found.prepared_by == str(request.user)
    context = {
        "run": found, "table": Table(columns, shown, len(items), page), "state": RUN_STATES[found.state], "why": WHY_RUN.get(found.why, ""),
        "fees": found.fee_cents + found.kept_cents, "leads": leads(request), "mine": mine, "room": ROOM, "tab": "runs",
        "has_agency": Agency.objects.filter(id=1).exists(), "due": found.carried_in_cents + found.handed_cents,
    }  # fmt: skip
    return render(request, "office/remittance.html", context)


@require_POST
@for_roles(LEADING)
def approve_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """The second pair of eyes."""
    found = _visible(request, run_id)
    with unfenced():
        done = approve(found.id, actor=str(request.user), now=clock.now(), day=clock.today())
    if done.state == RunState.CLOSED:
        toasts.success(request, _("Abgeschlossen. Es ist nichts auszuzahlen."))
    else:
        toasts.success(request, _("Freigegeben. Laden Sie den Zahlungsauftrag herunter; gebucht wird, sobald der Kontoauszug ihn zeigt."))
    return redirect("office:remittance", found.id)


@require_POST
@for_roles(LEADING)
def drop_run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Drop a draft."""
    found = _visible(request, run_id)
    with unfenced():
        drop(found.id)
    toasts.success(request, _("Der Entwurf ist verworfen. Nichts davon ist verloren; es steht im nächsten."))
    return redirect("office:remittances")


@require_safe
@for_roles(ALL)
def paper(request: HttpRequest, run_id: int, what: str) -> HttpResponse:
    """A run's papers: statement (PDF, CSV), invoice, and for leads the order for the bank."""
    found = _visible(request, run_id)
    items, agency = reading.items(viewer_from(request), found), Agency.objects.filter(id=1).first()
    if agency is None:
        raise AgencyMissing
    name = f"{found.creditor.key}-{found.number:04d}"
    match what:
        case "statement.pdf":
            return _file(statement_pdf(found, items, agency), f"abrechnung-{name}.pdf", "application/pdf")
        case "statement.csv":
            return _file(statement_csv(items), f"abrechnung-{name}.csv", "text/csv; charset=utf-8")
        case "invoice.pdf":
            return _file(invoice_pdf(found, items, agency), f"rechnung-{found.invoice_number}.pdf", "application/pdf")
        case "order.xml" if leads(request) and found.payment_xml:
            return _file(found.payment_xml.encode(), f"auftrag-{name}-{found.attempt}.xml", "application/xml")
    raise Http404


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(ALL)
def direct(request: HttpRequest) -> HttpResponse:
    """Report a payment that reached the creditor itself, one or a list, and see the reported ones."""
    viewer = viewer_from(request)
    posted = request.POST.get("what") if request.method == "POST" else None
    creditors = queries.creditors(viewer)
    form = DirectForm(request.POST if posted == "one" else None, initial={"key": uuid.uuid4().hex})
    list_form = DirectFileForm(request.POST if posted == "list" else None, request.FILES or None, creditors=creditors)
    result = None
    if posted == "one" and form.is_valid() and _report(request, viewer, form):
        return redirect("office:direct")
    if posted == "list" and list_form.is_valid():
        file, creditor = list_form.cleaned_data["file"], list_form.cleaned_data["creditor"]
        with unfenced():
            result = import_direct(file.read(), file.name, creditor, actor=str(request.user), now=clock.now(), day=clock.today())
    text = request.GET.get("q", "").strip()[:100]
    sort, page = chosen_sort(request.GET.get("sort", ""), reading.DIRECT_SORTS, "-reported_at"), chosen_page(request.GET.get("page", ""))
    rows = reading.direct_payments(viewer, search=text)
    total, start = rows.count(), (page - 1) * PAGE_SIZE
    table = Table(
        columns=[
            Column("paid_on", _("Bezahlt am")),
            Column("case__debtor__sort_key", _("Name")),
            Column("amount_cents", _("Betrag"), numeric=True),
            Column("reported_at", _("Gemeldet")),
            Column("undo", ""),
        ],
        rows=list(rows.order_by(sort, "-id")[start : start + PAGE_SIZE]), total=total, page=page, sort=sort,
    )  # fmt: skip
    table.columns[-1].sortable = False
    context = {"form": form, "list_form": list_form, "result": result, "table": table, "text": text, "room": ROOM, "tab": "direct",
               "leads": leads(request)}  # fmt: skip
    return render(request, "office/direct.html", context, status=422 if posted and result is None else 200)


def _report(request: HttpRequest, viewer: Viewer, form: DirectForm) -> bool:
    case = queries.case_by_number(viewer, form.cleaned_data["reference"])
    if case is None:
        form.add_error("reference", _("Zu dieser Nummer gibt es hier keine Akte, oder es sind mehrere. Bitte das Aktenzeichen nehmen."))
        return False
    data = form.cleaned_data
    try:
        with unfenced():
            report = DirectReport(case.id, data["amount"], data["paid_on"], data["key"], data["note"])
            report_direct(report, actor=str(request.user), now=clock.now(), day=clock.today())
    except PaymentsError as error:
        form.add_error(None, str(told(error)))
        return False
    toasts.success(request, _("Gebucht. Vorgesehene Erinnerungen sind angehalten, eine Bestätigung geht hinaus."))
    return True


@require_POST
@for_roles(ALL)
def undo_direct_payment(request: HttpRequest, payment_id: int) -> HttpResponse:
    """Take a report back with a counter-entry."""
    found = reading.direct_payments(viewer_from(request)).filter(id=payment_id).first()
    if found is None:
        raise NotFound("Diese Meldung gibt es hier nicht.")
    form = ReasonForm(request.POST)
    if form.is_valid():
        with unfenced():
            undo_direct(found.id, reason=form.cleaned_data["reason"], actor=str(request.user), now=clock.now(), day=clock.today())
        toasts.success(request, _("Zurückgenommen mit einer Gegenbuchung. Die Akte ist wieder offen."))
    else:
        toasts.error(request, _("Bitte einen Grund angeben, mindestens drei Zeichen."))
    return redirect("office:direct")


@require_safe
@for_roles(ALL)
def direct_file(request: HttpRequest) -> HttpResponse:
    """The reported payments as a file."""
    rows = reading.direct_payments(viewer_from(request)).order_by("-paid_on", "-id")[:50_000]
    head = [
        _("Bezahlt am"),
        _("Mandant"),
        _("Aktenzeichen"),
        _("Name"),
        _("Betrag"),
        _("Währung"),
        _("Notiz"),
        _("Gemeldet von"),
        _("Zurückgenommen"),
    ]
    cells = ([*_direct_cells(one), one.undone_because or ""] for one in rows)
    return csv_response(f"direktzahlungen-{clock.today().isoformat()}", head, cells)


def _direct_cells(one: DirectPayment) -> list[Any]:
    who = one.case.debtor.display_name
    return [one.paid_on, one.creditor.name, one.case.reference, who, amount(one.amount_cents), one.currency, one.note, one.reported_by]
