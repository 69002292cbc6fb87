"""The second pair of eyes: who proposed cannot approve; and the account, where the bank's line did not say it."""

from __future__ import annotations

from datetime import datetime

from kulanz.claims.commands import record_event, touch
from kulanz.failpoints import fp
from kulanz.payments.debit_errors import (
    AccountUnknown,
    AnotherPersonMustDecide,
    GoesBackTheSameWay,
    HolderMissing,
    RefundNotFound,
    RefundNotOpen,
)
from kulanz.payments.errors import ReasonMissing
from kulanz.payments.models import RefundProposal, RefundState
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.accounts import read_account


def approve(refund_id: int, *, actor: str, now: datetime) -> RefundProposal:
    """Approve a refund. Raises `AnotherPersonMustDecide` for the person who proposed it or named its account, `AccountUnknown`."""
    proposal = _open(refund_id)
    if actor in (proposal.proposed_by, _named_by(proposal)):
        raise AnotherPersonMustDecide
    if not proposal.iban and proposal.checkout_id is None:
        raise AccountUnknown
    return _decide(proposal, RefundState.APPROVED, "", actor=actor, now=now)


def refuse(refund_id: int, *, because: str, actor: str, now: datetime) -> RefundProposal:
    """Refuse a refund with a reason; the credit stays where it is and stays visible to the debtor."""
    proposal = _open(refund_id)
    if actor == proposal.proposed_by:
        raise AnotherPersonMustDecide
    if not because.strip():
        raise ReasonMissing
    return _decide(proposal, RefundState.REFUSED, because.strip()[:200], actor=actor, now=now)


def name_account(refund_id: int, *, iban: str, holder: str, source: str, actor: str, now: datetime) -> RefundProposal:
    """Enter the account a refund goes to: `source` is "debtor" (in the portal) or "staff" (then that person cannot approve it).

    Raises `IbanInvalid`, `IbanOutsideSepa`, `HolderMissing`; `RefundNotOpen` once somebody has approved it; `GoesBackTheSameWay` for
    money that goes back through the provider it came by: it must not be led elsewhere.
    """
    proposal = _open(refund_id)
    if proposal.checkout_id is not None:
        raise GoesBackTheSameWay
    account, name = read_account(iban), " ".join(holder.split())
    if not name:
        raise HolderMissing
    proposal.iban, proposal.bic, proposal.holder = account.iban, account.bic, name[:70]
    proposal.iban_source = source if source == "debtor" else "staff"
    fp("refund.before_account")
    proposal.save(update_fields=["iban", "bic", "holder", "iban_source"])
    fp("refund.after_account")
    text = f"Konto für die Rückzahlung genannt, Endung {proposal.iban[-4:]}."
    data = {"refund": proposal.id, "by": actor}
    record_event(proposal.case, "refund_account", text, actor=actor, now=now, data=data)
    return proposal


def _named_by(proposal: RefundProposal) -> str:
    """Who of the staff entered the account; empty if the bank's line or the debtor said it."""
    if proposal.iban_source != "staff":
        return ""
    events = proposal.case.events.filter(kind="refund_account", data__refund=proposal.id).order_by("-id")
    return str(events.values_list("actor", flat=True)[:1].get())


def _open(refund_id: int) -> RefundProposal:
    """An undecided proposal under the lock of its case."""
    case_id = RefundProposal.objects.filter(id=refund_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise RefundNotFound
    touch([case_id])
    proposal = RefundProposal.objects.select_for_update(of=("self",)).select_related("case").get(id=refund_id)
    if proposal.state != RefundState.OPEN:
        raise RefundNotOpen
    return proposal


def _decide(proposal: RefundProposal, state: RefundState, because: str, *, actor: str, now: datetime) -> RefundProposal:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.decided_because = state, actor, now, because
    fp("refund.before_decide")
    proposal.save(update_fields=["state", "decided_by", "decided_at", "decided_because"])
    fp("refund.after_decide")
    amount = euros(proposal.amount_cents, proposal.currency)
    said = "freigegeben" if state == RefundState.APPROVED else f"abgelehnt: {because}"
    record_event(proposal.case, "refund_decided", f"Rückzahlung über {amount} {said}.", actor=actor, now=now, data={"refund": proposal.id})
    return proposal
