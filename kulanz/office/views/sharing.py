"""One payment for several cases, shared out by hand."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Role
from kulanz.claims.viewer import unfenced
from kulanz.office import queries, sharing
from kulanz.office.access import for_roles
from kulanz.payments.commands import share_out
from kulanz.payments.models import BankLine, LineState
from kulanz.payments.readers.remittance_list import BYTES_MAX, RemittanceList, read_remittance_list
from kulanz.payments.readers.shape import Problem
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.templatetags.kulanz_ui import plain_amount

PASTED: str = "Liste"


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(frozenset(Role))
def share_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Share one incoming line over cases and invoices; nothing is booked before the sum is right and somebody says so."""
    viewer, day = viewer_from(request), clock.today()
    line = queries.line(viewer, line_id)
    if line.amount_cents <= 0:
        raise NotFound("Diesen Bankumsatz gibt es hier nicht.")
    if line.state == LineState.BOOKED:
        toasts.info(request, _("Diese Zahlung ist schon gebucht. Zum Ändern erst zurücknehmen."))
        return redirect("office:lines")
    if request.method != "POST":
        return _page(request, sharing.first_sheet(viewer, line, day))
    act, given = request.POST.get("do", "check"), _listed(request)
    rows = [sharing.Written(row.number, plain_amount(row.cents)) for row in given.rows] if given else sharing.typed(request.POST)
    rows = _changed(rows, act)
    text = request.POST.get("q", "").strip()[:100]
    made = sharing.sheet(viewer, line, rows, text=text, fill=act != "book", day=day)
    if act == "book" and made.ready:
        return _booked(request, line, made)
    return _page(request, made, refused=act == "book", problems=given.problems if given else (), text=text)


def _listed(request: HttpRequest) -> RemittanceList | None:
    """The list that was pasted or uploaded, if that is what was asked for."""
    if request.POST.get("do") != "list":
        return None
    file = request.FILES.get("file")
    if file is not None:
        return read_remittance_list(file.read(BYTES_MAX + 1), file.name or PASTED)
    return read_remittance_list(request.POST.get("list", ""), PASTED)


def _changed(rows: list[sharing.Written], act: str) -> list[sharing.Written]:
    """One row more or one less, if a button beside it was pressed."""
    what, __, which = act.partition(":")
    if what == "add" and which:
        return [*rows, sharing.Written(which[:100], "")]
    if what == "remove" and which.isascii() and which.isdigit():
        return [row for number, row in enumerate(rows) if number != int(which)]
    return rows


def _booked(request: HttpRequest, line: BankLine, made: sharing.Sheet) -> HttpResponse:
    shares = made.shares()
    with unfenced():
        share_out(line.id, shares, actor=str(request.user), now=clock.now(), day=clock.today())
    told = ngettext("Gebucht auf %(count)s Anteil.", "Gebucht auf %(count)s Anteile.", len(shares)) % {"count": len(shares)}
    silent = _("Vorgesehene Erinnerungen sind angehalten, Bestätigungen gehen hinaus.")
    toasts.success(request, f"{told} {silent}")
    return redirect("office:lines")


def _page(
    request: HttpRequest, made: sharing.Sheet, *, refused: bool = False, problems: Sequence[Problem] = (), text: str = ""
) -> HttpResponse:
    context = {"sheet": made, "line": made.line, "refused": sharing.why_not(made) if refused else "", "problems": problems, "text": text,
               "room": "money"}  # fmt: skip
    return render(request, "office/share_line.html", context, status=422 if refused else 200)
