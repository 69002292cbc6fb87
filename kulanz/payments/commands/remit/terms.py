"""Who settles accounts, and what is agreed with each creditor from which day on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from kulanz.claims.commands.creditor import BadIban
from kulanz.failpoints import fp
from kulanz.ledger.components import FEES, Component
from kulanz.payments.errors import PaymentsError
from kulanz.payments.models import Agency, MandateTerms, Remittance, Rhythm, RunState
from kulanz.payments.rules.remit import AT_ONCE_DAYS_MAX


class TermsRefused(PaymentsError):
    """Diese Vereinbarung ist nicht möglich."""

    code, status = "mandate_terms_refused", 422


_FEE_ON = frozenset({Component.PRINCIPAL, Component.INTEREST, *FEES})


@dataclass(frozen=True, slots=True)
class NewTerms:
    """An agreement to be stored; what is left out has the default of the table. Percents in basis points."""

    valid_from: date
    payout_iban: str
    payout_name: str
    vat_bp: int
    fee_bp: int = 0
    fee_on: frozenset[Component] = frozenset({Component.PRINCIPAL})
    kept: frozenset[Component] = field(default_factory=frozenset)
    rhythm: Rhythm = Rhythm.WEEKLY
    threshold_cents: int = 0
    pass_on_days: int = 7
    separate_account: bool = True
    payout_bic: str = ""


def set_terms(creditor_id: int, new: NewTerms, *, actor: str, now: datetime) -> MandateTerms:
    """Store what is agreed from a day on. The same day again replaces it, unless a run was already settled by it.

    Raises `TermsRefused` for figures that make no sense, and `BadIban`.
    """
    if not (0 <= new.fee_bp <= 10_000 and 0 <= new.vat_bp <= 10_000):
        raise TermsRefused("Prozentsätze liegen zwischen 0 und 100.")
    if not new.fee_on <= _FEE_ON or not new.kept <= frozenset(FEES):
        raise TermsRefused("Honorar gibt es auf Hauptforderung, Zinsen und Kosten; einbehalten werden können nur Kosten.")
    if new.threshold_cents < 0 or not 0 <= new.pass_on_days <= 365 or not new.payout_name.strip():
        raise TermsRefused("Grenze, Frist oder Kontoinhaber stimmen nicht.")
    if not new.separate_account and not _at_once(new):
        raise TermsRefused(
            "Ohne gesondertes Konto ist fremdes Geld unverzüglich weiterzugeben (§ 13g RDG).",
            fix="Bitte täglich abrechnen, ohne Mindestbetrag und mit Warnung spätestens nach einem Tag; oder ein gesondertes Konto führen.",
        )
    iban, bic = checked_iban(new.payout_iban)
    if Remittance.objects.filter(terms__creditor_id=creditor_id, terms__valid_from=new.valid_from).exclude(state=RunState.DROPPED).exists():
        raise TermsRefused("Nach dieser Vereinbarung wurde schon abgerechnet.", fix="Bitte eine neue mit späterem Beginn anlegen.")
    values: dict[str, Any] = {
        "fee_bp": new.fee_bp,
        "fee_on": sorted(part.value for part in new.fee_on),
        "kept": sorted(part.value for part in new.kept),
        "vat_bp": new.vat_bp,
        "rhythm": new.rhythm,
        "threshold_cents": new.threshold_cents,
        "pass_on_days": new.pass_on_days,
        "separate_account": new.separate_account,
        "payout_name": new.payout_name.strip()[:70],
        "payout_iban": iban,
        "payout_bic": new.payout_bic or bic,
        "created_by": actor,
        "created_at": now,
    }
    fp("remit.before_terms")
    terms, _ = MandateTerms.objects.update_or_create(creditor_id=creditor_id, valid_from=new.valid_from, defaults=values)
    return terms


def _at_once(new: NewTerms) -> bool:
    """True if nothing in the terms lets money lie: settled every day, whatever the amount, and warned about the next day."""
    return new.rhythm == Rhythm.DAILY and new.threshold_cents == 0 and new.pass_on_days <= AT_ONCE_DAYS_MAX


def set_agency(*, iban: str = "", **details: str) -> Agency:
    """Store who settles accounts. A field that is left out stays as it is."""
    if iban:
        details["iban"], bic = checked_iban(iban)
        details.setdefault("bic", bic)
    fp("remit.before_agency")
    agency, _ = Agency.objects.update_or_create(id=1, defaults=details)
    return agency


def checked_iban(written: str) -> tuple[str, str]:
    """An IBAN without blanks, and the BIC of its bank if known. Raises `BadIban`."""
    try:
        checked = IBAN(written, validate_bban=True)
    except SchwiftyException as error:
        raise BadIban from error
    return str(checked), str(checked.bic or "")
