"""Giving a mandate, seeing what is collected, taking it back; and getting back what was paid too much. Nothing changes on GET."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages as toasts
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.accounts import open_amounts
from kulanz.payments.commands.checkouts import is_refund_slip
from kulanz.payments.commands.direct_debits import Signature, cancel_collection, collect, preview_mandate, revoke_mandate, sign_mandate
from kulanz.payments.commands.refunds import ask_for_refund, comes_back_by_provider, name_account
from kulanz.payments.debit_errors import CollectionUnderWay, MandateNotFound, NothingToCollect, TooLateToCancel
from kulanz.payments.documents.mandate import mandate_pdf
from kulanz.payments.models import CollectionState, MandateKind, RefundState
from kulanz.payments.queries_debits import DebtorDebits, debits_of, mandate_of
from kulanz.payments.queries_refunds import refund_of
from kulanz.payments.rules.mandate_text import text_hash
from kulanz.portal import queries
from kulanz.portal.direct_debits.forms import AccountForm, AgainForm, DebitForm
from kulanz.portal.views import behind_the_door
from kulanz.site import clock
from kulanz.site.told import told

VIA = "portal"


@dataclass(frozen=True, slots=True)
class Wish:
    """What would be signed: the text, the account, and (unless instalments are collected) how much and when."""

    text: str
    iban: str
    bank: str
    cents: int
    due_on: date | None

    @property
    def seen(self) -> str:
        """A fingerprint of everything that is shown, so that nothing else can be signed."""
        return text_hash(f"{self.text}\n{self.cents}\n{self.due_on}")


def _context(seen: queries.Overview, **more: Any) -> dict[str, Any]:
    return {"seen": seen, "case": seen.case, "creditor": seen.creditor, "debtor": seen.case.debtor, "day": seen.day} | more


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("iban", "holder")
@behind_the_door
def debit(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Direct debit: fill in, read the mandate, give it; with a mandate that stands, what it does and how to end it."""
    debits = debits_of(seen.viewer, seen.case)
    if not debits.offered and not debits.collections:
        return redirect("portal:pay", seen.case.public_id)
    if debits.mandate is not None or debits.next is not None or seen.settled or not debits.offered:
        return _state(request, seen, debits)
    first_on = debits.first_day(seen.day, seen.day)
    form = DebitForm(
        request.POST or None, day=seen.day, first_on=first_on, has_plan=seen.active, initial={"holder": seen.case.debtor.display_name}
    )
    context = _context(seen, form=form, debits=debits, first_on=first_on)
    if request.method != "POST" or "change" in request.POST or not form.is_valid():
        return render(request, "portal/debit.html", context, status=422 if form.is_bound and form.errors else 200)
    wish = _wish(seen, debits, form)
    signing = "sign" in request.POST
    changed = signing and request.POST.get("seen") != wish.seen
    if signing and not changed and request.POST.get("agreed") == "yes":
        _sign(request, seen, form)
        return redirect("portal:debit", seen.case.public_id)
    return render(request, "portal/debit_review.html", context | {"wish": wish, "missing": signing and not changed, "changed": changed})


def _state(request: HttpRequest, seen: queries.Overview, debits: DebtorDebits) -> HttpResponse:
    if request.method == "POST":  # a form sent twice: what it wanted is done
        return redirect("portal:debit", seen.case.public_id)
    again = None
    if debits.mandate is not None and debits.next is None and not seen.settled and not seen.active:
        first_on = debits.first_day(seen.day, seen.day)
        again = AgainForm(day=seen.day, initial={"wanted_on": first_on})
        again.fields["wanted_on"].widget.attrs["min"] = first_on.isoformat()
    return render(request, "portal/debit_state.html", _context(seen, debits=debits, again=again))


def _signature(seen: queries.Overview, form: DebitForm) -> Signature:
    return Signature(
        holder=form.cleaned_data["holder"],
        iban=form.cleaned_data["iban"].iban,
        kind=MandateKind.RECURRENT if form.for_plan else MandateKind.ONE_OFF,
        language="en" if get_language() == "en" else "de",
        second_factor=_("persönlichem Link und Postleitzahl oder Rechnungsnummer"),
        via=VIA,
        key=f"portal:{seen.case.id}:{form.cleaned_data['key']}",
    )


def _wish(seen: queries.Overview, debits: DebtorDebits, form: DebitForm) -> Wish:
    """Exactly what signing will do."""
    text, account = preview_mandate(seen.case, _signature(seen, form))
    if form.for_plan:
        return Wish(text, account.iban, account.bank, 0, None)
    due_on = debits.first_day(form.cleaned_data["wanted_on"], seen.day)
    cents = sum(balance.total_cents for balance in open_amounts([seen.case.id], due_on)[seen.case.id])
    return Wish(text, account.iban, account.bank, cents, due_on)


