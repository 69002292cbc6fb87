"""What an agent types to book by hand, and a lead to correct terms."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Claim
from kulanz.desk.bookings import ChargeableLetter, openness
from kulanz.law import jurisdiction
from kulanz.law.errors import LawError
from kulanz.law.money import parse_percent
from kulanz.ledger.components import Component
from kulanz.site.fields import AmountField
from kulanz.site.templatetags.kulanz_ui import long_date, money
from kulanz.site.told import told

FEE_NAMES = {
    Component.DUNNING_FEE: _("Mahnkosten"),
    Component.COLLECTION_COST: _("Inkassokosten"),
    Component.EXPENSE: _("Auslagen"),
    Component.COURT_COST: _("Gerichtskosten"),
    Component.SETTLEMENT_FEE: _("Kosten der Ratenvereinbarung"),
}


def offer(form: forms.Form, name: str, choices: Sequence[tuple[Any, str]]) -> None:
    """Fill the choices of one field."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(name)
    field.choices = list(choices)


class BookingForm(forms.Form):
    """One booking: on which invoice, what, how much, why. Its key was drawn when the page was shown, so it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    what = forms.ChoiceField(label=_("Was möchten Sie buchen?"), widget=forms.RadioSelect)
    claim = forms.TypedChoiceField(label=_("Auf welche Rechnung?"), coerce=int)
    amount = AmountField(
        label=_("Betrag"), required=False,
        help_text=_("Leer heißt beim Erlassen: alles, was davon offen ist. Beim Ausbuchen braucht es keinen Betrag."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    letter = forms.TypedChoiceField(label=_("Für welchen Brief?"), coerce=int, required=False, empty_value=None)
    reason = forms.CharField(
        label=_("Warum?"), help_text=_("Ein Satz. Er steht auf dem Kontoauszug, auch für die Kundin oder den Kunden."),
        min_length=3, max_length=180,
    )  # fmt: skip

    def __init__(self, *args: Any, balances: Sequence[ClaimBalance], letters: Sequence[ChargeableLetter], **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4()} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.balances = {balance.claim.id: balance for balance in balances}
        self.letters = {letter.message_id: letter for letter in letters}
        still = gettext("offen")
        claims = [
            (balance.claim.id, f"{balance.claim.external_id} · {still} {money(balance.total_cents, balance.claim.currency)}")
            for balance in sorted(balances, key=lambda balance: balance.total_cents <= 0)
        ]
        offer(self, "claim", claims)
        offer(self, "what", _choices(balances, balances[0].claim.currency if balances else "EUR", letters=bool(letters)))
        if letters:
            named = [(letter.message_id, f"{long_date(letter.on)}: {letter.subject}") for letter in letters]
            offer(self, "letter", [("", gettext("Bitte wählen")), *named])
        else:
            del self.fields["letter"]

    def clean(self) -> dict[str, Any]:
        """An amount where one is needed, a letter for reminder costs."""
        data = super().clean() or self.cleaned_data
        what = data.get("what", "")
        if what in ("credit_note", "charge:expense", "charge:dunning_fee") and "amount" not in self.errors and not data.get("amount"):
            self.add_error("amount", _("Bitte einen Betrag angeben."))
        if what == "charge:dunning_fee" and not data.get("letter"):
            self.add_error("letter" if self.letters else None, _("Bitte den Brief wählen, den Sie berechnen."))
        return data


def _choices(balances: Sequence[ClaimBalance], currency: str, *, letters: bool) -> list[tuple[str, str]]:
    """What makes sense today: only what is open can be given up, only a further letter can be charged."""
    is_open = openness(balances)
    found: list[tuple[str, str]] = []
    if is_open.interest > 0:
        found.append(("waive:interest", gettext("Zinsen erlassen (offen %(sum)s)") % {"sum": money(is_open.interest, currency)}))
    for fee, cents in is_open.fees.items():
        words = {"what": FEE_NAMES[fee], "sum": money(cents, currency)}
        found.append((f"waive:{fee}", gettext("%(what)s erlassen (offen %(sum)s)") % words))
    if is_open.principal > 0:
        found.append(("waive:principal", gettext("Auf einen Teil der Rechnung verzichten")))
        found.append(("credit_note", gettext("Gutschrift: die Rechnung war zu hoch, oder etwas kam zurück")))
    if is_open.principal + is_open.interest + sum(is_open.fees.values()) > 0:
        found.append(("write_off", gettext("Ausbuchen: alles, was auf dieser Rechnung offen ist, wird nicht mehr verlangt")))
    if balances:
        found.append(("charge:expense", gettext("Auslagen berechnen, zum Beispiel für eine Adressermittlung")))
    if letters:
        found.append(("charge:dunning_fee", gettext("Mahnkosten für einen weiteren Brief berechnen")))
    return found


class UndoForm(forms.Form):
    """Why a booking is taken back."""

    reason = forms.CharField(label=_("Warum?"), min_length=3, max_length=180)


_RATE = re.compile(r"\d{1,2}(?:[.,]\d{1,2})?")


class TermsForm(forms.Form):
    """When interest of a claim began, and at which rate."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    claim = forms.IntegerField(widget=forms.HiddenInput)
    first_interest_day = forms.DateField(
        label=_("Erster Tag mit Zinsen"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Der Tag nach Beginn des Verzugs. Leer heißt: noch kein Verzug."),
    )  # fmt: skip
    rate = forms.ChoiceField(
        label=_("Zinssatz"), widget=forms.RadioSelect,
        choices=[
            ("statutory", _("der gesetzliche")),
            ("margin", _("Basiszinssatz plus Prozentpunkte, wie vereinbart")),
            ("fixed", _("ein fester Satz im Jahr, wie vereinbart")),
            ("none", _("keine Zinsen")),
        ],
    )  # fmt: skip
    percent = forms.CharField(
        label=_("Prozent"), required=False, help_text=_("Nur wenn vereinbart, zum Beispiel 8,50."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Warum?"), help_text=_("Steht danach im Verlauf und auf dem Kontoauszug."), min_length=3, max_length=180
    )

    def __init__(self, *args: Any, claim: Claim, day: date, **kwargs: Any) -> None:
        self.day, self.of = day, claim
        kwargs["initial"] = {"key": uuid.uuid4(), "claim": claim.id} | _as_they_are(claim) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    def clean_percent(self) -> int | None:
        """Basis points, or None if nothing was typed."""
        text = self.cleaned_data["percent"].replace("%", "").strip()
        if not text:
            return None
        if not _RATE.fullmatch(text):
            raise forms.ValidationError(_("Diesen Satz verstehen wir nicht. Bitte schreiben Sie ihn so: 8,50"))
        return parse_percent(text.replace(",", "."))

    def clean(self) -> dict[str, Any]:
        """The rate as the claim keeps it: `margin_bp` or `fixed_bp`, as the law of the creditor's country lets it."""
        data = super().clean() or self.cleaned_data
        claim, rate, percent = self.of, data.get("rate"), data.get("percent")
        if "percent" in self.errors:
            return data
        if rate in ("margin", "fixed") and percent is None:
            self.add_error("percent", _("Bitte den vereinbarten Satz angeben."))
            return data
        law = jurisdiction(claim.creditor.country)
        margin_bp = fixed_bp = None
        try:
            if rate == "statutory":
                terms = law.interest_terms(consumer=claim.consumer, arose_on=claim.invoiced_on)
                margin_bp, fixed_bp = terms.margin_bp, terms.fixed_bp
            elif rate == "fixed" and percent is not None:
                fixed_bp = law.agreed_terms(percent, consumer=claim.consumer, arose_on=claim.invoiced_on).fixed_bp
            elif rate == "margin":
                if law.interest_rules.rates is None:
                    self.add_error("rate", _("In diesem Land gibt es keinen Basiszinssatz. Bitte einen festen Satz wählen."))
                margin_bp = percent
        except LawError as refusal:
            self.add_error("percent", str(told(refusal)))
        data |= {"margin_bp": margin_bp, "fixed_bp": fixed_bp}
        first = data.get("first_interest_day")
        if first is not None and not claim.due_on < first <= self.day + timedelta(days=1):
            text = gettext("Möglich ist ein Tag nach der Fälligkeit (%(due)s) bis heute.") % {"due": long_date(claim.due_on)}
            self.add_error("first_interest_day", text)
        return data


def _as_they_are(claim: Claim) -> dict[str, Any]:
    """A claim's terms as the form shows them, so that only what is wrong has to be changed."""
    law = jurisdiction(claim.creditor.country)
    shown: dict[str, Any] = {"first_interest_day": claim.first_interest_day}
    if not claim.bears_interest:
        return shown | {"rate": "none"}
    statutory = law.interest_terms(consumer=claim.consumer, arose_on=claim.invoiced_on)
    if (claim.margin_bp, claim.fixed_bp) == (statutory.margin_bp, statutory.fixed_bp):
        return shown | {"rate": "statutory"}
    if claim.fixed_bp is not None:
        return shown | {"rate": "fixed", "percent": _percent(claim.fixed_bp)}
    return shown | {"rate": "margin", "percent": _percent(claim.margin_bp or 0)}


def terms_text(claim: Claim) -> str:
    """A claim's terms today in a line."""
    if not claim.bears_interest:
        return gettext("ohne Zinsen")
    since = gettext("noch kein Verzug")
    if claim.first_interest_day:
        since = gettext("Zinsen seit %(day)s") % {"day": long_date(claim.first_interest_day)}
    if claim.fixed_bp is not None:
        return f"{since}, {_percent(claim.fixed_bp)} %"
    base = gettext("Basiszinssatz")
    return f"{since}, {base} + {_percent(claim.margin_bp or 0)}"


def _percent(basis_points: int) -> str:
    units, places = divmod(basis_points, 100)
    return f"{units},{places:02d}" if places else str(units)
