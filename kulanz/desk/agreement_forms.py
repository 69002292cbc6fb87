"""What an agent types to agree something in a call: a plan, one day, a settlement, a change, an end."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.payments.models import AgreementKind
from kulanz.site.fields import AmountField
from kulanz.site.plans import RHYTHMS


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _money(label: Any, *, required: bool = True, help_text: Any = "") -> AmountField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    return AmountField(label=label, required=required, help_text=help_text, widget=widget)


class OnceForm(forms.Form):
    """A form that counts once: its key was drawn when the page was shown."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class WishForm(forms.Form):
    """How much, how often, from when."""

    amount = _money(_("Rate"), required=False)
    rhythm = forms.ChoiceField(label=_("Wie oft?"), choices=RHYTHMS, required=False)
    first_on = forms.DateField(label=_("Erste Rate am"), required=False, widget=_day())


class PlanForm(OnceForm):
    """Agree exactly the plan that was read out."""

    amount_cents = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    rhythm = forms.ChoiceField(choices=RHYTHMS, widget=forms.HiddenInput)
    first_on = forms.DateField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    told = forms.BooleanField(
        label=_("Vorgelesen: Betrag, Ende, Kosten, Zinsen, Anerkenntnis"),
        help_text=_("Die Bestätigung mit allen Raten geht danach schriftlich hinaus."),
    )


class DayForm(OnceForm):
    """One day: a deferral, a promise or a pause."""

    kind = forms.ChoiceField(
        label=_("Was wird vereinbart?"),
        choices=[
            (AgreementKind.DEFERRAL.value, _("Stundung: alles bis zu diesem Tag aufgeschoben")),
            (AgreementKind.PROMISE.value, _("Zahlungszusage: zahlt bis zu diesem Tag")),
            (AgreementKind.PAUSE.value, _("Pause: bis zu diesem Tag nicht schreiben")),
        ],
        widget=forms.RadioSelect,
    )
    until_on = forms.DateField(label=_("Bis wann?"), widget=_day())
    amount = _money(_("Zugesagter Betrag"), required=False, help_text=_("Leer heißt: alles, was offen ist."))


class OfferForm(OnceForm):
    """A settlement: so much by that day, the rest falls away."""

    amount = _money(_("Vergleichsbetrag"))
    until_on = forms.DateField(label=_("Zu zahlen bis"), widget=_day())
    reason = forms.CharField(label=_("Warum?"), min_length=3, max_length=200, help_text=_("Für Ihr Team und die zweite Person."))


class EndForm(forms.Form):
    """Why an agreement ends."""

    because = forms.CharField(label=_("Warum endet die Vereinbarung?"), min_length=3, max_length=180)


class ShiftForm(OnceForm):
    """The oldest open instalment on a later day."""

    to = forms.DateField(label=_("Nächste Rate verschieben auf"), widget=_day())

    def __init__(self, *args: Any, latest_on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].widget.attrs |= {"max": latest_on.isoformat()}


class BudgetForm(forms.Form):
    """Income and need as the debtor says them in the call; nothing of it is kept."""

    net_income = _money(_("Netto im Monat"))
    dependants = forms.IntegerField(label=_("Unterhaltspflichten"), min_value=0, max_value=20, initial=0)
    needs = _money(_("Lebensbedarf"), required=False, help_text=_("Miete, Heizung, Essen, Fahrt, Versicherung."))
    other = _money(_("Andere Raten"), required=False)


class BundleForm(OnceForm):
    """One rate for several creditors of the same person."""

    amount = _money(_("Rate für alle zusammen"), required=False)
    first_on = forms.DateField(label=_("Erste Rate am"), required=False, widget=_day())
