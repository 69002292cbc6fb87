"""Setting any paper as PDF: one place for the fonts, the standards and the promise that the same paper is the same file."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import typst

from kulanz.contact.errors import LetterUnprintable

Standard: TypeAlias = Literal["a-1b", "a-2a", "a-3a", "ua-1"]

ARCHIVED: Final[tuple[Standard, ...]] = ("a-2a", "ua-1")
"""PDF/A-2a and PDF/UA-1: kept for decades and read aloud."""

_FONTS: Final = Path(__file__).parent.parent / "fonts"
_EPOCH: Final = date(1970, 1, 1)
_DAY_SECONDS: Final = 86_400


def set_pdf(template: Path, data: Mapping[str, Any], *, day: date, called: str, standards: Sequence[Standard] = ARCHIVED) -> bytes:
    """Set a template with its data, which it reads as JSON from the input that has its name (``letter.typ`` reads ``letter``).

    The file's creation time is midnight (UTC) of `day`, so the same paper made again is the same file, byte for byte. `called` names the
    paper in the refusal ("Der Brief"). Raises `LetterUnprintable` if a sign has no glyph.
    """
    midnight = (day - _EPOCH).days * _DAY_SECONDS
    try:
        return _typesetter(template).pdf(json.dumps(data, ensure_ascii=False), standards, midnight)
    except typst.TypstError as problem:
        raise LetterUnprintable(f"{called} lässt sich nicht setzen: {problem}") from problem


class _Typesetter:
    """One compiler a template, kept because reading the fonts again for each paper would take longer than the paper.

    A compiler is not made for two threads at once; a lock is cheaper than a second one.
    """

    def __init__(self, template: Path) -> None:
        self._name = template.stem
        self._compiler = typst.Compiler(input=str(template), root=str(template.parent), font_paths=[str(_FONTS)], ignore_system_fonts=True)
        self._lock = threading.Lock()

    def pdf(self, data: str, standards: Sequence[Standard], timestamp: int) -> bytes:
        with self._lock:
            made = self._compiler.compile(
                format="pdf", sys_inputs={self._name: data}, pdf_standards=list(standards), timestamp=timestamp, pdf_tags=True
            )
        if not isinstance(made, bytes):
            raise LetterUnprintable
        return made


@lru_cache(maxsize=8)
def _typesetter(template: Path) -> _Typesetter:
    return _Typesetter(template)
