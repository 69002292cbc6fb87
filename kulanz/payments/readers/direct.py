"""A list of payments the creditor received itself: CSV bytes → rows and problems. What can be read two ways is refused, not guessed."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Final

from kulanz.payments.readers.shape import Problem

LINES_MAX: Final = 20_000
BYTES_MAX: Final = 5_000_000
_NAMES: Final = {
    "number": ("nummer", "aktenzeichen", "rechnung", "rechnungsnummer", "number", "reference", "invoice"),
    "amount": ("betrag", "amount"),
    "paid_on": ("datum", "bezahlt am", "zahltag", "paid on", "date"),
    "note": ("notiz", "bemerkung", "note"),
    "key": ("beleg", "schlüssel", "key"),
}
_AMOUNT: Final = re.compile(r"(\d{1,3}(?:\.\d{3})+(?=,)|\d{1,3}(?:\.\d{3}){2,3}|\d{1,12})(?:,(\d{1,2}))?", re.ASCII)
_AMOUNT_DOT: Final = re.compile(r"(\d{1,12})\.(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class DirectRow:
    """One reported payment: a case reference or invoice number, cents, the day it was paid, and what makes the report unique."""

    line: int
    number: str
    cents: int
    paid_on: date
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class DirectFile:
    """What a file says. ``problems`` name what could not be read, by line."""

    rows: tuple[DirectRow, ...]
    problems: tuple[Problem, ...]


def read_direct(data: bytes, name: str) -> DirectFile:
    """Read a list with the columns Nummer, Betrag, Datum and, if wanted, Notiz and Beleg; separated by ``;``, ``,`` or tabs."""
    if len(data) > BYTES_MAX:
        return DirectFile((), (Problem(name, 0, "Die Datei ist größer als 5 MB.", "direct_unreadable"),))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    head = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        return DirectFile((), (Problem(name, lines.line_num, f"Das ist keine lesbare CSV-Datei: {error}", "direct_unreadable"),))
    if not rows or len(rows) > LINES_MAX + 1:
        return DirectFile((), (Problem(name, 1, f"Die Datei ist leer oder hat mehr als {LINES_MAX} Zeilen.", "direct_unreadable"),))
    columns = _columns(rows[0][1])
    if missing := [word for word, field in (("Nummer", "number"), ("Betrag", "amount"), ("Datum", "paid_on")) if field not in columns]:
        return DirectFile((), (Problem(name, 1, f"In der Kopfzeile fehlt: {', '.join(missing)}.", "direct_unreadable"),))
    return _read(rows[1:], columns, name)


def _columns(head: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, title in enumerate(head):
        for field, names in _NAMES.items():
            if title.lower().replace("_", " ") in names:
                found.setdefault(field, index)
    return found


def _read(rows: list[tuple[int, list[str]]], columns: dict[str, int], name: str) -> DirectFile:
    read, problems = [], []
    seen: Counter[str] = Counter()
    for line, cells in rows:
        values = {field: cells[index] if index < len(cells) else "" for field, index in columns.items()}
        cents, paid_on = cents_of(values["amount"]), day_of(values["paid_on"])
        if not values["number"]:
            problems.append(Problem(name, line, "Es fehlt das Aktenzeichen oder die Rechnungsnummer.", "direct_unreadable"))
        elif cents is None or cents <= 0:
            problems.append(
                Problem(name, line, f"„{values['amount'][:30]}“ ist kein eindeutiger Betrag (so: 1.234,56).", "direct_unreadable")
            )
        elif paid_on is None:
            problems.append(
                Problem(
                    name,
                    line,
                    f"„{values['paid_on'][:30]}“ ist kein eindeutiges Datum (so: 31.12.2026 oder 2026-12-31).",
                    "direct_unreadable",
                )
            )
        else:
            same = f"{values['number']}|{cents}|{paid_on}|{values.get('note', '')}"
            seen[same] += 1
            key = values.get("key", "")[:80] or hashlib.sha256(f"{same}|{seen[same]}".encode()).hexdigest()[:40]
            read.append(DirectRow(line, values["number"][:100], cents, paid_on, values.get("note", "")[:180], key))
    return DirectFile(tuple(read), tuple(problems))


def cents_of(written: str) -> int | None:
    """``"1.234,56"`` → 123456, ``"84,9"`` → 8490, ``"84.90"`` → 8490; None for what reads two ways or not at all.

    >>> cents_of("1.234,56 €"), cents_of("84.90"), cents_of("1.234"), cents_of("1,234.56")
    (123456, 8490, None, None)
    """
    plain = written.replace("EUR", "").replace("€", "").strip()
    if found := _AMOUNT.fullmatch(plain):
        return int(found.group(1).replace(".", "")) * 100 + int((found.group(2) or "").ljust(2, "0"))
    if found := _AMOUNT_DOT.fullmatch(plain):
        return int(found.group(1)) * 100 + int(found.group(2))
    return None


def day_of(written: str) -> date | None:
    """A day as ``31.12.2026`` or ``2026-12-31``; None for anything else."""
    for pattern, order in ((r"(\d{1,2})\.(\d{1,2})\.(\d{4})", (3, 2, 1)), (r"(\d{4})-(\d{2})-(\d{2})", (1, 2, 3))):
        if found := re.fullmatch(pattern, written.strip(), re.ASCII):
            try:
                return date(*(int(found.group(part)) for part in order))
            except ValueError:
                return None
    return None
