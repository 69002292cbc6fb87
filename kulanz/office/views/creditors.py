"""The creditors of the installation, and what each has set: for managers and admins, with a history."""

from __future__ import annotations

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from kulanz.claims.models import Role
from kulanz.claims.viewer import unfenced
from kulanz.errors import KulanzError
from kulanz.office import queries
from kulanz.office.access import for_roles
from kulanz.office.creditor_settings import GROUPS, SettingsForm
from kulanz.office.setting_words import told as change_told
from kulanz.payments.commands.settings import recorded
from kulanz.payments.queries_settings import Stored, stored
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.told import told

MANAGING = frozenset({Role.MANAGER, Role.ADMIN})
HISTORY_SHOWN = 60


@require_safe
@for_roles(MANAGING)
def creditors(request: HttpRequest) -> HttpResponse:
    """Whose settings may be looked at."""
    return render(request, "office/creditors.html", {"creditors": queries.creditors(viewer_from(request)), "room": "creditors"})


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(MANAGING)
def creditor(request: HttpRequest, key: str) -> HttpResponse:
    """One creditor's settings, a form for each group; only the one that was sent is stored."""
    found = stored(viewer_from(request), key)
    sent = request.POST.get("group", "") if request.method == "POST" else ""
    made = {name: _form(request, name, found, sent) for name in GROUPS}
    if sent in made and made[sent].is_valid() and _stored(request, found, made[sent]):
        toasts.success(request, _("Gespeichert."))
        return redirect(f"{reverse('office:creditor', args=[key])}#{sent}")
    context = {
        "creditor": found.creditor, "groups": [(name, GROUPS[name], form) for name, form in made.items()], "room": "creditors",
        "history": [(change, *change_told(change)) for change in found.history[:HISTORY_SHOWN]],
        "more": HISTORY_SHOWN if len(found.history) > HISTORY_SHOWN else 0,
        "earlier": found.all_terms[1:], "undecided": found.undecided,
    }  # fmt: skip
    return render(request, "office/creditor.html", context, status=422 if sent else 200)


def _form(request: HttpRequest, name: str, found: Stored, sent: str) -> SettingsForm:
    given = request.POST if name == sent else None
    return GROUPS[name].form(given, initial=dict(GROUPS[name].initial(found)), prefix=name)


def _stored(request: HttpRequest, found: Stored, form: SettingsForm) -> bool:
    """Store a group; a refusal of a command stands on the form in its own words."""
    actor, now = str(request.user), clock.now()
    try:
        with unfenced(), recorded(found.creditor.id, actor=actor, now=now):
            form.save(found.creditor, actor, now)
    except KulanzError as error:
        form.add_error(None, str(told(error)))
        return False
    return True
