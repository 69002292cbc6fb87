"""§§ 366, 367, 497 BGB: which debt a payment pays."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.allocation import Component, Debt, Scheme, is_due


def rank(debt: Debt, paid_on: date | None) -> tuple[bool, bool, int, date]:
    """§ 366 (2): the due claim, among those the less secured, the more burdensome, the older; equals share."""
    return not is_due(debt, paid_on), debt.secured, -debt.rate_bp, debt.due_on


GENERAL: Final = Scheme(
    rule="§ 366 Abs. 2, § 367 Abs. 1 BGB: Kosten, dann Zinsen, dann Hauptforderung",
    components=(Component.COSTS, Component.CONTRACTUAL_INTEREST, Component.INTEREST, Component.PRINCIPAL),
    rank=rank,
)
"""Contractual interest fell due before default interest began, so it is paid before it."""

CONSUMER_LOAN: Final = Scheme(
    rule="§ 366 Abs. 2, § 497 Abs. 3 BGB: Kosten, dann der geschuldete Betrag, zuletzt Verzugszinsen",
    components=(Component.COSTS, Component.PRINCIPAL, Component.CONTRACTUAL_INTEREST, Component.INTEREST),
    rank=rank,
)
"""The amount owed is one (principal with contractual interest); inside it the principal comes first."""

SCHEMES: Final = {"367": GENERAL, "497": CONSUMER_LOAN}
