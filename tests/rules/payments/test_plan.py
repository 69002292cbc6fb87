"""Instalment plans: every cent and every day, for any debt, rate and rhythm."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.days import add_months
from kulanz.law.money import format_money
from kulanz.payments.agreement_errors import AmountTooSmall, FirstDayOutside, NothingOpen, PlanNeverEnds, PlanRefused, PlanTooLong
from kulanz.payments.rules.plan import SMALL_LAST_CENTS, Limits, OpenClaim, Rhythm, Schedule, Wish, schedule, smallest_amount

DE = jurisdiction("de")
DAY = date(2026, 3, 2)
LIMITS = Limits(instalment_cents_min=1000, first_cents_min=0, months_max=24, first_due_days_max=35)

claims = st.lists(
    st.builds(
        OpenClaim,
        claim_id=st.integers(1, 10**6),
        due_on=st.dates(date(2023, 1, 1), date(2026, 2, 28)),
        principal_cents=st.integers(1, 900_000),
        interest_cents=st.integers(0, 50_000),
        costs_cents=st.integers(0, 20_000),
        rate_bp=st.sampled_from([0, 627, 1027, 1999]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda claim: claim.claim_id,
)
wishes = st.builds(
    Wish, amount_cents=st.integers(1, 300_000), first_on=st.dates(DAY, DAY + timedelta(days=35)), rhythm=st.sampled_from(Rhythm)
)


def _plan(owed: list[OpenClaim], wish: Wish, *, interest: bool = False, limits: Limits = LIMITS) -> Schedule:
    return schedule(owed, wish, limits, day=DAY, law=DE, region="NW", interest=interest)


def _one(cents: int, rate_bp: int = 0) -> OpenClaim:
    return OpenClaim(1, date(2026, 1, 1), cents, rate_bp=rate_bp)


@settings(max_examples=150)
@given(claims, wishes, st.booleans())
def test_every_plan_ends_and_its_instalments_add_up_to_the_total(owed: list[OpenClaim], wish: Wish, interest: bool) -> None:
    try:
        plan = _plan(owed, wish, interest=interest)
    except PlanRefused as refused:
        assert LIMITS.instalment_cents_min <= refused.better_cents or refused.better_cents == sum(claim.total_cents for claim in owed)
        better = _plan(owed, Wish(refused.better_cents, wish.first_on, wish.rhythm), interest=interest)
        assert better.instalments
        return
    assert sum(each.amount_cents for each in plan.instalments) == plan.total_cents == plan.open_cents + plan.interest_cents
    assert plan.open_cents == sum(claim.total_cents for claim in owed)
    assert sum(each.interest_cents for each in plan.instalments) == plan.interest_cents
    assert all(each.amount_cents == wish.amount_cents for each in plan.instalments[:-1])
    assert 0 < plan.last_cents <= wish.amount_cents + min(SMALL_LAST_CENTS, wish.amount_cents)
    assert len(plan.instalments) <= LIMITS.instalments_max(wish.rhythm)
    assert interest or plan.interest_cents == 0


@settings(max_examples=100)
@given(claims, wishes)
def test_due_days_rise_are_banking_days_and_never_lie_before_the_agreed_day(owed: list[OpenClaim], wish: Wish) -> None:
    plan = _plan(owed, Wish(sum(claim.total_cents for claim in owed) // 10 + 1000, wish.first_on, wish.rhythm))
    days = [each.due_on for each in plan.instalments]
    assert days == sorted(set(days))
    for each in plan.instalments:
        assert DE.is_working_day(each.due_on, "NW")
        assert timedelta(0) <= each.due_on - each.day_on <= timedelta(days=5)


@settings(max_examples=60)
@given(claims, wishes, st.booleans())
def test_the_lower_end_of_the_slider_is_the_smallest_amount_that_ends(owed: list[OpenClaim], wish: Wish, interest: bool) -> None:
    least = smallest_amount(owed, wish, LIMITS, day=DAY, law=DE, region="NW", interest=interest)
    total = sum(claim.total_cents for claim in owed)
    assert min(LIMITS.instalment_cents_min, total) <= least <= total
    assert _plan(owed, Wish(least, wish.first_on, wish.rhythm), interest=interest)
    if least > min(LIMITS.instalment_cents_min, total):
        with pytest.raises(PlanRefused):
            _plan(owed, Wish(least - 1, wish.first_on, wish.rhythm), interest=interest)


def test_monthly_instalments_keep_the_thirty_first_through_february() -> None:
    first = date(2026, 3, 31)
    plan = schedule([_one(120_000)], Wish(10_000, first), LIMITS, day=DAY, law=DE, region="NW")
    assert [each.day_on for each in plan.instalments[:12]] == [add_months(first, number) for number in range(12)]
    assert plan.instalments[11].day_on == date(2027, 2, 28)
    assert plan.instalments[11].due_on == date(2027, 3, 1)


def test_a_weekend_moves_an_instalment_to_monday_and_the_next_one_back_to_its_day() -> None:
    plan = schedule([_one(5_000)], Wish(1_000, date(2026, 3, 15)), LIMITS, day=DAY, law=DE, region="NW")
    assert [each.due_on for each in plan.instalments[:2]] == [date(2026, 3, 16), date(2026, 4, 15)]


def test_a_tiny_rest_is_paid_with_the_instalment_before_it() -> None:
    plan = _plan([_one(10_037)], Wish(5_000, DAY))
    assert [each.amount_cents for each in plan.instalments] == [5_000, 5_037]


def test_a_rest_that_is_not_tiny_is_the_last_instalment() -> None:
    plan = _plan([_one(10_800)], Wish(5_000, DAY))
    assert [each.amount_cents for each in plan.instalments] == [5_000, 5_000, 800]


def test_interest_during_the_plan_is_reckoned_by_hand_the_same() -> None:
    """1,000 EUR at 6.27 %, agreed on 2 March: 31 days to 2 April, then 600 EUR for 32 days to Monday 4 May."""
    plan = schedule([_one(100_000, 627)], Wish(40_000, date(2026, 4, 2)), LIMITS, day=DAY, law=DE, region="NW", interest=True)
    first = round(100_000 * 627 * 31 / 3_650_000)
    second = round((100_000 - 40_000 + first) * 627 * 32 / 3_650_000)
    assert [each.interest_cents for each in plan.instalments[:2]] == [first, second]
    assert plan.total_cents == 100_000 + plan.interest_cents


def test_a_rate_below_the_growth_of_interest_is_refused_with_a_sentence_and_a_way_out() -> None:
    limits = Limits(1000, 0, 24, 35)
    with pytest.raises(PlanNeverEnds) as refused:
        _plan([_one(500_000, 1027)], Wish(2_000, DAY), interest=True, limits=limits)
    assert "nie enden" in str(refused.value)
    assert refused.value.better_cents > refused.value.growth_cents > 2_000


def test_a_plan_that_only_takes_too_long_says_so() -> None:
    with pytest.raises(PlanTooLong) as refused:
        _plan([_one(100_000)], Wish(1_000, DAY))
    assert refused.value.better_cents == 4_146  # 23 × 41.46, and 46.42 as the last
    with pytest.raises(AmountTooSmall):
        _plan([_one(10_000)], Wish(999, DAY))
    with pytest.raises(NothingOpen):
        _plan([_one(0)], Wish(999, DAY))
    for first_on in (DAY - timedelta(days=1), DAY + timedelta(days=36)):
        with pytest.raises(FirstDayOutside):
            _plan([_one(10_000)], Wish(5_000, first_on))


def test_a_debt_below_the_smallest_instalment_is_one_instalment() -> None:
    assert [each.amount_cents for each in _plan([_one(700)], Wish(700, DAY)).instalments] == [700]


def test_the_first_instalment_may_be_asked_to_be_larger() -> None:
    plan = _plan([_one(20_000)], Wish(5_000, DAY), limits=Limits(1000, 8_000, 24, 35))
    assert [each.amount_cents for each in plan.instalments] == [8_000, 5_000, 5_000, 2_000]


def test_the_worked_table_of_the_page_is_what_the_rule_says() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs/how-to/agreements.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| (\d) \| (\S+) \| (\S+) \| ([\d.]+) \| ([\d.]+) \|$", page, re.M)
    day = date(2026, 1, 12)
    plan = schedule([_one(100_000, 627)], Wish(30_000, date(2026, 1, 31)), LIMITS, day=day, law=DE, region="NW", interest=True)
    rows = [
        (row.number, row.day_on, row.due_on, format_money(row.interest_cents), format_money(row.amount_cents)) for row in plan.instalments
    ]
    assert told == [tuple(str(cell) for cell in row) for row in rows]
