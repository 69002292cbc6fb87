"""Amounts, days and names the way people write them, in German and English."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from kulanz.contact.rendering.facts import Language, Recipient, Sender

_LOCALE = {"de": "de_DE", "en": "en_GB"}
_SWISS = {"de": "de_CH", "en": "en_CH"}
"""Francs are written as in Switzerland: ``CHF 1’234.56``."""
_FORMS_OF_ADDRESS = {"de": {"frau": "Frau", "herr": "Herr"}, "en": {"frau": "Ms", "herr": "Mr"}}

_COUNTS = {
    "de": ("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    "en": ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
}


def money(cents: int, currency: str, language: Language) -> str:
    """``123456`` → ``1.234,56 €`` (German) or ``€1,234.56`` (English); francs as ``CHF 1’234.56``."""
    return _money(cents, currency, (_SWISS if currency == "CHF" else _LOCALE)[language])


@lru_cache(maxsize=4096)
def _money(cents: int, currency: str, locale: str) -> str:
    return str(format_currency(Decimal(cents).scaleb(-2), currency, locale=locale))


def percent(basis_points: int, language: Language) -> str:
    """``627`` → ``6,27`` (German) or ``6.27`` (English), with the sign a reader knows."""
    written = format_decimal(Decimal(basis_points).scaleb(-2), format="#,##0.00", locale=_LOCALE[language])
    return str(written).replace("-", "−")


def points(basis_points: int, language: Language) -> str:
    """Percentage points as one says them: ``500`` → ``5``, ``550`` → ``5,5``."""
    written = format_decimal(Decimal(basis_points).scaleb(-2), format="#,##0.##", locale=_LOCALE[language])
    return str(written).replace("-", "−")


@lru_cache(maxsize=4096)
def long_day(day: date, language: Language) -> str:
    """``3. September 2026`` or ``3 September 2026``; the parts are kept on one line."""
    return str(format_date(day, "d. MMMM y" if language == "de" else "d MMMM y", locale=_LOCALE[language])).replace(" ", "\u00a0")


@lru_cache(maxsize=4096)
def short_day(day: date, language: Language) -> str:
    """``03.09.2026`` for tables; in English ``3 Sep 2026``, because 03/09 means two different days."""
    return str(format_date(day, "dd.MM.y" if language == "de" else "d MMM y", locale=_LOCALE[language]))


def count_words(number: int, language: Language) -> str:
    """Two to twelve as words, as one writes them in a sentence; other numbers as digits."""
    words = _COUNTS[language]
    return words[number - 2] if 2 <= number < len(words) + 2 else str(number)


def grouped(code: str) -> str:
    """IBAN or RF reference in groups of four, as banks print it."""
    plain = code.replace(" ", "")
    return " ".join(plain[i : i + 4] for i in range(0, len(plain), 4))


def full_name(person: Recipient) -> str:
    """Title, given and family name; for a company its name."""
    if person.kind == "company":
        return person.company_name.strip()
    return " ".join(part.strip() for part in (person.title, person.given_name, person.family_name) if part.strip())


def salutation(person: Recipient, language: Language) -> str:
    """The opening words without the comma.

    A form of address is used only if the person gave one; else both names are used.
    """
    opening = "Guten Tag" if language == "de" else "Dear"
    form = _FORMS_OF_ADDRESS[language].get(person.salutation, "")
    if form and person.family_name.strip():
        return " ".join(part for part in (opening, form, person.title.strip(), person.family_name.strip()) if part)
    named = " ".join(part.strip() for part in (person.title, person.given_name, person.family_name) if part.strip())
    if named:
        return f"{opening} {named}"
    return "Guten Tag" if language == "de" else "Hello"


def address_lines(person: Recipient, sender: Sender) -> list[str]:
    """The lines of the address window, at most six; the country stands below only if it differs from the sender's."""
    lines: list[str] = []
    if person.kind == "company":
        lines.append(person.company_name)
    named = " ".join(part.strip() for part in (person.title, person.given_name, person.family_name) if part.strip())
    if named:
        lines.append(named)
    lines += [person.street, f"{person.postcode} {person.city}"]
    if person.country and person.country != sender.country:
        lines.append(Locale("de").territories.get(person.country, person.country).upper())
    return [line.strip() for line in lines if line.strip()]
