"""The paragraphs of German law that the lines of an account rest on."""

from __future__ import annotations

from typing import Final

from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.interest import InterestTerms

GROUNDS: Final = {
    Ground.REMINDER_COST: "§ 280 Abs. 1 und 2, § 286 BGB",
    Ground.COLLECTION_COST: "§ 280 Abs. 1 und 2, § 286 BGB, § 13e RDG",
    Ground.EXPENSE: "§ 280 Abs. 1 BGB",
    Ground.DEFAULT: "§ 286 BGB",
    Ground.PAID: "§ 362 Abs. 1, § 367 Abs. 1 BGB",
    Ground.SEVERAL_PAID: "§ 362 Abs. 1, §§ 366, 367 Abs. 1 BGB",
    Ground.OVERPAID: "§ 812 Abs. 1 BGB",
}


def interest_rule(terms: InterestTerms, origin: RateOrigin, *, consumer: bool) -> str:
    """§ 288 (1) where a consumer is involved, else (2); more than that rests on something else, (3)."""
    if terms.fixed_bp is not None:
        return "§ 288 Abs. 3 BGB"
    if origin is RateOrigin.AGREED:
        return "§ 288 Abs. 3, § 247 BGB"
    return "§ 288 Abs. 1, § 247 BGB" if consumer else "§ 288 Abs. 2, § 247 BGB"
