"""Payers' names: how alike two are, whether one stands in a text, and under which sort keys a debtor of that name is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz

from kulanz.payments.rules.text import TITLES, fold_name, spread_letters

_WORDS_MAX: Final = 5
"""More words than this are no person's name; a company is looked for by its whole name only."""

_TEXT_WORDS_MAX: Final = 24
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\.?")


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
    """The sort keys (family name first, or a company's whole name) a debtor may have who is the payer or is named in the text.

    Joint accounts and second given names: any word may be the family name and any other the given one. Hyphens are kept, and put
    where a bank may have dropped them.
    """
    keys: set[str] = set()
    for payer in payers:
        words = _words(payer)
        if words:
            folded = fold_name(payer)
            given, _, family = folded.rpartition(" ")
            keys |= {folded, f"{family} {given}".strip(), " ".join(words), " ".join((words[-1], *words[:-1]))}
            keys |= _pairs(words[:_WORDS_MAX])
    words = _words(text)[:_TEXT_WORDS_MAX]
    for first, second in pairwise(words):
        keys |= {f"{second} {first}", f"{first} {second}"}
    return keys


def _pairs(words: Sequence[str]) -> set[str]:
    keys = {f"{family} {given}" for family in words for given in words if family != given}
    if len(words) >= 3:
        joined = f"{words[-2]}-{words[-1]}"
        keys |= {f"{joined} {given}" for given in words[:-2]}
    return keys


def _words(text: str) -> list[str]:
    """The words of a name in lower case with umlauts spread, without titles and figures."""
    found = (spread_letters(word.rstrip(".")) for word in _WORD.findall(text))
    return [word for word in found if word not in TITLES and len(word) > 1]
