"""The only place that reads agreements, always for a viewer; and the situation an agreement is made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q

from kulanz.claims.accounts import ClaimBalance, accrued, last_interest_day, open_amounts
from kulanz.claims.models import Case
from kulanz.claims.story import terms_of
from kulanz.claims.viewer import Viewer
from kulanz.law import jurisdiction
from kulanz.law.costs import Contractor, CostsQuestion
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.ledger.models import Entry, EntryKind
from kulanz.payments.agreement_errors import AgreementNotFound
from kulanz.payments.models import (
    LIVE,
    Agreement,
    AgreementKind,
    AgreementPolicy,
    AgreementState,
    BudgetStatement,
    Instalment,
    InterestDuring,
)
from kulanz.payments.rules.affordability import Budget
from kulanz.payments.rules.plan import Limits, OpenClaim, Rhythm, Schedule, Wish, schedule, smallest_amount
from kulanz.payments.rules.plan_progress import Planned, Progress, cover

PAGE_SIZE: Final = 50
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "made": ("created_at", "id"),
    "name": ("case__debtor__sort_key", "id"),
    "kind": ("kind", "-id"),
    "state": ("state", "-id"),
    "total": ("total_cents", "id"),
    "end": ("ends_on", "id"),
}
"""By what agreements can be sorted; with ``-`` in front descending."""


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
    """What could be agreed about a case on a day. Four queries. The case comes with debtor and creditor."""
    creditor, debtor = case.creditor, case.debtor
    law = jurisdiction(creditor.country.lower())
    policy = policy_of(creditor.id)
    balances = tuple(balance for balance in open_amounts([case.id], day)[case.id] if balance.total_cents > 0)
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


@dataclass(frozen=True, slots=True)
class Told:
    """An agreement with what money has done for it."""

    agreement: Agreement
    progress: Progress

    @property
    def late(self) -> bool:
        """True while the friendly path is open."""
        return self.agreement.missed_on is not None


def paid_since(agreements: Iterable[Agreement]) -> dict[int, int]:
    """What came in on each agreement's claims after it was made, chargebacks deducted, in cents; one query for all."""
    rows = list(agreements)
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [[row.id for row in rows], [row.case_id for row in rows], [row.ledger_mark for row in rows]])
        found = dict(cursor.fetchall())
    return {row.id: int(found.get(row.id, 0)) for row in rows}


PAYING: Final = "('payment', 'assignment', 'chargeback', 'reversal', 'refund')"
_PAID: Final = f"""
    SELECT a.id, -sum(p.amount_cents)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS a(id, case_id, mark)
    JOIN claims_claim c ON c.case_id = a.case_id
    JOIN payments_agreement g ON g.id = a.id AND g.terms -> 'claims' @> to_jsonb(c.id)
    JOIN ledger_posting p ON p.account_id = c.account_id
    JOIN ledger_entry e ON e.id = p.entry_id AND e.id > a.mark AND e.kind IN {PAYING}
    WHERE e.reverses_id IS NULL OR e.reverses_id > a.mark
    GROUP BY a.id"""  # noqa: S608  (a constant of this file)


def told(agreements: Iterable[Agreement]) -> list[Told]:
    """Agreements with their progress: two queries, however many."""
    rows = list(agreements)
    planned: Mapping[int, list[Planned]] = defaultdict(list)
    for each in Instalment.objects.filter(agreement__in=rows).order_by("number"):
        planned[each.agreement_id].append(Planned(each.number, each.due_on, each.amount_cents))
    paid = paid_since(rows)
    return [Told(row, cover(planned[row.id], paid[row.id])) for row in rows]


def standing(viewer: Viewer, case_id: int) -> Told | None:
    """The agreement that stands for a case, or the offer that waits; None if there is none."""
    rows = viewer.narrow(Agreement.objects.filter(case_id=case_id, state__in=LIVE))
    found = sorted(rows, key=lambda row: (row.state != AgreementState.ACTIVE, -row.id))
    return told(found[:1])[0] if found else None


