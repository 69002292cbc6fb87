"""What an agency must tell a private person about a case, for a page: what is known, and what is still to be added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Case, DebtorKind
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import AgencyClient, ClaimGround
from kulanz.contact.rendering.duties import Disclosure, Disclosures, disclosures, on_request
from kulanz.contact.rendering.facts import Language
from kulanz.contact.sending.duties import agency_voice, duty_facts
from kulanz.contact.sending.facts import sender_of


@dataclass(frozen=True, slots=True)
class ToldDuties:
    """The duties of a case (§ 13a (1) RDG), and what is given on request (2)."""

    first_letter: Disclosures
    on_request: tuple[Disclosure, ...]


def duties_told(viewer: Viewer, case: Case, balances: Sequence[ClaimBalance], day: date, language: Language) -> ToldDuties | None:
    """What the page of duties says; None where the creditor writes in its own name or no private person is asked."""
    creditor = case.creditor
    private = case.debtor.kind == DebtorKind.PERSON and any(balance.claim.consumer for balance in balances)
    if creditor.in_own_name or creditor.country != "DE" or not private:
        return None
    grounds = {ground.claim_id: ground for ground in viewer.narrow(ClaimGround.objects.filter(case=case))}
    client = AgencyClient.objects.filter(creditor=creditor).first()  # the viewer has seen this creditor's case
    facts = duty_facts(balances, grounds, day, deducts_input_tax=client.deducts_input_tax if client else None)
    sender = replace(sender_of(creditor), agency=agency_voice(creditor))
    return ToldDuties(disclosures(facts, sender, language), on_request(facts, language))
