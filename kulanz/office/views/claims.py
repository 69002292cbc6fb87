"""Claims come in: choose a file, look at what would happen, take it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.viewer import unfenced
from kulanz.intake.commands import Imported, import_claims
from kulanz.intake.errors import IntakeError
from kulanz.intake.rules.profile import read_profile
from kulanz.office import queries, uploads
from kulanz.office.access import LEADING, for_roles
from kulanz.office.forms import ClaimsForm
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import csv_response
from kulanz.site.told import told

SHOWN_ROWS = 10
SHOWN_PROBLEMS = 200


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(LEADING)
def claims(request: HttpRequest) -> HttpResponse:
    """The upload page and the imports so far."""
    viewer = viewer_from(request)
    own = queries.creditors(viewer)
    form = ClaimsForm(request.POST or None, request.FILES or None, creditors=own)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        upload = uploads.Upload(
            user_id=viewer.user_id or 0,
            creditor_id=data["creditor"].id,
            name=data["file"].name,
            profile=data["profile_text"],
            as_of=data["as_of"].isoformat() if data["as_of"] else "",
        )
        return redirect("office:preview", uploads.keep(data["file"].read(), upload))
    context = {"form": form, "imports": queries.imports(viewer), "room": "claims"}
    return render(request, "office/claims.html", context, status=422 if form.is_bound else 200)


@require_safe
@for_roles(LEADING)
def preview(request: HttpRequest, key: str) -> HttpResponse:
    """What an import would do: how the file was read, its first rows, every problem. Nothing has been taken yet."""
    try:
        imported, upload = _import(request, key, dry_run=True)
    except IntakeError as error:
        return render(request, "office/claims_refused.html", {"error": told(error), "room": "claims"}, status=422)
    problems = imported.reasons()
    context = {
        "upload": upload,
        "key": key,
        "imported": imported,
        "detected": imported.batch.table.detected,
        "styles": imported.batch.styles,
        "rows": [_row(values) for values in imported.batch.claims.head(SHOWN_ROWS).iter_rows(named=True)],
        "problems": problems[:SHOWN_PROBLEMS],
        "problem_count": len(problems),
        "room": "claims",
    }
    return render(request, "office/claims_preview.html", context)


@require_safe
@for_roles(LEADING)
def preview_problems(request: HttpRequest, key: str) -> HttpResponse:
    """The rows that would not be taken, as a file to correct and hand in again."""
    imported, upload = _import(request, key, dry_run=True)
    return _download(imported.problem_file(), upload.name)


@require_POST
@for_roles(LEADING)
def take(request: HttpRequest, key: str) -> HttpResponse:
    """Take the file. Pressed twice, the second time finds it taken."""
    imported, _upload = _import(request, key, dry_run=False)
    uploads.drop(key)
    text = ngettext("Übernommen. %(n)s Rechnung ist neu.", "Übernommen. %(n)s Rechnungen sind neu.", imported.new)
    toasts.success(request, text % {"n": imported.new})
    return redirect("office:import", imported.import_id)


@require_safe
@for_roles(LEADING)
def import_page(request: HttpRequest, import_id: int) -> HttpResponse:
    """What became of a file."""
    viewer = viewer_from(request)
    file = queries.import_file(viewer, import_id)
    context = {"file": file, "problems": queries.import_problems(viewer, file, limit=SHOWN_PROBLEMS), "room": "claims"}
    return render(request, "office/import.html", context)


@require_safe
@for_roles(LEADING)
def import_problems(request: HttpRequest, import_id: int) -> HttpResponse:
    """The rows of an import that were not taken, to correct and import again. The two added columns are ignored then."""
    viewer = viewer_from(request)
    file = queries.import_file(viewer, import_id)
    problems = queries.import_problems(viewer, file)
    reasons: dict[int, list[str]] = {}
    rows: dict[int, dict[str, str]] = {}
    for problem in problems:
        reasons.setdefault(problem.line, []).append(f"{problem.column}: {problem.reason}" if problem.column else problem.reason)
        rows.setdefault(problem.line, problem.raw)
    columns = max(rows.values(), key=len, default={})
    table = ([*(rows[line].get(name, "") for name in columns), line, " | ".join(reasons[line])] for line in sorted(rows))
    return csv_response(f"problems-{file.id}", [*columns, "Kulanz-Zeile", "Kulanz-Grund"], table)


def _import(request: HttpRequest, key: str, *, dry_run: bool) -> tuple[Imported, uploads.Upload]:
    viewer = viewer_from(request)
    content, upload = uploads.find(key, viewer.user_id)
    creditor = next((one for one in queries.creditors(viewer) if one.id == upload.creditor_id), None)
    if creditor is None:
        raise NotFound
    with unfenced():
        imported = import_claims(
            content,
            creditor,
            read_profile(upload.profile),
            name=upload.name,
            as_of=upload.as_of_day,
            dry_run=dry_run,
            actor=str(request.user),
            now=clock.now(),
            dice=random.SystemRandom(),
        )
    return imported, upload


@dataclass(frozen=True, slots=True)
class Row:
    """A claim as it was understood."""

    line: int
    number: str
    name: str
    place: str
    reach: str
    invoiced_on: date
    due_on: date
    principal_cents: int
    currency: str


def _row(values: dict[str, Any]) -> Row:
    name = values["company_name"] or f"{values['given_name']} {values['family_name']}".strip()
    place = f"{values['postcode']} {values['city']}".strip()
    return Row(
        values["line"], values["external_id"], name, place, values["email"] or values["phone"] or "", values["invoiced_on"],
        values["due_on"], values["principal_cents"], values["currency"],
    )  # fmt: skip


def _download(content: bytes, name: str) -> HttpResponse:
    stem = "".join(sign for sign in name.rsplit(".", 1)[0] if sign.isascii() and (sign.isalnum() or sign in "-_")) or "datei"
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{stem}-problems.csv"'
    return response
