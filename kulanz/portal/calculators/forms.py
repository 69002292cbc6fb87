"""The form of a calculator, made from its description: one class for all of them.

Lists (payments, claims, events) are rows named ``payments-0-on``; there is always one empty row more than filled ones, so that it works
without a script. What is typed is read as people write it (``3.089,00``) and handed on in the calculators' own writing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kulanz.law.at.limitation import EVENTS as AT_EVENTS
from kulanz.law.at.limitation import PERIODS as AT_KINDS
from kulanz.law.calculators.calculator import Calculator
from kulanz.law.calculators.fields import EARLIEST, LATEST, Field, Kind
from kulanz.law.ch.limitation import EVENTS as CH_EVENTS
from kulanz.law.ch.limitation import PERIODS as CH_KINDS
from kulanz.law.de.limitation import EVENTS as DE_EVENTS
from kulanz.law.de.limitation import KINDS as DE_KINDS
from kulanz.law.money import format_money
from kulanz.portal.calculators.words import CHOICES, VALUES, YES_BY_DEFAULT, Text, words_of
from kulanz.site.fields import AmountField

ROWS_MAX: Final = 12
KINDS: Final = tuple(dict.fromkeys([*DE_KINDS, *AT_KINDS, *CH_KINDS]))
EVENTS: Final = tuple(dict.fromkeys([*DE_EVENTS, *AT_EVENTS, *CH_EVENTS]))

_NUMBER: Final = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?")
_TYPED_AS_CHOICE: Final = {("limitation", "kind"): KINDS, ("events", "kind"): EVENTS}
_DAYS: Final = ["%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y"]


class NumberField(forms.CharField):
    """A number with at most two places, with comma or point; gives it with a point."""

    def clean(self, value: Any) -> str:
        text: str = super().clean(value).replace("%", "").strip()
        if text and not _NUMBER.fullmatch(text):
            raise forms.ValidationError(_("Bitte schreiben Sie eine Zahl mit höchstens zwei Stellen nach dem Komma, zum Beispiel 1,3."))
        return text.replace(",", ".")


class DayField(forms.DateField):
    """A day between 1900 and 2199."""

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("Bitte geben Sie einen Tag zwischen 1900 und 2199 an."))
        return day


class CalculatorForm(forms.Form):
    """All fields of a calculator, lists unfolded into rows; `question` is what the calculator is asked."""

    def __init__(self, calculator: Calculator, given: QueryDict, *, bound: bool) -> None:
        self.calculator = calculator
        self.more = given.get("more", "")
        self.row_counts = {field.name: _row_count(field.name, given, self.more) for field in calculator.fields if field.items}
        super().__init__(given if bound else None, auto_id="f-%s", use_required_attribute=False)
        for field in calculator.fields:
            if not field.items:
                self._add(field.name, _form_field(calculator.name, field), quiet=bool(field.choices))
                continue
            for row in range(self.row_counts[field.name]):
                for item in field.items:
                    name = f"{field.name}-{row}-{item.name}"
                    self._add(name, _form_field(field.name, item, optional=True), quiet=True)

        if bound:
            self.data = _with_usual_choices(given, self.fields)

    def _add(self, name: str, field: forms.Field, *, quiet: bool) -> None:
        """`quiet`: the page does not say "voluntary" beside it (rows of a list, and where one choice always stands)."""
        vars(field)["one_of_two"] = quiet or isinstance(field, forms.ChoiceField)
        self.fields[name] = field

    def words(self, name: str) -> tuple[Text, Text]:
        """Label and hint of a list."""
        return words_of(self.calculator.name, name)

    def clean(self) -> dict[str, Any]:
        """A row that was begun must be complete; a rate of one's own stands in for the statutory one."""
        cleaned = super().clean() or {}
        for field in self.calculator.fields:
            for row in range(self.row_counts.get(field.name, 0)):
                self._check_row(field, row, cleaned)
            if field.items and field.required and not self.errors and not self._filled(field, cleaned):
                self.add_error(f"{field.name}-0-{field.items[0].name}", _("Bitte tragen Sie mindestens eine Zeile ein."))
        if cleaned.get("margin_pp") and cleaned.get("rate_percent"):
            self.add_error("rate_percent", _("Bitte nur eines ausfüllen: den Aufschlag oder den festen Zinssatz."))
        return cleaned

    def _check_row(self, field: Field, row: int, cleaned: Mapping[str, Any]) -> None:
        begun = any(_given(cleaned.get(f"{field.name}-{row}-{item.name}")) for item in field.items if item.kind is not Kind.FLAG)
        for item in field.items:
            name = f"{field.name}-{row}-{item.name}"
            if begun and item.required and not _given(cleaned.get(name)) and name not in self.errors:
                self.add_error(name, _("Bitte füllen Sie auch dieses Feld aus, oder leeren Sie die ganze Zeile."))

    def _filled(self, field: Field, cleaned: Mapping[str, Any]) -> list[int]:
        key = next(item.name for item in field.items if item.required)
        return [row for row in range(self.row_counts[field.name]) if _given(cleaned.get(f"{field.name}-{row}-{key}"))]

    def question(self) -> dict[str, object]:
        """What was asked, in the calculators' own writing; empty fields are left out."""
        asked: dict[str, object] = {}
        for field in self.calculator.fields:
            if field.items:
                rows = [self._row(field, row) for row in self._filled(field, self.cleaned_data)]
                if rows or field.required:
                    asked[field.name] = rows
            elif _given(value := self.cleaned_data.get(field.name)):
                asked[field.name] = _written(field, value)
        if "margin_pp" in asked or "rate_percent" in asked:
            asked.pop("debtor", None)
        if "scheme" in asked:
            asked.pop("country", None)
        return asked

    def _row(self, field: Field, row: int) -> dict[str, object]:
        cells = {item: self.cleaned_data.get(f"{field.name}-{row}-{item.name}") for item in field.items}
        return {item.name: _written(item, value) for item, value in cells.items() if _given(value)}


