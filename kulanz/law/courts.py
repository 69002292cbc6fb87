"""Which court (or office) is competent: the question and the answer every country gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seat:
    """Where the party whose seat decides is at home: by region ("BW", "abroad"), or by postcode."""

    postcode: str = ""
    region: str = ""
    higher_regional_court: str = ""
    """Germany, North Rhine-Westphalia only: Hamm, Düsseldorf or Köln."""


@dataclass(frozen=True, slots=True)
class Court:
    """A court and the rule that makes it competent."""

    court: str
    rule: str
