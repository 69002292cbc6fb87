"""Agreeing in a call: what the agent does on the tab "Vereinbarung"."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.models import Case
from kulanz.claims.viewer import unfenced
from kulanz.desk import agreements, case_page, queries
from kulanz.desk.agreement_forms import BundleForm, DayForm, EndForm, OfferForm, PlanForm, ShiftForm
from kulanz.desk.views import show_case
from kulanz.payments.agreement_errors import AgreementError, ConsentMissing
from kulanz.payments.commands.agreements import (
    Asked,
    BundleAsked,
    OfferAsked,
    accept,
    agree,
    agree_bundle,
    approve,
    cancel,
    offer_settlement,
    revise,
    shift,
)
from kulanz.payments.commands.agreements.bundle import draft_bundle, smallest_bundle
from kulanz.payments.commands.agreements.revise import latest_shift
from kulanz.payments.models import AgreementKind, AgreementState
from kulanz.payments.queries_agreements import Told, cases_of_same_person, of_case
from kulanz.payments.rules.plan import Rhythm, Wish
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.plans import evidence, sentence

VIA = "phone"
LIVE = (AgreementState.ACTIVE, AgreementState.OFFERED, AgreementState.PROPOSED)


@login_required
@require_safe
def agreement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What stands, and what could be agreed; a wish and a budget stand in the address and change nothing."""
    viewer = viewer_from(request)
    context = case_page.context(viewer, public_id, "agreement", clock.today())
    return show_case(request, context, **agreements.shown(viewer, context["case"], request.GET, day=clock.today()))


def _act(request: HttpRequest, public_id: UUID, form: Any, do: Callable[[Case, Told | None], str]) -> HttpResponse:
    """Carry out what a form asks for in one transaction, and go back to the tab with a word about it."""
    viewer = viewer_from(request)
    case = queries.case_file(viewer, public_id)
    live = next((each for each in of_case(viewer, case.id) if each.agreement.state in LIVE), None)
    if not form.is_valid():
        toasts.error(request, " ".join(error for errors in form.errors.values() for error in errors))
        return redirect("desk:agreement", public_id)
    try:
        with unfenced():
            toasts.success(request, do(case, live))
    except AgreementError as refused:
        toasts.error(request, sentence(refused))
    return redirect("desk:agreement", public_id)


def _actor(request: HttpRequest) -> str:
    return str(request.user)


@login_required
@require_POST
def plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Agree, or change to, the plan that was read out."""
    form = PlanForm(request.POST)

    def do(case: Case, live: Told | None) -> str:
        data = form.cleaned_data
        wish = Wish(data["amount_cents"], data["first_on"], Rhythm(data["rhythm"]))
        proof = evidence({"read_out": True, "by": _actor(request), "at": clock.now().isoformat()}, None)
        key = f"desk:{data['key']}"
        if live is not None and live.agreement.state == AgreementState.ACTIVE:
            revise(
                live.agreement.id, wish, key=key, via=VIA, actor=_actor(request), day=clock.today(), now=clock.now(), seen=data["seen"],
                evidence=proof,
            )  # fmt: skip
            return _("Der Plan ist geändert. Die Bestätigung geht hinaus.")
        asked = Asked(case.id, AgreementKind.PLAN, key, VIA, _actor(request), wish, seen=data["seen"], evidence=proof)
        agree(asked, day=clock.today(), now=clock.now())
        return _("Der Ratenplan steht. Es geht nichts anderes mehr hinaus als die Bestätigung.")

    return _act(request, public_id, form, do)


@login_required
@require_POST
def one_day(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Agree a deferral, note a promise, or pause."""
    form = DayForm(request.POST)

    def do(case: Case, _live: Told | None) -> str:
        data = form.cleaned_data
        kind = AgreementKind(data["kind"])
        asked = Asked(
            case.id, kind, f"desk:{data['key']}", VIA, _actor(request), until_on=data["until_on"], amount_cents=data["amount"],
            evidence={"by": _actor(request), "at": clock.now().isoformat()},
        )  # fmt: skip
        agree(asked, day=clock.today(), now=clock.now())
        return _("Vereinbart. Bis dahin ruht alles.")

    return _act(request, public_id, form, do)


