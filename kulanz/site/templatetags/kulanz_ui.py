"""Components and formats for every page: ``{% load kulanz_ui %}``. Each component is one template in ``templates/components``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from django import template
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from kulanz.law.english import in_language
from kulanz.site import styles, told

register = template.Library()

_LOCALES = {"de": "de_DE", "en": "en_GB"}


def locale() -> str:
    """The Babel locale of the language this page is written in; German where the language has no format of its own."""
    return _LOCALES.get((get_language() or "de")[:2], "de_DE")


@register.filter
def in_words(text: str) -> str:
    """A sentence that is stored in German, in the language of the page."""
    return told.in_words(text)


@register.filter
def money(cents: int, currency: str = "EUR") -> str:
    """``123456`` → ``1.234,56 €`` (German) or ``€1,234.56`` (English), francs ``CHF 1’234.56``. Takes integer cents and nothing else."""
    if not isinstance(cents, int) or isinstance(cents, bool):
        raise TypeError(f"an amount is an integer number of cents, not {cents!r}")
    written = str(format_currency(Decimal(cents).scaleb(-2), currency, locale=_money_locale(currency)))
    return written.replace("-", "\u2212")  # the minus sign proper, as wide as a digit


def _money_locale(currency: str) -> str:
    """Francs are written as in Switzerland, whatever the language of the page."""
    if currency != "CHF":
        return locale()
    return "en_CH" if (get_language() or "de").startswith("en") else "de_CH"


def amount(cents: int) -> Decimal:
    """Integer cents as a Decimal of the currency's unit, for files that a spreadsheet adds up."""
    return Decimal(cents).scaleb(-2)


@register.filter
def plain_amount(cents: int) -> str:
    """``8589`` → ``85,89`` (German) or ``85.89``: the form a banking app takes when it is pasted."""
    return str(format_decimal(amount(cents), format="0.00", locale=locale()))


@register.filter
def undo_path(tags: str) -> str:
    """The address that takes an action back, carried by its toast as ``undo:/path``."""
    return tags.removeprefix("undo:") if tags and tags.startswith("undo:/") else ""


@register.filter
def number(value: int | Decimal) -> str:
    """``1234567`` → ``1.234.567``; a Decimal keeps its digits: ``6.52`` → ``6,52``."""
    pattern = None if isinstance(value, int) else "#,##0.##########"
    return str(format_decimal(value, format=pattern, locale=locale()))


@register.filter
def long_date(day: date | None) -> str:
    """``24. November 2026``, kept on one line; an empty text where there is no day."""
    return "" if day is None else _formatted(day, "long").replace(" ", "\u00a0")


@register.filter
def day_month(day: date | None) -> str:
    """``24. November`` for days near today, where the year says nothing."""
    if day is None:
        return ""
    pattern = "d. MMMM" if locale() == "de_DE" else "d MMMM"
    return str(format_date(_as_day(day), pattern, locale=locale())).replace(" ", "\u00a0")


@register.filter
def short_date(day: date | None) -> str:
    """``24.11.2026`` for tables; in English ``24 Nov 2026``, because 03/09 means two different days."""
    return "" if day is None else _formatted(day, "dd.MM.y" if locale() == "de_DE" else "d MMM y")


@register.filter
def clock(moment: datetime | None) -> str:
    """``24.11.2026, 09:12`` in the time zone of the installation."""
    if moment is None:
        return ""
    pattern = "dd.MM.y, HH:mm" if locale() == "de_DE" else "d MMM y, HH:mm"
    return str(format_datetime(timezone.localtime(moment), pattern, locale=locale()))


@register.filter
def iso(day: date) -> str:
    """The machine-readable form of a day or moment for ``<time datetime>``."""
    return day.isoformat()


def _as_day(day: date) -> date:
    return timezone.localtime(day).date() if isinstance(day, datetime) else day


def _formatted(day: date, pattern: str) -> str:
    return str(format_date(_as_day(day), pattern, locale=locale()))


