"""What a debtor says about income and need: kept only with consent, only for a while, and forgotten on request."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Final

from kulanz.claims.models import Case
from kulanz.failpoints import fp
from kulanz.payments.agreement_errors import ConsentMissing
from kulanz.payments.models import BudgetStatement
from kulanz.payments.rules.affordability import Budget

KEEP_DAYS: Final = 90
"""How long a statement is kept: long enough to change a plan with it, not longer."""


def keep_budget(case: Case, budget: Budget, *, consent: str, via: str, day: date, now: datetime) -> BudgetStatement:
    """Keep a statement with the words of the consent; the one before is forgotten. Raises `ConsentMissing`."""
    if not consent.strip():
        raise ConsentMissing
    forget_budgets(case.id)
    fp("budget.before_insert")
    return BudgetStatement.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        at=now,
        expires_on=day + timedelta(days=KEEP_DAYS),
        data=asdict(budget),
        consent=consent,
        via=via,
    )


def forget_budgets(case_id: int) -> int:
    """Delete what was said about income and need; returns how many statements that were."""
    return BudgetStatement.objects.filter(case_id=case_id).delete()[0]
