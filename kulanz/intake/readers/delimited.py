"""CSV and TSV → `Table`. Sample of the input: ``invoice;amount\\n0001;12,50\\n``.

Two ways with the same result: without a quotation mark in the file every line is a row and is split column by column
in Polars; with quotation marks the exact (slower) reader of the standard library is used, because a field may then
hold delimiters and line breaks.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

import polars as pl

from kulanz.intake.errors import DamagedFile, EmptyFile, HeaderProblem
from kulanz.intake.readers.encoding import decode
from kulanz.intake.readers.source import LINE_BYTES_MAX, Source
from kulanz.intake.readers.table import LINE, Detected, FileHints, RaggedRow, Table, header_names, one_of

DELIMITERS: Final = {";": "Semikolon", ",": "Komma", "\t": "Tabulator", "|": "senkrechter Strich"}
_SAMPLE_ROWS: Final = 500
_CHUNK_ROWS: Final = 50_000
_BLANK: Final = " \t\u00a0\u202f\ufeff"
_TEXT_SHOWN: Final = 200


def read_delimited(source: Source, hints: FileHints) -> Table:
    """Read delimited text. Raises `IntakeError` if encoding or delimiter cannot be told, or a quotation mark is
    never closed."""
    decoded = decode(source.data, hints.encoding)
    text = decoded.text
    if not text.strip():
        raise EmptyFile(f"In der Datei „{source.name}“ steht nichts.")
    header_line = hints.header_line or _first_filled_line(text)
    delimiter = hints.delimiter or find_delimiter(text, header_line)
    quoted = '"' in text
    frame, ragged = _exact(text, delimiter, header_line) if quoted else _columnar(text, delimiter, header_line)
    detected = Detected(
        content="TSV" if delimiter == "\t" else "CSV",
        encoding=decoded.encoding,
        delimiter=delimiter,
        header_line=header_line,
        compressed=source.compressed,
        notes=source.notes,
    )
    return Table(source.name, frame, detected, source.sha256, tuple(ragged))


def _first_filled_line(text: str) -> int:
    """The number of the first line that is not blank."""
    for number, line in enumerate(io.StringIO(text), start=1):
        if line.strip():
            return number
    return 1


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows with the line each starts on, exact about quotation marks. Raises `DamagedFile` at a mark that is
    never closed."""
    csv.field_size_limit(LINE_BYTES_MAX)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        start = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as cause:
            raise DamagedFile(f"Ab Zeile {start} stimmen die Anführungszeichen nicht ({cause}).") from cause
        yield start, row


def find_delimiter(text: str, header_line: int) -> str:
    """The delimiter that splits the header and (nearly) every sampled line into the same number of fields.

    Raises `AmbiguousFormat` if two delimiters do, `HeaderProblem` if none does.
    """
    fits = {delimiter: share for delimiter in DELIMITERS if (share := _evenness(text, delimiter, header_line)) > 0}
    even = [delimiter for delimiter, share in fits.items() if share >= 0.9] or list(fits)
    if not even:
        raise HeaderProblem(
            f"In der Kopfzeile (Zeile {header_line}) steht kein Trennzeichen.",
            fix="Erkannt werden Semikolon, Komma, Tabulator und |. Steht die Kopfzeile tiefer: im Profil file: header_line.",
        )
    if len(even) > 1:
        raise one_of("Das Trennzeichen ist nicht eindeutig", [DELIMITERS[each] for each in even], hint='file: {delimiter: ";"}')
    return even[0]


def _evenness(text: str, delimiter: str, header_line: int) -> float:
    """The share of sampled rows with as many fields as the header; 0 if the header is one field."""
    counts: list[int] = []
    try:
        for start, row in islice(_rows(text, delimiter), header_line + _SAMPLE_ROWS):
            if start >= header_line and any(cell.strip() for cell in row):
                counts.append(len(row))
    except DamagedFile:
        # The marks are judged again, with a line number, when the file is read with the chosen delimiter.
        if not counts:
            return 0.0
    if not counts or counts[0] < 2:
        return 0.0
    return Counter(counts)[counts[0]] / len(counts)


def _columnar(text: str, delimiter: str, header_line: int) -> tuple[pl.DataFrame, list[RaggedRow]]:
    """Split a text without quotation marks: a row per line, all columns at once."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if header_line > len(lines):
        raise HeaderProblem(f"Die Datei hat nur {len(lines)} Zeilen, die Kopfzeile soll in Zeile {header_line} stehen.")
    names = header_names(lines[header_line - 1].split(delimiter), line=header_line)
    body = pl.DataFrame(
        {
            LINE: pl.int_range(header_line + 1, len(lines) + 1, dtype=pl.Int64, eager=True),
            "·text": pl.Series(lines[header_line:], dtype=pl.String),
        }
    )
    found = pl.col("·text").str.count_matches(delimiter, literal=True) + 1
    filled = pl.col("·text").str.strip_chars(_BLANK + delimiter) != ""
    body = body.filter(filled).with_columns(found.alias("·found"))
    ragged = [
        RaggedRow(line, count, len(names), shown[:_TEXT_SHOWN])
        for line, shown, count in body.filter(pl.col("·found") != len(names)).select(LINE, "·text", "·found").iter_rows()
    ]
    even = body.filter(pl.col("·found") == len(names))
    if len(names) == 1:
        fields = even.select(LINE, pl.col("·text").alias(names[0]))
    else:
        struct = pl.col("·text").str.split_exact(delimiter, len(names) - 1).struct.rename_fields(names)
        fields = even.select(LINE, struct.alias("·fields")).unnest("·fields")
    return fields.select(LINE, *(_trimmed(name) for name in names)), ragged


def _exact(text: str, delimiter: str, header_line: int) -> tuple[pl.DataFrame, list[RaggedRow]]:
    """Read a text with quotation marks row by row, collected into frames of `_CHUNK_ROWS` rows."""
    names: list[str] = []
    ragged: list[RaggedRow] = []
    frames: list[pl.DataFrame] = []
    rows: list[list[str]] = []
    lines: list[int] = []

    def flush() -> None:
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        data = {name: pl.Series(column, dtype=pl.String) for name, column in zip(names, columns, strict=True)}
        frames.append(pl.DataFrame({LINE: pl.Series(lines, dtype=pl.Int64), **data}))
        rows.clear()
        lines.clear()

    for start, row in _rows(text, delimiter):
        if start < header_line or not any(cell.strip(_BLANK) for cell in row):
            continue
        if not names:
            names = header_names(row, line=start)
        elif len(row) != len(names):
            ragged.append(RaggedRow(start, len(row), len(names), delimiter.join(row)[:_TEXT_SHOWN]))
        else:
            rows.append(row)
            lines.append(start)
            if len(rows) == _CHUNK_ROWS:
                flush()
    if not names:
        raise HeaderProblem(f"Ab Zeile {header_line} steht keine Kopfzeile.")
    flush()
    return pl.concat(frames).select(LINE, *(_trimmed(name) for name in names)), ragged


def _trimmed(name: str) -> pl.Expr:
    """The column without blanks around its texts; empty becomes null."""
    trimmed = pl.col(name).str.strip_chars(_BLANK + "\r\n")
    return pl.when(trimmed != "").then(trimmed).alias(name)
