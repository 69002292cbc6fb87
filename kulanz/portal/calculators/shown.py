"""An answer as a page shows it: figures, tables, the steps of the way, and the rows of the law's tables behind it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kulanz.law import jurisdiction
from kulanz.law.calculators.derivation import Derivation, Step, StepKind
from kulanz.law.english import in_language
from kulanz.law.money import format_percent, parse_money
from kulanz.portal.calculators.words import RESULTS, VALUES, Text
from kulanz.site.templatetags.kulanz_ui import locale, long_date, money, short_date

_AMOUNTS = frozenset(
    {"total", "fee", "expenses", "instalment_fee", "vat", "lump_sum", "cap", "attachable", "protected", "rest", "amount", "principal"}
)
_DAYS = frozenset({"valid_from", "valid_until", "ends_on", "in_default_from", "first_interest_day", "from", "to"})
_HEADLINE = {
    "interest": "total", "base-rate": "rate_percent", "costs": "total", "rvg-fee": "fee", "court-fee": "fee", "attachable": "protected",
    "limitation": "ends_on", "allocate": "rest", "default-start": "in_default_from", "court": "court",
}  # fmt: skip
_ZERO_SAYS_NOTHING = frozenset({"expenses", "instalment_fee", "vat", "lump_sum"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One result with its label."""

    label: Text
    value: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list of an answer: column labels, rows of texts, and which columns hold amounts."""

    columns: tuple[tuple[Text, bool], ...]
    rows: tuple[tuple[tuple[Text, str, bool], ...], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the way in a sentence, with its amount."""

    text: str
    amount: str


@dataclass(frozen=True, slots=True)
class Source:
    """A row of a table that was used."""

    title: str
    value: str
    text: str
    ends_on: date | None
    valid_from: date | None


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything the page of an answer says."""

    headline: Figure
    figures: tuple[Figure, ...]
    sheet: Sheet | None
    steps: tuple[Told, ...]
    sources: tuple[Source, ...]
    rule: str
    command: str
    json: str


def shown(name: str, question: Mapping[str, object], answer: Mapping[str, object], way: Derivation, language: str) -> Shown:
    """The answer in the words of a language."""
    currency = jurisdiction(str(question.get("country") or ("ch" if question.get("scheme") == "ch" else "de"))).currency
    head = _HEADLINE[name]
    plain = [key for key, value in answer.items() if key not in (head, "rule") and not isinstance(value, list)]
    kept = [key for key in plain if not (key in _ZERO_SAYS_NOTHING and answer[key] == "0.00")]
    listed = next((value for value in answer.values() if isinstance(value, list)), None)
    return Shown(
        Figure(RESULTS[head], _value(head, answer[head], currency, language)),
        tuple(Figure(RESULTS[key], _value(key, answer[key], currency, language)) for key in kept),
        None if name == "interest" or not listed else _sheet(listed, currency, language),
        tuple(_told(step, currency) for step in way.steps),
        tuple(
            Source(in_language(origin.title, language), _dotted(origin.value), origin.source, origin.ends_on, origin.valid_from)
            for origin in way.origins
        ),
        in_language(str(answer.get("rule", "")), language),
        command(name, question),
        json.dumps(answer, ensure_ascii=False, indent=2),
    )


def command(name: str, question: Mapping[str, object]) -> str:
    """The same question for the command line."""
    words = ["kulanz", "law", name]
    for key, value in question.items():
        option = key.replace("_", "-")
        match value:
            case bool():
                words.append(f"--{option}" if value else f"--no-{option}")
            case list() if all(isinstance(entry, str) for entry in value):
                words += [f"--{option}", ",".join(str(entry) for entry in value)]
            case list():
                words += [f"--{option}", json.dumps(value, ensure_ascii=False)]
            case _:
                words += [f"--{option}", str(value)]
    return shlex.join([*words, "--json"])


def _value(key: str, value: object, currency: str, language: str) -> str:
    if value is None:
        return _("kein Ende absehbar") if key in ("ends_on", "to", "valid_until") else _("noch nicht")
    text = str(value)
    if key in _AMOUNTS:
        return money(parse_money(text), currency)
    if key in _DAYS:
        return long_date(date.fromisoformat(text))
    if key == "rate_percent":
        return _dotted(f"{text} %")
    if key in VALUES:
        return str(VALUES[key][text])
    return in_language(text, language)


def _dotted(text: str) -> str:
    """A number as the tables write it, with the comma of the page's language."""
    return text.replace(".", ",") if locale() == "de_DE" else text


