"""What a line of an account rests on: the paragraph, where the law names one, as each country says it."""

from __future__ import annotations

from enum import StrEnum


class Ground(StrEnum):
    """Why an amount is added to what is owed, or taken off it."""

    REMINDER_COST = "reminder_cost"
    """What the creditor's own reminder cost."""
    COLLECTION_COST = "collection_cost"
    """What an agency or a lawyer cost out of court."""
    EXPENSE = "expense"
    """What was laid out: postage, an address search, a bank's charge for a returned debit."""
    DEFAULT = "default"
    """When interest begins."""
    PAID = "paid"
    """A payment, shared out in the law's order."""
    SEVERAL_PAID = "several_paid"
    """A payment for more than one claim."""
    OVERPAID = "overpaid"
    """Money that was paid without being owed."""


class RateOrigin(StrEnum):
    """Where a claim's rate of interest comes from."""

    STATUTORY = "statutory"
    LOWER = "lower"
    """The creditor asks for less than the law allows."""
    AGREED = "agreed"
    """A contract names it."""
