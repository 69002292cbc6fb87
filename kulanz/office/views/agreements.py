"""What is agreed with whom, how it stands, and what a creditor allows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages as toasts
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Role, User
from kulanz.claims.viewer import unfenced
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.payments.commands.agreements.policy import set_policy
from kulanz.payments.commands.settings import recorded
from kulanz.payments.models import InterestDuring
from kulanz.payments.queries_agreements import ORDERS, Page, Told, counts, listed
from kulanz.payments.queries_situation import policy_of
from kulanz.site import clock
from kulanz.site.fields import AmountField
from kulanz.site.middleware import viewer_from
from kulanz.site.plans import KINDS, STATES, TONES, euros_typed
from kulanz.site.tables import PAGE_SIZE, Column, Table, chosen_page, chosen_sort, csv_response
from kulanz.site.templatetags.kulanz_ui import amount

ALL = frozenset(Role)
SHOWN = ("active", "late", "proposed", "offered", "kept", "broken", "all")


def _found(request: HttpRequest, *, page: int, size: int) -> tuple[str, str, str, Page]:
    state = request.GET.get("state", "active")
    state = state if state in SHOWN else "active"
    sort = chosen_sort(request.GET.get("sort", ""), ORDERS, "-made")
    search = request.GET.get("q", "")[:80]
    states = () if state in ("all", "late") else (state,)
    found = listed(viewer_from(request), states=states, late=state == "late", search=search, order=sort, page=page, size=size)
    return state, sort, search, found


@require_safe
@for_roles(ALL)
def agreements(request: HttpRequest) -> HttpResponse:
    """All agreements the reader may see, with what is paid and what comes next."""
    viewer, page = viewer_from(request), chosen_page(request.GET.get("page", ""))
    state, sort, search, found = _found(request, page=page, size=PAGE_SIZE)
    table = Table(
        columns=[
            Column("name", _("Name")),
            Column("kind", _("Art")),
            Column("state", _("Zustand")),
            Column("next", _("Als Nächstes"), sortable=False),
            Column("end", _("Bis")),
            Column("total", _("Betrag"), numeric=True),
            Column("paid", _("Bezahlt"), numeric=True, sortable=False),
        ],
        rows=[(each, KINDS[each.agreement.kind], STATES[each.agreement.state], _tone(each)) for each in found.rows],
        total=found.total, page=page, sort=sort,
    )  # fmt: skip
    number = counts(viewer)
    names = STATES | {"late": gettext_lazy("Rate fehlt"), "all": gettext_lazy("alle")}
    filters = [(key, names[key], sum(v for k, v in number.items() if k != "late") if key == "all" else number.get(key, 0)) for key in SHOWN]
    creditors = queries.creditors(viewer) if isinstance(request.user, User) and request.user.role in LEADING else []
    context = {"table": table, "state": state, "filters": filters, "q": search, "creditors": creditors, "room": "agreements"}
    return render(request, "office/agreements.html", context)


def _tone(each: Told) -> str:
    return "attention" if each.late else TONES.get(each.agreement.state, "plain")


@require_safe
@for_roles(ALL)
def agreements_file(request: HttpRequest) -> HttpResponse:
    """The same agreements as a file for a spreadsheet."""
    _state, _sort, _search, found = _found(request, page=1, size=100_000)
    head = [
        _("Name"),
        _("Mandant"),
        _("Akte"),
        _("Art"),
        _("Zustand"),
        _("Vereinbart am"),
        _("Bis"),
        _("Nächste Rate"),
        _("Betrag"),
        _("Bezahlt"),
    ]
    return csv_response(f"vereinbarungen-{clock.today().isoformat()}", head, (_row(each) for each in found.rows))


def _row(each: Told) -> list[Any]:
    one, following = each.agreement, each.progress.next
    return [
        one.case.debtor.display_name, one.creditor.name, one.case.reference, KINDS[one.kind], STATES[one.state], one.agreed_on, one.ends_on,
        following.due_on if following else None, amount(one.total_cents), amount(each.progress.total_cents - each.progress.open_cents),
    ]  # fmt: skip


class LimitsForm(forms.Form):
    """What a creditor offers and allows. The hints say what each does for the debtor."""

    instalment = AmountField(label=gettext_lazy("Kleinste Rate"), help_text=gettext_lazy("Vorgabe 10 €."))
    first = AmountField(label=gettext_lazy("Erste Rate mindestens"), required=False, help_text=gettext_lazy("Leer heißt: wie die anderen."))
    months_max = forms.IntegerField(label=gettext_lazy("Längster Plan in Monaten"), min_value=1, max_value=120)
    first_due_days_max = forms.IntegerField(label=gettext_lazy("Erste Rate spätestens nach Tagen"), min_value=1, max_value=120)
    deferral_days_max = forms.IntegerField(label=gettext_lazy("Längste Stundung in Tagen"), min_value=1, max_value=365)
    promise_days_max = forms.IntegerField(label=gettext_lazy("Längste Zahlungszusage in Tagen"), min_value=1, max_value=90)
    pause_days_max = forms.IntegerField(label=gettext_lazy("Längste Pause in Tagen"), min_value=1, max_value=365)
    reminder_days = forms.IntegerField(
        label=gettext_lazy("Erinnerung so viele Tage vor einer Rate"), min_value=0, max_value=14, help_text=gettext_lazy("0 heißt: keine.")
    )
    tolerance_days = forms.IntegerField(
        label=gettext_lazy("Nachsicht in Tagen"),
        min_value=0,
        max_value=30,
        help_text=gettext_lazy("So spät darf eine Rate kommen, ohne dass etwas geschieht."),
    )
    recovery_days = forms.IntegerField(
        label=gettext_lazy("Freundlicher Weg in Tagen"), min_value=1, max_value=60,
        help_text=gettext_lazy("So lange wird nach einer verpassten Rate nur nachgefragt. Erst danach endet der Plan."),
    )  # fmt: skip
    revisions_max = forms.IntegerField(label=gettext_lazy("So oft darf ein Plan geändert werden"), min_value=0, max_value=20)
    interest_during = forms.ChoiceField(
        label=gettext_lazy("Zinsen während der Vereinbarung"),
        choices=[
            (InterestDuring.NONE.value, gettext_lazy("keine (so sieht es das Gesetz für eine Stundung vor)")),
            (InterestDuring.STATUTORY.value, gettext_lazy("Verzugszins nach § 288 BGB, fest zum Satz des Tages")),
        ],
        widget=forms.RadioSelect,
    )
    charge_fee = forms.BooleanField(
        label=gettext_lazy("Einigungsgebühr berechnen (Nr. 1000 VV RVG, § 31b RVG)"), required=False,
        help_text=gettext_lazy("Nur bei Inkasso für andere möglich. Wird vor der Zustimmung angezeigt (§ 13a Abs. 3 RDG)."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@for_roles(LEADING)
def limits(request: HttpRequest, key: str) -> HttpResponse:
    """What one creditor offers and allows."""
    creditor = next((each for each in queries.creditors(viewer_from(request)) if each.key == key), None)
    if creditor is None:
        raise NotFound
    stored = policy_of(creditor.id)
    initial = {name: getattr(stored, name) for name in LimitsForm.base_fields if hasattr(stored, name)}
    initial |= {
        "instalment": euros_typed(stored.instalment_cents_min),
        "first": euros_typed(stored.first_cents_min) if stored.first_cents_min else "",
    }
    form = LimitsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        with unfenced(), recorded(creditor.id, actor=str(request.user), now=clock.now()):
            set_policy(creditor.id, data | {"instalment_cents_min": data["instalment"], "first_cents_min": data["first"] or 0})
        toasts.success(request, _("Gespeichert. Es gilt für alles, was ab jetzt vereinbart wird."))
        return redirect("office:agreement_limits", key)
    context = {"form": form, "creditor": creditor, "room": "agreements"}
    return render(request, "office/agreement_limits.html", context, status=422 if form.errors else 200)
