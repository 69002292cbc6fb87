"""The text of a movement (`:86:`): German subfields with SEPA keywords, the slash words of Dutch banks, plain text, and `:NS:`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kulanz.payments.readers.shape import NAME_MAX, REFERENCE_MAX, TEXT_MAX, clean, reference

_SUBFIELDS: Final = re.compile(r"[0-9]{3}([?~@+|<^])(?=[0-9]{2})")
_KEYWORD: Final = re.compile(
    r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP|MDAT|SQTP|ORCR|ORMR|DDAT|RREF)(?:\+|:\s?(?=\S))"
)
_SLASH_WORD: Final = re.compile(r"/(TRTP|IBAN|BBAN|BIC|NAME|REMI|EREF|ORDP|BENM|CSID|MARF|ISDT|RTRN|ADDR|UDTR|UCRD|PURP)/")
_FULL_ROW: Final = 65
_RETURN_CODES: Final = frozenset({"108", "109", "159", "181", "183", "184"})
"""Business codes (GVC) of returned debits and rejected or returned transfers."""


@dataclass(frozen=True, slots=True)
class Details:
    """Who and what for, as far as the text says."""

    purpose: str = ""
    name: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    on_behalf_of: str = ""
    return_reason: str = ""


def details_of(rows: list[str]) -> Details:
    """Read the rows of one `:86:` field, whichever dialect they are in.

    >>> details_of(["166?00GUTSCHRIFT?20EREF+A-1?21SVWZ+RE 4711?31DE02120300000000202051?32ERIKA?33 MUSTER"])
    Details(purpose='RE 4711', name='ERIKA MUSTER', iban='DE02120300000000202051', end_to_end_id='A-1', on_behalf_of='', return_reason='')
    """
    joined = "".join(row.rstrip("\r\n") for row in rows)
    if (german := _SUBFIELDS.match(joined)) is not None:
        return _german(joined, german[1])
    if len(_SLASH_WORD.findall(joined)) >= 2:
        return _slash_words(joined)
    # Plain text: a full row was wrapped in the middle of a word, a shorter one ended on purpose.
    text = "".join(row if len(row) >= _FULL_ROW else row + " " for row in rows)
    return Details(purpose=clean(text))


def _german(joined: str, separator: str) -> Details:
    parts = re.split(re.escape(separator) + r"([0-9]{2})", joined)
    subfields = list(zip(parts[1::2], parts[2::2], strict=True))

    def of(*codes: str) -> str:
        return "".join(text for code, text in subfields if code in codes)

    purpose = of(*(f"2{digit}" for digit in range(10)), *(f"6{digit}" for digit in range(10)))
    free, words = _keywords(purpose)
    returned = parts[0][:3] in _RETURN_CODES
    return Details(
        purpose=clean(words.get("SVWZ") or free or of("00"), TEXT_MAX),
        name=clean(of("32", "33"), NAME_MAX),
        iban=_account(of("31") or words.get("IBAN", "")),
        end_to_end_id=reference(words.get("EREF", "")),
        on_behalf_of=clean(words.get("ABWA", ""), NAME_MAX),
        return_reason=clean(of("34") or parts[0][:3], 10) if returned else "",
    )


def _keywords(purpose: str) -> tuple[str, dict[str, str]]:
    """Free text before the first SEPA keyword, and the keywords' values (the first of each counts, later ones repeat it)."""
    parts = _KEYWORD.split(purpose)
    words: dict[str, str] = {}
    for word, text in zip(parts[1::2], parts[2::2], strict=True):
        words.setdefault(word, text.strip())
    return parts[0], words


def _slash_words(joined: str) -> Details:
    parts = _SLASH_WORD.split(joined)
    words: dict[str, str] = {}
    for word, text in zip(parts[1::2], parts[2::2], strict=True):
        words.setdefault(word, text.strip())
    return Details(
        purpose=clean(words.get("REMI", ""), TEXT_MAX),
        name=clean(words.get("NAME", ""), NAME_MAX),
        iban=_account(words.get("IBAN") or words.get("BBAN", "")),
        end_to_end_id=reference(words.get("EREF", "")),
        on_behalf_of=clean(words.get("UDTR", ""), NAME_MAX),
        return_reason=clean(words.get("RTRN", ""), 10),
    )


def non_swift_details(rows: list[str]) -> Details:
    """`:NS:` rows carry a two-digit code each: 01-14 purpose, 15-16 name, 18 bank code, 19 account."""
    coded = [(row[:2], row[2:]) for row in rows if row[:2].isdigit()]

    def of(first: int, last: int) -> str:
        return " ".join(text.strip() for code, text in coded if first <= int(code) <= last)

    return Details(purpose=clean(of(1, 14)), name=clean(of(15, 16), NAME_MAX), iban=_account(of(19, 19)))


def _account(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z*]", "", text).upper()[: min(60, REFERENCE_MAX)]
