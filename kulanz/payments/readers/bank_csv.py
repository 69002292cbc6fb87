"""Bank files as CSV: the layout is found by its header; a row that cannot be read is named and left out, the rest is taken.

Most of these files carry no balances, so nothing proves that they are complete; the import says so. Where every row has the balance
after it, opening and closing are worked out from them and must tie.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from time import strptime
from typing import Final

from kulanz.payments.readers.csv_profile import CsvProfile, profiles
from kulanz.payments.readers.shape import (
    ENTRIES_MAX,
    NAME_MAX,
    STATEMENTS_MAX,
    TOO_MANY,
    ParsedFile,
    ParsedStatement,
    Problem,
    StatementLine,
    clean,
    reference,
)

CSV_BYTES_MAX: Final = 20 * 1024 * 1024
"""Some 100,000 movements; banks give out far shorter files."""

_HEAD_LINES: Final = 40
_LINE_MAX: Final = 65_536
_PROBLEMS_MAX: Final = 200
_COLUMNS_SHOWN: Final = 30
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_GERMAN: Final = re.compile(r"([+-]?)(\d{1,3}(?:\.\d{3})+|\d{1,15})(?:,(\d{1,2}))?", re.ASCII)
_ENGLISH: Final = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.(\d{1,2}))?", re.ASCII)


@dataclass(slots=True)
class _Draft:
    """The movements of one account and currency while rows go by; ``balances`` are those after each row, where the file has them."""

    line: int
    entries: int = 0
    pending: int = 0
    lines: list[StatementLine] = field(default_factory=list)
    balances: list[tuple[int, int]] = field(default_factory=list)


class UnreadableRow(Exception):
    """A row that cannot be taken; the text is the reason."""


def looks_like_csv(data: bytes) -> bool:
    """True if the first rows are text with delimiters: worth naming the columns instead of "unknown format"."""
    head = _decoded_head(data)
    return head is not None and any(line.count(delimiter) >= 2 for line in head for delimiter in ";,\t")


def read_bank_csv(data: bytes, name: str) -> ParsedFile:
    """Read a CSV file of a known layout, or refuse it naming its columns. Never raises for bad input."""
    if len(data) > CSV_BYTES_MAX:
        reason = "Die CSV-Datei ist größer als 20 MB. Bitte einen kürzeren Zeitraum herunterladen."
        return ParsedFile(name, "csv", (), (Problem(name, 0, reason, "statement_too_large"),))
    found = find_profile(data)
    if found is None:
        return ParsedFile(name, "csv", (), (Problem(name, 1, _unknown(data), "statement_unknown_columns"),))
    profile, above = found
    reading = _Reading(profile, name, above)
    try:
        for line, row in rows_below(data, profile):
            reading.take(line, row)
    except (csv.Error, UnicodeDecodeError):
        reason = "Die CSV-Datei ist beschädigt: Eine Zeile oder ein Feld ist zu lang, nicht geschlossen oder falsch kodiert."
        return ParsedFile(name, f"csv {profile.key}", (), (Problem(name, 0, reason, "statement_csv_damaged"),))
    except _TooMany:
        return ParsedFile(name, f"csv {profile.key}", (), (Problem(name, 0, TOO_MANY, "statement_too_large"),))
    return reading.finish()


class _TooMany(Exception):
    """More movements or accounts than any bank writes into one file."""


def _encoding(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _decoded_head(data: bytes) -> list[str] | None:
    """The first lines as text; None if they are none."""
    piece = data[:65_536]
    wide = piece[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = piece.decode("utf-16", errors="ignore") if wide else piece.decode("utf-8-sig", errors="ignore")
    if "\x00" in text:
        return None
    if not wide and len(text.encode()) < len(piece) - 8:
        text = piece.decode("cp1252", errors="replace")
    return text.splitlines()[:_HEAD_LINES]


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
    return [cell.strip() for cell in row]


def find_profile(data: bytes) -> tuple[CsvProfile, list[list[str]]] | None:
    """The layout whose header stands in one of the first rows, and the rows above it."""
    head = _decoded_head(data) or []
    for profile in profiles():
        rows = [_cells(line, profile.delimiter) for line in head]
        for at, cells in enumerate(rows):
            if profile.fits(cells):
                return profile, rows[:at]
    return None


def _unknown(data: bytes) -> str:
    head = _decoded_head(data) or [""]
    delimiter = max(";,\t", key=lambda mark: max(line.count(mark) for line in head))
    columns = max((_cells(line, delimiter) for line in head), key=len, default=[])
    seen = ", ".join(f"„{clean(column, 40)}“" for column in columns[:_COLUMNS_SHOWN] if column) or "keine"
    known = "; ".join(profile.name for profile in profiles())
    return (
        f"Diese CSV-Datei hat keinen bekannten Aufbau. Gefundene Spalten: {seen}. Gelesen werden: {known}. "
        "Sicherer ist der Auszug als camt.053 (XML) oder MT940."
    )


def rows_below(data: bytes, profile: CsvProfile) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows below the header with the line they begin on. A row with more or fewer cells than the header keeps what it has."""
    with io.TextIOWrapper(io.BytesIO(data), encoding=_encoding(data), newline="") as text:
        reader = csv.reader(_short_lines(text), delimiter=profile.delimiter)
        header: list[str] = []
        begins = 1
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not header:
                header = cells if profile.fits(cells) else []
            elif any(cells):
                yield begins, dict(zip(header, cells, strict=False))
            begins = reader.line_num + 1


