"""What every reader returns: texts in columns, the line each row stands on, and how the file was read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from kulanz.intake.errors import AmbiguousFormat, HeaderProblem

COLUMNS_MAX: Final = 512
LINE: Final = "·line"
"""Name of the line-number column of every frame in this room. The dot keeps it apart from any column a file may
have."""


@dataclass(frozen=True, slots=True)
class FileHints:
    """What a profile states about the file, so that it need not be found: encoding, delimiter, header line
    (1-based), sheet."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Detected:
    """How the file was read, shown to the person who imports it. ``notes`` are German sentences about anything
    unusual."""

    content: str
    encoding: str = ""
    delimiter: str = ""
    header_line: int = 1
    sheet: str = ""
    compressed: bool = False
    notes: tuple[str, ...] = ()
    styles: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data for ``--json`` and for the import's record."""
        return {
            "content": self.content,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header_line": self.header_line,
            "sheet": self.sheet,
            "compressed": self.compressed,
            "notes": list(self.notes),
            "styles": dict(self.styles),
        }


@dataclass(frozen=True, slots=True)
class RaggedRow:
    """A line with more or fewer fields than the header."""

    line: int
    found: int
    expected: int
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file as trimmed texts (null where empty) plus `LINE`. ``typed`` are the columns whose cells
    carried a type (Excel)."""

    name: str
    frame: pl.DataFrame
    detected: Detected
    sha256: str
    ragged: tuple[RaggedRow, ...] = ()
    typed: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[str]:
        """The names in the header, in order."""
        return [name for name in self.frame.columns if name != LINE]

    @property
    def rows(self) -> int:
        """Data rows of the file, readable or not; blank lines and the header do not count."""
        return self.frame.height + len(self.ragged)


def header_names(cells: list[str], *, line: int) -> list[str]:
    """The column names of a header line. Empty names become „Spalte n"; a name that stands there twice is refused.

    Raises `HeaderProblem` (twice the same name, too many columns, nothing in it).
    """
    if not any(cell.strip() for cell in cells):
        raise HeaderProblem(
            f"In Zeile {line} steht keine Kopfzeile.",
            fix="Bitte im Profil unter file: header_line die richtige Zeile angeben.",
        )
    if len(cells) > COLUMNS_MAX:
        raise HeaderProblem(
            f"Die Kopfzeile hat {len(cells)} Spalten, erlaubt sind {COLUMNS_MAX}.",
            fix="Bitte prüfen, ob es die richtige Datei ist.",
        )
    names = [cell.strip() or f"Spalte {position}" for position, cell in enumerate(cells, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        quoted = ", ".join(f"„{name}“" for name in twice)
        raise HeaderProblem(
            f"Diese Spaltennamen stehen in der Kopfzeile mehrfach: {quoted}.",
            fix="Bitte jede Spalte eindeutig benennen.",
        )
    return names


def one_of(what: str, choices: list[str], *, hint: str) -> AmbiguousFormat:
    """The refusal for something that can be read in several ways: names the readings and the line of the profile
    that decides."""
    return AmbiguousFormat(f"{what}: möglich sind {' oder '.join(choices)}.", fix=f"Bitte im Profil festlegen: {hint}")
