"""Setting what a creditor offers and allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kulanz.failpoints import fp
from kulanz.payments.models import AgreementPolicy

FIELDS = (
    "instalment_cents_min",
    "first_cents_min",
    "months_max",
    "first_due_days_max",
    "deferral_days_max",
    "promise_days_max",
    "pause_days_max",
    "tolerance_days",
    "recovery_days",
    "reminder_days",
    "revisions_max",
    "interest_during",
    "charge_fee",
)


def set_policy(creditor_id: int, values: Mapping[str, Any]) -> AgreementPolicy:
    """Store the limits of a creditor. They hold for what is agreed from now on; what stands keeps its own terms."""
    fp("policy.before_write")
    policy, _ = AgreementPolicy.objects.update_or_create(creditor_id=creditor_id, defaults={name: values[name] for name in FIELDS})
    return policy
