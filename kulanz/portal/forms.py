"""What a debtor types: the second factor, "already paid", "something is wrong"."""

from __future__ import annotations

import re
import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.law.errors import LawError
from kulanz.law.money import parse_money

WORDS_MAX = 4_000
_GERMAN = re.compile(r"(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d{1,2}))?")
_POINT = re.compile(r"(\d{1,3}(?:,\d{3})*|\d+)\.(\d{1,2})")


class AmountField(forms.CharField):
    """An amount as people write it: ``85,89``, ``1.234,56``, ``85.89``, with or without a euro sign. Gives cents."""

    def clean(self, value: Any) -> int | None:
        """Cents, None if nothing was typed; what is not plainly an amount is refused, never read as something near it."""
        text = re.sub(r"\s|€|EUR", "", super().clean(value) or "", flags=re.IGNORECASE)
        if not text:
            return None
        if found := _GERMAN.fullmatch(text):
            plain = f"{found[1].replace('.', '')}.{found[2] or '0'}"
        elif found := _POINT.fullmatch(text):
            plain = f"{found[1].replace(',', '')}.{found[2]}"
        else:
            raise forms.ValidationError(_("Diesen Betrag verstehen wir nicht. Bitte schreiben Sie ihn so: 85,89"))
        try:
            cents = parse_money(plain)
        except LawError as error:
            raise forms.ValidationError(_("Dieser Betrag ist zu groß. Bitte prüfen Sie ihn.")) from error
        if cents == 0:
            raise forms.ValidationError(_("Bitte geben Sie einen Betrag über null an, oder lassen Sie das Feld leer."))
        return cents


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
