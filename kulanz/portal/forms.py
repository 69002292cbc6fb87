"""What a debtor types: the second factor, "already paid", "something is wrong"."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.site.fields import AmountField

WORDS_MAX = 4_000


class FactorForm(forms.Form):
    """Something only the addressee knows."""

    answer = forms.CharField(
        label=_("Ihre Postleitzahl oder eine Rechnungsnummer"),
        help_text=_("Damit niemand anders Ihre Daten sieht. Die Rechnungsnummer steht auf der Rechnung."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "spellcheck": "false"}),
    )


class OnceForm(forms.Form):
    """A form that counts once, however often it arrives: its key was drawn when the page was shown."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        kwargs["initial"] = {"key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class PaidForm(OnceForm):
    """Already paid."""

    paid_on = forms.DateField(
        label=_("Wann haben Sie bezahlt?"), required=False, help_text=_("Ungefähr reicht."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )  # fmt: skip
    amount_cents = AmountField(
        label=_("Wie viel?"), required=False, help_text=_("Zum Beispiel 85,89"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    text = forms.CharField(
        label=_("Möchten Sie etwas dazu sagen?"), required=False, max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean_paid_on(self) -> date | None:
        """A payment of tomorrow is a promise, not a payment."""
        paid_on: date | None = self.cleaned_data["paid_on"]
        if paid_on is not None and paid_on > self.day:
            raise forms.ValidationError(_("Dieser Tag liegt noch vor uns. Haben Sie sich beim Datum vertippt?"))
        return paid_on


class WrongForm(OnceForm):
    """Something is wrong."""

    topic = forms.ChoiceField(
        label=_("Was stimmt nicht?"),
        choices=[
            ("amount", _("Der Betrag stimmt nicht")),
            ("goods", _("Mit der Ware oder Leistung stimmt etwas nicht")),
            ("cancelled", _("Ich habe widerrufen, gekündigt oder zurückgeschickt")),
            ("person", _("Ich bin nicht die gesuchte Person")),
            ("other", _("Etwas anderes")),
        ],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("Erzählen Sie uns, was passiert ist"), required=False, max_length=WORDS_MAX, widget=forms.Textarea(attrs={"rows": 5})
    )
