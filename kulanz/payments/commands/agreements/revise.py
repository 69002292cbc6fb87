"""Changing a plan that stands: one instalment later, or another amount. The old plan ends as revised, a new one takes its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from kulanz.claims.models import Case
from kulanz.payments.agreement_errors import AgreementOver, DayOutside, FirstDayOutside, ScheduleChanged, TooManyRevisions
from kulanz.payments.commands.agreements.agree import digest, planned, terms_of_plan
from kulanz.payments.commands.agreements.close import close, locked
from kulanz.payments.commands.agreements.store import NewAgreement, store, take_effect
from kulanz.payments.models import Agreement, AgreementKind, AgreementState
from kulanz.payments.queries_agreements import Told, told
from kulanz.payments.queries_situation import policy_of, situation
from kulanz.payments.rules.plan import Wish
from kulanz.payments.rules.plan_progress import Planned

SHIFT_DAYS_MAX: Final = 31
"""One instalment can be moved by about a month: then the next one is there anyway."""


def revise(
    agreement_id: int,
    wish: Wish,
    *,
    key: str,
    via: str,
    actor: str,
    day: date,
    now: datetime,
    seen: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Agreement:
    """Replace a plan by a new one over what is open now. No fee is charged again.

    Raises `AgreementOver`, `TooManyRevisions`, `ScheduleChanged`, and what `rules.plan.schedule` raises.
    """
    if (known := Agreement.objects.filter(key=key).first()) is not None:
        return known
    old = _changeable(agreement_id)
    close(old, AgreementState.REVISED, "Neuer Plan vereinbart.", day=day, now=now, actor=actor, lift=False)
    case = Case.objects.select_related("debtor", "creditor").get(id=old.case_id)
    found = replace(situation(case, day), fee_cents=0)
    plan = found.plan(wish)
    if seen and seen != digest(plan):
        raise ScheduleChanged
    new = NewAgreement(
        kind=AgreementKind.PLAN,
        rows=planned(plan),
        key=key,
        via=via,
        actor=actor,
        open_cents=found.open_cents,
        claim_ids=[claim.claim_id for claim in found.claims],
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        interest_cents=plan.interest_cents,
        terms=terms_of_plan(found, wish),
        evidence=evidence or {},
        bundle=old.bundle,
        replaces=old,
    )
    return _begin(case, new, day=day, now=now, actor=actor)


def shift(
    agreement_id: int, *, to: date, key: str, via: str, actor: str, day: date, now: datetime, evidence: Mapping[str, Any] | None = None
) -> Agreement:
    """Move the oldest open instalment to a later day; everything else stays as it is, amounts and other days included.

    Raises `AgreementOver`, `TooManyRevisions`, `FirstDayOutside`, `DayOutside`.
    """
    if (known := Agreement.objects.filter(key=key).first()) is not None:
        return known
    old = _changeable(agreement_id)
    each = told([old])[0]
    case = Case.objects.select_related("debtor", "creditor").get(id=old.case_id)
    rows = shifted(each, to=to, day=day, case=case)
    close(old, AgreementState.REVISED, f"Eine Rate auf den {to:%d.%m.%Y} verschoben.", day=day, now=now, actor=actor, lift=False)
    new = NewAgreement(
        kind=AgreementKind.PLAN,
        rows=rows,
        key=key,
        via=via,
        actor=actor,
        open_cents=sum(row.amount_cents for row in rows),
        claim_ids=old.terms["claims"],
        starts_on=rows[0].due_on,
        ends_on=rows[-1].due_on,
        terms=dict(old.terms),
        evidence=evidence or {},
        bundle=old.bundle,
        replaces=old,
    )
    return _begin(case, new, day=day, now=now, actor=actor)


def shifted(each: Told, *, to: date, day: date, case: Case) -> list[Planned]:
    """What is open of a plan with its oldest instalment on another day, numbered anew in order of days."""
    behind = each.progress.next
    if behind is None:
        raise AgreementOver
    latest_on = latest_shift(each, day)
    if to <= day:
        raise FirstDayOutside(day + timedelta(days=1), latest_on)
    if to > latest_on:
        raise DayOutside(latest_on)
    found = situation(case, day)
    moved = found.law.next_working_day(to, found.region)
    days = [(moved if row.number == behind.number else row.due_on, row.open_cents) for row in each.progress.rows if row.open_cents]
    return [Planned(number, due_on, cents) for number, (due_on, cents) in enumerate(sorted(days), 1)]


def latest_shift(each: Told, day: date) -> date:
    """The last day the oldest open instalment can be moved to."""
    behind = each.progress.next
    return max(day, behind.due_on if behind else day) + timedelta(days=SHIFT_DAYS_MAX)


def revisions(agreement: Agreement) -> int:
    """How often this plan was changed already."""
    count, current = 0, agreement
    while current.replaces_id is not None:
        count, current = count + 1, Agreement.objects.get(id=current.replaces_id)
    return count


def _changeable(agreement_id: int) -> Agreement:
    old = locked(agreement_id)
    if old.kind != AgreementKind.PLAN or old.state != AgreementState.ACTIVE:
        raise AgreementOver
    if revisions(old) >= policy_of(old.creditor_id).revisions_max:
        raise TooManyRevisions
    return old


def _begin(case: Case, new: NewAgreement, *, day: date, now: datetime, actor: str) -> Agreement:
    agreement = store(case, new, day=day, now=now)
    rows: Sequence[Planned] = list(new.rows)
    take_effect(case, agreement, rows, day=day, now=now, actor=actor)
    return agreement
