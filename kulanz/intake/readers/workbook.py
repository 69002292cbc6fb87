"""Excel (.xlsx) → `Table`. Formulas count as the value stored beside them; they are never computed here.

Before a part is opened, the archive is judged by its own table of contents: number of parts, declared sizes
(Python's zip reader never hands out more than declared), and no document type or entities in any XML part.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import openpyxl
import polars as pl
from openpyxl.utils.exceptions import InvalidFileException

from kulanz.intake.errors import DamagedFile, EmptyFile, HeaderProblem, NotATable, UnsafeWorkbook
from kulanz.intake.readers.source import BYTES_MAX, Source
from kulanz.intake.readers.table import COLUMNS_MAX, LINE, Detected, FileHints, Table, header_names, one_of

PARTS_MAX: Final = 2_000
_PROLOG: Final = 65_536
_ROOT: Final = re.compile(rb"<[A-Za-z_]")
_ZEROS: Final = re.compile(r"0{2,30}")


def read_workbook(source: Source, hints: FileHints) -> Table:
    """Read one sheet. Without a stated sheet the workbook must have exactly one that is not empty.

    Raises `UnsafeWorkbook`, `DamagedFile`, `EmptyFile`, `AmbiguousFormat`, `HeaderProblem`.
    """
    _inspect(source.data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(source.data), read_only=True, data_only=True, keep_links=False)
        try:
            return _read(book, source, hints)
        finally:
            book.close()
    except (InvalidFileException, KeyError, ValueError, zipfile.BadZipFile, SyntaxError, EOFError) as cause:
        raise DamagedFile("Die Excel-Datei ist beschädigt oder keine Arbeitsmappe.") from cause


def _inspect(data: bytes) -> None:
    """Judge the archive before any part is parsed."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile as cause:
        raise DamagedFile("Die Excel-Datei ist beschädigt oder unvollständig.") from cause
    with archive:
        parts = archive.infolist()
        if not any(part.filename == "[Content_Types].xml" for part in parts):
            raise NotATable(
                "Die Datei ist ein ZIP-Archiv, keine Excel-Datei.",
                fix="Bitte die Tabelle daraus entpacken und einzeln einlesen.",
            )
        if len(parts) > PARTS_MAX:
            raise UnsafeWorkbook(f"Die Excel-Datei besteht aus {len(parts)} Teilen; erlaubt sind {PARTS_MAX}.")
        declared = sum(part.file_size for part in parts)
        if declared > BYTES_MAX:
            raise UnsafeWorkbook(f"Die Excel-Datei würde entpackt {declared >> 20} MB groß; erlaubt sind {BYTES_MAX >> 20} MB.")
        if any(part.flag_bits & 0x1 for part in parts):
            raise UnsafeWorkbook("Die Excel-Datei ist mit einem Kennwort geschützt.", fix="Bitte ohne Kennwort speichern.")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                _inspect_xml(archive, part)


def _inspect_xml(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse a part whose prolog declares anything: entities are how small XML becomes huge or reads other files."""
    try:
        with archive.open(part) as stream:
            prolog = stream.read(_PROLOG).removeprefix(b"\xef\xbb\xbf")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as cause:  # the second: a compression zipfile does not know
        raise DamagedFile(f"Der Teil „{part.filename}“ der Excel-Datei ist beschädigt.") from cause
    root = _ROOT.search(prolog)
    if root is None or b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog:
        raise UnsafeWorkbook(f"Der Teil „{part.filename}“ der Excel-Datei ist nicht so aufgebaut, wie Excel ihn schreibt.")


def _read(book: openpyxl.Workbook, source: Source, hints: FileHints) -> Table:
    """Choose the sheet, read its cells, name its columns."""
    sheet = _choose(book, hints.sheet)
    names: list[str] = []
    typed: set[str] = set()
    rows: list[list[str | None]] = []
    lines: list[int] = []
    header_line = hints.header_line or 0
    for number, cells in _filled_rows(sheet):
        if not names:
            if number >= header_line:
                header_line = number
                names = header_names(_until_last([_text(cell) or "" for cell in cells]), line=number)
            continue
        texts = [_text(cell) for cell in cells[: len(names)]]
        if any(_text(cell) for cell in cells[len(names) :]):
            raise HeaderProblem(
                f"Zeile {number} hat mehr gefüllte Zellen als die Kopfzeile Spalten.",
                fix="Bitte allen Spalten einen Namen geben.",
            )
        typed.update(name for name, cell in zip(names, cells, strict=False) if _is_typed(cell.value))
        rows.append(texts + [None] * (len(names) - len(texts)))
        lines.append(number)
    if not names:
        raise EmptyFile(f"Das Tabellenblatt „{sheet.title}“ ist leer.")
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    data = {name: pl.Series(column, dtype=pl.String) for name, column in zip(names, columns, strict=True)}
    frame = pl.DataFrame({LINE: pl.Series(lines, dtype=pl.Int64), **data})
    detected = Detected("Excel", header_line=header_line, sheet=sheet.title, compressed=source.compressed, notes=source.notes)
    return Table(source.name, frame, detected, source.sha256, typed=frozenset(typed))


def _choose(book: openpyxl.Workbook, stated: str | None) -> Any:
    """The stated sheet, or the only one with content."""
    if stated is not None:
        if stated not in book.sheetnames:
            raise HeaderProblem(f"Das Tabellenblatt „{stated}“ gibt es nicht.", fix=f"Vorhanden: {', '.join(book.sheetnames)}.")
        return book[stated]
    filled = [sheet for sheet in book.worksheets if next(_filled_rows(sheet), None) is not None]
    if not filled:
        raise EmptyFile("In der Excel-Datei ist kein Tabellenblatt gefüllt.")
    if len(filled) > 1:
        raise one_of("Mehrere Tabellenblätter sind gefüllt", [f"„{sheet.title}“" for sheet in filled], hint="file: {sheet: Name}")
    return filled[0]


def _filled_rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """The rows that hold anything, with their numbers. The sheet's own claim about its size is not believed."""
    sheet.reset_dimensions()
    rows: Iterable[tuple[Any, ...]] = sheet.iter_rows(max_col=COLUMNS_MAX + 1)
    for number, row in enumerate(rows, start=1):
        cells = list(row)
        if any(cell.value is not None and str(cell.value).strip() for cell in cells):
            yield number, cells


def _until_last(texts: list[str]) -> list[str]:
    """The texts up to the last that is not empty."""
    last = max((position for position, text in enumerate(texts) if text), default=-1)
    return texts[: last + 1]


def _is_typed(value: object) -> bool:
    """Numbers and dates carry their reading with them; texts do not."""
    return isinstance(value, int | float | datetime | date) and not isinstance(value, bool)


def _text(cell: Any) -> str | None:
    """A cell as the text the rules read: numbers with a dot, dates as ISO, „0001" if the cell is shown with leading
    zeros."""
    value = cell.value
    match value:
        case None:
            return None
        case str():
            return value.strip() or None
        case bool():
            return "true" if value else "false"
        case int():
            zeros = _ZEROS.fullmatch(cell.number_format or "")
            return str(value).zfill(len(zeros.group())) if zeros else str(value)
        case float():
            # A cell holds 15 significant digits; what lies beyond is noise of the binary form, not part of the amount.
            return format(Decimal(format(value, ".15g")), "f")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case _:
            return str(value)
