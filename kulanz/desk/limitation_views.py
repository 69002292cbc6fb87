"""The limitation of a case: the story of each claim, and negotiations that make it stand still (§ 203 BGB)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.commands.negotiations import begin_negotiations, end_negotiations, take_negotiations_back
from kulanz.claims.errors import ClaimsError
from kulanz.claims.lapsing import Lapse, lapses_of_case, negotiations_of
from kulanz.claims.receipt import cited
from kulanz.claims.viewer import unfenced
from kulanz.desk import case_page, queries
from kulanz.desk.limitation_forms import BeginForm, EndForm, TakeBackForm
from kulanz.desk.views import show_case
from kulanz.law.limitation import Effect
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.told import told

_EFFECTS: Final = {
    Effect.WAITING: gettext_lazy("hat noch nicht begonnen"),
    Effect.RUNNING: gettext_lazy("läuft"),
    Effect.SUSPENDED: gettext_lazy("steht still"),
    Effect.RESTARTED: gettext_lazy("beginnt neu"),
    Effect.DELAYED: gettext_lazy("kann vorher nicht enden"),
    Effect.NO_EFFECT: gettext_lazy("bleibt, wie sie ist"),
    Effect.LAPSED: gettext_lazy("ist abgelaufen"),
}


@login_required
@require_safe
def limitation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """When each claim lapses and why, and what was negotiated."""
    return _shown(request, public_id)


@login_required
@require_POST
def begin(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Note that negotiations began."""
    form = BeginForm(request.POST, day=clock.today())
    case = queries.case_file(viewer_from(request), public_id)
    data = form.cleaned_data if form.is_valid() else {}

    def note() -> None:
        begin_negotiations(
            case.id, on=data["on"], who=data["who"], key=str(data["key"]), actor=str(request.user), day=clock.today(), now=clock.now()
        )

    return _noted(request, public_id, form, note, _("Notiert. Solange verhandelt wird, läuft die Frist nicht."))


@login_required
@require_POST
def end(request: HttpRequest, public_id: UUID, source: str) -> HttpResponse:
    """Note their last day."""
    form = EndForm(request.POST, day=clock.today(), auto_id=f"id_end_{source}_%s")
    case = queries.case_file(viewer_from(request), public_id)
    data = form.cleaned_data if form.is_valid() else {}

    def note() -> None:
        end_negotiations(case.id, source, on=data["on"], actor=str(request.user), day=clock.today(), now=clock.now())

    return _noted(request, public_id, form, note, _("Notiert. Die Frist läuft weiter, frühestens endet sie drei Monate danach."))


@login_required
@require_POST
def take_back(request: HttpRequest, public_id: UUID, source: str) -> HttpResponse:
    """There were no such negotiations; the note stays in the timeline with its counter-note."""
    form = TakeBackForm(request.POST, auto_id=f"id_back_{source}_%s")
    case = queries.case_file(viewer_from(request), public_id)
    data = form.cleaned_data if form.is_valid() else {}

    def note() -> None:
        take_negotiations_back(case.id, source, reason=data["reason"], actor=str(request.user), now=clock.now())

    return _noted(request, public_id, form, note, _("Zurückgenommen. Die Frist wird gerechnet, als wäre es nie notiert worden."))


def _noted(request: HttpRequest, public_id: UUID, form: Form, note: Callable[[], None], done: str) -> HttpResponse:
    """Carry out a checked form, or show the page again with what is wrong."""
    if form.is_valid():
        try:
            with unfenced():
                note()
        except ClaimsError as refusal:
            form.add_error(None, str(told(refusal)))
        else:
            toasts.success(request, done)
            return redirect("desk:limitation", public_id)
    return _shown(request, public_id, status=422, failed=form)


def _shown(request: HttpRequest, public_id: UUID, *, status: int = 200, failed: Form | None = None) -> HttpResponse:
    viewer, day = viewer_from(request), clock.today()
    context = case_page.context(viewer, public_id, "limitation", day)
    case = context["case"]
    talks = negotiations_of(viewer, case)
    shown = {
        "lapses": [(lapse, lapse.lapsed(day), _story(lapse)) for lapse in lapses_of_case(viewer, case)],
        "talks": [
            (one, EndForm(day=day, auto_id=f"id_end_{one.source}_%s"), TakeBackForm(auto_id=f"id_back_{one.source}_%s")) for one in talks
        ],
        "lasting": any(one.lasting for one in talks),
        "begin_form": failed if isinstance(failed, BeginForm) else BeginForm(day=day),
        "german": case.creditor.country == "DE",
    }
    return show_case(request, context | shown, status, failed=failed)


def _story(lapse: Lapse) -> list[tuple[Any, str, str]]:
    """Each line of a story with its effect and its rule in the language of the page."""
    language = "en" if (get_language() or "de").startswith("en") else "de"
    return [(line, str(_EFFECTS[line.effect]), cited(line.rule, language)) for line in lapse.story]
