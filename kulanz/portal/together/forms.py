"""What a debtor types to take further cases into one plan, and the rate for all of them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kulanz.portal.agreements.forms import WishForm
from kulanz.portal.forms import OnceForm
from kulanz.site.plans import RHYTHMS


class ProofForm(forms.Form):
    """A further case, and something only its addressee knows."""

    reference = forms.CharField(
        label=_("Aktenzeichen"), max_length=40, help_text=_("Es beginnt mit RF und steht auf jedem unserer Schreiben."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Ihre Postleitzahl oder eine Rechnungsnummer daraus"), max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "spellcheck": "false"}),
    )  # fmt: skip


class TogetherForm(WishForm):
    """One rate for all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].label = _("Ihre Rate für alle zusammen")
        self.fields["amount"].help_text = _("So viel zahlen Sie jedes Mal insgesamt.")


class TogetherAgreeForm(OnceForm):
    """Yes to exactly the split that was shown."""

    amount_cents = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    rhythm = forms.ChoiceField(choices=RHYTHMS, widget=forms.HiddenInput)
    first_on = forms.DateField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
