"""Case references: random ISO 11649 creditor references, sparse enough that a typo is found and usually repaired.

Shape: `RF` + two check digits + twelve digits, e.g. `RF42 1739 0452 8816`. Digits only: the check digits (mod 97) then expose every single
wrong digit and every swap of neighbours, which they do not for letters in a digit's place; and a number can be read out in any language.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

LENGTH = 12
PATTERN = re.compile(rf"RF\d{{{LENGTH + 2}}}")


def check_digits(body: str) -> str:
    """The two ISO 7064 mod 97-10 digits of a reference's body (digits or capital letters)."""
    number = int("".join(str(int(character, 36)) for character in body + "RF00"))
    return f"{98 - number % 97:02d}"


def is_valid(reference: str) -> bool:
    """True if the text is a reference of ours, in compact form, with right check digits."""
    return bool(PATTERN.fullmatch(reference)) and check_digits(reference[4:]) == reference[2:4]


def draw(dice: random.Random) -> Iterator[str]:
    """Endless references from the given dice; whether one is taken already is for the caller to see."""
    while True:
        body = f"{dice.randrange(10**LENGTH):0{LENGTH}d}"
        yield f"RF{check_digits(body)}{body}"


def spaced(reference: str) -> str:
    """The reference in groups of four, as people read it."""
    return " ".join(reference[i : i + 4] for i in range(0, len(reference), 4))
