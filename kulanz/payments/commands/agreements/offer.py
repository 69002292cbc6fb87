"""Offering a settlement: pay this much by that day and the rest is given up. Above a limit a second person decides before it is offered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.commands import record_event, touch
from kulanz.claims.errors import SecondPersonNeeded
from kulanz.claims.models import Case, CaseState, HoldReason
from kulanz.contact.commands import queue_answer, silence
from kulanz.failpoints import fp
from kulanz.payments.agreement_errors import AgreementStands, DayOutside, FirstDayOutside, NothingOpen, OfferGone, SettlementOutside, euros
from kulanz.payments.commands.agreements.agree import expire_offers, latest_day
from kulanz.payments.commands.agreements.close import close, locked
from kulanz.payments.commands.agreements.store import ledger_mark, source_of, store_rows, take_effect
from kulanz.payments.commands.agreements.words import particulars
from kulanz.payments.models import Agreement, AgreementKind, AgreementState, Instalment
from kulanz.payments.queries_situation import situation
from kulanz.payments.rules.plan_progress import Planned


@dataclass(frozen=True, slots=True)
class OfferAsked:
    """A settlement to be offered: `amount_cents` by `until_on` settles everything open. `key` makes it once-only."""

    case_id: int
    amount_cents: int
    until_on: date
    reason: str
    key: str
    via: str
    actor: str


def offer_settlement(asked: OfferAsked, *, day: date, now: datetime) -> Agreement:
    """Offer a settlement, or put it to a second person first if more is given up than one may decide alone.

    Offered: reminders stop until it ends, and the debtor gets it in writing. Raises `NothingOpen`, `AgreementStands`,
    `SettlementOutside`, `FirstDayOutside`, `DayOutside`.
    """
    case = touch([asked.case_id])[asked.case_id]
    if (known := Agreement.objects.filter(key=asked.key).first()) is not None:
        return known
    if Agreement.objects.filter(case=case, state=AgreementState.ACTIVE).exists():
        raise AgreementStands
    case = Case.objects.select_related("debtor", "creditor").get(id=case.id)
    found = situation(case, day)
    if case.state != CaseState.OPEN or found.open_cents <= 0:
        raise NothingOpen
    if not 0 < asked.amount_cents < found.open_cents:
        raise SettlementOutside
    latest_on = latest_day(found, AgreementKind.DEFERRAL)
    if asked.until_on < day:
        raise FirstDayOutside(day, latest_on)
    if asked.until_on > latest_on:
        raise DayOutside(latest_on)
    expire_offers(case.id, day=day, now=now, actor=asked.actor)
    until_on = found.law.next_working_day(asked.until_on, found.region)
    waived = found.open_cents - asked.amount_cents
    alone = waived <= case.creditor.alone_cents_max
    fp("agreement.before_offer")
    agreement = Agreement.objects.create(
        case=case,
        creditor_id=case.creditor_id,
        kind=AgreementKind.SETTLEMENT,
        state=AgreementState.OFFERED if alone else AgreementState.PROPOSED,
        starts_on=day,
        ends_on=until_on,
        expires_on=until_on,
        total_cents=asked.amount_cents,
        open_cents=found.open_cents,
        waived_cents=waived,
        terms={"claims": sorted(claim.claim_id for claim in found.claims), "reason": asked.reason[:500]},
        via=asked.via,
        offered_by=asked.actor,
        ledger_mark=ledger_mark(case.id),
        key=asked.key,
        created_at=now,
    )
    store_rows(agreement, [Planned(1, until_on, asked.amount_cents)])
    if alone:
        _send(case, agreement, day=day, now=now, actor=asked.actor)
    else:
        text = f"Vergleich über {euros(asked.amount_cents)} vorgeschlagen (Nachlass {euros(waived)}). Eine zweite Person entscheidet."
        record_event(case, "settlement_proposed", text, actor=asked.actor, now=now, data={"agreement": agreement.id})
    fp("agreement.after_offer")
    return agreement


def approve(agreement_id: int, *, agree: bool, actor: str, day: date, now: datetime) -> Agreement:
    """A second person decides about a proposed settlement. Who proposed it cannot. Raises `SecondPersonNeeded`, `OfferGone`."""
    agreement = locked(agreement_id)
    if agreement.state != AgreementState.PROPOSED:
        return agreement
    if agreement.offered_by == actor:
        raise SecondPersonNeeded
    if not agree:
        return close(agreement, AgreementState.CANCELLED, "Der Vergleich wurde abgelehnt.", day=day, now=now, actor=actor, lift=False)
    if agreement.expires_on is not None and agreement.expires_on < day:
        raise OfferGone
    agreement.state, agreement.approved_by = AgreementState.OFFERED, actor
    fp("agreement.before_approve")
    agreement.save(update_fields=["state", "approved_by"])
    _send(agreement.case, agreement, day=day, now=now, actor=actor)
    fp("agreement.after_approve")
    return agreement


def accept(agreement_id: int, *, via: str, actor: str, day: date, now: datetime, evidence: dict[str, object] | None = None) -> Agreement:
    """The debtor takes an offer. From then on the debt is deferred until its day. Twice is once. Raises `OfferGone`."""
    agreement = locked(agreement_id)
    if agreement.state == AgreementState.ACTIVE:
        return agreement
    if agreement.state != AgreementState.OFFERED or (agreement.expires_on is not None and agreement.expires_on < day):
        raise OfferGone
    agreement.state, agreement.agreed_on, agreement.accepted_at, agreement.via = AgreementState.ACTIVE, day, now, via
    agreement.evidence = dict(evidence or {})
    fp("agreement.before_accept")
    agreement.save(update_fields=["state", "agreed_on", "accepted_at", "via", "evidence"])
    stored = Instalment.objects.filter(agreement=agreement).order_by("number")
    rows = [Planned(row.number, row.due_on, row.amount_cents) for row in stored]
    case = Case.objects.select_related("debtor", "creditor").get(id=agreement.case_id)
    take_effect(case, agreement, rows, day=day, now=now, actor=actor)
    fp("agreement.after_accept")
    return agreement


def _send(case: Case, agreement: Agreement, *, day: date, now: datetime, actor: str) -> None:
    """Silence until the offer ends, the timeline, and the offer in writing."""
    source = source_of(agreement)
    silence(case.id, HoldReason.SETTLEMENT, day=day, now=now, source=source, actor=actor, until_on=agreement.ends_on)
    text = f"Vergleich angeboten: {euros(agreement.total_cents)} bis {agreement.ends_on:%d.%m.%Y}, der Rest fällt dann weg."
    record_event(case, "settlement_offered", text, actor=actor, now=now, data={"agreement": agreement.id})
    rows = [Planned(1, agreement.ends_on, agreement.total_cents)]
    params = particulars(agreement, rows)
    queue_answer(case.id, "settlement_offer", step=f"offer-{agreement.id}", params=params, day=day, now=now)
