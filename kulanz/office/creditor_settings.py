"""The settings of a creditor as forms: one group, one form, one button; each field says in a sentence what it does."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.claims.commands.creditor import ALONE_CENTS_MAX, SMALL_REST_CENTS_MAX, set_account, set_limits, set_view
from kulanz.claims.models import Creditor, CreditorView
from kulanz.ledger.components import FEES, Component
from kulanz.office.setting_words import ACCOUNTS, COMPONENTS, RHYTHMS, VIEWS
from kulanz.payments.commands.datev import NewSettings, set_datev
from kulanz.payments.commands.direct_debits import set_collector
from kulanz.payments.commands.direct_debits.mandates import COLLECTOR_TERMS
from kulanz.payments.commands.remit import NewTerms, set_terms
from kulanz.payments.models import Rhythm
from kulanz.payments.queries_settings import Stored
from kulanz.site import clock
from kulanz.site.fields import AmountField
from kulanz.site.plans import euros_typed

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class PercentField(forms.DecimalField):
    """A rate in percent with a comma or a point; gives basis points."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=True, **kwargs)

    def clean(self, value: Any) -> int:
        """Basis points of what was typed."""
        return int(Decimal(super().clean(value) or 0) * 100)


def _amount(label: _StrPromise, hint: _StrPromise) -> AmountField:
    return AmountField(label=label, help_text=hint, zero=True, widget=forms.TextInput(attrs={"inputmode": "decimal"}))


def _days(name: str, label: _StrPromise, hint: _StrPromise) -> forms.IntegerField:
    low, high = COLLECTOR_TERMS[name]
    return forms.IntegerField(label=label, help_text=hint, min_value=low, max_value=high)


class SettingsForm(forms.Form):
    """A group of settings that can be stored."""

    @abstractmethod
    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store what was entered. Raises a `KulanzError` in the words of the command that refuses it."""


class AccountForm(SettingsForm):
    """The account debtors pay to."""

    account_holder = forms.CharField(
        label=_("Kontoinhaber"),
        max_length=70,
        help_text=_("Genau so, wie ihn die Bank führt: Sie vergleicht den Namen vor jeder Überweisung."),
    )
    iban = forms.CharField(
        label="IBAN",
        max_length=42,
        help_text=_("Auf dieses Konto zahlen Kundinnen und Kunden. Kontoauszüge werden an ihr erkannt."),
    )

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What stands now."""
        return {"account_holder": stored.creditor.account_holder, "iban": stored.creditor.iban}

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        set_account(creditor.id, **self.cleaned_data)


class LimitsForm(SettingsForm):
    """Small rests, and what one person decides alone."""

    small_rest_cents = _amount(
        _("Kleiner Rest"),
        _("Bleibt nach einer Zahlung höchstens so viel an Zinsen offen, wird es erlassen. Niemand wird wegen Cents erinnert. 0: nie."),
    )
    alone_cents_max = _amount(
        _("Allein entscheiden bis"), _("So viel erlässt oder bucht eine Person allein aus. Darüber muss eine zweite zustimmen.")
    )

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What stands now."""
        return {name: euros_typed(getattr(stored.creditor, name)) for name in ("small_rest_cents", "alone_cents_max")}

    def clean(self) -> dict[str, Any]:
        """Limits of the limits, beside their field."""
        data = super().clean() or self.cleaned_data
        for name, most in (("small_rest_cents", SMALL_REST_CENTS_MAX), ("alone_cents_max", ALONE_CENTS_MAX)):
            if (data.get(name) or 0) > most:
                self.add_error(name, _("Höchstens %(most)s Euro.") % {"most": euros_typed(most)})
        return data

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        set_limits(creditor.id, **self.cleaned_data)


class ViewForm(SettingsForm):
    """How payments count in the creditor's own books."""

    view = forms.ChoiceField(
        label=_("In den Büchern des Mandanten zählt eine Zahlung"),
        choices=list(VIEWS.items()),
        widget=forms.RadioSelect,
        help_text=_("Das Konto der Kundinnen und Kunden folgt immer dem Gesetz (§§ 366, 367 BGB), auch auf deren Seite und in Briefen."),
    )

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What stands now."""
        return {"view": stored.creditor.view}

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        set_view(creditor.key, CreditorView(self.cleaned_data["view"]))


class CollectorForm(SettingsForm):
    """Direct debits, their returns, and money that goes back."""

    sepa_creditor_id = forms.CharField(
        label=_("Gläubiger-Identifikationsnummer"),
        max_length=42,
        help_text=_("Zum Beispiel DE98ZZZ09999999999. Ohne sie wird kein Mandat angeboten."),
    )
    prenotice_days = _days(
        "prenotice_days",
        _("Ankündigung in Tagen"),
        _("So viele Tage vorher wird jede Abbuchung angekündigt; üblich sind 14. Steht im Mandat."),
    )
    lead_bank_days = _days(
        "lead_bank_days", _("Datei in Bankarbeitstagen vorher"), _("So lange vor dem Einzug will die Bank die Datei haben.")
    )
    single_bookings = forms.BooleanField(
        label=_("Jede Abbuchung als eigener Umsatz"), required=False, help_text=_("Bittet die Bank, nicht zu einer Summe zusammenzufassen.")
    )
    return_quiet_days = _days(
        "return_quiet_days",
        _("Ruhe nach einer Rückgabe in Tagen"),
        _("So lange wird nach einer zurückgegebenen Abbuchung nichts verlangt."),
    )
    pass_on_return_charge = forms.BooleanField(
        label=_("Bankentgelt einer Rückgabe weitergeben"),
        required=False,
        help_text=_("Nur was die Bank wirklich berechnet hat. Aus heißt: Wer gerade kein Geld hatte, zahlt dafür nicht noch einmal."),
    )
    small_refund_cents = _amount(
        _("Kleines Guthaben"),
        _("Was darunter liegt, geht auf Wunsch zurück, nicht von selbst; gezeigt wird es immer. 0: jeder Cent geht zurück."),
    )

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What stands now, else what is usual."""
        row = stored.collector
        if row is None:
            return {"prenotice_days": 14, "lead_bank_days": 2, "single_bookings": True, "return_quiet_days": 7, "small_refund_cents": "0"}
        return {name: getattr(row, name) for name in CollectorForm.base_fields} | {
            "small_refund_cents": euros_typed(row.small_refund_cents)
        }

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        given = dict(self.cleaned_data)
        set_collector(creditor, given.pop("sepa_creditor_id"), **given)