def _cell(key: str, value: object, currency: str, language: str) -> str:
    """A cell of a list; a stretch of time without an end says nothing there."""
    return "" if key == "to" and value is None else _value(key, value, currency, language)


def _sheet(listed: list[dict[str, object]], currency: str, language: str) -> Sheet:
    keys = list(listed[0])
    columns = tuple((RESULTS[key], key in _AMOUNTS) for key in keys)
    rows = tuple(tuple((RESULTS[key], _cell(key, row[key], currency, language), key in _AMOUNTS) for key in keys) for row in listed)
    return Sheet(columns, rows)


def _told(step: Step, currency: str) -> Told:
    return Told(_sentence(step, currency), money(step.cents, currency))


def _number(step: Step, name: str) -> int:
    value = step.values[name]
    return value if isinstance(value, int) else 0


def _cents(step: Step, name: str, currency: str) -> str:
    return money(_number(step, name), currency)


def _on(step: Step, name: str) -> str:
    value = step.values[name]
    return short_date(value) if isinstance(value, date) else ""


def _rate(step: Step) -> str:
    value = step.values["rate"]
    return _dotted(f"{float(value):g}") if isinstance(value, Fraction) else ""


def _percent(basis_points: int) -> str:
    return _dotted(format_percent(basis_points))


def _sentence(step: Step, currency: str) -> str:
    values = step.values
    match step.kind:
        case StepKind.SEGMENT:
            return _segment(step, currency)
        case StepKind.VALUE_FEE:
            return _value_fee(step, currency)
        case StepKind.SINGLE_FEE:
            return _("Einfache Gebühr (1,0)")
        case StepKind.RATE:
            return _("%(rate)s × %(single)s") % {"rate": _rate(step), "single": _cents(step, "single_cents", currency)}
        case StepKind.LEAST:
            return _("Mindestens")
        case StepKind.STEPPED_INCOME:
            of = {"net": _cents(step, "net_cents", currency), "step": _cents(step, "step_cents", currency)}
            return _("Einkommen von %(net)s, abgerundet auf volle %(step)s") % of
        case StepKind.FREE:
            return _free(step, currency)
        case StepKind.SHARE:
            return _("%(tenths)s Zehntel von %(over)s, die darüber liegen") % {
                "tenths": values["tenths"],
                "over": _cents(step, "over_cents", currency),
            }
        case StepKind.OVER_CAP:
            return _("Alles über %(cap)s") % {"cap": _cents(step, "cap_cents", currency)}


def _segment(step: Step, currency: str) -> str:
    days, rate_bp, base_bp = _number(step, "days"), _number(step, "rate_bp"), _number(step, "base_bp")
    told = {
        "from": _on(step, "from"),
        "to": _on(step, "to"),
        "days": days,
        "principal": _cents(step, "principal_cents", currency),
        "rate": f"({_percent(base_bp)} + {_percent(rate_bp - base_bp)})" if base_bp and rate_bp else _percent(rate_bp),
        "year": _number(step, "year_days"),
    }
    return (
        ngettext(
            "%(from)s bis %(to)s, %(days)s Tag: %(principal)s × %(rate)s %% × %(days)s ÷ %(year)s",
            "%(from)s bis %(to)s, %(days)s Tage: %(principal)s × %(rate)s %% × %(days)s ÷ %(year)s",
            days,
        )
        % told
    )


def _value_fee(step: Step, currency: str) -> str:
    values = step.values
    told = {
        "count": values["count"],
        "step": _cents(step, "step_cents", currency),
        "each": _cents(step, "each_cents", currency),
        "up_to": _cents(step, "up_to_cents", currency),
    }
    if not values["step_cents"]:
        return _("Wert bis %(up_to)s") % told
    if not values["up_to_cents"]:
        return _("darüber: %(count)s × %(each)s für je angefangene %(step)s") % told
    return _("weiter bis %(up_to)s: %(count)s × %(each)s für je angefangene %(step)s") % told


def _free(step: Step, currency: str) -> str:
    told = {name: _cents(step, f"{name}_cents", currency) for name in ("base", "first", "further")} | {"count": step.values["further"]}
    if not step.values["first_cents"]:
        return _("Davon geschützt: %(base)s") % told
    if not step.values["further"]:
        return _("Davon geschützt: %(base)s + %(first)s für die erste Person") % told
    return _("Davon geschützt: %(base)s + %(first)s für die erste Person + %(count)s × %(further)s für weitere Personen") % told
