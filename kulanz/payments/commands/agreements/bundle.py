"""One debtor, several creditors, one rate: a plan with each of them, the rate shared in proportion to what is owed to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from kulanz.claims.commands import touch
from kulanz.claims.models import Case
from kulanz.payments.agreement_errors import ConsentMissing, NothingOpen
from kulanz.payments.commands.agreements.agree import Asked, agree
from kulanz.payments.models import Agreement, AgreementKind
from kulanz.payments.queries_situation import Situation, situations
from kulanz.payments.rules.plan import Rhythm, Schedule, Wish, smallest_amount
from kulanz.payments.rules.plan_split import Share, split


@dataclass(frozen=True, slots=True)
class BundleAsked:
    """One plan for several cases of one person. `consents` names, by case, the words the debtor agreed to for that creditor.

    `seen` names, by case, the digest of the schedule that was shown; `told` holds what was shown besides it, kept with every part.
    """

    amount_cents: int
    first_on: date
    rhythm: Rhythm
    consents: Mapping[int, str]
    bundle: UUID
    via: str
    actor: str
    seen: Mapping[int, str] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BundlePart:
    """One creditor's part: its situation, its share of each instalment, its own schedule."""

    found: Situation
    share: Share
    plan: Schedule


def draft_bundle(cases: Sequence[Case], *, amount_cents: int, first_on: date, rhythm: Rhythm, day: date) -> list[BundlePart]:
    """The parts of one rate for several cases, by case in order. The cases come with debtor and creditor.

    Raises `NothingOpen`, and what `rules.plan.schedule` raises if a part would not end within its creditor's limits (`smallest_bundle`
    says from which rate on all do).
    """
    return draft_parts(situations(cases, day), amount_cents=amount_cents, first_on=first_on, rhythm=rhythm)


def draft_parts(situations: Sequence[Situation], *, amount_cents: int, first_on: date, rhythm: Rhythm) -> list[BundlePart]:
    """The same from situations that were read before."""
    found = [each for each in situations if each.open_cents > 0]
    if not found:
        raise NothingOpen
    shares = split(amount_cents, {each.case.id: _owed(each) for each in found})
    parts = []
    for each in found:
        share = shares[each.case.id]
        own = replace(each, least_cents=share.cents)
        parts.append(BundlePart(own, share, own.plan(Wish(share.cents, first_on, rhythm))))
    return parts


def smallest_bundle(cases: Sequence[Case], *, first_on: date, rhythm: Rhythm, day: date) -> int:
    """The smallest rate for all together with which every part ends: each creditor's own smallest one, scaled to the whole."""
    return smallest_for(situations(cases, day), first_on=first_on, rhythm=rhythm)


def smallest_for(situations: Sequence[Situation], *, first_on: date, rhythm: Rhythm) -> int:
    """The same from situations that were read before."""
    found = [each for each in situations if each.open_cents > 0]
    whole = sum(_owed(each) for each in found)
    least = 0
    for each in found:
        own = replace(each, least_cents=1)
        cents = smallest_amount(
            own.with_fee(), Wish(1, first_on, rhythm), own.limits, day=own.day, law=own.law, region=own.region, interest=own.interest_runs
        )
        least = max(least, -(-cents * whole // _owed(each)))
    return least


def agree_bundle(asked: BundleAsked, *, day: date, now: datetime) -> list[Agreement]:
    """Agree a plan with each creditor the debtor consented to, all or none. Each row knows only its own creditor's share.

    Proof without crossing data: each agreement keeps what it was owed and its share of the rate; the split is a pure function of these,
    and whoever may see all of them recomputes it (`proof`). Raises `ConsentMissing`.
    """
    if not asked.consents or not all(words.strip() for words in asked.consents.values()):
        raise ConsentMissing
    touch(asked.consents)
    cases = list(Case.objects.select_related("debtor", "creditor").filter(id__in=asked.consents).order_by("id"))
    if len({case.debtor.identity_key for case in cases}) > 1:
        raise ConsentMissing("Diese Akten gehören nicht zu derselben Person.")
    known = list(Agreement.objects.filter(bundle=asked.bundle).order_by("case_id"))
    if known:
        return known
    parts = draft_bundle(cases, amount_cents=asked.amount_cents, first_on=asked.first_on, rhythm=asked.rhythm, day=day)
    return [_agree_part(asked, part, day=day, now=now) for part in parts]


def _agree_part(asked: BundleAsked, part: BundlePart, *, day: date, now: datetime) -> Agreement:
    case = part.found.case
    rows = {"schedule": [[row.due_on.isoformat(), row.amount_cents] for row in part.plan.instalments]} if asked.told else {}
    evidence: dict[str, Any] = {
        **asked.told,
        **rows,
        "consent": asked.consents[case.id],
        "share": {"owed_cents": part.share.owed_cents, "cents": part.share.cents},
    }
    one = Asked(
        case_id=case.id,
        kind=AgreementKind.PLAN,
        key=f"bundle:{asked.bundle}:{case.id}",
        via=asked.via,
        actor=asked.actor,
        wish=Wish(part.share.cents, asked.first_on, asked.rhythm),
        seen=asked.seen.get(case.id, ""),
        evidence=evidence,
        bundle=asked.bundle,
    )
    return agree(one, day=day, now=now)


def proof(agreements: Sequence[Agreement]) -> bool:
    """True if the shares of a bundle are exactly the split of their sum: what an auditor who may see all of it checks."""
    shares = {row.case_id: row.evidence["share"] for row in agreements}
    wanted = split(sum(share["cents"] for share in shares.values()), {case_id: share["owed_cents"] for case_id, share in shares.items()})
    return all(wanted[case_id].cents == share["cents"] for case_id, share in shares.items())


def _owed(found: Situation) -> int:
    return found.open_cents + found.fee_cents
