"""The parts an account is made of, as the law pays them. No Django here, so that the rules stay usable on their own."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Component(StrEnum):
    """What a posting is about (`Forderungsbestandteil`); `cash` on bank and suspense accounts, `overpaid` is money owed back."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    DUNNING_FEE = "dunning_fee"
    COLLECTION_COST = "collection_cost"
    EXPENSE = "expense"
    COURT_COST = "court_cost"
    SETTLEMENT_FEE = "settlement_fee"
    OVERPAID = "overpaid"
    CASH = "cash"


FEES: Final = (
    Component.DUNNING_FEE,
    Component.COLLECTION_COST,
    Component.EXPENSE,
    Component.COURT_COST,
    Component.SETTLEMENT_FEE,
)
"""The costs of § 367 BGB, in the order one payment settles them."""
