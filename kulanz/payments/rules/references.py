"""Finding our own references in a payer's text: exact, split by blanks, without the letters, or with one slip the check digits repair."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from kulanz.claims.references import LENGTH, is_valid
from kulanz.payments.rules.text import Squeezed

_DIGITS: Final = LENGTH + 2
_EXACT: Final = re.compile(rf"(?=(RF[0-9]{{{_DIGITS}}}))")
_RUN: Final = re.compile(rf"[0-9OILSB]{{{_DIGITS - 1},}}")
_LOOKS_LIKE: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "B": "8"})
_RUNS_MAX: Final = 6
_REPAIRS_MAX: Final = 400


class Found(NamedTuple):
    """A reference that may be meant. ``repaired`` is true if a slip had to be undone to make its check digits right."""

    reference: str
    repaired: bool


def references_in(squeezed: Squeezed) -> list[Found]:
    """All of our references the text can mean; those written without a slip come first and exclude repairs of the same place.

    >>> from kulanz.payments.rules.text import squeeze
    >>> [found.reference for found in references_in(squeeze("rf63 5586 7692-0462 danke"))]
    ['RF63558676920462']
    """
    if not squeezed.text:
        return []
    exact = [match[1] for match in _EXACT.finditer(squeezed.text) if is_valid(match[1])]
    if exact:
        return [Found(reference, repaired=False) for reference in dict.fromkeys(exact)]
    found: dict[str, None] = {}
    for match in list(_RUN.finditer(squeezed.text.replace("RF", "  ")))[:_RUNS_MAX]:
        digits = match[0].translate(_LOOKS_LIKE)
        named = squeezed.text[max(0, match.start() - 2) : match.start()] == "RF"
        # Without the letters RF in front, only a run of the right length counts: IBANs and phone numbers are digits too.
        if named or _DIGITS - 1 <= len(digits) <= _DIGITS + 1:
            found.update(dict.fromkeys(_repairs(digits[: _DIGITS + 1])))
    return [Found(reference, repaired=True) for reference in list(found)[:_REPAIRS_MAX]]


def _repairs(digits: str) -> list[str]:
    """All valid references within one slip: none (letters left out), one wrong digit, two swapped, one missing, one too many."""
    candidates: set[str] = set()
    window = digits[:_DIGITS]
    if len(window) == _DIGITS:
        candidates.add(window)
        for place in range(_DIGITS):
            candidates.update(window[:place] + digit + window[place + 1 :] for digit in "0123456789")
            if place + 1 < _DIGITS:
                candidates.add(window[:place] + window[place + 1] + window[place] + window[place + 2 :])
    if len(digits) > _DIGITS:
        candidates.update(digits[:place] + digits[place + 1 :] for place in range(len(digits)))
    if len(digits) == _DIGITS - 1:
        candidates.update(digits[:place] + digit + digits[place:] for place in range(_DIGITS) for digit in "0123456789")
    return sorted(reference for reference in (f"RF{body}" for body in candidates if len(body) == _DIGITS) if is_valid(reference))
