"""Money covers instalments oldest first; what is late, missed and broken follows from days alone."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kulanz.payments.rules.plan_progress import Planned, Standing, cover, judge
from kulanz.payments.rules.plan_split import split

FIRST = date(2026, 3, 2)
PLAN = [Planned(number, FIRST + timedelta(days=30 * (number - 1)), 2_000) for number in (1, 2, 3)]
amounts = st.lists(st.integers(1, 50_000), min_size=1, max_size=30)


@given(amounts, st.integers(-5_000, 2_000_000))
def test_no_cent_is_lost_and_nothing_is_covered_before_what_is_older(cents: list[int], paid: int) -> None:
    progress = cover([Planned(n, FIRST, each) for n, each in enumerate(cents, 1)], paid)
    covered = sum(row.paid_cents for row in progress.rows)
    assert covered + progress.over_cents == max(0, paid)
    assert progress.open_cents == sum(cents) - covered
    full = [row.open_cents == 0 for row in progress.rows]
    assert full == sorted(full, reverse=True)
    assert (progress.percent == 100) == (progress.open_cents == 0)


@given(amounts, st.lists(st.integers(1, 9_000), max_size=12))
def test_the_order_and_size_of_payments_make_no_difference(cents: list[int], payments: list[int]) -> None:
    planned = [Planned(n, FIRST, each) for n, each in enumerate(cents, 1)]
    assert cover(planned, sum(payments)) == cover(planned, sum(reversed(payments)))


def _judge(paid: int, day: date, missed_since: date | None = None) -> Standing:
    return judge(cover(PLAN, paid), day=day, tolerance_days=5, recovery_days=10, missed_since=missed_since).standing


def test_an_unpaid_instalment_is_late_then_missed_then_broken_and_each_day_counts() -> None:
    assert _judge(0, FIRST) is Standing.ON_TIME
    assert _judge(0, FIRST + timedelta(days=1)) is Standing.LATE
    assert _judge(0, FIRST + timedelta(days=5)) is Standing.LATE
    opened = FIRST + timedelta(days=6)
    assert _judge(0, opened) is Standing.MISSED
    assert _judge(0, opened + timedelta(days=10), opened) is Standing.MISSED
    assert _judge(0, opened + timedelta(days=11), opened) is Standing.BROKEN


def test_a_run_that_comes_weeks_late_still_opens_the_friendly_path_first() -> None:
    assert _judge(0, FIRST + timedelta(days=90)) is Standing.MISSED


def test_paying_what_is_behind_ends_the_path_and_paying_all_keeps_the_plan() -> None:
    day = FIRST + timedelta(days=10)
    assert _judge(2_000, day, day) is Standing.ON_TIME
    assert _judge(1_999, day, day) is Standing.MISSED
    assert _judge(6_000, day) is Standing.KEPT
    assert _judge(9_000, day) is Standing.KEPT


@given(st.integers(0, 10**7), st.dictionaries(st.integers(1, 99), st.integers(1, 10**6), min_size=1, max_size=8))
def test_a_split_adds_up_is_proportional_and_can_be_checked(amount: int, owed: dict[int, int]) -> None:
    shares = split(amount, owed)
    whole = sum(owed.values())
    assert sum(share.cents for share in shares.values()) == amount
    for key, share in shares.items():
        assert abs(share.cents * whole - amount * owed[key]) < whole
        assert amount > whole or share.cents <= owed[key]
    assert split(amount, dict(reversed(list(owed.items())))) == shares
