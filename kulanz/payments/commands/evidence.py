"""What a line says, and what was found about one case for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from kulanz.payments.rules.match import Money, Number


class Pending(NamedTuple):
    """An incoming line that looks for its case. ``day`` is the day it counts as paid; ``creditor_ids`` whose account it reached."""

    line_id: int
    account: str
    creditor_ids: tuple[int, ...]
    day: date
    amount_cents: int
    currency: str
    purpose: str
    end_to_end_id: str
    payer: str
    on_behalf_of: str
    payer_iban: str

    @property
    def money(self) -> Money:
        """What of the line matters for weighing a candidate."""
        return Money(self.amount_cents, self.currency, self.payer, self.on_behalf_of, self.purpose)


@dataclass(slots=True)
class Evidence:
    """What was found about one case for one line."""

    case_number: Number | None = None
    claim_numbers: dict[int, Number] = field(default_factory=dict)
    iban_known: bool = False
    customer_number: bool = False


Found = dict[int, dict[int, Evidence]]
