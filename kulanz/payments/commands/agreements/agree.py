"""Agreeing: a plan, a deferral until pay-day, a promise, a pause. One transaction, once only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from kulanz.claims.commands import touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, CaseState
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind
from kulanz.payments.agreement_errors import AgreementStands, DayOutside, FirstDayOutside, NothingOpen, ScheduleChanged
from kulanz.payments.commands.agreements.close import close
from kulanz.payments.commands.agreements.store import NewAgreement, store, take_effect
from kulanz.payments.models import Agreement, AgreementKind, AgreementState
from kulanz.payments.queries_situation import Situation, situation
from kulanz.payments.rules.plan import Schedule, Wish
from kulanz.payments.rules.plan_progress import Planned


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to agree. `key` makes it once-only.

    A plan has a `wish`; everything else an `until_on`, a promise also `amount_cents` (None: everything). `seen` is the digest of the
    schedule that was shown: what is agreed is exactly what was seen, or nothing. `evidence` holds the texts that were shown.
    """

    case_id: int
    kind: AgreementKind
    key: str
    via: str
    actor: str
    wish: Wish | None = None
    until_on: date | None = None
    amount_cents: int | None = None
    seen: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    bundle: UUID | None = None


def agree(asked: Asked, *, day: date, now: datetime) -> Agreement:
    """Make the agreement with everything that follows: hold, queue emptied, limitation, timeline, confirmation.

    Raises `NothingOpen`, `AgreementStands`, `ScheduleChanged`, `DayOutside`, and for a plan what `rules.plan.schedule` raises.
    """
    case = touch([asked.case_id])[asked.case_id]
    if (known := Agreement.objects.filter(key=asked.key).first()) is not None:
        return known
    if Agreement.objects.filter(case=case, state=AgreementState.ACTIVE).exists():
        raise AgreementStands
    case = Case.objects.select_related("debtor", "creditor").get(id=case.id)
    found = situation(case, day)
    if case.state != CaseState.OPEN or (found.open_cents <= 0 and asked.kind is not AgreementKind.PAUSE):
        raise NothingOpen
    expire_offers(case.id, day=day, now=now, actor=asked.actor)
    new = _plan(found, asked) if asked.kind is AgreementKind.PLAN else _one_day(found, asked, day)
    if new.fee_cents:
        _charge(found, asked, day=day, now=now)
    agreement = store(case, new, day=day, now=now)
    take_effect(case, agreement, list(new.rows), day=day, now=now, actor=asked.actor)
    return agreement


def digest(plan: Schedule) -> str:
    """A short fingerprint of everything that was shown of a plan: days, amounts, interest."""
    shown = [[row.due_on.isoformat(), row.amount_cents] for row in plan.instalments]
    return hashlib.sha256(json.dumps([shown, plan.open_cents, plan.interest_cents]).encode()).hexdigest()[:24]


def planned(plan: Schedule) -> list[Planned]:
    """The schedule's instalments as they are stored."""
    return [Planned(row.number, row.due_on, row.amount_cents) for row in plan.instalments]


def terms_of_plan(found: Situation, wish: Wish) -> dict[str, Any]:
    """What a plan was made from, kept with it."""
    return {
        "amount_cents": wish.amount_cents,
        "rhythm": wish.rhythm.value,
        "interest": found.policy.interest_during,
        "rates_bp": {str(claim.claim_id): claim.rate_bp for claim in found.claims},
    }


def expire_offers(case_id: int, *, day: date, now: datetime, actor: str) -> None:
    """An offer that was not taken ends when something else is offered or agreed, and its hold with it."""
    waiting = (AgreementState.OFFERED, AgreementState.PROPOSED)
    for offer in Agreement.objects.filter(case_id=case_id, state__in=waiting).order_by("id"):
        close(offer, AgreementState.EXPIRED, "Etwas anderes wurde vereinbart.", day=day, now=now, actor=actor)


def _plan(found: Situation, asked: Asked) -> NewAgreement:
    if asked.wish is None:
        raise ValueError("a plan needs a wish")
    if asked.bundle is not None:
        found = replace(found, least_cents=asked.wish.amount_cents)
    plan = found.plan(asked.wish)
    if asked.seen and asked.seen != digest(plan):
        raise ScheduleChanged
    return NewAgreement(
        kind=AgreementKind.PLAN,
        rows=planned(plan),
        key=asked.key,
        via=asked.via,
        actor=asked.actor,
        open_cents=found.open_cents,
        claim_ids=_ids(found),
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        interest_cents=plan.interest_cents,
        fee_cents=found.fee_cents,
        terms=terms_of_plan(found, asked.wish),
        evidence=asked.evidence,
        bundle=asked.bundle,
    )


def _one_day(found: Situation, asked: Asked, day: date) -> NewAgreement:
    """A deferral, a promise or a pause: one day, and one amount or none."""
    until_on = latest_checked(found, asked.kind, asked.until_on)
    rows: list[Planned] = []
    interest_cents = 0
    if asked.kind is AgreementKind.DEFERRAL:
        deferred = found.one_payment(until_on)
        rows, interest_cents = planned(deferred), deferred.interest_cents
    elif asked.kind is AgreementKind.PROMISE:
        rows = [Planned(1, until_on, min(asked.amount_cents or found.open_cents, found.open_cents))]
    interest = "none" if asked.kind is AgreementKind.DEFERRAL and not found.interest_runs else "statutory"
    return NewAgreement(
        kind=asked.kind,
        rows=rows,
        key=asked.key,
        via=asked.via,
        actor=asked.actor,
        open_cents=found.open_cents,
        claim_ids=_ids(found),
        starts_on=day,
        ends_on=until_on,
        interest_cents=interest_cents,
        terms={"interest": interest},
        evidence=asked.evidence,
        bundle=asked.bundle,
    )


def latest_day(found: Situation, kind: AgreementKind) -> date:
    """The last day the creditor allows for a deferral, a promise or a pause."""
    policy = found.policy
    most = {
        AgreementKind.DEFERRAL: policy.deferral_days_max,
        AgreementKind.PROMISE: policy.promise_days_max,
        AgreementKind.PAUSE: policy.pause_days_max,
    }
    return found.day + timedelta(days=most[kind])


def latest_checked(found: Situation, kind: AgreementKind, until_on: date | None) -> date:
    """The wished day, moved to a banking day where money is meant; refused outside the creditor's limits."""
    latest_on = latest_day(found, kind)
    if until_on is None or until_on < found.day:
        raise FirstDayOutside(found.day, latest_on)
    if until_on > latest_on:
        raise DayOutside(latest_on)
    return until_on if kind is AgreementKind.PAUSE else found.law.next_working_day(until_on, found.region)


def _charge(found: Situation, asked: Asked, *, day: date, now: datetime) -> None:
    """Book the fee for agreeing on the oldest claim (Nr. 1000 VV RVG, § 31b RVG). It was shown before (§ 13a (3) RDG)."""
    fact = NewFact(
        case_id=found.case.id,
        kind=FactKind.CHARGE,
        on=day,
        key=f"fee:{asked.key}",
        source="Einigungsgebühr für die Zahlungsvereinbarung (VV RVG 1000 Nr. 2, § 31b RVG)",
        cents=found.fee_cents,
        claim_id=found.claims[0].claim_id,
        component=Component.SETTLEMENT_FEE,
    )
    book([fact], now=now)


def _ids(found: Situation) -> Sequence[int]:
    return [claim.claim_id for claim in found.claims]