def _short_lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a file, as long as none is longer than any bank's: a row of a million cells would fill the memory."""
    while line := text.readline(_LINE_MAX + 1):
        if len(line) > _LINE_MAX:
            raise csv.Error("line too long")
        yield line


class _Reading:
    """The state of reading one file."""

    def __init__(self, profile: CsvProfile, name: str, above: Sequence[Sequence[str]]) -> None:
        self.profile, self.name = profile, name
        self.drafts: dict[tuple[str, str], _Draft] = {}
        self.problems: list[Problem] = []
        self.entries = 0
        self.account_above = _account_above(profile, above)

    def take(self, line: int, row: dict[str, str]) -> None:
        """Take one row: a movement, an announced one that is only counted, or a problem."""
        profile = self.profile
        if any(row.get(column, "") not in values for column, values in profile.only.items()):
            return
        self.entries += 1
        if self.entries > ENTRIES_MAX or len(self.drafts) > STATEMENTS_MAX:
            raise _TooMany
        try:
            amount = self._amount(row, "amount")
            currency = (self._cell(row, "currency") or profile.currency).upper()
            if not _CURRENCY.fullmatch(currency):
                raise UnreadableRow("Die Währung fehlt oder ist keine.")
            draft = self.drafts.setdefault((self._account(row, amount), currency), _Draft(line))
            draft.entries += 1
            if any(row.get(column, "") in values for column, values in profile.pending.items()):
                draft.pending += 1
                return
            lines = self._lines(line, row, amount, currency)
            if "balance" in profile.columns and (written := self._cell(row, "balance")):
                draft.balances.append((amount, cents_of(written, profile.decimal)))
            draft.lines += lines
        except UnreadableRow as unreadable:
            if len(self.problems) < _PROBLEMS_MAX:
                self.problems.append(
                    Problem(self.name, line, f"{unreadable} Die Zeile wurde nicht übernommen.", "statement_bad_row", refuses=False)
                )

    def _lines(self, line: int, row: dict[str, str], amount: int, currency: str) -> list[StatementLine]:
        """The movement, and the service's fee as one of its own, so that the sums are those of the account."""
        booked_on = self._day(row, "booked_on")
        value_on = self._day(row, "value_on") if self._cell(row, "value_on") else None
        bank_ref = reference(self._cell(row, "bank_ref"))
        name = self._cell(row, "name") or self._cell(row, "name_in" if amount >= 0 else "name_out")
        iban = re.sub(r"\s", "", self._cell(row, "iban")).upper()
        purpose = " ".join(filter(None, (row.get(column, "") for column in self.profile.columns.get("purpose", ()))))
        movement = StatementLine(
            booked_on=booked_on,
            value_on=value_on,
            amount_cents=amount,
            currency=currency,
            purpose=clean(purpose),
            counterparty_name=clean(name, NAME_MAX),
            counterparty_iban=clean(iban, 60),
            end_to_end_id=reference(self._cell(row, "end_to_end")),
            bank_ref=bank_ref,
            line=line,
        )
        fee = abs(self._amount(row, "fee")) if self._cell(row, "fee") else 0
        if not fee:
            return [movement]
        text = f"{self.profile.fee_text} zu {bank_ref}" if bank_ref else self.profile.fee_text
        fee_ref = f"{bank_ref}-FEE" if bank_ref else ""
        return [movement, StatementLine(booked_on, value_on, -fee, currency, purpose=text, bank_ref=fee_ref, line=line)]

    def _cell(self, row: dict[str, str], wanted: str) -> str:
        """The first filled cell of the columns a field may have."""
        return next((row[column] for column in self.profile.columns.get(wanted, ()) if row.get(column)), "")

    def _amount(self, row: dict[str, str], wanted: str) -> int:
        return cents_of(self._cell(row, wanted), self.profile.decimal)

    def _day(self, row: dict[str, str], wanted: str) -> date:
        written = self._cell(row, wanted)
        for pattern in self.profile.dates:
            try:
                day = strptime(written, pattern)
                return date(day.tm_year, day.tm_mon, day.tm_mday)
            except ValueError:
                continue
        raise UnreadableRow(f"„{clean(written, 40)}“ ist kein Datum." if written else "Das Datum fehlt.")

    def _account(self, row: dict[str, str], amount: int) -> str:
        place = self.profile.account
        written = place.fixed or self.account_above or row.get(place.column or (place.incoming if amount >= 0 else place.outgoing), "")
        account = re.sub(r"\s", "", clean(written, 50)).upper()
        return place.prefix + account if account else ""

    def finish(self) -> ParsedFile:
        """The statements, one per account and currency."""
        if not self.drafts and not self.problems:
            reason = "Die CSV-Datei enthält keine Umsätze."
            self.problems.append(Problem(self.name, 1, reason, "statement_empty"))
        statements = tuple(self._statement(account, currency, draft) for (account, currency), draft in self.drafts.items())
        return ParsedFile(self.name, f"csv {self.profile.key}", statements, tuple(self.problems))

    def _statement(self, account: str, currency: str, draft: _Draft) -> ParsedStatement:
        days = [line.booked_on for line in draft.lines]
        ends = _ends(draft.balances) if len(draft.balances) == len(draft.lines) else None
        problems: tuple[Problem, ...] = ()
        if draft.balances and ends is None:
            reason = "Die Salden hinter den Umsätzen gehen nicht auseinander hervor: Es fehlen Zeilen, oder die Reihenfolge ist verändert."
            problems = (Problem(self.name, draft.line, reason, "statement_does_not_tie"),)
        return ParsedStatement(
            account=account,
            number="",
            sequence="",
            currency=currency,
            opening_cents=ends[0] if ends else None,
            closing_cents=ends[1] if ends else None,
            from_on=min(days, default=None),
            to_on=max(days, default=None),
            intraday=False,
            entries=draft.entries,
            pending=draft.pending,
            lines=tuple(draft.lines),
            problems=problems,
            line=draft.line,
        )


