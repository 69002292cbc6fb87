"""Giving something up or charging it: waivers, credit notes, write-offs, costs. Above the creditor's limit a second person must agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.case import close_if_settled, record_event, touch
from kulanz.claims.errors import NotFound, NothingToBook, SecondPersonNeeded
from kulanz.claims.models import Case, Claim, Proposal, ProposalState
from kulanz.failpoints import fp
from kulanz.law.money import format_money
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind

_KINDS = {
    "waiver": FactKind.WAIVER,
    "credit_note": FactKind.CREDIT_NOTE,
    "write_off": FactKind.WRITE_OFF,
    "charge": FactKind.CHARGE,
}
_WORDS = {"waiver": "Verzicht", "credit_note": "Gutschrift", "write_off": "Ausbuchung", "charge": "Kosten"}


@dataclass(frozen=True, slots=True)
class Relief:
    """What somebody wants to give up on a claim: `kind` is waiver, credit_note or write_off (then cents and component do not matter).

    A `charge` is the same with the other sign; `claims.commands.costs` says which may be made. `key` makes it once-only.
    """

    claim_id: int
    kind: str
    on: date
    reason: str
    key: str
    cents: int = 0
    component: Component = Component.PRINCIPAL


def relieve(relief: Relief, *, actor: str, day: date, now: datetime) -> Proposal | None:
    """Book the relief, or put it to a second person if it exceeds what one may decide alone; then the proposal is returned."""
    claim = Claim.objects.select_related("creditor").filter(id=relief.claim_id).first()
    if claim is None:
        raise NotFound
    case = touch([claim.case_id])[claim.case_id]
    worth = worth_of(relief, claim)
    if worth <= claim.creditor.alone_cents_max:
        _book(relief, case, actor=actor, day=day, now=now)
        return None
    fp("relief.before_proposal")
    proposal, created = Proposal.objects.get_or_create(
        key=relief.key,
        defaults={
            "case": case,
            "creditor_id": case.creditor_id,
            "claim": claim,
            "kind": relief.kind,
            "component": relief.component.value,
            "cents": relief.cents,
            "effective_on": relief.on,
            "reason": relief.reason,
            "asked_by": actor,
            "asked_at": now,
        },
    )
    if created:
        text = f"{_WORDS[relief.kind]} über {shown(worth, case.currency)} vorgeschlagen: {relief.reason}. Eine zweite Person entscheidet."
        record_event(case, "relief_proposed", text, actor=actor, now=now, data={"proposal": proposal.id})
    fp("relief.after_proposal")
    return proposal


def decide_proposal(proposal_id: int, *, agree: bool, actor: str, day: date, now: datetime, because: str = "") -> Proposal:
    """Agree to a proposal and book it, or refuse it, `because` says why. Who asked cannot decide; a decided proposal stays as it is."""
    proposal = Proposal.objects.select_for_update().filter(id=proposal_id).first()
    if proposal is None:
        raise NotFound
    if proposal.state != ProposalState.OPEN:
        return proposal
    if proposal.asked_by == actor:
        raise SecondPersonNeeded
    case = touch([proposal.case_id])[proposal.case_id]
    proposal.decided_by, proposal.decided_at, proposal.decided_because = actor, now, because
    proposal.state = ProposalState.AGREED if agree else ProposalState.REFUSED
    if agree:
        relief = Relief(
            proposal.claim_id,
            proposal.kind,
            proposal.effective_on,
            proposal.reason,
            proposal.key,
            proposal.cents,
            Component(proposal.component),
        )
        proposal.entry_id = _book(relief, case, actor=f"{proposal.asked_by} und {actor}", day=day, now=now)
    else:
        text = f"{_WORDS[proposal.kind]} abgelehnt{': ' + because if because else '.'}"
        record_event(case, "relief_refused", text, actor=actor, now=now, data={"proposal": proposal.id})
    fp("relief.before_decision")
    proposal.save()
    fp("relief.after_decision")
    return proposal


def worth_of(relief: Relief, claim: Claim) -> int:
    """What would really be given up (or charged), in cents. Raises `NothingToBook` for a claim that is not issued on that day."""
    balance = next((b for b in open_amounts([claim.case_id], relief.on)[claim.case_id] if b.claim.id == claim.id), None)
    if balance is None:
        raise NothingToBook
    match relief.kind:
        case "write_off":
            return balance.total_cents
        case "waiver" if relief.component is Component.INTEREST:
            return min(relief.cents, balance.interest_cents)
        case "waiver" if relief.component is Component.PRINCIPAL:
            return min(relief.cents, balance.principal_cents)
        case "waiver":
            return min(relief.cents, balance.fees.get(relief.component, 0))
        case _:
            return relief.cents


def shown(cents: int, currency: str) -> str:
    """An amount for the timeline."""
    return f"{format_money(cents).replace('.', ',')} {'€' if currency == 'EUR' else currency}"


def _book(relief: Relief, case: Case, *, actor: str, day: date, now: datetime) -> int:
    fact = NewFact(
        case.id,
        _KINDS[relief.kind],
        relief.on,
        relief.key,
        f"{_WORDS[relief.kind]}: {relief.reason}",
        relief.cents,
        relief.claim_id,
        relief.component,
    )
    (entry_id,) = book([fact], now=now)
    kind = "cost_booked" if relief.kind == "charge" else "relief_booked"
    record_event(case, kind, f"{_WORDS[relief.kind]}: {relief.reason}", actor=actor, now=now, data={"entry": entry_id})
    close_if_settled(case, day=day, now=now)
    return entry_id
