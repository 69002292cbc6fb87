"""One plan for several creditors: prove, see the split to the cent, say yes to each. GET shows, POST agrees; no script is needed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kulanz.claims.models import Case
from kulanz.claims.viewer import unfenced, viewing
from kulanz.contact.errors import LinkLocked, LinkUnusable
from kulanz.payments.agreement_errors import AgreementError, ScheduleChanged
from kulanz.payments.commands.agreements import BundleAsked, agree_bundle
from kulanz.payments.commands.agreements.agree import digest
from kulanz.payments.commands.agreements.bundle import BundlePart, draft_parts, smallest_for
from kulanz.payments.models import Agreement, AgreementState
from kulanz.payments.queries_situation import Situation
from kulanz.payments.rules.plan import Rhythm
from kulanz.portal import queries
from kulanz.portal.together.forms import ProofForm, TogetherAgreeForm, TogetherForm
from kulanz.portal.together.proven import behind_their_fence, free_situations, prove, proven_cases
from kulanz.portal.views import behind_the_door
from kulanz.site import clock
from kulanz.site.plans import LIMITATION, NOTES, RHYTHMS, USUAL_COUNT, euros_typed, evidence, sentence
from kulanz.site.templatetags.kulanz_ui import money

VIA, ACTOR = "portal", "debtor"
EURO = 100


@dataclass(frozen=True, slots=True)
class PartShown:
    """One creditor's part with the words the debtor says yes to."""

    part: BundlePart
    words: str

    @property
    def case(self) -> Case:
        return self.part.found.case


@dataclass(frozen=True, slots=True)
class TogetherShown:
    """The split that is shown, or why there is none."""

    amount_cents: int
    least_cents: int
    owed_cents: int
    first_on: date
    rhythm: Rhythm
    parts: tuple[PartShown, ...] = ()
    refusal: str = ""

    @property
    def seen(self) -> str:
        """A short fingerprint of everything that is shown."""
        text = "|".join(f"{each.case.id}:{digest(each.part.plan)}" for each in self.parts)
        return hashlib.sha256(text.encode()).hexdigest()[:24]


