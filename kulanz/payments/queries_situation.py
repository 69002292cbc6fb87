"""The situation an agreement is made from: what is open, what the creditor allows, what the law adds. Read for a case found before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from kulanz.claims.accounts import ClaimBalance, accrued, last_interest_day, open_amounts
from kulanz.claims.models import Case
from kulanz.claims.story import terms_of
from kulanz.law import jurisdiction
from kulanz.law.costs import Contractor, CostsQuestion
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.ledger.models import Entry, EntryKind
from kulanz.payments.models import Agreement, AgreementKind, AgreementPolicy, BudgetStatement, InterestDuring
from kulanz.payments.rules.affordability import Budget
from kulanz.payments.rules.plan import Limits, OpenClaim, Rhythm, Schedule, Wish, schedule, smallest_amount


@dataclass(frozen=True, slots=True)
class Situation:
    """What an agreement about a case would be made from on a day: open claims, the creditor's limits, law and place."""

    case: Case
    policy: AgreementPolicy
    day: date
    balances: tuple[ClaimBalance, ...]
    claims: tuple[OpenClaim, ...]
    law: Jurisdiction
    region: str
    fee_cents: int
    """What agreeing a plan would cost (Nr. 1000 VV RVG with § 31b RVG); contained in no claim yet."""
    least_cents: int | None = None
    """A smaller smallest instalment than the creditor's, for a share of a rate that several creditors get together."""

    @property
    def open_cents(self) -> int:
        return sum(claim.total_cents for claim in self.claims)

    @property
    def interest_runs(self) -> bool:
        return self.policy.interest_during == InterestDuring.STATUTORY

    @property
    def limits(self) -> Limits:
        policy = self.policy
        least = policy.instalment_cents_min if self.least_cents is None else min(self.least_cents, policy.instalment_cents_min)
        return Limits(least, policy.first_cents_min, policy.months_max, policy.first_due_days_max)

    def first_day(self) -> date:
        """The day a plan begins by default: two weeks from now, early enough to be soon and late enough to be ready."""
        return self.law.next_working_day(self.day + timedelta(days=min(14, self.policy.first_due_days_max)), self.region)

    def plan(self, wish: Wish) -> Schedule:
        """The plan for a wish; see `rules.plan.schedule` for what it raises."""
        return schedule(self.with_fee(), wish, self.limits, day=self.day, law=self.law, region=self.region, interest=self.interest_runs)

    def smallest(self, first_on: date, rhythm: Rhythm) -> int:
        """The lower end of the slider."""
        wish = Wish(1, first_on, rhythm)
        return smallest_amount(
            self.with_fee(), wish, self.limits, day=self.day, law=self.law, region=self.region, interest=self.interest_runs
        )

    def one_payment(self, due_on: date) -> Schedule:
        """Everything on one day: a deferral. Interest until then only if the creditor's agreements bear interest."""
        days = max(0, (due_on - self.day).days)
        wish = Wish(2 * self.open_cents, due_on)
        return schedule(
            self.claims, wish, Limits(1, 0, 1, days), day=self.day, law=self.law, region=self.region, interest=self.interest_runs
        )

    def without_fee(self) -> Situation:
        """The same, for changing a plan that stands: a fee is charged once."""
        return replace(self, fee_cents=0)

    def with_fee(self) -> tuple[OpenClaim, ...]:
        """The claims as a plan takes them over: the fee for agreeing stands with the oldest."""
        if not self.fee_cents or not self.claims:
            return self.claims
        return (replace(self.claims[0], costs_cents=self.claims[0].costs_cents + self.fee_cents), *self.claims[1:])


def policy_of(creditor_id: int) -> AgreementPolicy:
    """The creditor's limits; the defaults where none are set (then not stored)."""
    return AgreementPolicy.objects.filter(creditor_id=creditor_id).first() or AgreementPolicy(creditor_id=creditor_id)


def situation(case: Case, day: date) -> Situation:
    """What could be agreed about a case on a day. Three queries. The case comes with debtor and creditor."""
    return situations([case], day)[0]


def situations(cases: Sequence[Case], day: date) -> list[Situation]:
    """The same for several cases, in their order: three queries, however many."""
    policies = {row.creditor_id: row for row in AgreementPolicy.objects.filter(creditor_id__in={case.creditor_id for case in cases})}
    opened = open_amounts([case.id for case in cases], day)
    return [
        _situation(case, policies.get(case.creditor_id) or AgreementPolicy(creditor_id=case.creditor_id), opened[case.id], day)
        for case in cases
    ]


