"""Numbers and letters of SEPA: creditor identifiers, references that fit, text that every bank prints. Pure."""

from __future__ import annotations

import re
from typing import Final

from text_unidecode import unidecode

ID_MAX: Final = 35
"""The longest reference, message number or end-to-end id (ISO 20022 `Max35Text`)."""

_CREDITOR_ID: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")
_SPREAD: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "&": "+", "–": "-", "’": "'"})
_NOT_SEPA: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")


def creditor_id_is_valid(written: str) -> bool:
    """Check a creditor identifier by its digits (ISO 7064 mod 97-10 over the national part, country and `00`).

    The business code (digits 5 to 7, usually `ZZZ`) is the creditor's own and does not count.

    >>> creditor_id_is_valid("DE98ZZZ09999999999"), creditor_id_is_valid("DE97ZZZ09999999999")
    (True, False)
    """
    if not _CREDITOR_ID.fullmatch(written) or (written.startswith("DE") and len(written) != 18):
        return False
    digits = "".join(str(int(sign, 36)) for sign in written[7:] + written[:2])
    return 98 - int(digits + "00") % 97 == int(written[2:4])


def mandate_reference(case_reference: str, number: int) -> str:
    """The reference of a case's n-th mandate: unique, and readable over the phone.

    >>> mandate_reference("RF63558676920462", 1)
    'RF63558676920462-M1'
    """
    return f"{case_reference}-M{number}"


def collection_id(case_reference: str, number: int) -> str:
    """The end-to-end id of a case's n-th collection. It begins with the reference, so that the bank's line finds its case."""
    return f"{case_reference}-L{number}"


def refund_id(case_reference: str, number: int) -> str:
    """The end-to-end id of a case's n-th refund."""
    return f"{case_reference}-E{number}"


def sepa_text(text: str, limit: int) -> str:
    """Text in the signs every bank knows (EPC: Latin letters, digits and a few marks): umlauts spread, the rest without accents.

    >>> sepa_text("Bäckerei Sönke & Söhne «KG»", 70)
    'Baeckerei Soenke + Soehne KG'
    """
    plain = _NOT_SEPA.sub(" ", unidecode(text.translate(_SPREAD)))
    return re.sub(r" +", " ", plain).strip()[:limit].strip()
