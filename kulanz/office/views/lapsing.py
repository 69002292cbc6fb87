"""What lapses when: claims whose limitation period ends soon, or has ended."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kulanz.claims.lapsing import Lapse, lapsing
from kulanz.claims.models import Role
from kulanz.law.days import add_years
from kulanz.office.access import for_roles
from kulanz.runs.check import LAPSE_AHEAD
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page


@require_safe
@for_roles(frozenset(Role))
def limitation(request: HttpRequest) -> HttpResponse:
    """Open claims that lapse within a year, nearest first."""
    day, page = clock.today(), chosen_page(request.GET.get("page", ""))
    until = add_years(day, 1)
    found = lapsing(viewer_from(request), until)
    first = (page - 1) * PAGE_SIZE
    table = Table(
        columns=[
            Column("ends_on", _("Verjährt nach dem"), sortable=False),
            Column("name", _("Name"), sortable=False),
            Column("claim", _("Rechnung"), sortable=False),
            Column("why", _("Warum"), sortable=False),
            Column("amount", _("Rechnung offen"), numeric=True, sortable=False),
        ],
        rows=[(lapse, lapse.lapsed(day), _soon(lapse, day)) for lapse in found[first : first + PAGE_SIZE]], total=len(found), page=page,
    )  # fmt: skip
    context = {"table": table, "until": until, "soon": sum(_soon(lapse, day) for lapse in found), "room": "worklist"}
    return render(request, "office/limitation.html", context | {"ahead_days": LAPSE_AHEAD.days})


def _soon(lapse: Lapse, day: date) -> bool:
    """Ends within the time in which somebody must act."""
    return lapse.ends_on is not None and day <= lapse.ends_on <= day + LAPSE_AHEAD
