"""Finding a creditor's invoice numbers in a text without knowing them all: by their shapes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from kulanz.payments.rules.text import Squeezed

_SHAPES_MAX: Final = 60
_WINDOWS_MAX: Final = 60
_WORD: Final = re.compile(r"(?<![\w/-])[A-Za-z0-9][A-Za-z0-9./_-]{2,38}[A-Za-z0-9](?![\w/-])", re.ASCII)
_GLUED_LENGTH_MIN: Final = 6
"""Shorter numbers inside a longer word mean nothing: every date and every IBAN contains some."""


class Written(NamedTuple):
    """A stretch of text that has the shape of an invoice number. ``alone``: it was written as a word of its own."""

    number: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of one creditor's numbers, compiled; ``9`` stands for a digit, ``A`` for a letter."""

    patterns: tuple[tuple[re.Pattern[str], int], ...]

    @classmethod
    def of(cls, shapes: Iterable[str]) -> Shapes:
        """Compile shapes such as ``"AA99999999"``. Too many different ones are reduced to their lengths."""
        distinct = sorted({shape for shape in shapes if shape})
        if len(distinct) > _SHAPES_MAX:
            lengths = sorted({len(shape) for shape in distinct})
            return cls(tuple((re.compile(rf"(?=([0-9A-Z]{{{length}}}))"), length) for length in lengths))
        return cls(tuple((re.compile(f"(?=({_pattern(shape)}))"), len(shape)) for shape in distinct))


def shape_of(number: str) -> str:
    """``RE20260017`` → ``AA99999999``."""
    return "".join("9" if character.isdigit() else "A" for character in number)


def _pattern(shape: str) -> str:
    return re.sub(r"9+|A+", lambda run: ("[0-9]" if run[0][0] == "9" else "[A-Z]") + f"{{{len(run[0])}}}", shape)


def words_of(text: str) -> set[str]:
    """Words with a digit, as written: what may be a customer's number at the creditor.

    >>> sorted(words_of("Kd-Nr. K-1023/7, Rg 17"))
    ['K-1023/7']
    """
    return {word for word in _WORD.findall(text)[:_WINDOWS_MAX] if any(character.isdigit() for character in word)}


def numbers_in(texts: Sequence[Squeezed], shapes: Shapes) -> list[Written]:
    """Every stretch of the texts that could be one of the creditor's numbers; words of their own first."""
    found: dict[str, bool] = {}
    for squeezed in texts:
        for pattern, length in shapes.patterns:
            for match in pattern.finditer(squeezed.text):
                start = match.start()
                alone = squeezed.stands_alone(start, start + length)
                if alone or length >= _GLUED_LENGTH_MIN:
                    found[match[1]] = found.get(match[1], False) or alone
    ordered = sorted(found.items(), key=lambda item: not item[1])
    return [Written(number, alone) for number, alone in ordered[:_WINDOWS_MAX]]