@register.filter
def grouped(code: str) -> str:
    """IBAN or RF reference in groups of four, as banks print it."""
    plain = code.replace(" ", "")
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))


@register.filter
def law_text(rule: str) -> str:
    """A rule or reason of the law room in the language of the page; statutes keep their German names."""
    return in_language(rule, get_language() or "de")


@register.filter
def get(mapping: dict[str, Any], key: str) -> Any:
    """``mapping[key]``, or None where the key is missing (preview rows do not have every column)."""
    return mapping.get(key)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An outline icon out of the sprite. Decoration only: a word stands beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', css, static("icons/lucide.svg"), name
    )


def _render(name: str, context: dict[str, Any]) -> SafeString:
    return SafeString(get_template(f"components/{name}.html").render(context))


@register.simple_block_tag
def card(content: str, title: str = "", tone: str = "", symbol: str = "", level: int = 2) -> SafeString:
    """A surface that holds one thought; ``tone`` is '', 'kind', 'attention' or 'danger'."""
    return _render("card", {"content": content, "title": title, "tone": tone, "symbol": symbol, "level": level})


@register.simple_block_tag
def dialog(content: str, name: str, title: str) -> SafeString:
    """A modal dialog, opened by a button with ``data-opens="<name>"``."""
    return _render("dialog", {"content": content, "name": name, "title": title})


@register.simple_block_tag
def help_beside(content: str, title: str) -> SafeString:
    """Help that stands beside the page and opens in place."""
    return _render("help", {"content": content, "title": title})


@register.inclusion_tag("components/chip.html")
def chip(text: str, tone: str = "", symbol: str = "") -> dict[str, Any]:
    """A state in a word; ``tone`` is '', 'plain', 'attention', 'danger' or 'information'."""
    return {"text": text, "tone": tone, "symbol": symbol}


@register.inclusion_tag("components/key_figure.html")
def key_figure(label: str, value: str, basis: str = "") -> dict[str, Any]:
    """A figure with what it is measured on. Stands inside ``<dl class="figures">``."""
    return {"label": label, "value": value, "basis": basis}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField) -> dict[str, Any]:
    """A form field with label, hint and error; choices of a radio become large rows."""
    kind = getattr(bound.field.widget, "input_type", "")
    return {"field": bound, "group": bool(bound.use_fieldset), "single": kind == "checkbox" and not bound.use_fieldset}


@register.inclusion_tag("components/empty.html")
def empty(title: str, text: str, symbol: str = "circle-check", url: str = "", action: str = "") -> dict[str, Any]:
    """Nothing here: why, and what to do next."""
    return {"title": title, "text": text, "symbol": symbol, "url": url, "action": action}


@register.inclusion_tag("components/progress.html")
def progress(label: str, done: int, total: int) -> dict[str, Any]:
    """How far a long job is, in numbers and as a bar."""
    return {"label": label, "done": done, "total": total}


@register.inclusion_tag("components/stepper.html")
def stepper(steps: str, current: int) -> dict[str, Any]:
    """The steps of a flow, given as texts separated by ``|``; ``current`` counts from 1."""
    return {"steps": [{"text": text, "number": n} for n, text in enumerate(steps.split("|"), 1)], "current": current}


@register.inclusion_tag("components/copy_line.html")
def copy_line(label: str, value: str, copied: str = "") -> dict[str, Any]:
    """A value to be typed into a banking app, with a button that copies it (``copied``: the text without blanks)."""
    return {"label": label, "value": value, "copied": copied or value}


@register.inclusion_tag("components/table_head.html", takes_context=True)
def table_head(context: Context, table: Any) -> dict[str, Any]:
    """The head row of a sortable table; each link keeps the filters that are set."""
    return {"table": table, "request": context["request"]}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: Context, table: Any) -> dict[str, Any]:
    """Which rows are shown out of how many, and the way to the others."""
    return {"table": table, "request": context["request"]}


@register.simple_tag
def styles_url() -> str:
    """The address of the style sheet; it changes with its content."""
    return reverse("styles", args=[styles.version()])
