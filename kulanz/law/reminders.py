"""What a creditor may charge for his own reminders: the question every country answers."""

from __future__ import annotations

from dataclasses import dataclass

from kulanz.law.errors import InvalidQuestion
from kulanz.law.money import parse_money

LETTER_CAP_CENTS = parse_money("1.00")
"""Our own proposal for a letter; e-mail and text message cost nothing worth charging."""


@dataclass(frozen=True, slots=True)
class ReminderQuestion:
    """One reminder. `material_cents` is what it really cost: print, envelope, postage; never work or computers."""

    causes_default: bool
    """The first reminder, which only brings about default."""
    by_letter: bool
    material_cents: int
    agreed_cents: int = 0
    """A fee whose amount the contract names (Austria: itemised and proportionate; Switzerland: stated in figures)."""
    cap_cents: int = LETTER_CAP_CENTS

    def __post_init__(self) -> None:
        if min(self.material_cents, self.agreed_cents, self.cap_cents) < 0:
            raise InvalidQuestion("Mahnkosten können nicht negativ sein.")
