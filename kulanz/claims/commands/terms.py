"""Correcting when interest began or at which rate: the account is told anew and the difference is posted, nothing is rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import recompute
from kulanz.claims.commands.case import close_if_settled, record_event, touch
from kulanz.claims.commands.relief import shown
from kulanz.claims.errors import NotFound, TermsNotValid
from kulanz.claims.models import Claim
from kulanz.failpoints import fp


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What is true instead: the first day that bears interest (None: no default yet) and the rate, points over the base rate or fixed."""

    claim_id: int
    first_interest_day: date | None
    margin_bp: int | None
    fixed_bp: int | None
    default_reason: str
    reason: str
    key: str


def correct_terms(new: NewTerms, *, actor: str, day: date, now: datetime) -> int:
    """Correct one claim's terms; returns by how many cents its balance on `day` changed. The same terms again change nothing.

    Raises `TermsNotValid` if default would begin before the claim was due, or for two rates at once.
    """
    claim = Claim.objects.select_related("creditor").filter(id=new.claim_id).first()
    if claim is None:
        raise NotFound
    if new.margin_bp is not None and new.fixed_bp is not None:
        raise TermsNotValid("Eine Forderung hat einen Aufschlag auf den Basiszins oder einen festen Zinssatz, nicht beides.")
    if new.first_interest_day is not None and new.first_interest_day <= claim.due_on:
        raise TermsNotValid(f"Zinsen laufen frühestens am Tag nach der Fälligkeit, sie war am {claim.due_on:%d.%m.%Y} fällig.")
    case = touch([claim.case_id])[claim.case_id]
    claim.refresh_from_db()
    before = (claim.first_interest_day, claim.margin_bp, claim.fixed_bp)
    if before == (new.first_interest_day, new.margin_bp, new.fixed_bp):
        return 0
    owed_before = _owed(claim, day)
    fp("terms.before_change")
    Claim.objects.filter(id=claim.id).update(
        first_interest_day=new.first_interest_day, default_reason=new.default_reason, margin_bp=new.margin_bp, fixed_bp=new.fixed_bp
    )
    fp("terms.after_change")
    recompute([case.id], reason=f"Zinsen berichtigt: {new.reason}", key=new.key, now=now)
    difference = _owed(claim, day) - owed_before
    text = f"Zinsen der Rechnung {claim.external_id} berichtigt ({shown(difference, case.currency)}): {new.reason}"
    was = {"first_interest_day": str(before[0] or ""), "margin_bp": before[1], "fixed_bp": before[2]}
    record_event(case, "terms_corrected", text, actor=actor, now=now, data={"claim": claim.id, "was": was, "cents": difference})
    close_if_settled(case, day=day, now=now)
    return difference


def _owed(claim: Claim, day: date) -> int:
    return sum(balance.total_cents for balance in open_amounts([claim.case_id], day)[claim.case_id] if balance.claim.id == claim.id)
