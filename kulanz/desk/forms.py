"""What an agent types: a search, a hold, the reason to lift one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from kulanz.claims.models import HoldReason

REASONS = {
    HoldReason.DISPUTE: _("Einwand: etwas stimmt nicht"),
    HoldReason.PAID_CLAIMED: _("Sagt, es ist schon bezahlt"),
    HoldReason.MAYBE_PAID: _("Vielleicht schon bezahlt"),
    HoldReason.HARDSHIP: _("Härtefall"),
    HoldReason.DEFERRAL: _("Stundung"),
    HoldReason.PLAN: _("Ratenplan"),
    HoldReason.PROMISE: _("Zahlungszusage"),
    HoldReason.SETTLEMENT: _("Vergleich"),
    HoldReason.PAUSE: _("Pause"),
    HoldReason.COLLECTION: _("Geld ist unterwegs"),
    HoldReason.INSOLVENCY: _("Insolvenz"),
    HoldReason.DEATH: _("Todesfall"),
    HoldReason.REPRESENTATION: _("Wird vertreten"),
    HoldReason.LIMITATION: _("Verjährung"),
    HoldReason.WRONG_PERSON: _("Falsche Person"),
    HoldReason.MANUAL: _("Anderer Grund"),
}
# A plan and a deferral are agreements and are made as such; an agent does not stop contact by writing their names.
BY_HAND = (
    HoldReason.DISPUTE,
    HoldReason.PAID_CLAIMED,
    HoldReason.HARDSHIP,
    HoldReason.PROMISE,
    HoldReason.REPRESENTATION,
    HoldReason.INSOLVENCY,
    HoldReason.DEATH,
    HoldReason.WRONG_PERSON,
    HoldReason.MANUAL,
)


class LoginForm(AuthenticationForm):
    """Name and password in our words."""

    error_messages = {
        "invalid_login": _("Name und Passwort passen nicht zusammen. Groß- und Kleinschreibung zählt beim Passwort."),
        "inactive": _("Dieses Konto ist stillgelegt. Ihre Teamleitung kann es wieder öffnen."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Name")
        self.fields["password"].label = _("Passwort")


class HoldForm(forms.Form):
    """A stop for all contact in a case."""

    reason = forms.ChoiceField(label=_("Warum?"), choices=[("", _("Bitte wählen"))] + [(r.value, REASONS[r]) for r in BY_HAND])
    until_on = forms.DateField(
        label=_("Bis wann?"),
        help_text=_("Leer heißt: bis ein Mensch sie aufhebt."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    note = forms.CharField(
        label=_("Notiz"),
        help_text=_("Für Sie und Ihr Team. Die Kundin oder der Kunde sieht sie nicht."),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, day: date, **kwargs: Any) -> None:
        self.day = day
        super().__init__(*args, **kwargs)

    def clean_until_on(self) -> date | None:
        """A hold that ended yesterday would stop nothing."""
        until_on: date | None = self.cleaned_data["until_on"]
        if until_on is not None and until_on < self.day:
            raise forms.ValidationError(_("Dieser Tag ist schon vorbei. Wählen Sie heute oder später."))
        return until_on


class DecisionForm(forms.Form):
    """What a person has decided, for the timeline."""

    text = forms.CharField(
        label=_("Was haben Sie entschieden?"),
        help_text=_("Ein Satz für den Verlauf, zum Beispiel: angerufen, zahlt am 1. Dezember."),
        min_length=3,
        max_length=500,
    )


class LiftForm(forms.Form):
    """Why contact may go on."""

    because = forms.CharField(label=_("Warum darf es weitergehen?"), help_text=_("Steht danach im Verlauf."), max_length=200, min_length=3)
