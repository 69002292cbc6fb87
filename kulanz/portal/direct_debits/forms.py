"""What a debtor types about a direct debit or a refund: whose account, which account, which day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kulanz.payments.debit_errors import IbanInvalid, IbanOutsideSepa
from kulanz.payments.rules.accounts import BankAccount, read_account
from kulanz.portal.forms import OnceForm

HOLDER_MAX: Final = 70
IBAN_MAX: Final = 42
AHEAD_DAYS_MAX: Final = 120
PLAN, ALL = "plan", "all"


class IbanField(forms.CharField):
    """An IBAN, checked; gives the account. What was typed stays in the field as it was typed."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"autocomplete": "off", "spellcheck": "false", "inputmode": "text", "autocapitalize": "characters"}
        super().__init__(label=_("IBAN"), max_length=IBAN_MAX, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> BankAccount:
        """Read and check the account."""
        try:
            return read_account(str(super().clean(value)))
        except IbanOutsideSepa as error:
            raise forms.ValidationError(gettext("Von einem Konto in diesem Land sind SEPA-Zahlungen nicht möglich.")) from error
        except IbanInvalid as error:
            raise forms.ValidationError(gettext("Diese IBAN stimmt nicht. Meist ist eine Ziffer vertauscht.")) from error


def _holder() -> forms.CharField:
    return forms.CharField(
        label=_("Wem gehört das Konto?"), help_text=_("Name, wie ihn die Bank kennt."), max_length=HOLDER_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip


class AccountForm(OnceForm):
    """An account money goes to."""

    holder = _holder()
    iban = IbanField()


class DebitForm(AccountForm):
    """An account money may be taken from, and what for. `scope` is asked only while a plan stands."""

    scope = forms.ChoiceField(
        label=_("Was sollen wir abbuchen?"),
        choices=[(PLAN, _("Jede Rate, wenn sie fällig ist")), (ALL, _("Alles, was offen ist, auf einmal"))],
        widget=forms.RadioSelect,
    )
    wanted_on = forms.DateField(label=_("Wann?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, day: date, first_on: date, has_plan: bool, **kwargs: Any) -> None:
        initial = {"wanted_on": first_on, "scope": PLAN} | (kwargs.pop("initial", None) or {})
        super().__init__(*args, day=day, initial=initial, **kwargs)
        self.first_on = first_on
        if has_plan:
            self.fields["wanted_on"].required = False
            self.fields["wanted_on"].help_text = gettext("Nur für „alles auf einmal“.")
        else:
            del self.fields["scope"]
        self.fields["wanted_on"].widget.attrs["min"] = first_on.isoformat()

    def clean_wanted_on(self) -> date:
        """An earlier day than the first possible one becomes that one; a day far away is a slip of the finger."""
        wanted_on: date = self.cleaned_data["wanted_on"] or self.first_on
        if (wanted_on - self.day).days > AHEAD_DAYS_MAX:
            raise forms.ValidationError(gettext("Bitte wählen Sie einen Tag in den nächsten vier Monaten."))
        return max(wanted_on, self.first_on)

    @property
    def for_plan(self) -> bool:
        """True if the instalments are to be collected, not everything at once."""
        return self.cleaned_data.get("scope") == PLAN


class AgainForm(OnceForm):
    """Collect under the mandate that stands."""

    wanted_on = forms.DateField(label=_("Wann?"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
