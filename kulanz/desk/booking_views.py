"""Bookings by hand: giving something up, charging a cost, taking it back, correcting terms."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kulanz.claims.commands import record_event
from kulanz.claims.commands.costs import Expense, ReminderCost, charge_expense, charge_reminder
from kulanz.claims.commands.relief import Relief, relieve
from kulanz.claims.commands.terms import NewTerms, correct_terms
from kulanz.claims.commands.undo import undo_booking
from kulanz.claims.errors import ClaimsError, NotAllowed
from kulanz.claims.models import Proposal, Role, User
from kulanz.claims.viewer import unfenced
from kulanz.contact import links
from kulanz.contact.rules import LINK_VALID_DAYS
from kulanz.desk import bookings, case_page, queries
from kulanz.desk.booking_forms import BookingForm, TermsForm, UndoForm, terms_text
from kulanz.desk.views import show_case
from kulanz.ledger.components import Component
from kulanz.site import clock
from kulanz.site.middleware import viewer_from
from kulanz.site.templatetags.kulanz_ui import money
from kulanz.site.told import told


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Book by hand, and see what was booked so far."""
    viewer = viewer_from(request)
    context = case_page.context(viewer, public_id, "bookings", clock.today())
    case = context["case"]
    booked, waiting = bookings.booked_by_hand(viewer, case), bookings.waiting(viewer, case)
    letters = bookings.chargeable_letters(viewer, case, booked, waiting)
    form = BookingForm(request.POST or None, balances=context["claims"], letters=letters)
    if request.method == "POST" and form.is_valid():
        try:
            with unfenced():
                proposal = _do(form, actor=str(request.user))
        except ClaimsError as refusal:
            form.add_error(None, str(told(refusal)))
        else:
            _tell(request, proposal)
            return redirect("desk:bookings", public_id)
    limit = case.creditor.alone_cents_max
    return show_case(
        request,
        context,
        422 if form.errors else 200,
        booking_form=form,
        limit=money(limit, case.currency),
        booked=booked,
        waiting=waiting,
        no_letters=not letters,
        may_correct=may_correct(request),
    )


def _do(form: BookingForm, *, actor: str) -> Proposal | None:
    """Carry out what a checked form asks for; a proposal if a second person must decide."""
    data, day, now = form.cleaned_data, clock.today(), clock.now()
    verb, _colon, part = data["what"].partition(":")
    balance = form.balances[data["claim"]]
    key = f"desk:{data['key']}"
    match verb, part:
        case "charge", "dunning_fee":
            letter = form.letters[data["letter"]]
            cost = ReminderCost(
                data["claim"], data["amount"], letter.on, by_letter=True, key=bookings.LETTER_KEY.format(message=letter.message_id)
            )
            return charge_reminder(cost, actor=actor, day=day, now=now)
        case "charge", _:
            return charge_expense(Expense(data["claim"], data["amount"], day, data["reason"], key), actor=actor, day=day, now=now)
        case "waive", _:
            component = Component(part)
            open_cents = {Component.INTEREST: balance.interest_cents, Component.PRINCIPAL: balance.principal_cents} | balance.fees
            cents = data["amount"] or open_cents.get(component, 0)
            relief = Relief(data["claim"], "waiver", day, data["reason"], key, cents, component)
        case _:
            relief = Relief(data["claim"], verb, day, data["reason"], key, data["amount"] or 0)
    return relieve(relief, actor=actor, day=day, now=now)


def _tell(request: HttpRequest, proposal: Proposal | None) -> None:
    if proposal is None:
        toasts.success(request, _("Gebucht. Zurücknehmen lässt es sich nur mit einer Gegenbuchung, hier auf dieser Seite."))
    else:
        toasts.success(request, _("Vorgeschlagen. Gebucht ist noch nichts: Darüber entscheidet eine zweite Person."))


@login_required
@require_POST
def undo(request: HttpRequest, public_id: UUID, entry_id: int) -> HttpResponse:
    """Take a booking back with a counter-entry."""
    found = queries.case_file(viewer_from(request), public_id)
    form = UndoForm(request.POST)
    if not form.is_valid():
        toasts.error(request, _("Bitte einen Grund angeben, mindestens drei Zeichen."))
        return redirect("desk:bookings", public_id)
    with unfenced():
        undo_booking(found.id, entry_id, reason=form.cleaned_data["reason"], actor=str(request.user), day=clock.today(), now=clock.now())
    toasts.success(request, _("Zurückgenommen mit einer Gegenbuchung. Beide Buchungen bleiben im Konto stehen."))
    return redirect("desk:bookings", public_id)


def may_correct(request: HttpRequest) -> bool:
    """Terms decide about every day of interest: team leads and above."""
    return isinstance(request.user, User) and request.user.role != Role.AGENT


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Correct when interest began, or its rate. The difference is posted."""
    if not may_correct(request):
        raise NotAllowed(fix="Verzugsbeginn und Zinssatz berichtigt Ihre Teamleitung.")
    context = case_page.context(viewer_from(request), public_id, "terms", clock.today())
    claims = {str(balance.claim.id): balance.claim for balance in context["claims"]}
    wanted = claims.get(request.POST.get("claim", request.GET.get("claim", "")))
    chosen = wanted or (next(iter(claims.values())) if len(claims) == 1 else None)
    if chosen is None:
        named = [(claim, terms_text(claim)) for claim in claims.values()]
        return show_case(request, context, terms_form=None, named=named)
    form = TermsForm(request.POST or None, claim=chosen, day=clock.today())
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        new = NewTerms(
            data["claim"], data["first_interest_day"], data["margin_bp"], data["fixed_bp"], "by_hand", data["reason"], f"desk:{data['key']}"
        )
        with unfenced():
            cents = correct_terms(new, actor=str(request.user), day=clock.today(), now=clock.now())
        shown = money(cents, context["case"].currency)
        toasts.success(
            request, _("Berichtigt. Heute ändert das %(cents)s. Die Differenz ist gebucht, nichts wurde überschrieben.") % {"cents": shown}
        )
        return redirect("desk:account", public_id)
    return show_case(request, context, 422 if form.errors else 200, terms_form=form, chosen=chosen, now_terms=terms_text(chosen))


@login_required
@require_POST
@never_cache
def joint_link(request: HttpRequest, public_id: UUID, debtor_id: UUID) -> HttpResponse:
    """A way into the portal for somebody who owes jointly. The address is shown once; their own postcode is the second factor."""
    viewer = viewer_from(request)
    found = queries.case_file(viewer, public_id)
    person = queries.joint_debtor(viewer, found, debtor_id)
    with unfenced():
        address = links.issue_for(found, person, day=clock.today(), now=clock.now())
        record_event(found, "joint_link", f"Eigener Zugang angelegt: {person.display_name}", actor=str(request.user), now=clock.now())
    context = case_page.context(viewer, public_id, "joint", clock.today())
    return show_case(request, context, address=address, person=person, valid_days=LINK_VALID_DAYS)
