"""The law's sentences in English: rules, reasons and refusals for readers who do not read German.

Statutes keep their German names, because that is how they are found; only the citation's words change (``Abs. 1`` → ``(1)``). The
sentences are composed of phrases, so the phrases are translated (`data/english.csv`), the longest first.
"""

from __future__ import annotations

import re
from functools import cache

from kulanz.law.tables import rows

_CITED = (
    (re.compile(r"Abs\. (\d+[a-z]?) und (\d+)"), r"(\1) and (\2)"),
    (re.compile(r"Abs\. (\d+[a-z]?) bis (\d+)"), r"(\1) to (\2)"),
    (re.compile(r"(§ \d+[a-z]?|Art\. \d+[a-z]?) Abs\. (\d+)"), r"\1 (\2)"),
    (re.compile(r"Abs\. (\d+)"), r"(\1)"),
    (re.compile(r"(?<=\)) Satz (\d+)"), r" sentence \1"),
    (re.compile(r"\b(?:Nr\.|Ziff\.|Z) (\d+)"), r"no. \1"),
    (re.compile(r"Art\. (\d+) bis (\d+)"), r"Art. \1 to \2"),
    (re.compile(r"(\d+),(\d+)-times"), r"\1.\2 times"),
    (re.compile(r"(\+|rate) (\d+),(\d+)"), r"\1 \2.\3"),
    (re.compile(r"„([^“]*)“"), "\u201c\\1\u201d"),
    (re.compile(r"\b(\d\d)\.(\d\d)\.(\d{4})\b"), r"\3-\2-\1"),
)


@cache
def _phrases() -> tuple[re.Pattern[str], dict[str, str]]:
    known = {row["german"]: row["english"] for row in rows("english")}
    longest_first = sorted(known, key=len, reverse=True)
    return re.compile("|".join(rf"(?<!\w){re.escape(phrase)}(?!\w)" for phrase in longest_first)), known


def in_english(text: str) -> str:
    """A sentence of the law room in English; what has no translation stays as it is."""
    for pattern, written in _CITED[:7]:
        text = pattern.sub(written, text)
    pattern, known = _phrases()
    text = pattern.sub(lambda found: known[found[0]], text)
    for pattern, written in _CITED[7:]:
        text = pattern.sub(written, text)
    return text[:1].upper() + text[1:]


def in_language(text: str, language: str) -> str:
    """The sentence as a page of this language says it: German as it stands, everything else in English."""
    return text if language.startswith("de") else in_english(text)
