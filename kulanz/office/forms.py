"""What the office hands in: claim files, bank statements, a decision about a bank line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from kulanz.claims.models import Creditor
from kulanz.intake.errors import IntakeError
from kulanz.intake.rules.profile import PROFILE_MAX, read_profile
from kulanz.office import profiles
from kulanz.payments.models import MandateTerms
from kulanz.payments.readers.direct import cents_of
from kulanz.payments.rules.remit import period_end
from kulanz.site import clock
from kulanz.site.told import told


def _offer(field: forms.Field, creditors: Sequence[Creditor]) -> None:
    """Let a field choose among these creditors, by name."""
    chosen = Creditor.objects.filter(id__in=[creditor.id for creditor in creditors]).order_by("name")
    cast("forms.ModelChoiceField[Creditor]", field).queryset = chosen


def _small_enough(file: UploadedFile[Any]) -> UploadedFile[Any]:
    limit = settings.KULANZ_UPLOAD_MAX_BYTES
    if file.size is not None and file.size > limit:
        raise forms.ValidationError(
            _("Diese Datei ist größer als %(limit)s MB. Größere liest die Befehlszeile ein: kulanz import claims."),
            params={"limit": limit // 1024 // 1024},
        )
    return file


class ClaimsForm(forms.Form):
    """A file of claims, whose it is, and which columns mean what."""

    creditor = forms.ModelChoiceField(label=_("Für welchen Mandanten?"), queryset=Creditor.objects.none(), empty_label=None)
    file = forms.FileField(
        label=_("Datei"), help_text=_("CSV, TSV oder Excel, auch gepackt (.gz). Nichts wird übernommen, bevor Sie es geprüft haben.")
    )
    profile = forms.ChoiceField(
        label=_("Was bedeuten die Spalten?"), help_text=_("Das Profil ordnet die Spalten der Datei zu."), required=False
    )
    own_profile = forms.FileField(
        label=_("Eigenes Profil"), help_text=_("Eine YAML-Datei statt der Auswahl. Beispiele stehen in der Dokumentation."), required=False
    )
    as_of = forms.DateField(
        label=_("Stand der Datei"),
        help_text=_("Zahlungen nach diesem Tag werden nicht gebucht. Leer heißt: alles, was in der Datei steht."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, creditors: Sequence[Creditor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["creditor"], creditors)
        self.texts = profiles.available()
        for name in ("profile", "own_profile"):
            vars(self.fields[name])["one_of_two"] = True  # neither is optional: the page must not say so
        choices = [("", _("Bitte wählen"))] + [(name, name) for name in self.texts]
        cast(forms.ChoiceField, self.fields["profile"]).choices = choices

    def clean_file(self) -> UploadedFile[Any]:
        """Keep huge files out of the web process."""
        return _small_enough(self.cleaned_data["file"])

    def clean(self) -> dict[str, Any]:
        """One profile, that can be read."""
        data = super().clean() or {}
        own, chosen = data.get("own_profile"), data.get("profile")
        if not own and not chosen:
            self.add_error("profile", _("Bitte wählen Sie ein Profil oder laden Sie ein eigenes hoch."))
            return data
        text = own.read(PROFILE_MAX + 1).decode("utf-8", errors="replace") if own else self.texts[str(chosen)]
        try:
            read_profile(text)
        except IntakeError as error:
            self.add_error("own_profile" if own else "profile", str(told(error)))
        data["profile_text"] = text
        return data


class StatementForm(forms.Form):
    """A bank statement."""

    file = forms.FileField(
        label=_("Kontoauszug"),
        help_text=_("camt.052, .053, .054, MT940, CSV bekannter Banken oder ein ZIP davon. Derselbe Auszug zweimal bucht nichts doppelt."),
    )

    def clean_file(self) -> UploadedFile[Any]:
        """Keep huge files out of the web process."""
        return _small_enough(self.cleaned_data["file"])


class AssignForm(forms.Form):
    """Which case a payment belongs to."""

    reference = forms.CharField(label=_("Aktenzeichen oder Rechnungsnummer"), max_length=100)


class ReasonForm(forms.Form):
    """Why a line is none of ours, or why a booking is taken back."""

    reason = forms.CharField(label=_("Warum?"), min_length=3, max_length=180)


class DecideForm(forms.Form):
    """Yes, or no with a reason."""

    verdict = forms.ChoiceField(choices=[("agree", "agree"), ("refuse", "refuse")])
    because = forms.CharField(required=False, max_length=180)

    def clean(self) -> dict[str, Any]:
        """Whoever asked deserves to know why not."""
        data = super().clean() or self.cleaned_data
        if data.get("verdict") == "refuse" and len(data.get("because", "").strip()) < 3:
            raise forms.ValidationError(_("Bitte einen Grund angeben."))
        return data


def _day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PrepareForm(forms.Form):
    """Whose money is settled, up to which day."""

    creditor = forms.ChoiceField(label=_("Mandant"))
    until = forms.DateField(label=_("Bis einschließlich"), widget=_day_input())

    def __init__(self, *args: Any, terms: Sequence[MandateTerms], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.creditor_id), one.creditor.name) for one in terms]
        cast(forms.ChoiceField, self.fields["creditor"]).choices = choices
        if terms:
            self.fields["until"].initial = period_end(terms[0].rhythm, clock.today())

    def clean_until(self) -> date:
        """Only days that are over."""
        until: date = self.cleaned_data["until"]
        if until >= clock.today():
            raise forms.ValidationError(_("Dieser Tag ist noch nicht vorbei."))
        return until


class DirectForm(forms.Form):
    """A payment that reached the creditor itself. ``key`` comes with the form, so that sending it twice books once."""

    what = forms.CharField(widget=forms.HiddenInput, initial="one")
    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    reference = forms.CharField(label=_("Aktenzeichen oder Rechnungsnummer"), max_length=100)
    amount = forms.CharField(
        label=_("Betrag in Euro"), max_length=20, help_text=_("Zum Beispiel 84,90"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    paid_on = forms.DateField(label=_("Bezahlt am"), widget=_day_input())
    note = forms.CharField(label=_("Notiz"), max_length=180, required=False, help_text=_("Zum Beispiel: bar im Laden, Beleg 17"))

    def clean_amount(self) -> int:
        """A plain German amount in cents."""
        cents = cents_of(self.cleaned_data["amount"])
        if not cents:
            raise forms.ValidationError(_("Bitte einen Betrag wie 84,90 eingeben."))
        return cents

    def clean_paid_on(self) -> date:
        """Nobody paid tomorrow."""
        paid_on: date = self.cleaned_data["paid_on"]
        if paid_on > clock.today():
            raise forms.ValidationError(_("Dieser Tag liegt in der Zukunft."))
        return paid_on


class DirectFileForm(forms.Form):
    """A list of such payments."""

    what = forms.CharField(widget=forms.HiddenInput, initial="list")
    creditor = forms.ModelChoiceField(label=_("Für welchen Mandanten?"), queryset=Creditor.objects.none(), empty_label=None)
    file = forms.FileField(
        label=_("Liste"), help_text=_("CSV mit den Spalten Nummer, Betrag, Datum; dazu, wenn Sie möchten, Notiz und Beleg.")
    )

    def __init__(self, *args: Any, creditors: Sequence[Creditor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["creditor"], creditors)

    def clean_file(self) -> UploadedFile[Any]:
        """Keep huge files out of the web process."""
        return _small_enough(self.cleaned_data["file"])


class DatevForm(forms.Form):
    """Whose bookings of which period go to DATEV."""

    creditor = forms.ModelChoiceField(label=_("Mandant"), queryset=Creditor.objects.none(), empty_label=None)
    since = forms.DateField(label=_("Von"), widget=_day_input())
    until = forms.DateField(label=_("Bis einschließlich"), widget=_day_input())

    def __init__(self, *args: Any, creditors: Sequence[Creditor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["creditor"], creditors)
        end = period_end("monthly", clock.today())
        self.fields["since"].initial, self.fields["until"].initial = end.replace(day=1), end
