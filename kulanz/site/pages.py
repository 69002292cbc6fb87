"""Pages that belong to no room: the front door, the choice of light and dark, the style sheet, the style guide."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.models import Role, User
from kulanz.site import clock, styles
from kulanz.site.tables import Column, Table

_A_YEAR = 365 * 24 * 3600
DEMO_PASSWORD = "kulanz-demo-2026"  # noqa: S105  (shown to everyone who opens the demo; a test keeps it equal to the world's)
ROLES = {Role.AGENT: _("Sachbearbeitung"), Role.LEAD: _("Teamleitung"), Role.MANAGER: _("Leitung"), Role.ADMIN: _("Verwaltung")}


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The front door. In the demo it names the doors and the logins; elsewhere it leads staff to their work."""
    if settings.KULANZ_DEMO:
        staff = User.objects.order_by("id")
        logins = [{"name": user.username, "password": DEMO_PASSWORD, "role": ROLES[Role(user.role)]} for user in staff]
        return render(request, "site/start.html", {"logins": logins})
    return redirect("desk:worklist")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or the system's choice, and go back to where the reader was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = redirect(target)
    chosen = request.POST.get("theme", "")
    if chosen in {"light", "dark"}:
        response.set_cookie("theme", chosen, max_age=_A_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_safe
def style_sheet(request: HttpRequest, version: str) -> HttpResponse:
    """All CSS as one file; an old address is an error, so that a page never gets the wrong look from a cache."""
    if version != styles.version():
        raise Http404
    response = HttpResponse(styles.bundle(), content_type="text/css; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={_A_YEAR}, immutable"
    return response


class SampleForm(forms.Form):
    """Every kind of field, for the style guide."""

    paid_on = forms.DateField(
        label=_("Wann haben Sie bezahlt?"),
        help_text=_("Ungefähr reicht."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    topic = forms.ChoiceField(
        label=_("Was stimmt nicht?"),
        choices=[("amount", _("Der Betrag")), ("person", _("Ich bin die falsche Person"))],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("Möchten Sie etwas dazu sagen?"), required=False, widget=forms.Textarea)
    sure = forms.BooleanField(label=_("Ich habe es geprüft"), help_text=_("Das kann nicht rückgängig gemacht werden."))


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state, on one page that the accessibility test crawls too."""
    day = clock.today()
    table = Table(
        columns=[Column("name", "Name"), Column("day", "Fällig"), Column("amount", "Betrag", numeric=True)],
        rows=[("Brandt, Jörg", day, 124000), ("Yılmaz, Elif", day - timedelta(days=65), 8589)],
        total=214, page=2, page_size=2, sort="-amount",
    )  # fmt: skip
    entries = [
        {"at": clock.now(), "symbol": "mail", "text": "Erinnerung per E-Mail", "because": ["Die erste Erinnerung ist kostenlos."],
         "actor": "Tageslauf"},
        {"at": clock.now() - timedelta(days=65), "symbol": "receipt-text", "text": "Rechnung 2026-10427 fällig", "chip": "offen",
         "tone": "attention"},
    ]  # fmt: skip
    context = {
        "form": SampleForm(),
        "wrong": SampleForm({"paid_on": "gestern", "topic": "", "words": "Ich habe doch schon überwiesen."}),
        "table": table,
        "entries": entries,
        "day": day,
        "colours": ["ground", "surface", "tint", "ink", "muted", "primary", "attention", "danger", "information"],
    }
    return render(request, "site/styleguide.html", context)
