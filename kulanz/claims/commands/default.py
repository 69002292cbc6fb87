"""The start of default (`Verzug`), once something that causes it has happened."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from kulanz.claims.models import Claim
from kulanz.failpoints import fp


def begin_default(claim_ids: Collection[int], *, first_interest_day: date, reason: str) -> int:
    """Note that default began for claims that were not in default yet; returns for how many.

    Called when a reminder after the due date has been received (§ 286 (1) BGB). A claim already in default keeps its earlier day.
    """
    fp("default.before_begin")
    begun = Claim.objects.filter(id__in=list(claim_ids), first_interest_day=None, due_on__lt=first_interest_day).update(
        first_interest_day=first_interest_day, default_reason=reason
    )
    fp("default.after_begin")
    return begun
