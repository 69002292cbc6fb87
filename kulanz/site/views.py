"""Pages that belong to no room: errors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from kulanz.errors import KulanzError
from kulanz.site.told import told


def problem_page(request: HttpRequest, error: KulanzError) -> HttpResponse:
    """The page of an expected error: its sentence, what to do, its code."""
    said = told(error)
    context = {"message": said.message, "remedy": said.remedy, "detail": said.detail, "code": error.code}
    return render(request, "problem.html", context, status=error.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page for a form whose protection token is missing or old."""
    context = {
        "message": _("Diese Seite war zu lange offen oder wurde doppelt abgeschickt."),
        "remedy": _("Bitte laden Sie die Seite neu und senden Sie das Formular noch einmal."),
        "code": "csrf",
    }
    return render(request, "problem.html", context, status=403)
