"""The creditor's own accounts that stand opposite to its claims."""

from __future__ import annotations

from kulanz.claims.models import Creditor
from kulanz.intake.rules.bookings import Tenant
from kulanz.ledger.commands import tenant_account
from kulanz.ledger.models import AccountKind


def tenant(creditor: Creditor, currency: str) -> Tenant:
    """Income (what claims are booked against) and bank (where the creditor was paid), created when first needed."""
    return Tenant(
        creditor.id,
        tenant_account(creditor.id, AccountKind.INCOME, currency),
        tenant_account(creditor.id, AccountKind.BANK, currency),
    )
