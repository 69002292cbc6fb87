"""What is owed on a day and why: the ledger's lines and the interest that has run, claim by claim, each part explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from kulanz.claims.models import Claim
from kulanz.law import jurisdiction
from kulanz.law.days import DayCount, Rounding
from kulanz.law.interest import Interest, InterestTerms
from kulanz.ledger.components import FEES, Component
from kulanz.ledger.models import EntryKind
from kulanz.ledger.queries import lines_of
from kulanz.ledger.rules import Booked, balances, principal_history

__all__ = ["FEES", "ClaimBalance", "accrued", "balance_of", "interest_terms_of", "last_interest_day", "open_amounts"]

NO_INTEREST = Interest(0, ())


@dataclass(frozen=True, slots=True)
class ClaimBalance:
    """One claim on one day, in cents. `total_cents` is what settles it if it is credited on that day.

    `interest` holds the segments of everything that has run; `interest_cents` what of it is still open; `interest_to_book_cents` what
    the ledger does not hold yet (negative when a back-dated payment made booked interest too high).
    """

    claim: Claim
    lines: tuple[Booked, ...]
    principal_cents: int
    fees: dict[Component, int]
    interest: Interest
    interest_cents: int
    interest_to_book_cents: int
    overpaid_cents: int
    last_interest_day: date

    @property
    def fees_cents(self) -> int:
        return sum(self.fees.values())

    @property
    def total_cents(self) -> int:
        return self.principal_cents + self.fees_cents + self.interest_cents

    @property
    def paid_cents(self) -> int:
        """What was paid on this claim so far, chargebacks deducted."""
        paying = (EntryKind.PAYMENT, EntryKind.ASSIGNMENT, EntryKind.CHARGEBACK)
        return -sum(line.amount_cents for line in self.lines if line.kind in paying)


def open_amounts(case_ids: Iterable[int], day: date) -> dict[int, list[ClaimBalance]]:
    """The claims of each case on `day`, oldest due first; invoices issued later are left out. Two queries.

    Raises `OutsideTable` of the law room if interest runs beyond the known base rates.
    """
    wanted = list(case_ids)
    claims = list(Claim.objects.filter(case_id__in=wanted, invoiced_on__lte=day).select_related("creditor").order_by("due_on", "id"))
    lines = lines_of([claim.account_id for claim in claims])
    found: dict[int, list[ClaimBalance]] = {case_id: [] for case_id in wanted}
    for claim in claims:
        found[claim.case_id].append(balance_of(claim, lines.get(claim.account_id, []), day))
    return found


def balance_of(claim: Claim, lines: list[Booked], day: date) -> ClaimBalance:
    """One claim's balance on `day` from its ledger lines."""
    effective = [line for line in lines if line.occurred_on <= day]
    open_cents = balances(effective, day)
    last_day = last_interest_day(claim, day)
    interest = accrued(claim, effective, last_day)
    booked = sum(i.amount_cents for i in effective if i.component == Component.INTEREST and i.kind == EntryKind.INTEREST)
    settled = open_cents.get(Component.INTEREST, 0) - booked
    return ClaimBalance(
        claim=claim,
        lines=tuple(effective),
        principal_cents=open_cents.get(Component.PRINCIPAL, 0),
        fees={fee: open_cents[fee] for fee in FEES if fee in open_cents},
        interest=interest,
        interest_cents=interest.total_cents + settled,
        interest_to_book_cents=interest.total_cents - booked,
        overpaid_cents=-open_cents.get(Component.OVERPAID, 0),
        last_interest_day=last_day,
    )


def last_interest_day(claim: Claim, day: date) -> date:
    """The last day that bears interest if money is credited on `day`: the day before, unless the payment day counts."""
    return day if claim.payment_day_counts else day - timedelta(days=1)


def accrued(claim: Claim, lines: list[Booked], last_day: date) -> Interest:
    """All interest that has run on a claim up to and including `last_day`, whatever of it was booked or paid (§ 288 BGB)."""
    if not claim.bears_interest or claim.first_interest_day is None or claim.first_interest_day > last_day:
        return NO_INTEREST
    country = jurisdiction(claim.creditor.country)
    return country.default_interest(principal_history(lines), claim.first_interest_day, last_day, interest_terms_of(claim))


def interest_terms_of(claim: Claim) -> InterestTerms:
    """A claim's interest parameters as the law room takes them."""
    return InterestTerms(
        margin_bp=claim.margin_bp,
        fixed_bp=claim.fixed_bp,
        day_count=DayCount(claim.day_count),
        rounding=Rounding(claim.rounding),
        payment_day_counts=claim.payment_day_counts,
    )
