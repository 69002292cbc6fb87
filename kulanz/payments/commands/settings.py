"""Changing what a creditor has set: whoever does it, the history says who changed what and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Model

from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor, SettingChange
from kulanz.failpoints import fp
from kulanz.payments.commands.agreements.policy import FIELDS as POLICY_FIELDS
from kulanz.payments.models import AgreementPolicy, CollectorIdentity, DatevSettings, MandateTerms

ACCOUNT: Final = ("account_holder", "iban")
LIMITS: Final = ("small_rest_cents", "alone_cents_max")
VIEW: Final = ("view",)
COLLECTOR: Final = (
    "sepa_creditor_id",
    "prenotice_days",
    "lead_bank_days",
    "single_bookings",
    "pass_on_return_charge",
    "return_quiet_days",
    "small_refund_cents",
)
TERMS: Final = (
    "valid_from",
    "fee_bp",
    "fee_on",
    "kept",
    "vat_bp",
    "rhythm",
    "threshold_cents",
    "pass_on_days",
    "separate_account",
    "payout_name",
    "payout_iban",
)
DATEV: Final = ("consultant", "client", "year_begins", "account_length", "chart", "with_claims")


@contextmanager
def recorded(creditor_id: int, *, actor: str, now: datetime) -> Iterator[None]:
    """Write down what the commands inside change about a creditor; one transaction, one person at a time.

    Nothing is written if nothing changed, or if a command refuses. Raises `UnknownCreditor`.
    """
    with transaction.atomic():
        if not Creditor.objects.select_for_update(no_key=True).filter(id=creditor_id).exists():
            raise UnknownCreditor
        before = settings_of(creditor_id)
        yield
        after = settings_of(creditor_id)
        changed = [name for name in (before | after) if before.get(name) != after.get(name)]
        fp("settings.before_history")
        SettingChange.objects.bulk_create(
            SettingChange(creditor_id=creditor_id, at=now, actor=actor[:80], setting=name, before=before.get(name), after=after.get(name))
            for name in changed
        )
        fp("settings.after_history")


def settings_of(creditor_id: int) -> dict[str, Any]:
    """Everything a creditor has set, as plain values by stable names; what is not set up is left out. Five queries."""
    creditor = Creditor.objects.get(id=creditor_id)
    found = {
        **_named("account", creditor, ACCOUNT),
        **_named("limits", creditor, LIMITS),
        **_named("view", creditor, VIEW),
        **_named("collector", CollectorIdentity.objects.filter(creditor_id=creditor_id).first(), COLLECTOR),
        **_named("terms", MandateTerms.objects.filter(creditor_id=creditor_id).order_by("-valid_from").first(), TERMS),
        **_named("policy", AgreementPolicy.objects.filter(creditor_id=creditor_id).first(), POLICY_FIELDS),
    }
    datev = DatevSettings.objects.filter(creditor_id=creditor_id).first()
    if datev is not None:
        found |= _named("datev", datev, DATEV) | {f"datev.account.{name}": number for name, number in datev.accounts.items()}
    return found


def _named(group: str, row: Model | None, fields: tuple[str, ...]) -> dict[str, Any]:
    if row is None:
        return {}
    return {f"{group}.{field}": _plain(getattr(row, field)) for field in fields}


def _plain(value: Any) -> Any:
    """A value as JSON keeps it: days as ISO text, everything else as it is."""
    return value.isoformat() if hasattr(value, "isoformat") else value
