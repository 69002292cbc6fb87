"""Setting up a creditor."""

from __future__ import annotations

from typing import Any

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from kulanz.claims.errors import ClaimsError, UnknownCreditor
from kulanz.claims.models import Creditor, CreditorView
from kulanz.law import jurisdiction


class BadIban(ClaimsError):
    """Diese IBAN ist nicht gültig."""

    code, status = "bad_iban", 422
    fix = "Bitte die IBAN prüfen; Prüfziffer oder Länge stimmen nicht."


def add_creditor(*, key: str, name: str, iban: str = "", **details: Any) -> Creditor:
    """Create a creditor, or return the one with this key if it is there. An IBAN that is not valid is refused."""
    existing = Creditor.objects.filter(key=key).first()
    if existing:
        return existing
    bic = details.pop("bic", "")
    if iban:
        try:
            checked = IBAN(iban, validate_bban=True)  # the same check as the payment code, which would refuse it later
        except SchwiftyException as error:
            raise BadIban from error
        iban, bic = str(checked), bic or str(checked.bic or "")
    details.setdefault("legal_name", name)
    # Thirty-day months in Switzerland, actual days elsewhere; the same in every claim of a creditor.
    details.setdefault("day_count", jurisdiction(details.get("country", "DE")).interest_terms(consumer=True).day_count)
    details.setdefault("account_holder", details["legal_name"][:70])
    return Creditor.objects.create(key=key, name=name, iban=iban, bic=bic, **details)


def set_view(key: str, view: CreditorView) -> None:
    """Choose in which order payments count in the creditor's own books. No debtor's account changes."""
    if not Creditor.objects.filter(key=key).update(view=view):
        raise UnknownCreditor
