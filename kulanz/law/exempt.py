"""Income that must stay with the debtor: the answer every country gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Period(StrEnum):
    """What the net income is paid for."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Exempt:
    """How much of a net income could be attached, and how much is protected. Both add up to the net income."""

    attachable_cents: int
    protected_cents: int
    rule: str
