"""Instalment plans to the cent: which days, which amounts, when it ends, what interest it costs. Pure.

A plan is a promise of both sides: every instalment is written down beforehand, the last one takes what is left, and the sum of all is the
total that was shown. Interest while it runs is either none (the rule for a deferral, and the default) or the statutory rate of the day it
was agreed, fixed for the whole plan: nobody knows the base rate of next year, and a plan whose last instalment is a guess is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from kulanz.law.allocation import Component, Debt
from kulanz.law.days import DayCount, Rounding, add_months
from kulanz.law.interest import InterestTerms
from kulanz.law.jurisdiction import Jurisdiction
from kulanz.payments.agreement_errors import (
    AmountTooSmall,
    FirstDayOutside,
    NothingOpen,
    PlanNeverEnds,
    PlanTooLong,
)

SMALL_LAST_CENTS: Final = 500
"""A last instalment of at most this much is paid together with the one before: nobody is asked for 37 cents."""
WEEKS_A_YEAR: Final = 52


class Rhythm(StrEnum):
    """How often an instalment falls due."""

    MONTH = "month"
    FORTNIGHT = "fortnight"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """One claim as the plan takes it over, in cents, with the yearly rate that its principal would bear (0: none)."""

    claim_id: int
    due_on: date
    principal_cents: int
    interest_cents: int = 0
    costs_cents: int = 0
    rate_bp: int = 0
    day_count: DayCount = DayCount.ACT_ACT

    @property
    def total_cents(self) -> int:
        return self.principal_cents + self.interest_cents + self.costs_cents


@dataclass(frozen=True, slots=True)
class Limits:
    """What the creditor allows; see `AgreementPolicy` for the meaning of each."""

    instalment_cents_min: int
    first_cents_min: int
    months_max: int
    first_due_days_max: int

    def instalments_max(self, rhythm: Rhythm) -> int:
        """The most instalments that fit into the longest plan."""
        match rhythm:
            case Rhythm.MONTH:
                return self.months_max
            case Rhythm.FORTNIGHT:
                return max(1, self.months_max * (WEEKS_A_YEAR // 2) // 12)
            case Rhythm.WEEK:
                return max(1, self.months_max * WEEKS_A_YEAR // 12)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the debtor can pay: so much, so often, from this day on."""

    amount_cents: int
    first_on: date
    rhythm: Rhythm = Rhythm.MONTH


@dataclass(frozen=True, slots=True)
class Due:
    """One instalment. `day_on` is the agreed day of the month, `due_on` the banking day on or after it."""

    number: int
    day_on: date
    due_on: date
    amount_cents: int
    interest_cents: int = 0
    """What of it is interest that runs during the plan."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The whole plan. The instalments add up to `total_cents`, which is `open_cents` plus `interest_cents`."""

    instalments: tuple[Due, ...]
    open_cents: int
    interest_cents: int
    rhythm: Rhythm = Rhythm.MONTH

    @property
    def total_cents(self) -> int:
        return self.open_cents + self.interest_cents

    @property
    def ends_on(self) -> date:
        return self.instalments[-1].due_on

    @property
    def starts_on(self) -> date:
        return self.instalments[0].due_on

    @property
    def usual_cents(self) -> int:
        """The amount of every instalment but the last."""
        return self.instalments[0].amount_cents

    @property
    def last_cents(self) -> int:
        return self.instalments[-1].amount_cents


def due_days(first_on: date, rhythm: Rhythm, law: Jurisdiction, region: str = "") -> Iterator[tuple[date, date]]:
    """The agreed days and the banking days they fall due on, without end.

    Monthly instalments keep the day of the first one (31 January, 28 February, 31 March): each is counted from the first day, never from
    the one before. A day without banking moves to the next that has one (§ 193 BGB).
    """
    number = 0
    while True:
        day = add_months(first_on, number) if rhythm is Rhythm.MONTH else first_on + number * _STEP[rhythm]
        yield day, law.next_working_day(day, region)
        number += 1


_STEP: Final = {Rhythm.FORTNIGHT: timedelta(days=14), Rhythm.WEEK: timedelta(days=7)}


def schedule(
    claims: Sequence[OpenClaim], wish: Wish, limits: Limits, *, day: date, law: Jurisdiction, region: str = "", interest: bool = False
) -> Schedule:
    """The plan that pays these claims in instalments of the wished amount, or the reason why there is none.

    Raises `NothingOpen`, `AmountTooSmall`, `FirstDayOutside`, `PlanNeverEnds`, `PlanTooLong`; the last two and the second name the
    smallest amount that works (`better_cents`).
    """
    total_cents = sum(claim.total_cents for claim in claims)
    if total_cents <= 0:
        raise NothingOpen
    check_first_day(wish.first_on, limits, day=day)
    least = min(limits.instalment_cents_min, total_cents)
    if wish.amount_cents < least:
        raise AmountTooSmall(least, smallest_amount(claims, wish, limits, day=day, law=law, region=region, interest=interest))
    found = _unroll(claims, wish, limits, day=day, law=law, region=region, interest=interest)
    if isinstance(found, Schedule):
        return found
    better = smallest_amount(claims, wish, limits, day=day, law=law, region=region, interest=interest)
    if found.never_ends:
        raise PlanNeverEnds(wish.amount_cents, found.growth_cents, better)
    raise PlanTooLong(limits.months_max, better)


