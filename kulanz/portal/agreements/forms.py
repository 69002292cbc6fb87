"""What a debtor types about paying later. Every field has a default, so that nothing but a click is needed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.portal.forms import OnceForm
from kulanz.site.fields import AmountField
from kulanz.site.plans import RHYTHMS


def _day_widget() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WishForm(forms.Form):
    """How much, how often, from when: asked by GET, so that every schedule has an address of its own."""

    amount = AmountField(
        label=_("Ihre Rate"), required=False, help_text=_("So viel zahlen Sie jedes Mal."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    rhythm = forms.ChoiceField(label=_("Wie oft?"), choices=RHYTHMS, required=False, widget=forms.RadioSelect)
    first_on = forms.DateField(label=_("Erste Rate am"), required=False, widget=_day_widget())


class AgreeForm(OnceForm):
    """Yes to exactly the schedule that was shown."""

    amount_cents = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    rhythm = forms.ChoiceField(choices=RHYTHMS, widget=forms.HiddenInput)
    first_on = forms.DateField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class LaterForm(OnceForm):
    """Everything on one later day."""

    until_on = forms.DateField(
        label=_("Ich zahle am"), help_text=_("Zum Beispiel am Tag nach Ihrem Lohn oder Ihrer Rente."), widget=_day_widget()
    )

    def __init__(self, *args: Any, day: date, latest_on: date, **kwargs: Any) -> None:
        super().__init__(*args, day=day, **kwargs)
        self.fields["until_on"].widget.attrs |= {"min": day.isoformat(), "max": latest_on.isoformat()}


class ShiftForm(OnceForm):
    """One instalment on a later day."""

    to = forms.DateField(label=_("Neuer Tag"), widget=_day_widget())

    def __init__(self, *args: Any, day: date, latest_on: date, **kwargs: Any) -> None:
        super().__init__(*args, day=day, **kwargs)
        self.fields["to"].widget.attrs |= {"min": day.isoformat(), "max": latest_on.isoformat()}


class BudgetForm(forms.Form):
    """Income and need, by month. Nothing is kept unless the box is ticked."""

    net_income = AmountField(
        label=_("Was kommt im Monat herein?"), help_text=_("Netto: Lohn, Rente, Leistungen, Kindergeld."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    dependants = forms.IntegerField(
        label=_("Für wie viele Menschen sorgen Sie?"), min_value=0, max_value=20, initial=0,
        help_text=_("Partner oder Kinder ohne eigenes Einkommen."),
    )  # fmt: skip
    needs = AmountField(
        label=_("Was brauchen Sie zum Leben?"), required=False,
        help_text=_("Miete, Heizung, Essen, Fahrt zur Arbeit, Versicherung zusammen."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    other = AmountField(
        label=_("Zahlen Sie schon andere Raten?"), required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    keep = forms.BooleanField(
        label=_("Angaben 90 Tage aufbewahren"), required=False,
        help_text=_("Nur, damit Sie sie beim Ändern eines Plans nicht noch einmal eintippen müssen. Sonst wird nichts gespeichert."),
    )  # fmt: skip
