"""Payers' names: how alike two are, whether one stands in a text, and under which sort keys a debtor of that name is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

from kulanz.payments.rules.text import JOINING, fold_name, spread_letters

_WORDS_MAX: Final = 6
"""Longer names are looked for as a whole only."""

_TEXT_WORDS_MAX: Final = 20
_APART: Final = re.compile(r"[^a-z0-9]+")


def name_likeness(payers: Sequence[str], debtor_names: Sequence[str]) -> int:
    """0 to 100: how alike the best pair of names is, whatever the order of their words."""
    best = 0.0
    for payer in filter(None, map(fold_name, payers)):
        for name in filter(None, map(fold_name, debtor_names)):
            if payer == name:
                return 100
            best = max(best, fuzz.token_sort_ratio(payer, name), _whole_inside(payer, name))
    return int(best)


def _whole_inside(payer: str, name: str) -> float:
    """Joint accounts ("Erika und Max Muster") and middle names: every word of the shorter name appears in the longer one."""
    shorter, longer = sorted((payer.split(), name.split()), key=len)
    return 95.0 if len(shorter) >= 2 and set(shorter) <= set(longer) else 0.0


def stands_in(text: str, names: Sequence[str]) -> bool:
    """True if one of the names (two words or more) stands in the text, in either order: "für Elif Yılmaz", "Yilmaz, Elif Miete".

    >>> stands_in("Rechnung für Elif Yilmaz", ["Dr. Elif Yılmaz"]), stands_in("Elif Müller und Deniz Yilmaz", ["Elif Yılmaz"])
    (True, False)
    """
    words = f" {fold_name(text)} "
    for name in names:
        parts = fold_name(name).split()
        if len(parts) >= 2 and (f" {' '.join(parts)} " in words or f" {parts[-1]} {' '.join(parts[:-1])} " in words):
            return True
    return False


def name_keys(payers: Iterable[str], text: str) -> set[str]:
    """The folded sort keys (family name first, or a company's whole name) of debtors who may be the payer or are named in the text.

    Joint accounts, second given names and double names: any word may be the family name and any other the given one, and a name of
    several words may begin anywhere.
    """
    keys: set[str] = set()
    for payer in payers:
        for words in (_words(payer), fold_name(payer).split()):
            keys |= {" ".join(words[at:] + words[:at]) for at in range(len(words))}
            few = words[:_WORDS_MAX]
            keys |= {f"{family} {given}" for family in few for given in few if family != given}
            keys |= {f"{first} {second} {given}" for first, second in pairwise(few) for given in few if given not in (first, second)}
    words = _words(text)[:_TEXT_WORDS_MAX]
    for size in range(2, _WORDS_MAX + 1):
        for at in range(len(words) - size + 1):
            piece = words[at : at + size]
            keys |= {" ".join(piece[turn:] + piece[:turn]) for turn in range(min(size, 4))}
    return keys - {""}


def words_of_names(names: Iterable[str]) -> str:
    """All words of some names, folded as in a sort key, with blanks between.

    >>> words_of_names(["Max und Erika Müller", "Müller-Yılmaz"])
    'erika max mueller yilmaz'
    """
    return " ".join(sorted({word for name in names for word in _words(name)}))


def _words(text: str) -> list[str]:
    """The words of a text as a folded sort key has them: lower case, plain letters and digits, "und" and the like left out."""
    return [word for word in _APART.sub(" ", spread_letters(text)).split() if word not in JOINING]