def _account_above(profile: CsvProfile, above: Sequence[Sequence[str]]) -> str:
    """The account named in the rows above the header."""
    if profile.account.above is not None:
        for cells in above:
            if cells and profile.account.above.match(cells[0]):
                for cell in cells:
                    found = _IBAN.search(re.sub(r"\s", "", cell).upper())
                    if found:
                        return found[0]
    return ""


def _ends(balances: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Opening and closing, if each balance follows from the one before: in the order of the file, or from its end (newest first)."""
    for ordered in (balances, balances[::-1]):
        if ordered and all(before[1] + this[0] == this[1] for before, this in pairwise(ordered)):
            return ordered[0][1] - ordered[0][0], ordered[-1][1]
    return None


def cents_of(written: str, decimal: str) -> int:
    """A signed amount in hundredths: ``"-1.234,5 €"`` → -123450."""
    text = written.replace("\u2212", "-").rstrip("€").replace("EUR", "").replace("\xa0", "").replace("'", "").strip()
    found = (_GERMAN if decimal == "," else _ENGLISH).fullmatch(text)
    if found is None:
        raise UnreadableRow(f"„{clean(written, 40)}“ ist kein Betrag." if written else "Der Betrag fehlt.")
    units = re.sub(r"[.,]", "", found[2])
    cents = int(units) * 100 + int((found[3] or "").ljust(2, "0") or "0")
    return -cents if found[1] == "-" else cents