@login_required
@require_POST
def settlement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Offer a settlement; above the creditor's limit a second person decides first."""
    form = OfferForm(request.POST)

    def do(case: Case, _live: Told | None) -> str:
        data = form.cleaned_data
        asked = OfferAsked(case.id, data["amount"], data["until_on"], data["reason"], f"desk:{data['key']}", VIA, _actor(request))
        made = offer_settlement(asked, day=clock.today(), now=clock.now())
        if made.state == AgreementState.PROPOSED:
            return _("Vorgeschlagen. Eine zweite Person entscheidet, vorher geht nichts hinaus.")
        return _("Angeboten. Das Angebot geht schriftlich hinaus, bis dahin ruht alles.")

    return _act(request, public_id, form, do)


@login_required
@require_POST
def decide_settlement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The second person says yes or no to a proposed settlement."""
    viewer = viewer_from(request)
    case = queries.case_file(viewer, public_id)
    waiting = next((each for each in of_case(viewer, case.id) if each.agreement.state == AgreementState.PROPOSED), None)
    if waiting is None:
        return redirect("desk:agreement", public_id)
    yes = request.POST.get("decision") == "agree"
    with unfenced():
        approve(waiting.agreement.id, agree=yes, actor=_actor(request), day=clock.today(), now=clock.now())
    toasts.success(request, _("Der Vergleich ist angeboten.") if yes else _("Der Vergleich ist abgelehnt."))
    return redirect("desk:agreement", public_id)


@login_required
@require_POST
def change(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Move an instalment, take an offer for the debtor on the phone, or end what stands."""
    viewer = viewer_from(request)
    case = queries.case_file(viewer, public_id)
    live = next((each for each in of_case(viewer, case.id) if each.agreement.state in LIVE), None)
    if live is None:
        return redirect("desk:agreement", public_id)
    what = request.POST.get("what", "")
    form: Any = EndForm(request.POST)
    if what == "shift":
        form = ShiftForm(request.POST, latest_on=latest_shift(live, clock.today()))
    elif what == "accept":
        form = OnlyOnce(request.POST)

    def do(_case: Case, told: Told | None) -> str:
        if told is None:
            return ""
        common: dict[str, Any] = {"actor": _actor(request), "day": clock.today(), "now": clock.now()}
        if what == "shift":
            shift(told.agreement.id, to=form.cleaned_data["to"], key=f"desk:{form.cleaned_data['key']}", via=VIA, **common)
            return _("Die Rate ist verschoben.")
        if what == "accept":
            accept(told.agreement.id, via=VIA, **common)
            return _("Das Angebot ist angenommen.")
        cancel(told.agreement.id, because=form.cleaned_data["because"], **common)
        return _("Beendet. Das wird der Kundin oder dem Kunden mitgeteilt.")

    return _act(request, public_id, form, do)


class OnlyOnce(EndForm):
    """A button without anything to type."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["because"]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bundle(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One rate for several creditors of the same person: the split, the consents, the plans. Only for who may see all of them."""
    viewer = viewer_from(request)
    case = Case.objects.select_related("debtor", "creditor").get(id=queries.case_file(viewer, public_id).id)
    cases = cases_of_same_person(viewer, case)
    chosen = [each for each in cases if f"case-{each.id}" in request.POST] if request.method == "POST" else cases
    form = BundleForm(request.POST or request.GET or None, auto_id="id_bundle_%s")
    typed = form.cleaned_data if form.is_bound and form.is_valid() else {}
    day = clock.today()
    first_on = typed.get("first_on") or day
    refusal, parts = "", []
    least = smallest_bundle(cases, first_on=first_on, rhythm=Rhythm.MONTH, day=day)
    amount = typed.get("amount") or least
    try:
        parts = draft_bundle(chosen, amount_cents=amount, first_on=first_on, rhythm=Rhythm.MONTH, day=day)
        if request.method == "POST" and "agree" in request.POST:
            consents = {each.id: request.POST.get(f"consent-{each.id}", "") for each in chosen}
            asked = BundleAsked(amount, first_on, Rhythm.MONTH, consents, typed.get("key") or uuid.uuid4(), VIA, _actor(request))
            with unfenced():
                agree_bundle(asked, day=day, now=clock.now())
            toasts.success(request, _("Ein Plan für alle zusammen steht. Jeder Mandant sieht nur seinen Teil."))
            return redirect("desk:agreement", public_id)
    except ConsentMissing as missing:
        refusal = str(missing)
    except AgreementError as refused:
        refusal = sentence(refused)
    context = {
        "case": case, "debtor": case.debtor, "parts": parts, "form": form, "least_cents": least, "amount_cents": amount,
        "first_on": first_on, "refusal": refusal, "room": "worklist",
    }  # fmt: skip
    return render(request, "desk/bundle.html", context, status=422 if refusal else 200)
