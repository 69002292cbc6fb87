"""The mandate of a case: how it stands, what it will collect, how it can be ended or offered."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages as toasts
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from kulanz.claims.models import Role
from kulanz.desk import case_page, queries
from kulanz.desk.views import show_case
from kulanz.payments.commands.direct_debits import offer_mandate, revoke_mandate
from kulanz.payments.debit_errors import MandateNotFound
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import MandateKind, MandateState
from kulanz.payments.queries_debits import case_debits
from kulanz.site import clock
from kulanz.site.debits import MANDATES, became, masked
from kulanz.site.middleware import viewer_from
from kulanz.site.told import told


class RevokeForm(forms.Form):
    """Why the mandate ends."""

    because = forms.CharField(
        label=gettext_lazy("Warum?"), min_length=3, max_length=180, help_text=gettext_lazy("Zum Beispiel: am Telefon widerrufen.")
    )


@login_required
@require_safe
def debits(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything about direct debits of a case."""
    return _page(request, public_id, RevokeForm())


def _page(request: HttpRequest, public_id: UUID, form: RevokeForm, status: int = 200) -> HttpResponse:
    viewer = viewer_from(request)
    context = case_page.context(viewer, public_id, "debits", clock.today())
    found = case_debits(viewer, context["case"])
    mandate = found.active
    extra = {
        "debits": found, "mandate": mandate, "revoke_form": form,
        "account": masked(mandate.iban) if mandate else "", "one_off": mandate is not None and mandate.kind == MandateKind.ONE_OFF,
        "rows": [(one, became(one)) for one in found.collections if one != found.next],
        "former": [(one, *MANDATES[MandateState(one.state)]) for one in found.mandates if one != mandate],
        "may_set_up": getattr(request.user, "role", "") in (Role.MANAGER, Role.ADMIN),
    }  # fmt: skip
    return show_case(request, context, status, **extra)


@login_required
@require_POST
def revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End the mandate that stands, with a reason; the debtor is told in writing."""
    viewer = viewer_from(request)
    found = case_debits(viewer, queries.case_file(viewer, public_id))
    if found.active is None:
        raise MandateNotFound
    form = RevokeForm(request.POST)
    if not form.is_valid():
        return _page(request, public_id, form, status=422)
    revoke_mandate(found.active.id, because=form.cleaned_data["because"], day=clock.today(), now=clock.now(), actor=str(request.user))
    toasts.success(request, _("Das Mandat ist beendet, eine Bestätigung ist unterwegs. Angekündigte Abbuchungen entfallen."))
    return redirect("desk:debits", public_id)


@login_required
@require_POST
def offer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send the debtor the way to the mandate page."""
    case = queries.case_file(viewer_from(request), public_id)
    try:
        offer_mandate(case.id, actor=str(request.user), day=clock.today(), now=clock.now())
    except PaymentsError as error:
        toasts.error(request, str(told(error)))
    else:
        toasts.success(request, _("Der Weg zum Mandat ist unterwegs. Erteilt wird es nur von der Person selbst."))
    return redirect("desk:debits", public_id)
