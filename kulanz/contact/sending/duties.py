"""Which messages are an agency's first to a private person about a claim, and what § 13a (1) RDG makes them tell: read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.models import Claim, Creditor, DebtorKind
from kulanz.claims.receipt import charge_rule, rate_origin
from kulanz.contact.models import AgencyClient, ClaimGround, CollectingAgency, Message, MessageState
from kulanz.contact.rendering.duties import ClaimDuty, DutyFacts
from kulanz.contact.rendering.facts import AgencyVoice
from kulanz.contact.rules import REMINDERS
from kulanz.law import jurisdiction
from kulanz.law.duties import Occasion
from kulanz.law.grounds import RateOrigin

_COUNTRY = "DE"
"""The duties are German law (RDG); an agency that writes for creditors elsewhere has others, which are not in the tables."""


def agency_voice(creditor: Creditor) -> AgencyVoice | None:
    """The agency that writes for this creditor; None if it writes in its own name, or nobody has said yet who the agency is."""
    if creditor.in_own_name:
        return None
    agency = CollectingAgency.objects.filter(id=1).first()
    if agency is None:
        return None
    names = ("legal_name", "street", "postcode", "city", "email", "phone", "supervisor", "supervisor_address", "supervisor_contact")
    return AgencyVoice(**{name: getattr(agency, name) for name in names})


def duties_of(messages: Sequence[tuple[Message, Sequence[ClaimBalance]]], day: date) -> dict[int, DutyFacts]:
    """The duties of those messages (each with the claims it speaks about) that must tell them, by message.

    A first letter is a reminder of an agency to a private person that names a claim no message told the duties for before.
    """
    open_ = {message.id: balances for message, balances in messages if _concerned(message, balances)}
    if not open_:
        return {}
    told = _told([message.case_id for message, _ in messages if message.id in open_])
    wanted = {
        message: balances
        for message, balances in messages
        if message.id in open_ and not {balance.claim.id for balance in balances} <= told[message.case_id]
    }
    claim_ids = {balance.claim.id for balances in wanted.values() for balance in balances}
    grounds = {ground.claim_id: ground for ground in ClaimGround.objects.filter(claim_id__in=claim_ids)}
    clients = dict(AgencyClient.objects.filter(creditor__in={m.creditor_id for m in wanted}).values_list("creditor", "deducts_input_tax"))
    return {
        message.id: duty_facts(balances, grounds, day, deducts_input_tax=clients.get(message.creditor_id))
        for message, balances in wanted.items()
    }


def duty_facts(
    balances: Sequence[ClaimBalance], grounds: Mapping[int, ClaimGround], day: date, *, deducts_input_tax: bool | None
) -> DutyFacts:
    """The duties' facts for these claims on a day."""
    costs = [
        (component.value, cents, charge_rule(balance.claim, component)) for balance in balances for component, cents in balance.fees.items()
    ]
    return DutyFacts(
        duties=jurisdiction(_COUNTRY).information_duties(Occasion.FIRST_LETTER),
        claims=[_claim(balance, grounds.get(balance.claim.id), day) for balance in balances],
        claim_ids=tuple(balance.claim.id for balance in balances),
        costs=[cost for cost in costs if cost[1] > 0],
        deducts_input_tax=deducts_input_tax,
        currency=balances[0].claim.currency if balances else "EUR",
    )


def _concerned(message: Message, balances: Sequence[ClaimBalance]) -> bool:
    creditor = message.case.creditor
    private = message.debtor.kind == DebtorKind.PERSON and any(balance.claim.consumer for balance in balances)
    return message.template in REMINDERS and not creditor.in_own_name and creditor.country == _COUNTRY and private


def _told(case_ids: Sequence[int]) -> Mapping[int, set[int]]:
    """The claims of each case whose duties a message has told. One that may not have arrived does not count."""
    rows = Message.objects.filter(case_id__in=case_ids, state=MessageState.SENT, template__in=REMINDERS, params__has_key="duties_told")
    told: dict[int, set[int]] = defaultdict(set)
    for case_id, params in rows.values_list("case_id", "params"):
        told[case_id].update(params["duties_told"])
    return told


def _claim(balance: ClaimBalance, ground: ClaimGround | None, day: date) -> ClaimDuty:
    claim = balance.claim
    return ClaimDuty(
        number=claim.external_id,
        kind=ground.kind if ground else "",
        subject=ground.subject if ground else "",
        on=ground.on if ground else None,
        segments=balance.interest.segments if balance.interest_cents > 0 else (),
        interest_cents=balance.interest_cents,
        statutory_bp=_exceeded(claim, day) if balance.interest_cents > 0 else None,
        circumstances=ground.circumstances if ground else "",
        original_creditor=ground.original_creditor if ground else "",
    )


def _exceeded(claim: Claim, day: date) -> int | None:
    """The statutory rate of a day in basis points, if the claim's is agreed and above it."""
    if rate_origin(claim) is not RateOrigin.AGREED:
        return None
    law = jurisdiction(claim.creditor.country)
    base_bp = law.base_rate(day).rate_bp
    statutory_bp = base_bp + (law.interest_terms(consumer=claim.consumer, arose_on=claim.invoiced_on).margin_bp or 0)
    asked_bp = claim.fixed_bp if claim.fixed_bp is not None else base_bp + (claim.margin_bp or 0)
    return statutory_bp if asked_bp > statutory_bp else None