def _situation(case: Case, policy: AgreementPolicy, opened: Sequence[ClaimBalance], day: date) -> Situation:
    creditor, debtor = case.creditor, case.debtor
    law = jurisdiction(creditor.country.lower())
    balances = tuple(balance for balance in opened if balance.total_cents > 0)
    same_country = debtor.country.upper() == creditor.country.upper()
    return Situation(
        case=case,
        policy=policy,
        day=day,
        balances=balances,
        claims=tuple(_open_claim(balance, day, law) for balance in balances),
        law=law,
        region=debtor.land if same_country and debtor.land else "",
        fee_cents=_fee_cents(case, policy, balances, law),
    )


def situation_for_change(case: Case, day: date, agreement: Agreement) -> Situation:
    """The situation once an agreement that stands has made way: without fee, and without the interest it gives up."""
    found = situation(case, day).without_fee()
    given_up = {balance.claim.id: interest_to_forgive(agreement, balance) for balance in found.balances}
    claims = (replace(claim, interest_cents=max(0, claim.interest_cents - given_up[claim.claim_id])) for claim in found.claims)
    return replace(found, claims=tuple(claim for claim in claims if claim.total_cents > 0))


INTEREST_FREE: Final = frozenset({AgreementKind.PLAN, AgreementKind.DEFERRAL})


def interest_to_forgive(agreement: Agreement, balance: ClaimBalance) -> int:
    """What has run on one claim since an interest-free agreement was made and was not given up yet, in cents."""
    free = agreement.terms.get("interest") == InterestDuring.NONE and agreement.kind in INTEREST_FREE
    if not free or agreement.agreed_on is None or balance.claim.id not in agreement.terms["claims"]:
        return 0
    claim = balance.claim
    before = accrued(claim, list(balance.lines), last_interest_day(claim, agreement.agreed_on)).total_cents
    return max(0, balance.interest.total_cents - before - forgiven(agreement, claim.id))


def forgiven(agreement: Agreement, claim_id: int) -> int:
    """What an agreement has given up of one claim's interest so far."""
    key = f"agreement:{agreement.id}:interest:{claim_id}:"
    waived = Entry.objects.filter(idempotency_key__startswith=key, kind=EntryKind.WAIVER).values_list("asked", flat=True)
    return sum(int(asked["cents"]) for asked in waived)


def budget_of(case_id: int, day: date) -> Budget | None:
    """What the debtor said about income and need, while it is kept."""
    row = BudgetStatement.objects.filter(case_id=case_id, expires_on__gte=day).order_by("-id").first()
    return Budget(**row.data) if row else None


def _open_claim(balance: ClaimBalance, day: date, law: Jurisdiction) -> OpenClaim:
    claim, terms = balance.claim, terms_of(balance.claim)
    rate_bp = 0
    if terms.first_interest_day is not None and terms.first_interest_day <= day:
        if terms.interest.fixed_bp is not None:
            rate_bp = terms.interest.fixed_bp
        elif terms.interest.margin_bp is not None:
            rate_bp = max(0, law.base_rate(day).rate_bp + terms.interest.margin_bp)
    return OpenClaim(
        claim_id=claim.id,
        due_on=claim.due_on,
        principal_cents=balance.principal_cents,
        interest_cents=balance.interest_cents,
        costs_cents=balance.fees_cents,
        rate_bp=rate_bp,
        day_count=terms.interest.day_count,
    )


def _fee_cents(case: Case, policy: AgreementPolicy, balances: Sequence[ClaimBalance], law: Jurisdiction) -> int:
    """The agreement fee: only if the creditor's settings ask for it, and only where somebody collects for another (§ 13e RDG)."""
    principal = sum(balance.principal_cents for balance in balances)
    if not policy.charge_fee or case.creditor.in_own_name or principal <= 0:
        return 0
    question = CostsQuestion(
        principal,
        case.opened_on,
        instalment_agreement=True,
        expenses_flat=False,
        consumer=all(balance.claim.consumer for balance in balances),
        contractor=Contractor.AGENCY,
    )
    return law.collection_costs(question).instalment_fee_cents
