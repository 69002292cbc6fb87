"""The agent's pages: the worklist, the search, and what is done in a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import lift_holds
from kulanz.claims.models import HoldReason
from kulanz.contact import documents
from kulanz.contact.commands import decided_by_person, mark_sent_by_person, send_again, silence
from kulanz.contact.statements import statement_pdf
from kulanz.desk import case_page, queries
from kulanz.desk.forms import DecisionForm, HoldForm, LiftForm, LoginForm
from kulanz.desk.words import chips, why_text
from kulanz.payments.queries_agreements import standing_for
from kulanz.site import clock
from kulanz.site.framing import in_our_frame
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount


class Login(LoginView):
    """Name and password; five wrong ones lock for a quarter of an hour (django-axes)."""

    template_name = "desk/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


class Logout(LogoutView):
    """Sign out, by POST only."""

    http_method_names = ["post", "options"]


@login_required
@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Where a person is needed today."""
    why, sort = request.GET.get("why", ""), chosen_sort(request.GET.get("sort", ""), queries.WORK_SORTS, "urgency")
    page = chosen_page(request.GET.get("page", ""))
    viewer = viewer_from(request)
    if why not in {item.value for item in queries.Why}:
        why = ""
    found = queries.worklist(viewer, why=why, sort=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    table = Table(
        columns=[
            Column("name", _("Name")),
            Column("urgency", _("Warum")),
            Column("since", _("Wartet seit")),
            Column("creditor", _("Mandant")),
            Column("reference", _("Akte")),
            Column("amount", _("Rechnungen offen"), numeric=True),
        ],
        rows=[(item, chips(item.whys)) for item in found.items], total=found.total, page=page, sort=sort,
    )  # fmt: skip
    filters = [(item.value, why_text(item), found.counts.get(item, 0)) for item in queries.Why]
    context = {"table": table, "filters": filters, "why": why, "loose": queries.loose_money(viewer), "room": "worklist"}
    return render(request, "desk/worklist.html", context)


@login_required
@require_safe
def worklist_file(request: HttpRequest) -> HttpResponse:
    """The worklist as a file for a spreadsheet."""
    why, sort = request.GET.get("why", ""), chosen_sort(request.GET.get("sort", ""), queries.WORK_SORTS, "urgency")
    found = queries.worklist(viewer_from(request), why=why, sort=sort, limit=100_000)
    head = [_("Name"), _("Warum"), _("Wartet seit"), _("Mandant"), _("Akte"), _("Rechnungen offen"), _("Währung")]
    rows = (
        [item.name, ", ".join(str(why_text(why)) for why in item.whys), item.since.date(), item.creditor, item.reference,
         amount(item.principal_cents), item.currency]
        for item in found.items
    )  # fmt: skip
    return csv_response(f"arbeitsliste-{clock.today().isoformat()}", head, rows)


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find a case by what the caller has at hand. htmx asks for the list alone."""
    text = request.GET.get("q", "").strip()[:200]
    found = queries.search(viewer_from(request), text)
    opened = open_amounts([case.id for case in found], clock.today())
    rows = [(case, sum(claim.total_cents for claim in opened[case.id])) for case in found]
    context = {"text": text, "rows": rows, "room": "search"}
    return render(request, "desk/search_results.html" if getattr(request, "htmx", False) else "desk/search.html", context)


@login_required
@require_safe
def case(request: HttpRequest, public_id: UUID, tab: str = "timeline") -> HttpResponse:
    """One case: where it stands, what happened, why, and what can be done."""
    return _case_response(request, public_id, tab)


def _case_response(request: HttpRequest, public_id: UUID, tab: str, status: int = 200, **extra: Any) -> HttpResponse:
    return show_case(request, case_page.context(viewer_from(request), public_id, tab, clock.today()), status, **extra)


def show_case(request: HttpRequest, context: dict[str, Any], status: int = 200, **extra: Any) -> HttpResponse:
    """The page of one tab, from the context of `case_page`, with the forms every tab has at its side."""
    context |= {"hold_form": HoldForm(day=clock.today()), "decision_form": DecisionForm(auto_id="id_decision_%s")} | extra
    for hold in context["standing"]:
        mine = extra.get("lifting") == hold.id
        hold.lift_form = extra["lift_form"] if mine else LiftForm(auto_id=f"id_lift_{hold.id}_%s")
    return render(request, f"desk/case_{context['tab']}.html", context, status=status)


@login_required
@require_POST
def place_hold(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Stop all contact in a case, and cancel what is queued, in one transaction."""
    viewer = viewer_from(request)
    found = queries.case_file(viewer, public_id)
    form = HoldForm(request.POST, day=clock.today())
    if not form.is_valid():
        return _case_response(request, public_id, "timeline", status=422, hold_form=form)
    hold = silence(
        found.id,
        HoldReason(form.cleaned_data["reason"]),
        day=clock.today(),
        now=clock.now(),
        source="desk",
        actor=str(request.user),
        until_on=form.cleaned_data["until_on"],
        note=form.cleaned_data["note"],
    )
    undo = reverse("desk:undo_hold", args=[public_id, hold.id])
    toasts.success(request, _("Sperre gesetzt. Ab sofort geht in dieser Akte nichts mehr hinaus."), extra_tags=f"undo:{undo}")
    return redirect("desk:case", public_id)


@login_required
@require_POST
def lift_hold(request: HttpRequest, public_id: UUID, hold_id: int) -> HttpResponse:
    """Lift one hold with a reason."""
    viewer = viewer_from(request)
    found = queries.case_file(viewer, public_id)
    hold = queries.standing_hold(viewer, found, hold_id)
    form = LiftForm(request.POST, auto_id=f"id_lift_{hold.id}_%s")
    if not form.is_valid():
        return _case_response(request, public_id, "timeline", status=422, lift_form=form, lifting=hold.id)
    if standing_for(viewer, found.id, hold.reason):
        toasts.error(request, _("Diese Sperre gehört zu einer Vereinbarung. Beenden Sie die Vereinbarung, dann fällt sie weg."))
        return redirect("desk:agreement", public_id)
    lift_holds(found.id, [HoldReason(hold.reason)], because=form.cleaned_data["because"], actor=str(request.user), now=clock.now())
    toasts.success(request, _("Sperre aufgehoben. Der nächste Tageslauf entscheidet, wie es weitergeht."))
    return redirect("desk:case", public_id)


@login_required
@require_POST
def undo_hold(request: HttpRequest, public_id: UUID, hold_id: int) -> HttpResponse:
    """Take back a hold that was just placed by mistake. What it cancelled stays cancelled; the next run decides anew."""
    viewer = viewer_from(request)
    found = queries.case_file(viewer, public_id)
    hold = queries.standing_hold(viewer, found, hold_id)
    lift_holds(found.id, [HoldReason(hold.reason)], because="Versehentlich gesetzt.", actor=str(request.user), now=clock.now())
    toasts.success(request, _("Zurückgenommen. Was die Sperre angehalten hat, plant der nächste Tageslauf neu."))
    return redirect("desk:case", public_id)


@login_required
@require_POST
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What waited for a person has been dealt with."""
    found = queries.case_file(viewer_from(request), public_id)
    form = DecisionForm(request.POST, auto_id="id_decision_%s")
    if not form.is_valid():
        return _case_response(request, public_id, "timeline", status=422, decision_form=form)
    decided_by_person(found.id, text=form.cleaned_data["text"], actor=str(request.user), now=clock.now())
    toasts.success(request, _("Notiert. Diese Akte wartet nicht mehr auf Sie."))
    return redirect("desk:case", public_id)


@login_required
@require_POST
def arrived(request: HttpRequest, message_id: int) -> HttpResponse:
    """A doubtful message did arrive, a person has found out."""
    found = queries.message(viewer_from(request), message_id)
    mark_sent_by_person(found.id, actor=str(request.user), now=clock.now())
    toasts.success(request, _("Als zugestellt vermerkt."))
    return redirect("desk:messages", found.case.public_id)


@login_required
@require_POST
def again(request: HttpRequest, message_id: int) -> HttpResponse:
    """A doubtful or failed message goes out again, if nothing speaks against it by then."""
    found = queries.message(viewer_from(request), message_id)
    send_again(found.id, actor=str(request.user), now=clock.now())
    toasts.success(request, _("Wird noch einmal gesendet, wenn bis dahin nichts dagegen spricht."))
    return redirect("desk:messages", found.case.public_id)


@login_required
@require_safe
def statement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The statement of account as a PDF, in the language of the page: the same file the debtor gets."""
    found, day = queries.case_file(viewer_from(request), public_id), clock.today()
    pdf = statement_pdf(found, open_amounts([found.id], day)[found.id], day, "en" if get_language() == "en" else "de")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.reference}-{day}.pdf"'
    return response


@login_required
@require_safe
@in_our_frame
def letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """The letter as it was printed, to be looked at inside the case page. It is checked against its hash first."""
    found = queries.message(viewer_from(request), message_id)
    if not found.document:
        raise Http404
    response = HttpResponse(documents.read(found.document, found.document_sha256), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.case.reference}-{found.day}.pdf"'
    return response
