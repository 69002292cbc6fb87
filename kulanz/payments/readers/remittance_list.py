"""The list that comes with a collective payment, pasted or as a file: a number and an amount per row → rows, and problems by line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kulanz.payments.readers.direct import cents_of
from kulanz.payments.readers.shape import Problem

ROWS_MAX: Final = 400
BYTES_MAX: Final = 1_000_000
NUMBER_MAX: Final = 100
_CODE: Final = "remittance_list_unreadable"
_NUMBERS: Final = frozenset(("nummer", "aktenzeichen", "rechnung", "rechnungsnummer", "rechnungs-nr", "number", "reference", "invoice"))
_AMOUNTS: Final = frozenset(("betrag", "zahlbetrag", "anteil", "amount"))
_SUMS: Final = frozenset(("summe", "gesamt", "gesamtbetrag", "total", "sum"))


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row: its line in the list, the case reference or invoice number as written, and cents."""

    line: int
    number: str
    cents: int


@dataclass(frozen=True, slots=True)
class RemittanceList:
    """What a list says; ``problems`` name each row that could not be read. A row of totals is neither."""

    rows: tuple[ListedRow, ...]
    problems: tuple[Problem, ...]


def read_remittance_list(content: str | bytes, name: str) -> RemittanceList:
    """Read rows as ``RE-17;84,90``: separated by semicolon, tab or blanks, with or without a head row that names the columns.

    >>> read_remittance_list("Nummer;Betrag\\nRE-17;84,90\\nRE 23 12,00", "x").rows
    (ListedRow(line=2, number='RE-17', cents=8490), ListedRow(line=3, number='RE 23', cents=1200))
    """
    if len(content) > BYTES_MAX:
        return RemittanceList((), (Problem(name, 0, "Die Liste ist größer als 1 MB.", _CODE),))
    text = _decoded(content) if isinstance(content, bytes) else content
    if "\x00" in text:
        return RemittanceList((), (Problem(name, 0, "Das ist keine Textdatei. Bitte als CSV speichern.", _CODE),))
    lines = [(number, line.strip("\ufeff \r")) for number, line in enumerate(text.split("\n"), 1) if line.strip("\ufeff \t\r;")]
    if not lines:
        return RemittanceList((), (Problem(name, 0, "Die Liste ist leer.", _CODE),))
    columns = _columns(_cells(lines[0][1]))
    if columns is not None:
        lines = lines[1:]
    if len(lines) > ROWS_MAX:
        return RemittanceList((), (Problem(name, 0, f"Die Liste hat mehr als {ROWS_MAX} Zeilen. Bitte teilen.", _CODE),))
    rows: list[ListedRow] = []
    problems: list[Problem] = []
    for number, line in lines:
        match _row(number, line, columns):
            case ListedRow() as row:
                rows.append(row)
            case str() as reason:
                problems.append(Problem(name, number, reason, _CODE))
    return RemittanceList(tuple(rows), tuple(problems))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _cells(line: str) -> list[str]:
    """The cells of a row: by semicolon or tab; else the amount is what stands after the last blank."""
    for mark in (";", "\t"):
        if mark in line:
            return [cell.strip().strip('"').strip() for cell in line.split(mark)]
    plain = re.sub(r"\s*(?:EUR|€)$", "", line.strip(), flags=re.IGNORECASE)
    return [cell.strip() for cell in plain.rsplit(None, 1)]


def _columns(head: list[str]) -> tuple[int, int] | None:
    """Where number and amount stand if the first row is a head, else None."""
    words = [cell.lower().rstrip(".:") for cell in head]
    number = next((index for index, word in enumerate(words) if word in _NUMBERS), None)
    amount = next((index for index, word in enumerate(words) if word in _AMOUNTS), None)
    return None if number is None or amount is None else (number, amount)


def _row(number: int, line: str, columns: tuple[int, int] | None) -> ListedRow | str | None:
    """A row, the reason why it is none, or None for a row of totals."""
    cells = _cells(line)
    while columns is None and len(cells) > 2 and not cells[-1]:
        cells.pop()
    if columns is None and len(cells) > 2:
        return "Mehr als zwei Spalten: Bitte eine Kopfzeile mit „Nummer“ und „Betrag“ voranstellen."
    at_number, at_amount = columns or (0, 1)
    if max(at_number, at_amount) >= len(cells):
        return "In dieser Zeile fehlt die Nummer oder der Betrag (so: RE-17;84,90)."
    written, amount = cells[at_number], cells[at_amount]
    if written.lower().rstrip(":") in _SUMS:
        return None
    cents = cents_of(amount)
    if not written:
        return "Es fehlt das Aktenzeichen oder die Rechnungsnummer."
    if len(written) > NUMBER_MAX:
        return f"„{written[:30]}…“ ist zu lang für ein Aktenzeichen oder eine Rechnungsnummer."
    if cents is None or cents <= 0:
        return f"„{amount[:30]}“ ist kein eindeutiger Betrag (so: 1.234,56)."
    return ListedRow(number, written, cents)
