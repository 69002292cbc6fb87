"""What one person asked for and a second must decide: waivers, credit notes, write-offs and costs above the creditor's limit."""

from __future__ import annotations

from typing import Any

from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.commands.relief import Relief, decide_proposal, worth_of
from kulanz.claims.errors import ClaimsError, NotAllowed
from kulanz.claims.models import Proposal, ProposalState, Role, User
from kulanz.claims.viewer import unfenced
from kulanz.ledger.components import Component
from kulanz.office import decisions
from kulanz.office.access import for_roles
from kulanz.office.forms import DecideForm
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort

ALL = frozenset(Role)


@require_safe
@for_roles(ALL)
def proposals(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, and what was decided."""
    viewer, text = viewer_from(request), request.GET.get("q", "").strip()[:100]
    state = request.GET.get("state", "open")
    state = state if state in decisions.STATES else "open"
    sort, page = chosen_sort(request.GET.get("sort", ""), decisions.SORTS, "asked_at"), chosen_page(request.GET.get("page", ""))
    found = decisions.proposals(viewer, state=state, text=text, sort=sort, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    table = Table(
        columns=[
            Column("asked_at", _("Seit")),
            Column("name", _("Name")),
            Column("what", _("Was und warum"), sortable=False),
            Column("cents", _("Betrag"), numeric=True),
            Column("decide", _("Entscheidung"), sortable=False),
        ],
        rows=[_row(request, one) for one in found.rows], total=found.total, page=page, sort=sort,
    )  # fmt: skip
    names = {"open": _("Offen"), "agreed": _("Zugestimmt"), "refused": _("Abgelehnt")}
    filters = [(key, names[key], found.counts.get(key, 0)) for key in decisions.STATES]
    context = {"table": table, "state": state, "filters": filters, "text": text, "room": "decide"}
    return render(request, "office/proposals.html", context)


def _row(request: HttpRequest, proposal: Proposal) -> dict[str, Any]:
    """A proposal, what it is worth today, and why this reader may not decide it, if so."""
    return {
        "one": proposal,
        "what": decisions.what(proposal),
        "worth": _worth(proposal) if proposal.state == ProposalState.OPEN else proposal.cents,
        "barred": _barred(request, proposal),
    }


def _worth(proposal: Proposal) -> int:
    """What agreeing would really move today: a write-off has no amount of its own, and money may have come in meanwhile."""
    relief = Relief(
        proposal.claim_id, proposal.kind, clock.today(), proposal.reason, proposal.key, proposal.cents, Component(proposal.component)
    )
    try:
        return worth_of(relief, proposal.claim)
    except ClaimsError:
        return 0


def _barred(request: HttpRequest, proposal: Proposal) -> str:
    if proposal.asked_by == str(request.user):
        return _("Das haben Sie vorgeschlagen. Entscheiden kann es nur jemand anderes.")
    if isinstance(request.user, User) and request.user.role == Role.AGENT:
        return _("Darüber entscheidet Ihre Teamleitung.")
    return ""


@require_POST
@for_roles(ALL)
def decide(request: HttpRequest, proposal_id: int) -> HttpResponse:
    """Agree and book, or refuse with a reason."""
    proposal = decisions.proposal(viewer_from(request), proposal_id)
    if barred := _barred(request, proposal):
        raise NotAllowed(barred)
    form = DecideForm(request.POST)
    if not form.is_valid():
        toasts.error(request, _("Bitte beim Ablehnen einen Grund angeben, mindestens drei Zeichen. Es ist nichts geändert."))
        return redirect("office:proposals")
    agree = form.cleaned_data["verdict"] == "agree"
    with unfenced():
        decided = decide_proposal(
            proposal.id, agree=agree, actor=str(request.user), day=clock.today(), now=clock.now(), because=form.cleaned_data["because"]
        )
    if decided.state == ProposalState.AGREED and agree:
        toasts.success(request, _("Zugestimmt und gebucht. Zurücknehmen lässt es sich nur mit einer Gegenbuchung in der Akte."))
    elif decided.state == ProposalState.REFUSED and not agree:
        toasts.success(request, _("Abgelehnt. Im Konto ändert sich nichts; der Grund steht im Verlauf der Akte."))
    else:
        toasts.info(request, _("Darüber hat inzwischen schon jemand entschieden. Ihre Antwort hat nichts geändert."))
    return redirect("office:proposals")
