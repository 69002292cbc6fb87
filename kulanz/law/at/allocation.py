"""§§ 1415, 1416 ABGB: which debt a payment pays."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.allocation import Component, Debt, Scheme, is_due


def rank(debt: Debt, paid_on: date | None) -> tuple[bool, int, date]:
    """The capital already due, among those the most burdensome; the older first where the law is silent."""
    return not is_due(debt, paid_on), -debt.rate_bp, debt.due_on


GENERAL: Final = Scheme(
    rule="§ 1416 ABGB: erst die Zinsen, dann das Kapital; Kosten zuvor nach Gerichtsgebrauch",
    components=(Component.COSTS, Component.CONTRACTUAL_INTEREST, Component.INTEREST, Component.PRINCIPAL),
    rank=rank,
    component_first=True,
)
"""The debtor's own choice counts only with the creditor's consent (§ 1415 ABGB)."""

SCHEMES: Final = {"at": GENERAL}
