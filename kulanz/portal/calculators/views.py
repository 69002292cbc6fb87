"""The calculators' pages: one view for all of them, the list, the state of the law's tables. No login, no database, nothing stored."""

from __future__ import annotations

import json

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from kulanz.law.calculators import CALCULATORS, answer, error_object
from kulanz.law.calculators.derivation import derive
from kulanz.law.english import in_language
from kulanz.law.errors import LawError
from kulanz.law.tables import states
from kulanz.portal.calculators.forms import CalculatorForm
from kulanz.portal.calculators.shown import Shown, shown
from kulanz.portal.calculators.words import CALCULATORS as WORDS
from kulanz.portal.calculators.words import SELDOM_NEEDED
from kulanz.site import clock

_BESIDE = {
    "unknown_region": ("land",),
    "outside_table": ("last_interest_day", "on", "mandate_on", "filed_on"),
    "not_verified": ("country",),
    "not_in_this_country": ("country",),
}
"""Beside which field a refusal of the law stands, by its code; the first that the calculator has."""


@transaction.non_atomic_requests
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All calculators in plain words."""
    return render(request, "law/index.html", {"calculators": [(name, WORDS[name]) for name in CALCULATORS]})


@transaction.non_atomic_requests
@require_safe
def calculator(request: HttpRequest, name: str) -> HttpResponse:
    """A question as a form; with its fields in the address, the answer and the way to it. The address can be kept and passed on."""
    if name not in CALCULATORS:
        raise Http404
    form = _form(name, request.GET)
    result = _result(form) if form.is_bound and form.is_valid() and not form.more else None
    context = {"name": name, "words": WORDS[name], "form": form, "parts": _parts(form), "result": result, "asked": request.GET.urlencode()}
    return render(request, "law/calculator.html", context)


@transaction.non_atomic_requests
@require_safe
def answer_as_json(request: HttpRequest, name: str) -> HttpResponse:
    """The same answer for programs; a question that cannot be answered gives the error object with status 422."""
    if name not in CALCULATORS:
        raise Http404
    form = _form(name, request.GET)
    if not form.is_bound or not form.is_valid():
        wrong = json.loads(form.errors.as_json()) if form.is_bound else {}
        return JsonResponse({"error": {"code": "bad_field", "fields": sorted(wrong)}}, status=422)
    try:
        return JsonResponse(answer(name, form.question()), json_dumps_params={"ensure_ascii": False})
    except LawError as error:
        return JsonResponse(error_object(error), status=error.status, json_dumps_params={"ensure_ascii": False})


@transaction.non_atomic_requests
@require_safe
def tables(request: HttpRequest) -> HttpResponse:
    """How far the law's tables reach, the one that ends first on top."""
    language = get_language() or "de"
    listed = [(in_language(state.table.title, language), state) for state in states(clock.today())]
    return render(request, "law/tables.html", {"tables": listed})


def _form(name: str, given: QueryDict) -> CalculatorForm:
    return CalculatorForm(CALCULATORS[name], given, bound=bool(given))


def _result(form: CalculatorForm) -> Shown | None:
    """The answer; or none, and the refusal stands in the form, beside the field it is about."""
    name, question, language = form.calculator.name, form.question(), get_language() or "de"
    try:
        found = answer(name, question)
    except LawError as error:
        beside = next((field for field in _BESIDE.get(error.code, ()) if field in form.fields), None)
        form.add_error(beside, in_language(str(error), language))
        return None
    return shown(name, question, found, derive(name, question, found), language)


def _parts(form: CalculatorForm) -> list[dict[str, object]]:
    """The fields in order: what is always asked, each list as rows of its own, and folded away what is seldom needed."""
    single = [field for field in form.calculator.fields if not field.items]
    seldom = [form[field.name] for field in single if field.name in SELDOM_NEEDED and not field.required]
    folded = {bound.name for bound in seldom}
    parts: list[dict[str, object]] = [{"fields": [form[field.name] for field in single if field.name not in folded]}]
    for field in form.calculator.fields:
        if field.items:
            rows = [[form[f"{field.name}-{row}-{item.name}"] for item in field.items] for row in range(form.row_counts[field.name])]
            parts.append({"name": field.name, "words": form.words(field.name), "rows": rows})
    if seldom:
        used = any(bound.errors or (bound.data or "") != (bound.field.initial or "") for bound in seldom) if form.is_bound else False
        parts.append({"seldom": seldom, "open": used})
    return parts
