"""The fields a calculator takes: read strictly, described once for command line, web pages and reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import ClassVar, TypeVar

from kulanz.law.errors import LawError
from kulanz.law.money import parse_money, parse_percent


class BadField(LawError):
    """Ein Feld fehlt oder ist nicht lesbar."""

    code: ClassVar[str] = "bad_field"


class Kind(Enum):
    """How a field is written."""

    MONEY = "Betrag wie 1234.56"
    DATE = "Tag wie 2026-03-31"
    FLAG = "true oder false"
    COUNT = "ganze Zahl ab 0"
    DECIMAL = "Zahl wie 0.9"
    PERCENT = "Prozent oder Prozentpunkte wie 5 oder 7.27"
    TEXT = "Text"
    CHOICE = "eine der Möglichkeiten"
    LIST = "Liste"
    DATE_OR_FLAG = "Tag wie 2026-03-31, oder true oder false"


T = TypeVar("T")

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a question. `items` describes the entries of a list."""

    name: str
    kind: Kind
    help: str
    required: bool = False
    choices: tuple[str, ...] = ()
    items: tuple[Field, ...] = ()


class Given:
    """The readable form of one question: every known field by name, absent ones None. Anything unreadable is an error."""

    def __init__(self, question: Mapping[str, object], fields: Sequence[Field], *, where: str = "") -> None:
        known = {field.name: field for field in fields}
        if unknown := sorted(str(name) for name in question if name not in known):
            raise BadField(f"{where}Unbekanntes Feld: {', '.join(unknown)}.", fix=f"Bekannt sind: {', '.join(known)}.")
        self._values: dict[str, object] = {}
        for field in fields:
            given = question.get(field.name)
            if given is None and field.required:
                raise BadField(f"{where}Das Feld {field.name} fehlt.", fix=f"{field.help}: {field.kind.value}.")
            self._values[field.name] = None if given is None else _read(field, given, where)

    def money(self, name: str) -> int | None:
        return self._typed(name, int)

    def count(self, name: str) -> int | None:
        return self._typed(name, int)

    def percent(self, name: str) -> int | None:
        return self._typed(name, int)

    def day(self, name: str) -> date | None:
        return self._typed(name, date)

    def decimal(self, name: str) -> Decimal | None:
        return self._typed(name, Decimal)

    def text(self, name: str) -> str | None:
        return self._typed(name, str)

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._typed(name, bool)
        return default if value is None else value

    def given(self, name: str) -> bool:
        return self._values[name] is not None

    def rows(self, name: str) -> list[Given]:
        value = self._values[name]
        return [row for row in value if isinstance(row, Given)] if isinstance(value, list) else []

    def texts(self, name: str) -> list[str]:
        value = self._values[name]
        return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []

    def need_money(self, name: str) -> int:
        return self._present(name, self.money(name))

    def need_day(self, name: str) -> date:
        return self._present(name, self.day(name))

    def need_text(self, name: str) -> str:
        return self._present(name, self.text(name))

    def _typed(self, name: str, kind: type[T]) -> T | None:
        value = self._values[name]
        return value if isinstance(value, kind) else None

    def _present(self, name: str, value: T | None) -> T:
        if value is None:
            raise BadField(f"Das Feld {name} fehlt.")
        return value


def _read(field: Field, given: object, where: str) -> object:
    try:
        return _value(field, given, where)
    except (LawError, ValueError, InvalidOperation) as error:
        if isinstance(error, BadField):
            raise
        expected = ", ".join(field.choices) if field.choices else field.kind.value
        raise BadField(f"{where}Das Feld {field.name} ist nicht lesbar: {str(given)[:60]}.", fix=f"Erwartet: {expected}.") from error


def _value(field: Field, given: object, where: str) -> object:
    """The value in its type. Numbers are taken as text too, so no binary fraction is ever involved."""
    match field.kind, given:
        case Kind.FLAG | Kind.DATE_OR_FLAG, bool():
            return given
        case _, bool() | float():
            raise ValueError("neither a truth value nor a binary fraction is expected")
        case Kind.MONEY, str() | int() | Decimal():
            return parse_money(str(given))
        case Kind.PERCENT, str() | int() | Decimal():
            return parse_percent(str(given))
        case Kind.DECIMAL, str() | int() | Decimal():
            return _plain_decimal(str(given))
        case Kind.COUNT, str() | int():
            return _count(str(given))
        case Kind.DATE | Kind.DATE_OR_FLAG, str():
            return _day(given)
        case Kind.TEXT, str() | int():
            return str(given)
        case Kind.CHOICE, str() if given in field.choices:
            return given
        case Kind.LIST, _:
            return _list(field, given, where)
        case _:
            raise ValueError("not of the expected kind")


def _plain_decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or not text.replace(".", "", 1).isdecimal() or len(text) > 12:
        raise ValueError("not a plain decimal number")
    return number


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise ValueError("not a count")
    return int(text)


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if len(text) != len("2026-03-31") or not EARLIEST <= day <= LATEST:
        raise ValueError("not a day of our calendar")
    return day


def _list(field: Field, given: object, where: str) -> list[object]:
    if not field.items:
        texts = [given] if isinstance(given, str | int) else given
        if not isinstance(texts, list) or not all(isinstance(text, str | int) for text in texts):
            raise ValueError("not a list of names")
        return [str(text) for text in texts]
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        raise ValueError("not a list of objects")
    return [Given(row, field.items, where=f"{where}{field.name} {number}: ") for number, row in enumerate(given, 1)]
