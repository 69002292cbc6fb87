"""Setting a paper with Typst: one compiler, kept; the same facts are the same file."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

import typst

from kulanz.contact.errors import LetterUnprintable
from kulanz.contact.rendering.format import money, short_day

_TEMPLATES = Path(__file__).parent / "templates"
_FONTS = Path(__file__).parents[2] / "contact" / "fonts"
_EPOCH = 719_163


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
    try:
        return _typesetter().pdf(json.dumps(data, ensure_ascii=False), (paper.day.toordinal() - _EPOCH) * 86_400)
    except typst.TypstError as problem:
        raise LetterUnprintable(f"Das Schriftstück lässt sich nicht setzen: {problem}") from problem


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


class _Typesetter:
    """One compiler, because reading the fonts again would take longer than the paper; one thread at a time."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            input=str(_TEMPLATES / "paper.typ"), root=str(_TEMPLATES), font_paths=[str(_FONTS)], ignore_system_fonts=True
        )
        self._lock = threading.Lock()

    def pdf(self, data: str, timestamp: int) -> bytes:
        with self._lock:
            made = self._compiler.compile(
                format="pdf", sys_inputs={"paper": data}, pdf_standards=["a-3a"], timestamp=timestamp, pdf_tags=True
            )
        if not isinstance(made, bytes):
            raise LetterUnprintable
        return made


@lru_cache(maxsize=1)
def _typesetter() -> _Typesetter:
    return _Typesetter()