@sensitive_post_parameters("answer")
@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def together(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """One rate for all creditors whose cases were proven here."""
    cases = [] if seen.settled else proven_cases(request, seen)
    if seen.active or not cases:
        return _standing(request, seen, cases)
    if request.method == "POST" and "reference" in request.POST:
        return _prove(request, seen)
    found = {each.case.id: each for each in free_situations(cases, seen.day)}
    left_out = [case for case in cases if case.id not in found]
    if seen.case.id not in found:
        return _standing(request, seen, cases)
    picked = set(request.POST.getlist("with") or request.GET.getlist("with"))
    chosen = [each for each in found.values() if not picked or each.case.id == seen.case.id or str(each.case.public_id) in picked]
    if request.method == "POST":
        return _agree(request, seen, list(found.values()), chosen, left_out)
    asked = TogetherForm(request.GET)
    typed = asked.cleaned_data if asked.is_valid() else {}
    shown = _shown(chosen, typed.get("amount"), typed.get("first_on"), Rhythm(typed.get("rhythm") or Rhythm.MONTH))
    return _page(request, seen, list(found.values()), chosen, left_out, shown, errors=asked.errors)


def _shown(chosen: Sequence[Situation], amount_cents: int | None, first_on: date | None, rhythm: Rhythm) -> TogetherShown:
    """Work out the split; what is missing in the wish is filled with the kind default."""
    first_on = first_on or min(each.first_day() for each in chosen)
    owed = sum(each.open_cents + each.fee_cents for each in chosen)
    if len(chosen) < 2:
        return TogetherShown(amount_cents or 0, 0, owed, first_on, rhythm)
    least = 0
    try:
        least = smallest_for(chosen, first_on=first_on, rhythm=rhythm)
        usual = min(owed, max(least, -(-owed // USUAL_COUNT // EURO) * EURO))
        amount = min(amount_cents or usual, owed)
        if amount < least:
            refusal = _("Die kleinste mögliche Rate für alle zusammen ist %(better)s, damit jeder Teil ein Ende hat.")
            return TogetherShown(amount, least, owed, first_on, rhythm, refusal=refusal % {"better": money(least)})
        parts = draft_parts(chosen, amount_cents=amount, first_on=first_on, rhythm=rhythm)
    except AgreementError as refused:
        return TogetherShown(amount_cents or least, least, owed, first_on, rhythm, refusal=sentence(refused))
    return TogetherShown(amount, least, owed, first_on, rhythm, tuple(PartShown(part, _words(part)) for part in parts))


def _words(part: BundlePart) -> str:
    """What the debtor agrees to for one creditor, as it is shown and kept; it names nobody else."""
    told = {"name": part.found.case.creditor.name, "share": money(part.share.cents, part.found.case.currency)}
    return _("Ja, %(name)s bekommt %(share)s von jeder Rate. %(name)s erfährt nur diesen Anteil.") % told


def _prove(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Take a further case into the plan. Whatever is wrong is answered with the same words."""
    form = ProofForm(request.POST)
    wrong = _("Diese beiden Angaben passen nicht zusammen. Bitte sehen Sie auf dem Schreiben nach.")
    try:
        if form.is_valid() and prove(request, seen, form.cleaned_data["reference"], form.cleaned_data["answer"]):
            toasts.success(request, _("Diese Rechnung ist jetzt dabei."))
        else:
            toasts.warning(request, wrong)
    except LinkLocked:
        toasts.warning(request, _("Das waren zu viele Versuche. Zu Ihrem Schutz geht es erst morgen weiter."))
    except LinkUnusable:
        return redirect("portal:overview", seen.case.public_id)
    return redirect("portal:together", seen.case.public_id)


def _agree(
    request: HttpRequest, seen: queries.Overview, found: list[Situation], chosen: list[Situation], left_out: list[Case]
) -> HttpResponse:
    form = TogetherAgreeForm(request.POST, day=seen.day)
    if not form.is_valid():
        return redirect("portal:together", seen.case.public_id)
    data = form.cleaned_data
    shown = _shown(chosen, data["amount_cents"], data["first_on"], Rhythm(data["rhythm"]))
    if shown.seen != data["seen"] or not shown.parts:
        return redirect(_again(seen, shown, chosen))
    if any(f"yes-{each.case.public_id}" not in request.POST for each in shown.parts):
        refusal = _("Bitte sagen Sie zu jeder Firma ausdrücklich Ja. Wer nicht dabei sein soll, lässt sich oben abwählen.")
        return _page(request, seen, found, chosen, left_out, shown, unanswered=refusal)
    asked = BundleAsked(
        amount_cents=shown.amount_cents, first_on=shown.first_on, rhythm=shown.rhythm,
        consents={each.case.id: each.words for each in shown.parts}, bundle=data["key"], via=VIA, actor=ACTOR,
        seen={each.case.id: digest(each.part.plan) for each in shown.parts},
        told=evidence({"language": get_language() or "de", "at": clock.now().isoformat()}, None),
    )  # fmt: skip
    try:
        with unfenced():  # every case was found through its own door
            agree_bundle(asked, day=seen.day, now=clock.now())
    except ScheduleChanged:
        return redirect(_again(seen, shown, chosen))
    return redirect("portal:together", seen.case.public_id)


def _again(seen: queries.Overview, shown: TogetherShown, chosen: Sequence[Situation]) -> str:
    """The address of the same wish, worked out anew."""
    wish = {
        "amount": euros_typed(shown.amount_cents), "rhythm": shown.rhythm.value, "first_on": shown.first_on.isoformat(),
        "with": [str(each.case.public_id) for each in chosen], "moved": 1,
    }  # fmt: skip
    return reverse("portal:together", args=[seen.case.public_id]) + "?" + urlencode(wish, doseq=True)


def _page(
    request: HttpRequest, seen: queries.Overview, found: list[Situation], chosen: list[Situation], left_out: list[Case],
    shown: TogetherShown, *, errors: Any = None, unanswered: str = "",
) -> HttpResponse:  # fmt: skip
    wish = {"rhythm": shown.rhythm.value, "first_on": shown.first_on}
    amount = {"amount": euros_typed(shown.amount_cents)} if shown.amount_cents else {}
    agreeing = TogetherAgreeForm(
        day=seen.day,
        initial=wish | {"first_on": shown.first_on.isoformat(), "amount_cents": shown.amount_cents, "seen": shown.seen},
    )
    context: dict[str, Any] = {
        "seen": seen, "case": seen.case, "creditor": seen.creditor, "debtor": seen.case.debtor, "day": seen.day,
        "found": found, "chosen_ids": {each.case.id for each in chosen}, "left_out": left_out, "shown": shown, "proof": ProofForm(),
        "form": TogetherForm(initial=wish | amount), "agreeing": agreeing, "errors": errors or {}, "unanswered": unanswered,
        "yes": {name.removeprefix("yes-") for name in request.POST if name.startswith("yes-")},
        "notes": NOTES.values(), "limitation": LIMITATION, "moved": request.GET.get("moved"),
        "how_often": dict(RHYTHMS)[shown.rhythm.value],
    }  # fmt: skip
    return render(request, "portal/together.html", context, status=422 if unanswered else 200)


def _standing(request: HttpRequest, seen: queries.Overview, cases: Sequence[Case]) -> HttpResponse:
    """What was agreed together, each part read behind its own case's fence; without such a plan the page of the one that stands."""
    bundle = seen.agreement.agreement.bundle if seen.agreement is not None and seen.active else None
    if bundle is None:
        return redirect("portal:agreement" if seen.active else "portal:overview", seen.case.public_id)
    viewer = behind_their_fence(cases)
    with viewing(viewer):
        rows = viewer.narrow(Agreement.objects.filter(bundle=bundle, state=AgreementState.ACTIVE))
        parts = list(rows.select_related("case", "creditor").order_by("case_id"))
    context = {
        "seen": seen, "case": seen.case, "creditor": seen.creditor, "debtor": seen.case.debtor, "day": seen.day, "parts": parts,
        "total_cents": sum(row.terms["amount_cents"] for row in parts),
    }  # fmt: skip
    return render(request, "portal/together_standing.html", context)
