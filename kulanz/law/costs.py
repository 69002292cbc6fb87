"""What collecting a claim may cost the debtor: the question and the answer every country gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Contractor(StrEnum):
    """Who collects."""

    AGENCY = "agency"
    LAWYER = "lawyer"
    CREDITOR = "creditor"
    """The creditor collects for himself: his own effort is no damage."""


@dataclass(frozen=True, slots=True)
class CostsQuestion:
    """A mandate to collect one claim out of court. The defaults are the cheapest normal case."""

    value_cents: int
    mandate_on: date
    undisputed: bool = True
    settled_on_first_letter: bool = False
    """Paid (as a rule within two weeks) after the first letter: a simple case."""
    rate: Decimal | None = None
    """A fee rate other than the law's usual one; a higher one needs special effort or difficulty."""
    expenses_flat: bool = True
    """Charge the flat sum for post and telephone."""
    vat: bool = False
    """True if the creditor cannot deduct input tax; only then may VAT be passed on."""
    instalment_agreement: bool = False
    consumer: bool = True
    contractor: Contractor = Contractor.AGENCY


@dataclass(frozen=True, slots=True)
class CollectionCosts:
    """What the debtor owes for collection. `cap_cents` is the most that these facts allow."""

    fee_cents: int
    expenses_cents: int
    instalment_fee_cents: int
    vat_cents: int
    lump_sum_cents: int
    """What is left of the business lump sum after the legal costs were set off against it."""
    cap_cents: int
    rule: str

    @property
    def total_cents(self) -> int:
        parts = (self.fee_cents, self.expenses_cents, self.instalment_fee_cents, self.vat_cents, self.lump_sum_cents)
        return sum(parts)