def _sign(request: HttpRequest, seen: queries.Overview, form: DebitForm) -> None:
    """Sign, and announce the collection that was shown. One form sent twice does it once."""
    mandate = sign_mandate(seen.case.id, _signature(seen, form), day=seen.day, now=clock.now())
    try:
        if not form.for_plan:
            with transaction.atomic():
                collect(
                    mandate.id, amount_cents=None, wanted_on=form.cleaned_data["wanted_on"], day=seen.day, now=clock.now(), shown=True
                )  # fmt: skip
    except (CollectionUnderWay, NothingToCollect):
        return
    toasts.success(request, _("Danke. Das Mandat ist erteilt, eine Bestätigung ist auf dem Weg zu Ihnen."))


@require_POST
@behind_the_door
def collect_again(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Collect what is open under the mandate that stands."""
    debits, form = debits_of(seen.viewer, seen.case), AgainForm(request.POST, day=seen.day)
    if debits.mandate is None:
        raise Http404
    if form.is_valid():
        try:
            with transaction.atomic():
                wanted_on = form.cleaned_data["wanted_on"]
                collect(debits.mandate.id, amount_cents=None, wanted_on=wanted_on, day=seen.day, now=clock.now(), shown=True)
        except (CollectionUnderWay, NothingToCollect) as error:
            toasts.info(request, told(error).message)
    return redirect("portal:debit", seen.case.public_id)


@require_POST
@behind_the_door
def cancel(request: HttpRequest, seen: queries.Overview, collection_id: int) -> HttpResponse:
    """Take back an announced collection."""
    own = debits_of(seen.viewer, seen.case).collections
    if collection_id not in {each.id for each in own}:
        raise Http404
    try:
        with transaction.atomic():
            cancel_collection(collection_id, day=seen.day, now=clock.now())
        toasts.success(request, _("Die Abbuchung entfällt."))
    except TooLateToCancel as error:
        toasts.error(request, str(told(error)))
    return redirect("portal:debit", seen.case.public_id)


@require_POST
@behind_the_door
def revoke(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Revoke the mandate."""
    mandate = debits_of(seen.viewer, seen.case).mandate
    if mandate is not None:
        revoke_mandate(mandate.id, because="", day=seen.day, now=clock.now())
        toasts.success(request, _("Das Mandat ist widerrufen. Wir buchen nichts mehr ab."))
    return redirect("portal:debit", seen.case.public_id)


@require_safe
@behind_the_door
def mandate_file(request: HttpRequest, seen: queries.Overview, mandate_id: UUID) -> HttpResponse:
    """The mandate as a PDF."""
    try:
        mandate = mandate_of(seen.viewer, mandate_id)
    except MandateNotFound as error:
        raise Http404 from error
    response = HttpResponse(mandate_pdf(mandate), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{mandate.reference}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("iban", "holder")
@behind_the_door
def refund(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Money that belongs to the debtor: how much, where it goes, how far it is."""
    row = refund_of(seen.viewer, seen.case.id)
    if row is None and not seen.overpaid_cents:
        return redirect("portal:overview", seen.case.public_id)
    proposed = row if row is not None and row.state == RefundState.OPEN else None
    waiting = seen.overpaid_cents > 0 and (row is None or row.state == RefundState.PAID or (proposed is not None and not proposed.iban))
    same_way = waiting and seen.settled and (proposed.checkout_id is not None if proposed else comes_back_by_provider(seen.case.id))
    form = None
    if same_way:
        if request.method == "POST" and proposed is None:
            ask_for_refund(seen.case.id, by="debtor", day=seen.day, now=clock.now())
            toasts.success(request, _("Danke. Zwei Menschen prüfen das, dann geht das Geld auf demselben Weg zurück."))
            return redirect("portal:refund", seen.case.public_id)
    elif waiting and seen.settled and seen.case.currency == "EUR":
        form = AccountForm(request.POST or None, day=seen.day, initial={"holder": seen.case.debtor.display_name})
        if request.method == "POST" and form.is_valid():
            proposal = proposed or ask_for_refund(seen.case.id, by="debtor", day=seen.day, now=clock.now())
            data = form.cleaned_data
            name_account(proposal.id, iban=data["iban"].iban, holder=data["holder"], source="debtor", actor="debtor", now=clock.now())
            toasts.success(request, _("Danke. Wir prüfen das Konto und überweisen dann."))
            return redirect("portal:refund", seen.case.public_id)
    elif request.method == "POST":
        return redirect("portal:refund", seen.case.public_id)
    status = 422 if form is not None and form.is_bound and form.errors else 200
    context = _context(seen, refund=row, form=form, states=CollectionState, same_way=same_way, may_ask=same_way and proposed is None)
    context["refund_slip"] = row is not None and is_refund_slip(row)
    return render(request, "portal/refund.html", context, status=status)
