"""Papers about money going out: what stands on them, set from one template; the same facts are the same file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

from kulanz.contact.rendering.format import money, short_day
from kulanz.contact.rendering.typeset import set_pdf

_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: columns from `right` on are figures, `wide` takes the room that is left; a cell's lines after the first are small."""

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()
    about: str = ""
    right: int = 1
    wide: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything a paper says, in words and written amounts. `tables` stay whole, `details` may run over many pages."""

    title: str
    day: date
    sender: str
    return_line: str
    address: Sequence[str]
    info: Sequence[tuple[str, str]]
    intro: Sequence[str]
    tables: Sequence[Rows]
    result: Sequence[str] = ()
    details: Sequence[Rows] = ()
    notes: Sequence[str] = ()
    imprint: Sequence[str] = field(default_factory=tuple)


def set_paper(paper: Paper) -> bytes:
    """The paper as PDF/A-3a, in which an invoice may carry its data. Raises `LetterUnprintable` if a sign has no glyph."""
    data = asdict(paper) | {"day": [paper.day.year, paper.day.month, paper.day.day]}
    return set_pdf(_TEMPLATES / "paper.typ", data, day=paper.day, called="Das Schriftstück", standards=("a-3a",))


def euro(cents: int) -> str:
    """``-123456`` → ``−1.234,56 €``, with the minus sign proper."""
    return money(cents, "EUR", "de").replace("-", "−")


def german_day(day: date) -> str:
    """``24.11.2026``."""
    return short_day(day, "de")


def percent(basis_points: int) -> str:
    """``1900`` → ``19 %``, ``750`` → ``7,5 %``."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}{f',{rest:02d}'.rstrip('0') if rest else ''} %"
