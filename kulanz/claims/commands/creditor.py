"""Setting up a creditor."""

from __future__ import annotations

from typing import Any, Final

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from kulanz.claims.errors import ClaimsError, UnknownCreditor
from kulanz.claims.models import Creditor, CreditorView
from kulanz.law import jurisdiction

HOLDER_MAX: Final = 70
SMALL_REST_CENTS_MAX: Final = 5_000
ALONE_CENTS_MAX: Final = 10_000_000


class BadIban(ClaimsError):
    """Diese IBAN ist nicht gültig."""

    code, status = "bad_iban", 422
    fix = "Bitte die IBAN prüfen; Prüfziffer oder Länge stimmen nicht."


class HolderWanted(ClaimsError):
    """Bitte den Kontoinhaber angeben, höchstens 70 Zeichen."""

    code, status = "account_holder_wanted", 422


class LimitNotPossible(ClaimsError):
    """Dieser Grenzbetrag ist nicht möglich."""

    code, status = "limit_not_possible", 422
    fix = "Ein kleiner Rest ist höchstens 50 Euro, allein entscheiden lässt sich über höchstens 100.000 Euro."


def add_creditor(*, key: str, name: str, iban: str = "", **details: Any) -> Creditor:
    """Create a creditor, or return the one with this key if it is there. An IBAN that is not valid is refused."""
    existing = Creditor.objects.filter(key=key).first()
    if existing:
        return existing
    bic = details.pop("bic", "")
    if iban:
        iban, known = _checked(iban)
        bic = bic or known
    details.setdefault("legal_name", name)
    # Thirty-day months in Switzerland, actual days elsewhere; the same in every claim of a creditor.
    details.setdefault("day_count", jurisdiction(details.get("country", "DE")).interest_terms(consumer=True).day_count)
    details.setdefault("account_holder", details["legal_name"][:70])
    return Creditor.objects.create(key=key, name=name, iban=iban, bic=bic, **details)


def _checked(written: str) -> tuple[str, str]:
    """An IBAN without blanks, and the BIC of its bank if known. The same check as the payment code, which would refuse it later."""
    try:
        checked = IBAN(written, validate_bban=True)
    except SchwiftyException as error:
        raise BadIban from error
    return str(checked), str(checked.bic or "")


def set_view(key: str, view: CreditorView) -> None:
    """Choose in which order payments count in the creditor's own books. No debtor's account changes."""
    if not Creditor.objects.filter(key=key).update(view=view):
        raise UnknownCreditor


def set_account(creditor_id: int, *, iban: str, account_holder: str) -> None:
    """Change the account debtors pay to. What was sent already names the old one. Raises `BadIban`, `HolderWanted`."""
    holder = " ".join(account_holder.split())
    if not 0 < len(holder) <= HOLDER_MAX:
        raise HolderWanted
    checked, bic = _checked(iban)
    Creditor.objects.filter(id=creditor_id).update(iban=checked, bic=bic, account_holder=holder)


def set_limits(creditor_id: int, *, small_rest_cents: int, alone_cents_max: int) -> None:
    """Change which rests of interest are waived and up to which amount one person may decide alone. Raises `LimitNotPossible`."""
    if not 0 <= small_rest_cents <= SMALL_REST_CENTS_MAX or not 0 <= alone_cents_max <= ALONE_CENTS_MAX:
        raise LimitNotPossible
    Creditor.objects.filter(id=creditor_id).update(small_rest_cents=small_rest_cents, alone_cents_max=alone_cents_max)