_FEE_ON = (Component.PRINCIPAL, Component.INTEREST, *FEES)


class TermsForm(SettingsForm):
    """What an agency has agreed with a creditor whose money arrives here."""

    valid_from = forms.DateField(
        label=_("Gilt ab"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Ein neuer Tag ist eine neue Vereinbarung; was davor eingeht, wird nach der alten abgerechnet."),
    )
    payout_name = forms.CharField(label=_("Ausgezahlt wird an"), max_length=70, help_text=_("Kontoinhaber, wie ihn die Bank führt."))
    payout_iban = forms.CharField(label=_("Auszahlungskonto (IBAN)"), max_length=42)
    rhythm = forms.ChoiceField(label=_("Wie oft"), choices=list(RHYTHMS.items()))
    fee_bp = PercentField(label=_("Erfolgshonorar in Prozent"), help_text=_("Von dem, was eingeht."))
    vat_bp = PercentField(label=_("Umsatzsteuer in Prozent"), help_text=_("Auf Honorar und einbehaltene Kosten."))
    threshold_cents = _amount(_("Mindestbetrag"), _("Kleinere Beträge warten auf die nächste Abrechnung. 0: nichts wartet."))
    pass_on_days = forms.IntegerField(
        label=_("Warnung nach Tagen"),
        min_value=0,
        max_value=365,
        help_text=_("Liegt Geld länger hier, steht es oben in „Fremdgeld“ und in der täglichen Prüfung."),
    )
    separate_account = forms.BooleanField(
        label=_("Auf dem Konto liegt nur fremdes Geld"),
        required=False,
        help_text=_(
            "§ 13g RDG: Fremdes Geld geht unverzüglich weiter oder auf ein gesondertes Konto. Ohne ein solches geht"
            " nur: täglich, ohne Mindestbetrag, Warnung spätestens nach einem Tag."
        ),
    )
    fee_on = forms.MultipleChoiceField(
        label=_("Honorar auf"),
        choices=[(part.value, COMPONENTS[part]) for part in _FEE_ON],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    kept = forms.MultipleChoiceField(
        label=_("Uns stehen zu"),
        choices=[(part.value, COMPONENTS[part]) for part in FEES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("Kosten, die beim Inkassounternehmen bleiben, wenn sie gezahlt werden."),
    )

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What was agreed last, from today on."""
        row, day = stored.terms, clock.today()
        if row is None:
            return {
                "valid_from": day,
                "payout_name": stored.creditor.legal_name[:70],
                "fee_bp": Decimal(0),
                "vat_bp": Decimal(19),
                "fee_on": [Component.PRINCIPAL.value],
                "threshold_cents": "0",
                "pass_on_days": 7,
                "separate_account": True,
                "rhythm": Rhythm.WEEKLY.value,
            }
        same = ("payout_name", "payout_iban", "rhythm", "fee_on", "kept", "pass_on_days", "separate_account")
        return {name: getattr(row, name) for name in same} | {
            "valid_from": max(row.valid_from, day),
            "fee_bp": Decimal(row.fee_bp) / 100,
            "vat_bp": Decimal(row.vat_bp) / 100,
            "threshold_cents": euros_typed(row.threshold_cents),
        }

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        data = dict(self.cleaned_data)
        data |= {name: frozenset(Component(part) for part in data[name]) for name in ("fee_on", "kept")}
        set_terms(creditor.id, NewTerms(**data | {"rhythm": Rhythm(data["rhythm"])}), actor=actor, now=now)


_PAIR = re.compile(r"\s*([a-z_]+:[a-z_]+)\s*=\s*([0-9]{1,9})\s*")


class DatevSettingsForm(SettingsForm):
    """How the creditor's books look in DATEV."""

    consultant = forms.IntegerField(label=_("Beraternummer"), min_value=1001, max_value=9_999_999)
    client = forms.IntegerField(label=_("Mandantennummer"), min_value=1, max_value=99_999)
    year_begins = forms.IntegerField(label=_("Wirtschaftsjahr beginnt im Monat"), min_value=1, max_value=12, help_text=_("1 heißt Januar."))
    account_length = forms.IntegerField(label=_("Stellen der Sachkonten"), min_value=4, max_value=8)
    chart = forms.ChoiceField(label=_("Kontenrahmen"), choices=[("", _("anderer")), ("03", "SKR 03"), ("04", "SKR 04")], required=False)
    with_claims = forms.BooleanField(
        label=_("Auch neue Forderungen ausgeben"),
        required=False,
        help_text=_("Meist stehen die Rechnungen schon in den Büchern des Mandanten."),
    )
    others = forms.CharField(
        label=_("Konten für einzelne Bestandteile"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Je Zeile eines, zum Beispiel income:interest=2650. Geht den Konten oben vor."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = self.fields.pop("others")
        for name, label in ACCOUNTS.items():
            self.fields[f"account_{name}"] = forms.RegexField(
                r"^[0-9]*$",
                label=label,
                required=False,
                max_length=9,
                widget=forms.TextInput(attrs={"inputmode": "numeric"}),
                error_messages={"invalid": _("Bitte nur Ziffern.")},
            )
        self.fields["others"] = others

    @staticmethod
    def of(stored: Stored) -> dict[str, Any]:
        """What stands now."""
        row = stored.datev
        if row is None:
            return {"year_begins": 1, "account_length": 4}
        same = ("consultant", "client", "year_begins", "account_length", "chart", "with_claims")
        parts = [f"{name}={number}" for name, number in row.accounts.items() if ":" in name]
        whole = {f"account_{name}": number for name, number in row.accounts.items() if ":" not in name}
        return {name: getattr(row, name) for name in same} | whole | {"others": "\n".join(parts)}

    def clean_others(self) -> dict[str, str]:
        """One account a line, each named once."""
        found: dict[str, str] = {}
        for number, line in enumerate(filter(str.strip, self.cleaned_data["others"].splitlines()), 1):
            pair = _PAIR.fullmatch(line)
            if pair is None or pair[1] in found:
                raise forms.ValidationError(
                    _("Zeile %(number)s: so schreiben und jedes Konto einmal: income:interest=2650"), params={"number": number}
                )
            found[pair[1]] = pair[2]
        return found

    def save(self, creditor: Creditor, actor: str, now: datetime) -> None:
        """Store it."""
        data = self.cleaned_data
        accounts = {name: data[f"account_{name}"] for name in ACCOUNTS if data[f"account_{name}"]} | data["others"]
        new = NewSettings(
            data["consultant"], data["client"], accounts, data["year_begins"], data["account_length"], data["chart"], data["with_claims"]
        )
        set_datev(creditor.id, new)


@dataclass(frozen=True, slots=True)
class Group:
    """One card of the page: what it is about, and what its settings change from now on."""

    form: type[SettingsForm]
    title: Promise
    effect: Promise
    initial: Callable[[Stored], Mapping[str, Any]]


GROUPS: Mapping[str, Group] = {
    "account": Group(
        AccountForm,
        _("Konto für Zahlungen"),
        _(
            "Gilt ab jetzt für neue Briefe, E-Mails und Zahlcodes; verschickte nennen noch das alte Konto."
            " Umsätze auf dem alten Konto bitte vorher zuordnen."
        ),
        AccountForm.of,
    ),
    "limits": Group(
        LimitsForm,
        _("Kleine Reste und Nachlässe"),
        _("Gilt ab jetzt für neue Zahlungen und neue Nachlässe; Gebuchtes bleibt."),
        LimitsForm.of,
    ),
    "view": Group(
        ViewForm,
        _("Verrechnung in den Büchern"),
        _("Gilt ab jetzt für die Ansicht „Zwei Sichten“ und Auswertungen, auch rückwirkend gerechnet; gebucht wird dadurch nichts."),
        ViewForm.of,
    ),
    "collector": Group(
        CollectorForm,
        _("Lastschriften und Rückzahlungen"),
        _("Gilt ab jetzt für neue Mandate, Ankündigungen und Rückgaben. Erteilte Mandate behalten ihre Nummer und ihre Frist."),
        CollectorForm.of,
    ),
    "terms": Group(
        TermsForm,
        _("Abrechnung mit dem Mandanten"),
        _("Nur bei Inkasso für andere. Gilt ab dem genannten Tag; wonach schon abgerechnet ist, ändert sich nicht mehr."),
        TermsForm.of,
    ),
    "datev": Group(
        DatevSettingsForm,
        _("Konten für DATEV"),
        _("Gilt ab dem nächsten Stapel. Kulanz rät keine Nummern: Eine fehlende wird beim Ausgeben genannt."),
        DatevSettingsForm.of,
    ),
}
