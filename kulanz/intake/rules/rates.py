"""The yearly rate a contract names: is it readable, and does the creditor's country let it be asked for?"""

from __future__ import annotations

from typing import Final

import polars as pl

from kulanz.intake.rules.batch import Circumstances
from kulanz.intake.rules.problems import ProblemCode, found
from kulanz.intake.rules.profile import Profile, Target
from kulanz.law import jurisdiction
from kulanz.law.errors import NotVerified

RATE_BP_MAX: Final = 10_000
_BP: Final = f"cents:{Target.INTEREST_RATE}"
_WRITTEN: Final = r"^[0-9]{1,3}(?:[.,][0-9]{1,2})?$"
"""A percentage with at most two places, read like an amount: ``8,50`` → 850 basis points."""


def rate_problems(rows: pl.DataFrame, profile: Profile, about: Circumstances) -> list[pl.DataFrame]:
    """Rates that cannot be read, that no contract has, or that the law of the creditor's country does not take from a file."""
    if not profile.fills(Target.INTEREST_RATE):
        return []
    column, text = profile.source_name(Target.INTEREST_RATE), pl.col(Target.INTEREST_RATE)
    unread = text.is_not_null() & (pl.col(_BP).is_null() | ~text.str.strip_chars().str.contains(_WRITTEN))
    checks = [
        found(rows, unread, ProblemCode.RATE_NOT_READABLE, column, value=text),
        found(rows, pl.col(_BP) > RATE_BP_MAX, ProblemCode.RATE_IMPLAUSIBLE, column, value=text),
    ]
    law = jurisdiction(about.country)
    asked = rows.filter(pl.col(_BP).is_between(0, RATE_BP_MAX)).select(_BP, "kind").unique(maintain_order=True)
    for rate_bp, kind in asked.iter_rows():
        try:
            law.agreed_terms(rate_bp, consumer=kind == "person")
        except NotVerified as refusal:
            bad = (pl.col(_BP) == rate_bp) & (pl.col("kind") == kind)
            checks.append(found(rows, bad, ProblemCode.RATE_NOT_ALLOWED, column, value=text, detail=str(refusal)))
    return checks