def _given(value: object) -> bool:
    return value is not None and value != ""


def _written(field: Field, value: Any) -> object:
    match field.kind:
        case Kind.MONEY:
            return format_money(value)
        case Kind.DATE | Kind.DATE_OR_FLAG:
            return value.isoformat()
        case Kind.FLAG:
            return value == "yes"
        case Kind.LIST:
            names = [name.strip() for name in value.split(",") if name.strip()]
            return [_part(name) for name in names] if field.name == "component_order" else names
        case Kind.TEXT if field.name == "land" and value.strip().lower() in (str(_("Ausland")).lower(), "abroad"):
            return "abroad"
        case _:
            return value


def _with_usual_choices(given: QueryDict, fields: Mapping[str, forms.Field]) -> QueryDict:
    """What was given, and the usual choice wherever an address leaves one out: the form then shows what is calculated."""
    data = given.copy()
    for name, field in fields.items():
        if field.initial is not None and name not in data:
            data[name] = field.initial
    return data


def _part(name: str) -> str:
    """A component by the word the page has for it."""
    return next((key for key, word in VALUES["component"].items() if str(word).lower() == name.lower()), name)


def _row_count(name: str, given: QueryDict, more: str) -> int:
    found = [
        int(match[1]) for key in given if (match := re.fullmatch(rf"{name}-(\d{{1,2}})-[a-z_]+", key)) and given[key] not in ("", "no")
    ]
    return min(ROWS_MAX, max(found, default=-1) + (4 if more == name else 2))


def _form_field(part_of: str, field: Field, *, optional: bool = False) -> forms.Field:
    """The field as a form has it; `part_of` is the calculator or the list it belongs to."""
    label, hint = words_of(part_of, field.name)
    common: dict[str, Any] = {"label": label, "help_text": hint, "required": field.required and not optional}
    small = {"autocomplete": "off", "spellcheck": "false"}
    choices = field.choices or _TYPED_AS_CHOICE.get((part_of, field.name), ())
    if choices:
        return _choice(field, choices, common)
    match field.kind:
        case Kind.MONEY:
            return AmountField(**common, max_length=24, widget=forms.TextInput(attrs={**small, "inputmode": "decimal"}))
        case Kind.PERCENT | Kind.DECIMAL:
            return NumberField(**common, max_length=12, widget=forms.TextInput(attrs={**small, "inputmode": "decimal"}))
        case Kind.DATE | Kind.DATE_OR_FLAG:
            return DayField(**common, input_formats=_DAYS, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        case Kind.COUNT:
            return forms.IntegerField(**common, min_value=0, max_value=99, widget=forms.NumberInput(attrs={"inputmode": "numeric"}))
        case Kind.FLAG:
            usual = "yes" if field.name in YES_BY_DEFAULT else "no"
            return forms.ChoiceField(**{**common, "required": False}, choices=[("yes", _("ja")), ("no", _("nein"))], initial=usual)
        case _:
            return forms.CharField(**common, max_length=120 if field.kind is Kind.LIST else 40, widget=forms.TextInput(attrs=small))


def _choice(field: Field, names: tuple[str, ...], common: dict[str, Any]) -> forms.ChoiceField:
    listed: list[tuple[str, Any]] = [(name, CHOICES[name]) for name in names]
    if field.name in ("debtor", "country", "contractor", "period", "procedure") or names is KINDS:
        return forms.ChoiceField(**common, choices=listed, initial=names[0])
    blank = _("wie es das Gesetz ordnet") if field.name == "scheme" else "–" if names is EVENTS else _("wie üblich")
    return forms.ChoiceField(**common, choices=[("", blank), *listed])