def standing_for(viewer: Viewer, case_id: int, reason: str) -> bool:
    """True if a hold of this reason stands because of an agreement that runs."""
    return viewer.narrow(Agreement.objects.filter(case_id=case_id, state=AgreementState.ACTIVE, kind=reason)).exists()


def of_case(viewer: Viewer, case_id: int) -> list[Told]:
    """All agreements of a case, latest first."""
    return told(viewer.narrow(Agreement.objects.filter(case_id=case_id)).order_by("-id"))


def one(viewer: Viewer, public_id: UUID) -> Told:
    """One agreement. Not found and not allowed look the same. Raises `AgreementNotFound`."""
    row = viewer.narrow(Agreement.objects.filter(public_id=public_id)).select_related("case__debtor", "creditor").first()
    if row is None:
        raise AgreementNotFound
    return told([row])[0]


@dataclass(frozen=True, slots=True)
class DueInstalment:
    """One instalment with something open, as direct debits and reminders need it."""

    agreement_id: int
    instalment_id: int
    case_id: int
    due_on: date
    open_cents: int


def instalments_due(case_ids: Collection[int] | None, until: date) -> list[DueInstalment]:
    """Open instalments of active agreements due on or before `until`, oldest first; None: of all cases."""
    rows = Agreement.objects.filter(state=AgreementState.ACTIVE, instalments__due_on__lte=until).distinct()
    if case_ids is not None:
        rows = rows.filter(case_id__in=case_ids)
    agreements = {row.id: row for row in rows}
    numbered = Instalment.objects.filter(agreement__in=agreements).values_list("agreement_id", "number", "id")
    by_number = {(agreement_id, number): row_id for agreement_id, number, row_id in numbered}
    found = [
        DueInstalment(each.agreement.id, by_number[each.agreement.id, row.number], each.agreement.case_id, row.due_on, row.open_cents)
        for each in told(agreements.values())
        for row in each.progress.rows
        if row.open_cents and row.due_on <= until
    ]
    return sorted(found, key=lambda row: (row.due_on, row.instalment_id))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of agreements and how many there are in all."""

    rows: tuple[Told, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def listed(
    viewer: Viewer,
    *,
    states: Collection[str] = (),
    kinds: Collection[str] = (),
    search: str = "",
    late: bool = False,
    order: str = "-made",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page:
    """Agreements for the office: searched by name, number or reference; `late` keeps those in the friendly path."""
    rows = viewer.narrow(Agreement.objects.all())
    if states:
        rows = rows.filter(state__in=states)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if late:
        rows = rows.filter(state=AgreementState.ACTIVE, missed_on__isnull=False)
    for word in search.lower().split():
        rows = rows.filter(Q(case__debtor__search_key__contains=word) | Q(case__reference=word.upper()))
    total = rows.count()
    start = (max(page, 1) - 1) * size
    found = rows.select_related("case__debtor", "creditor").order_by(*_ordered(order))[start : start + size]
    return Page(tuple(told(found)), total, max(page, 1), size)


def _ordered(order: str) -> list[str]:
    fields = ORDERS[order.removeprefix("-")]
    if not order.startswith("-"):
        return list(fields)
    return [field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields]


def counts(viewer: Viewer) -> dict[str, int]:
    """How many agreements are in each state; `late` are those whose friendly path is open."""
    rows = viewer.narrow(Agreement.objects.all()).values_list("state").annotate(number=Count("id"))
    late = viewer.narrow(Agreement.objects.filter(state=AgreementState.ACTIVE, missed_on__isnull=False)).count()
    return dict(rows) | {"late": late}


def cases_of_same_person(viewer: Viewer, case: Case) -> list[Case]:
    """Open cases of the same person at creditors this viewer may see, this one included: what one plan could cover."""
    rows = viewer.narrow(Case.objects.filter(debtor__identity_key=case.debtor.identity_key, state="open"), case="id")
    return list(rows.select_related("debtor", "creditor").order_by("id"))