def check_first_day(first_on: date, limits: Limits, *, day: date) -> None:
    """The first instalment is due from today on, and not later than the creditor allows."""
    latest_on = day + timedelta(days=limits.first_due_days_max)
    if not day <= first_on <= latest_on:
        raise FirstDayOutside(day, latest_on)


def smallest_amount(
    claims: Sequence[OpenClaim], wish: Wish, limits: Limits, *, day: date, law: Jurisdiction, region: str = "", interest: bool = False
) -> int:
    """The smallest instalment that ends within the longest plan: the lower end of the slider. Found by halving, exact to the cent."""
    total_cents = sum(claim.total_cents for claim in claims)
    low, high = min(limits.instalment_cents_min, total_cents), total_cents

    def ends(cents: int) -> bool:
        asked = replace(wish, amount_cents=cents)
        return isinstance(_unroll(claims, asked, limits, day=day, law=law, region=region, interest=interest), Schedule)

    if not interest:  # without interest the answer is a division; the halving below only confirms it
        low = max(low, -(-(total_cents - SMALL_LAST_CENTS) // limits.instalments_max(wish.rhythm)))
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if ends(middle) else (middle + 1, high)
    return low


@dataclass(frozen=True, slots=True)
class _Endless:
    """The amount did not pay everything in the longest time. `growth_cents` is what the first period adds in interest."""

    never_ends: bool
    growth_cents: int


@dataclass(slots=True)
class _Running:
    """The claims while the plan is unrolled; `since` is the day up to which interest has been reckoned."""

    claims: list[OpenClaim]
    law: Jurisdiction
    since: date
    interest: bool

    def until(self, day: date) -> int:
        """Let interest run up to the day before `day`, each claim rounded on its own; returns what that added."""
        added = 0
        if self.interest and day > self.since:
            for position, claim in enumerate(self.claims):
                if claim.rate_bp and claim.principal_cents > 0:
                    terms = InterestTerms(fixed_bp=claim.rate_bp, day_count=claim.day_count, rounding=Rounding.TOTAL)
                    history = [(self.since, claim.principal_cents)]
                    cents = self.law.default_interest(history, self.since, day - timedelta(days=1), terms).total_cents
                    self.claims[position] = replace(claim, interest_cents=claim.interest_cents + cents)
                    added += cents
        self.since = max(self.since, day)
        return added

    @property
    def open_cents(self) -> int:
        return sum(claim.total_cents for claim in self.claims)

    def pay(self, cents: int, day: date) -> None:
        """Share an instalment as the law shares a payment (§§ 366, 367 BGB)."""
        debts = [
            Debt(str(c.claim_id), c.due_on, c.costs_cents, c.interest_cents, c.principal_cents, rate_bp=c.rate_bp) for c in self.claims
        ]
        for part in self.law.allocate(cents, debts, paid_on=day).parts:
            position = next(i for i, claim in enumerate(self.claims) if str(claim.claim_id) == part.id)
            self.claims[position] = _less_of(self.claims[position], part.component, part.amount_cents)


def _less_of(claim: OpenClaim, component: Component, cents: int) -> OpenClaim:
    match component:
        case Component.COSTS:
            return replace(claim, costs_cents=claim.costs_cents - cents)
        case Component.PRINCIPAL:
            return replace(claim, principal_cents=claim.principal_cents - cents)
        case _:
            return replace(claim, interest_cents=claim.interest_cents - cents)


def _unroll(
    claims: Sequence[OpenClaim], wish: Wish, limits: Limits, *, day: date, law: Jurisdiction, region: str, interest: bool
) -> Schedule | _Endless:
    """Pay instalment by instalment until nothing is open, or the longest plan is over."""
    running = _Running(list(claims), law, day, interest)
    open_cents, interest_cents, growth_cents = running.open_cents, 0, 0
    instalments: list[Due] = []
    days = due_days(wish.first_on, wish.rhythm, law, region)
    for number in range(1, limits.instalments_max(wish.rhythm) + 1):
        day_on, due_on = next(days)
        added = running.until(due_on)
        interest_cents += added
        amount = max(wish.amount_cents, limits.first_cents_min if number == 1 else 0)
        owed = running.open_cents
        cents = owed if owed <= amount + min(SMALL_LAST_CENTS, amount) else amount
        instalments.append(Due(number, day_on, due_on, cents, added))
        if cents == owed:
            return Schedule(tuple(instalments), open_cents, interest_cents, wish.rhythm)
        growth_cents = max(growth_cents, added) if number > 1 else growth_cents
        if interest:
            running.pay(cents, due_on)
        else:
            running.claims = _less(running.claims, cents)
    return _Endless(never_ends=0 < wish.amount_cents <= growth_cents, growth_cents=growth_cents)


def _less(claims: list[OpenClaim], cents: int) -> list[OpenClaim]:
    """Without interest it does not matter which part is paid: only the sum does."""
    left = sum(claim.total_cents for claim in claims) - cents
    return [replace(claims[0], principal_cents=left, interest_cents=0, costs_cents=0)]
