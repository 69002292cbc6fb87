"""The debtor's pages about paying later. GET shows, POST agrees; everything works without scripts."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.viewer import unfenced
from kulanz.payments.agreement_errors import AgreementError, AgreementNotFound, ScheduleChanged
from kulanz.payments.commands.agreements import Asked, accept, agree, cancel, forget_budgets, keep_budget, revise, shift
from kulanz.payments.commands.agreements.agree import latest_day
from kulanz.payments.commands.agreements.revise import latest_shift
from kulanz.payments.models import Agreement, AgreementKind, AgreementState
from kulanz.payments.queries_agreements import Told, of_case
from kulanz.payments.queries_situation import Situation, budget_of, situation, situation_for_change
from kulanz.payments.rules.affordability import Affordable, Budget, affordable
from kulanz.payments.rules.plan import Rhythm, Schedule, Wish
from kulanz.portal import queries
from kulanz.portal.agreements.calendar import calendar_file
from kulanz.portal.agreements.forms import AgreeForm, BudgetForm, LaterForm, ShiftForm, WishForm
from kulanz.portal.together.proven import several_creditors
from kulanz.portal.views import behind_the_door
from kulanz.site import clock
from kulanz.site.plans import LIMITATION, NOTES, PlanShown, euros_typed, evidence, pay_days, sentence, show_plan

VIA, ACTOR = "portal", "debtor"
BUDGET_CONSENT = "Ich bin einverstanden, dass diese Angaben 90 Tage aufbewahrt werden."


def _context(seen: queries.Overview, **more: Any) -> dict[str, Any]:
    return {"seen": seen, "case": seen.case, "creditor": seen.creditor, "debtor": seen.case.debtor, "day": seen.day} | more


def _active(seen: queries.Overview) -> Told | None:
    told = seen.agreement
    return told if told is not None and told.agreement.state == AgreementState.ACTIVE else None


def _evidence(plan: Schedule | None) -> dict[str, Any]:
    return evidence({"language": get_language() or "de", "at": clock.now().isoformat()}, plan)


def _key(seen: queries.Overview, form: AgreeForm | LaterForm | ShiftForm) -> str:
    return f"portal:{seen.case.id}:{form.cleaned_data['key']}"


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def plan(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """In instalments: pick an amount, see every instalment, agree. With a plan that stands, change it."""
    standing = _active(seen)
    if seen.settled or (standing is not None and standing.agreement.kind != AgreementKind.PLAN):
        return redirect("portal:agreement" if standing else "portal:overview", seen.case.public_id)
    if request.method == "POST":
        return _agree_plan(request, seen, standing)
    asked = WishForm(request.GET)
    typed = asked.cleaned_data if asked.is_valid() else {}
    shown = _shown(seen, standing, typed)
    first_on = shown.wish.first_on
    form = WishForm(initial={"amount": euros_typed(shown.wish.amount_cents), "rhythm": shown.wish.rhythm.value, "first_on": first_on})
    agreeing = AgreeForm(
        day=seen.day,
        initial={
            "amount_cents": shown.wish.amount_cents, "rhythm": shown.wish.rhythm.value,
            "first_on": first_on.isoformat(), "seen": shown.seen,
        },
    )  # fmt: skip
    context = _context(
        seen, form=form, agreeing=agreeing, shown=shown, notes=NOTES.values(), limitation=LIMITATION, changing=standing,
        together=standing is None and several_creditors(),
        errors=asked.errors if not asked.is_valid() else {}, situation=situation_of(seen, standing), moved=request.GET.get("moved"),
    )  # fmt: skip
    partial = request.headers.get("HX-Request") == "true"
    return render(request, "portal/plan_shown.html" if partial else "portal/plan.html", context)


def situation_of(seen: queries.Overview, standing: Told | None) -> Situation:
    """The situation a plan is made from; a change costs no fee again, and interest given up stays given up."""
    if standing is None:
        return situation(seen.case, seen.day)
    return situation_for_change(seen.case, seen.day, standing.agreement)


def _shown(seen: queries.Overview, standing: Told | None, typed: dict[str, Any]) -> PlanShown:
    rhythm = Rhythm(typed.get("rhythm") or Rhythm.MONTH)
    return show_plan(situation_of(seen, standing), amount_cents=typed.get("amount"), rhythm=rhythm, first_on=typed.get("first_on"))


def _agree_plan(request: HttpRequest, seen: queries.Overview, standing: Told | None) -> HttpResponse:
    form = AgreeForm(request.POST, day=seen.day)
    if not form.is_valid():
        return redirect("portal:plan", seen.case.public_id)
    data = form.cleaned_data
    wish = Wish(data["amount_cents"], data["first_on"], Rhythm(data["rhythm"]))
    known = Agreement.objects.filter(key=_key(seen, form), case=seen.case).exists()
    if known:
        return redirect("portal:agreement", seen.case.public_id)
    try:
        shown = situation_of(seen, standing).plan(wish)
        proof, key = _evidence(shown), _key(seen, form)
        with unfenced():  # the case was found through the debtor's own door
            if standing is None:
                asked = Asked(seen.case.id, AgreementKind.PLAN, key, VIA, ACTOR, wish, seen=data["seen"], evidence=proof)
                agree(asked, day=seen.day, now=clock.now())
            else:
                changed = {"key": key, "via": VIA, "actor": ACTOR, "seen": data["seen"], "evidence": proof}
                revise(standing.agreement.id, wish, day=seen.day, now=clock.now(), **changed)
    except ScheduleChanged:
        query = f"?amount={euros_typed(wish.amount_cents)}&rhythm={wish.rhythm.value}&first_on={wish.first_on.isoformat()}&moved=1"
        return redirect(_path("portal:plan", seen) + query)
    return redirect("portal:agreement", seen.case.public_id)


def _path(name: str, seen: queries.Overview) -> str:
    return reverse(name, args=[seen.case.public_id])


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def later(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Later, on pay-day: one day, everything stops until then."""
    if seen.settled or _active(seen) is not None:
        return redirect("portal:agreement" if _active(seen) else "portal:overview", seen.case.public_id)
    found = situation(seen.case, seen.day)
    latest_on = latest_day(found, AgreementKind.DEFERRAL)
    chosen = pay_days(seen.day, latest_on)
    refusal = ""
    picked = next((each for each in chosen if each.isoformat() == request.GET.get("until_on")), chosen[0] if chosen else latest_on)
    form = LaterForm(request.POST or None, day=seen.day, latest_on=latest_on, initial={"until_on": picked})
    if request.method == "POST" and form.is_valid():
        asked = Asked(
            seen.case.id, AgreementKind.DEFERRAL, _key(seen, form), VIA, ACTOR, until_on=form.cleaned_data["until_on"],
            evidence=_evidence(None),
        )  # fmt: skip
        try:
            with unfenced():
                agree(asked, day=seen.day, now=clock.now())
            return redirect("portal:agreement", seen.case.public_id)
        except AgreementError as refused:
            refusal = sentence(refused)
    context = _context(
        seen,
        form=form,
        chosen=chosen,
        picked=picked,
        latest_on=latest_on,
        refusal=refusal,
        notes=NOTES.values(),
        limitation=LIMITATION,
        situation=found,
    )
    return render(request, "portal/later.html", context, status=422 if refusal or form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def budget(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """What is affordable: an estimate from what the debtor says, kept only if they want."""
    if seen.settled:
        return redirect("portal:overview", seen.case.public_id)
    if request.POST.get("forget"):
        forget_budgets(seen.case.id)
        return redirect("portal:budget", seen.case.public_id)
    kept = budget_of(seen.case.id, seen.day)
    form = BudgetForm(request.POST or None, initial=_typed(kept) if kept else None)
    result: Affordable | None = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        stated = Budget(data["net_income"], data["dependants"] or 0, data["needs"], data["other"] or 0)
        found = situation(seen.case, seen.day)
        result = affordable(stated, day=seen.day, law=found.law, owed_cents=found.open_cents + found.fee_cents)
        if data["keep"]:
            keep_budget(seen.case, stated, consent=BUDGET_CONSENT, via=VIA, day=seen.day, now=clock.now())
    context = _context(seen, form=form, result=result, kept=kept, safe_euros=euros_typed(result.safe_cents) if result else "")
    return render(request, "portal/budget.html", context)


def _typed(kept: Budget) -> dict[str, Any]:
    amounts = {"net_income": kept.net_income_cents, "needs": kept.needs_cents, "other": kept.other_instalments_cents}
    return {name: euros_typed(cents) for name, cents in amounts.items() if cents} | {"dependants": kept.dependants, "keep": True}


@require_safe
@behind_the_door
def agreement(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """What stands or stood last: the progress, every instalment, and the ways to change it."""
    told = _latest(seen)
    if told is None:
        return redirect("portal:overview", seen.case.public_id)
    form = None
    if told.agreement.kind == AgreementKind.PLAN and told.agreement.state == AgreementState.ACTIVE and told.progress.next:
        last = latest_shift(told, seen.day)
        due = max(told.progress.next.due_on, seen.day)
        form = ShiftForm(day=seen.day, latest_on=last, initial={"to": min(last, date.fromordinal(due.toordinal() + 14))})
    return render(request, "portal/agreement.html", _context(seen, told=told, form=form, refusal=request.GET.get("refused", "")))


def _latest(seen: queries.Overview) -> Told | None:
    return seen.agreement or next(iter(of_case(seen.viewer, seen.case.id)), None)


@require_POST
@behind_the_door
def shift_one(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Move the next instalment to a later day."""
    told = _latest(seen)
    if told is None:
        raise AgreementNotFound
    form = ShiftForm(request.POST, day=seen.day, latest_on=latest_shift(told, seen.day))
    refusal = _("Bitte wählen Sie einen Tag.")
    if form.is_valid():
        try:
            with unfenced():
                shift(
                    told.agreement.id, to=form.cleaned_data["to"], key=_key(seen, form), via=VIA, actor=ACTOR, day=seen.day,
                    now=clock.now(), evidence=_evidence(None),
                )  # fmt: skip
            return redirect("portal:agreement", seen.case.public_id)
        except AgreementError as refused:
            refusal = sentence(refused)
    context = _context(seen, told=told, form=form, refusal=refusal)
    return render(request, "portal/agreement.html", context, status=422)


@require_POST
@behind_the_door
def end(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """End what was agreed, by the debtor's own wish."""
    told = _active(seen)
    if told is not None:
        with unfenced():
            cancel(told.agreement.id, because="Auf eigenen Wunsch beendet.", day=seen.day, now=clock.now(), actor=ACTOR, tell=False)
    return redirect("portal:overview", seen.case.public_id)


@require_POST
@behind_the_door
def take_offer(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Yes to a settlement that was offered."""
    told = seen.agreement
    if told is None:
        raise AgreementNotFound
    with unfenced():
        accept(told.agreement.id, via=VIA, actor=ACTOR, day=seen.day, now=clock.now(), evidence=_evidence(None))
    return redirect("portal:agreement", seen.case.public_id)


@require_safe
@behind_the_door
def calendar(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """The open instalments as a calendar file: neutral words, because phones show them to anybody."""
    told = _active(seen)
    if told is None:
        raise Http404
    response = HttpResponse(calendar_file(told, seen.creditor.name, now=clock.now()), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{seen.case.reference}.ics"'
    return response
