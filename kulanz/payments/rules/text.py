"""How texts of banks and numbers of creditors are made comparable."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

_SPREAD: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "æ": "ae", "ı": "i", "ł": "l", "đ": "d"})
_APART: Final = re.compile(r"[^0-9A-Z]+")
_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")
JOINING: Final = frozenset({"und", "od", "oder", "u"})
_TITLES: Final = JOINING | {"herr", "herrn", "frau", "dr", "prof", "dipl", "ing", "eheleute", "familie"}

SEPARATORS: Final = " -/._#:+,;&()'\"*"
"""What people and banks put into or leave out of a number; the candidate query strips the same characters."""


class Squeezed(NamedTuple):
    """A text without anything but capital letters and digits, and where its words began and ended.

    ``edges`` are positions in ``text`` at which the written text had a blank or other separator (and both ends).
    """

    text: str
    edges: frozenset[int]

    def stands_alone(self, start: int, end: int) -> bool:
        """True if the stretch was written as words of its own, not as part of a longer one."""
        return start in self.edges and end in self.edges


_NOTHING: Final = Squeezed("", frozenset({0}))


def squeeze(written: str) -> Squeezed:
    """Capital letters and digits only.

    >>> squeeze("RE 2026-17, danke").text
    'RE202617DANKE'
    """
    if not written:
        return _NOTHING
    words = _APART.split(written.upper())
    return Squeezed("".join(words), frozenset(accumulate(map(len, words), initial=0)))


def compact(number: str) -> str:
    """A creditor's number as `squeeze` writes it.

    >>> compact("re-2026/0017")
    'RE20260017'
    """
    return _APART.sub("", number.upper())


def spread_letters(text: str) -> str:
    """Lower case in plain Latin letters: umlauts spread, accents dropped, everything else as it was.

    >>> spread_letters("Müller-Şahin")
    'mueller-sahin'
    """
    return unicodedata.normalize("NFKD", text.lower().translate(_SPREAD)).encode("ascii", "ignore").decode("ascii")


@lru_cache(maxsize=16_384)
def fold_name(name: str) -> str:
    """A name for comparing: lower case, umlauts spread, accents and titles dropped.

    >>> fold_name("Dr. Müller-Yılmaz, Elif")
    'mueller yilmaz elif'
    """
    return " ".join(word for word in _NOT_WORD.sub(" ", spread_letters(name)).split() if word not in _TITLES)
