"""What a debtor must be told, and when: the law's list as data, so that a letter can be checked against it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kulanz.law.tables import rows


class Occasion(StrEnum):
    """When a duty to inform arises."""

    FIRST_LETTER = "first_letter"
    ON_REQUEST = "on_request"
    INSTALMENT_AGREEMENT = "instalment_agreement"
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to say. `text` says it in German, `rule` is where the law demands it."""

    item: str
    text: str
    rule: str


def information_duties(table: str, occasion: Occasion) -> tuple[Duty, ...]:
    """The duties of one occasion in the order of the law."""
    listed = [row for row in rows(table) if row["occasion"] == occasion.value]
    return tuple(Duty(row["item"], row["text"], row["rule"]) for row in listed)
