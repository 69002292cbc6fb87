"""Limitation: dated cases, and a count of days that knows no arithmetic but adding one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.days import add_years
from kulanz.law.errors import InvalidQuestion, NotVerified
from kulanz.law.limitation import Effect, Limitation, LimitationEvent

DE, AT, CH = jurisdiction("de"), jurisdiction("at"), jurisdiction("ch")
ONE_DAY = timedelta(days=1)
AROSE = date(2022, 3, 15)


def lapse(*events: tuple[str, str] | tuple[str, str, str], kind: str = "regular", arose_on: date = AROSE) -> date | None:
    return told(*events, kind=kind, arose_on=arose_on).ends_on


def told(*events: tuple[str, ...], kind: str = "regular", arose_on: date = AROSE) -> Limitation:
    happened = [LimitationEvent(each[0], *(date.fromisoformat(day) for day in each[1:])) for each in events]
    return DE.limitation(kind, arose_on, events=happened)


def test_a_claim_lapses_three_years_after_the_end_of_its_year() -> None:
    assert lapse() == date(2025, 12, 31)
    assert lapse(arose_on=date(2022, 12, 31)) == date(2025, 12, 31)
    assert lapse(arose_on=date(2023, 1, 1)) == date(2026, 12, 31)


def test_late_knowledge_moves_the_beginning_but_ten_years_are_the_end() -> None:
    assert DE.limitation("regular", AROSE, date(2024, 2, 1)).ends_on == date(2027, 12, 31)
    late = DE.limitation("regular", AROSE, date(2031, 1, 1))
    assert late.ends_on == date(2032, 3, 15)
    assert "§ 199 Abs. 4" in late.story[0].rule


@pytest.mark.parametrize("kind", ["titled", "settlement", "insolvency_table", "enforcement_costs"])
def test_titles_last_thirty_years_from_their_day(kind: str) -> None:
    assert lapse(kind=kind, arose_on=date(2024, 2, 29)) == date(2054, 2, 28)


def test_running_interest_of_a_title_lapses_like_a_regular_claim() -> None:
    assert lapse(kind="titled_recurring") == date(2025, 12, 31)


def test_a_deferral_is_not_counted() -> None:
    assert lapse(("deferral", "2023-01-01", "2023-01-31")) == date(2026, 1, 31)


def test_time_before_the_period_begins_cannot_be_suspended() -> None:
    assert lapse(("deferral", "2022-04-01", "2022-12-31")) == date(2025, 12, 31)
    assert lapse(("deferral", "2022-12-01", "2023-01-10")) == date(2026, 1, 10)


def test_overlapping_suspensions_count_once() -> None:
    both = (("deferral", "2023-01-01", "2023-02-28"), ("negotiations", "2023-02-01", "2023-03-31"))
    assert lapse(*both) == lapse(("deferral", "2023-01-01", "2023-03-31"))
    assert lapse(("deferral", "2023-01-01", "2023-03-31"), ("deferral", "2023-02-01", "2023-02-10")) == lapse(*both)


def test_after_negotiations_three_months_are_left() -> None:
    assert lapse(("negotiations", "2025-12-20", "2026-01-10")) == date(2026, 4, 10)
    assert lapse(("negotiations", "2023-12-20", "2024-01-10")) == date(2026, 1, 22)


def test_a_court_order_to_pay_suspends_until_six_months_after_its_end() -> None:
    # 1 October 2025 to 1 May 2026 (six months after 1 November) are 213 days.
    assert lapse(("payment_order", "2025-10-01", "2025-11-01")) == date(2025, 12, 31) + timedelta(days=213)


@pytest.mark.parametrize("kind", ["suit", "payment_order", "adr", "insolvency_filing"])
def test_every_event_of_a_court_lasts_six_months_longer(kind: str) -> None:
    assert lapse((kind, "2024-01-01", "2024-01-15")) == date(2025, 12, 31) + (date(2024, 7, 15) - date(2023, 12, 31))


def test_a_suit_after_a_rejected_application_keeps_the_day_of_the_application() -> None:
    rejected = ("payment_order_rejected", "2025-12-20", "2026-01-15")
    assert lapse(rejected) == date(2025, 12, 31)
    assert lapse(rejected, ("suit", "2026-02-15", "2026-03-01")) == lapse(("suit", "2025-12-20", "2026-03-01"))
    assert lapse(rejected, ("suit", "2026-01-15", "2026-03-01")) == lapse(("suit", "2025-12-20", "2026-03-01"))
    assert lapse(rejected, ("suit", "2026-02-16", "2026-03-01")) == date(2025, 12, 31)
    with pytest.raises(InvalidQuestion):
        lapse(("payment_order_rejected", "2025-12-20"))


def test_whatever_still_lasts_leaves_the_end_open() -> None:
    open_ended = told(("suit", "2024-05-01"), ("part_payment", "2024-06-01"))
    assert open_ended.ends_on is None
    assert [line.effect for line in open_ended.story] == [Effect.WAITING, Effect.RUNNING, Effect.SUSPENDED, Effect.NO_EFFECT]


def test_a_part_payment_begins_three_new_years_from_its_day_not_from_the_year() -> None:
    assert lapse(("part_payment", "2024-06-10")) == date(2027, 6, 10)
    assert lapse(("part_payment", "2022-06-10")) == date(2025, 12, 31)  # the period had not begun


def test_a_restart_during_a_suspension_waits_for_its_end() -> None:
    assert lapse(("deferral", "2024-01-01", "2024-06-30"), ("part_payment", "2024-03-31")) == date(2027, 6, 30)


def test_an_act_on_the_first_or_the_last_day_is_in_time() -> None:
    assert lapse(("part_payment", "2025-12-31")) == date(2028, 12, 31)
    assert lapse(("deferral", "2025-12-31", "2026-01-09")) == date(2026, 1, 10)
    assert lapse(("part_payment", "2023-01-01")) == date(2026, 1, 1)


def test_an_acknowledgement_after_the_end_changes_nothing() -> None:
    late = told(("part_payment", "2026-01-01"))
    assert late.ends_on == date(2025, 12, 31)
    assert Effect.NO_EFFECT in [line.effect for line in late.story]


def test_a_judgment_begins_thirty_years_even_after_a_suspension_or_late() -> None:
    sued = (("suit", "2025-05-01", "2026-03-10"), ("titled", "2026-03-10"))
    assert lapse(*sued) == date(2056, 3, 10)
    assert lapse(*sued, ("enforcement_act", "2030-01-01")) == date(2060, 1, 1)
    assert lapse(("titled", "2026-06-01")) == date(2056, 6, 1)


def test_a_minor_without_representative_has_six_months_more() -> None:
    assert lapse(("minor_without_representative", "2025-06-01", "2025-12-15")) == date(2026, 6, 15)
    assert lapse(("estate", "2023-06-01", "2023-12-15")) == date(2025, 12, 31)


def test_default_on_a_consumer_loan_suspends_for_at_most_ten_years() -> None:
    # Suspended from 1 January 2023 to 15 March 2032: the three years then run from there.
    assert lapse(("consumer_loan_default", "2023-01-01")) == date(2025, 12, 31) + (date(2032, 3, 15) - date(2022, 12, 31))
    with pytest.raises(InvalidQuestion):
        lapse(("consumer_loan_default", "2033-01-01"))


def test_a_plain_reminder_is_no_event_and_an_end_before_its_beginning_no_fact() -> None:
    with pytest.raises(InvalidQuestion, match="reminder"):
        lapse(("reminder", "2024-01-01"))
    with pytest.raises(InvalidQuestion):
        lapse(("deferral", "2024-01-02", "2024-01-01"))
    with pytest.raises(InvalidQuestion):
        lapse(kind="eternal")


def test_the_story_is_told_in_order_without_gap_to_the_last_day() -> None:
    story = told(("deferral", "2023-05-01", "2023-06-30"), ("part_payment", "2024-03-01")).story
    assert [(line.from_on.isoformat(), line.to_on and line.to_on.isoformat(), line.effect.value) for line in story] == [
        ("2022-03-15", "2022-12-31", "waiting"),
        ("2023-01-01", "2023-04-30", "running"),
        ("2023-05-01", "2023-06-30", "suspended"),
        ("2023-07-01", "2024-02-29", "running"),
        ("2024-03-01", "2024-03-01", "restarted"),
        ("2024-03-02", "2027-03-01", "running"),
        ("2027-03-02", None, "lapsed"),
    ]


def count_days(arose_on: date, stretches: list[tuple[date, date]], restarts: list[date]) -> date:
    """Walk day by day: a suspended day is not counted, a restart begins three years anew from the next day."""
    day, last = date(arose_on.year, 12, 31), date(arose_on.year + 3, 12, 31)
    left = (last - day).days
    while left:
        day += ONE_DAY
        if not any(start <= day <= end for start, end in stretches):
            left -= 1
        # What happens on a day counts after the day: an act on the very last day is still in time.
        if day in restarts:
            left = (add_years(day, 3) - day).days
    return day


near = st.dates(date(2021, 6, 1), date(2029, 12, 31))


@given(
    st.dates(date(2021, 1, 1), date(2022, 12, 31)),
    st.lists(st.tuples(near, st.integers(0, 400)), max_size=4),
    st.lists(near, max_size=3),
)
def test_the_end_equals_a_walk_through_the_days(arose_on: date, suspended: list[tuple[date, int]], restarts: list[date]) -> None:
    stretches = [(start, start + timedelta(days=length)) for start, length in suspended]
    events = [LimitationEvent("deferral", start, end) for start, end in stretches]
    events += [LimitationEvent("part_payment", day) for day in restarts]
    answer = DE.limitation("regular", arose_on, events=events)
    assert answer.ends_on == count_days(arose_on, stretches, restarts)
    assert all(line.to_on is None or line.from_on <= line.to_on for line in answer.story)
    running = [line for line in answer.story if line.effect is Effect.RUNNING]
    for line in answer.story:
        if line.effect in (Effect.SUSPENDED, Effect.WAITING, Effect.LAPSED):
            assert all((each.to_on or date.max) < line.from_on or each.from_on > (line.to_on or date.max) for each in running)


def test_austria_counts_from_the_due_date() -> None:
    assert AT.limitation("regular", date(2024, 2, 29)).ends_on == date(2027, 2, 28)
    assert AT.limitation("general", AROSE).ends_on == date(2052, 3, 15)
    assert AT.limitation("recurring", AROSE).ends_on == date(2025, 3, 15)
    assert AT.limitation("damages", AROSE, date(2023, 3, 15)).ends_on == date(2026, 3, 15)
    assert AT.limitation("damages", AROSE, date(2051, 3, 15)).ends_on == date(2052, 3, 15)
    acknowledged = AT.limitation("regular", AROSE, events=[LimitationEvent("acknowledgement", date(2024, 5, 5))])
    assert acknowledged.ends_on == date(2027, 5, 5)


def test_austria_says_what_was_not_checked() -> None:
    assert AT.limitation("regular", AROSE, events=[LimitationEvent("suit", date(2024, 5, 5))]).ends_on is None
    for event in (
        LimitationEvent("negotiations", date(2024, 5, 5), date(2024, 6, 6)),
        LimitationEvent("titled", date(2024, 5, 5)),
        LimitationEvent("suit", date(2024, 5, 5), date(2024, 6, 6)),
    ):
        with pytest.raises(NotVerified):
            AT.limitation("regular", AROSE, events=[event])
    filed = AT.limitation("regular", AROSE, events=[LimitationEvent("insolvency_filing", date(2024, 5, 5), date(2026, 6, 6))])
    assert filed.ends_on == date(2029, 6, 6)
    with pytest.raises(InvalidQuestion):
        AT.limitation("titled", AROSE)


def test_switzerland_counts_ten_five_or_twenty_years_and_every_act_restarts() -> None:
    assert CH.limitation("regular", AROSE).ends_on == date(2032, 3, 15)
    assert CH.limitation("short", AROSE).ends_on == date(2027, 3, 15)
    assert CH.limitation("loss_certificate", AROSE).ends_on == date(2042, 3, 15)
    asked = [LimitationEvent("enforcement_request", date(2024, 1, 10)), LimitationEvent("enforcement_act", date(2025, 1, 10))]
    assert CH.limitation("short", AROSE, events=asked).ends_on == date(2030, 1, 10)
    judged = [LimitationEvent("suit", date(2024, 1, 10), date(2025, 6, 1)), LimitationEvent("titled", date(2025, 6, 1))]
    assert CH.limitation("short", AROSE, events=judged).ends_on == date(2035, 6, 1)
    assert CH.limitation("short", AROSE, events=judged[:1]).ends_on == date(2030, 6, 1)
    talks = [LimitationEvent("negotiations", date(2024, 1, 1), date(2024, 1, 31))]
    assert CH.limitation("short", AROSE, events=talks).ends_on == date(2027, 4, 15)
    waiver = [LimitationEvent("waiver", date(2026, 1, 1), date(2031, 12, 31))]
    assert CH.limitation("short", AROSE, events=waiver).ends_on == date(2031, 12, 31)
    with pytest.raises(InvalidQuestion):
        CH.limitation("short", AROSE, events=[LimitationEvent("waiver", date(2026, 1, 1), date(2036, 1, 2))])
    with pytest.raises(InvalidQuestion):
        CH.limitation("eternal", AROSE)
