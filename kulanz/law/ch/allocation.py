"""Art. 85 to 87 OR: which debt a payment pays."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.allocation import Component, Debt, Scheme, is_due


def rank(debt: Debt, paid_on: date | None) -> tuple[int, date, date, bool]:
    """The due debt, among those the one first enforced, then the one due earlier; of debts not due the less secured.

    Debts of equal rank share in proportion (Art. 87).
    """
    if is_due(debt, paid_on):
        return 0, debt.enforced_on or date.max, debt.due_on, False
    return 1, date.max, date.max, debt.secured


GENERAL: Final = Scheme(
    rule="Art. 85 bis 87 OR: Kosten und Zinsen vor dem Kapital; fällige, dann zuerst betriebene, dann ältere Schuld",
    components=(Component.COSTS, Component.CONTRACTUAL_INTEREST, Component.INTEREST, Component.PRINCIPAL),
    rank=rank,
)

SCHEMES: Final = {"ch": GENERAL}
