"""Case references: random ISO 11649 creditor references, sparse enough that a typo is found and usually repaired.

Shape: `RF` + two check digits + ten characters, e.g. `RF42K7M29Q4T3X`. The alphabet leaves out I, L, O and U, which people confuse
with other characters (and U with V), so a reference survives being read out or typed by hand.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
PATTERN = re.compile(rf"RF\d\d[{ALPHABET}]{{{LENGTH}}}")


def check_digits(body: str) -> str:
    """The two ISO 7064 mod 97-10 digits of a reference's body."""
    number = int("".join(str(int(character, 36)) for character in body + "RF00"))
    return f"{98 - number % 97:02d}"


def is_valid(reference: str) -> bool:
    """True if the text is a reference of ours, in compact form, with right check digits."""
    return bool(PATTERN.fullmatch(reference)) and check_digits(reference[4:]) == reference[2:4]


def draw(dice: random.Random) -> Iterator[str]:
    """Endless references from the given dice; whether one is taken already is for the caller to see."""
    while True:
        body = "".join(dice.choices(ALPHABET, k=LENGTH))
        yield f"RF{check_digits(body)}{body}"


def spaced(reference: str) -> str:
    """The reference in groups of four, as people read it."""
    return " ".join(reference[i : i + 4] for i in range(0, len(reference), 4))
