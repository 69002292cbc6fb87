"""What the tab "Vereinbarung" of a case shows: what stands, what could be agreed, what was before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from kulanz.claims.models import Case, CaseState
from kulanz.claims.viewer import Viewer
from kulanz.desk.agreement_forms import BudgetForm, BundleForm, DayForm, EndForm, OfferForm, PlanForm, ShiftForm, WishForm
from kulanz.payments.commands.agreements.revise import latest_shift
from kulanz.payments.models import AgreementKind, AgreementState
from kulanz.payments.queries_agreements import Told, cases_of_same_person, of_case
from kulanz.payments.queries_situation import Situation, situation, situation_for_change
from kulanz.payments.rules.affordability import Budget, affordable
from kulanz.payments.rules.plan import Rhythm
from kulanz.site.plans import KINDS, LIMITATION, NOTES, STATES, TONES, VIAS, PlanShown, euros_typed, show_plan


def shown(viewer: Viewer, case: Case, asked: Mapping[str, str], *, day: date) -> dict[str, Any]:
    """Everything the tab needs. `asked` are the wish and the budget out of the address: both change nothing."""
    past = of_case(viewer, case.id)
    live = next((each for each in past if each.agreement.state in (AgreementState.ACTIVE, AgreementState.OFFERED)), None)
    waiting = next((each for each in past if each.agreement.state == AgreementState.PROPOSED), None)
    running = live if live is not None and live.agreement.state == AgreementState.ACTIVE else None
    case = Case.objects.select_related("debtor", "creditor").get(id=case.id)
    found = situation(case, day) if running is None else situation_for_change(case, day, running.agreement)
    open_case = case.state == CaseState.OPEN and found.open_cents > 0
    may_plan = open_case and (running is None or running.agreement.kind == AgreementKind.PLAN)
    wish = WishForm(asked)
    plan = wished(found, wish.cleaned_data if wish.is_valid() else {}) if may_plan else None
    return {
        "live": live,
        "live_via": VIAS.get(live.agreement.via, live.agreement.via) if live else "",
        "waiting": waiting,
        "past": [_told(each) for each in past],
        "running": running,
        "found": found,
        "shown_plan": plan,
        "plan_form": plan_form(plan),
        "wish_form": _wish_form(plan),
        "wish_errors": {} if wish.is_valid() else wish.errors,
        "day_form": DayForm(initial={"until_on": day + timedelta(days=14), "kind": AgreementKind.DEFERRAL.value}, auto_id="id_day_%s"),
        "offer_form": OfferForm(initial={"until_on": day + timedelta(days=14)}, auto_id="id_offer_%s"),
        "end_form": EndForm(auto_id="id_end_%s"),
        "shift_form": _shift_form(running, day),
        "open_case": open_case,
        "notes": list(NOTES.values()),
        "limitation": LIMITATION,
        "siblings": [each for each in cases_of_same_person(viewer, case) if each.id != case.id] if open_case and running is None else [],
        "bundle_form": BundleForm(auto_id="id_bundle_%s"),
    } | _budget(found, asked)


def _told(each: Told) -> tuple[Told, Any, Any, str]:
    """An agreement with the words for its kind and state, and the state's tone."""
    agreement = each.agreement
    return each, KINDS[agreement.kind], STATES[agreement.state], TONES.get(agreement.state, "plain")


def wished(found: Situation, typed: Mapping[str, Any]) -> PlanShown:
    """The plan for a wish out of the address."""
    rhythm = Rhythm(typed.get("rhythm") or Rhythm.MONTH)
    return show_plan(found, amount_cents=typed.get("amount"), rhythm=rhythm, first_on=typed.get("first_on"))


def plan_form(plan: PlanShown | None) -> PlanForm | None:
    """The button that agrees what is shown."""
    if plan is None or plan.plan is None:
        return None
    wish = plan.wish
    initial = {"amount_cents": wish.amount_cents, "rhythm": wish.rhythm.value, "first_on": wish.first_on.isoformat(), "seen": plan.seen}
    return PlanForm(initial=initial, auto_id="id_plan_%s")


def _wish_form(plan: PlanShown | None) -> WishForm:
    if plan is None:
        return WishForm(auto_id="id_wish_%s")
    wish = plan.wish
    initial = {"amount": euros_typed(wish.amount_cents), "rhythm": wish.rhythm.value, "first_on": wish.first_on}
    return WishForm(initial=initial, auto_id="id_wish_%s")


def _shift_form(running: Told | None, day: date) -> ShiftForm | None:
    if running is None or running.agreement.kind != AgreementKind.PLAN or running.progress.next is None:
        return None
    latest_on = latest_shift(running, day)
    return ShiftForm(latest_on=latest_on, initial={"to": min(latest_on, day + timedelta(days=14))}, auto_id="id_shift_%s")


def _budget(found: Situation, asked: Mapping[str, str]) -> dict[str, Any]:
    """The estimate for what the debtor says in the call."""
    if "net_income" not in asked:
        return {"budget_form": BudgetForm(auto_id="id_budget_%s"), "budget": None}
    form = BudgetForm(asked, auto_id="id_budget_%s")
    if not form.is_valid():
        return {"budget_form": form, "budget": None}
    data = form.cleaned_data
    stated = Budget(data["net_income"], data["dependants"] or 0, data["needs"], data["other"] or 0)
    result = affordable(stated, day=found.day, law=found.law, owed_cents=found.open_cents + found.fee_cents)
    return {"budget_form": form, "budget": result, "safe_euros": euros_typed(result.safe_cents)}
