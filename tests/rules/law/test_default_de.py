"""§ 286 BGB with § 193: when default begins, and when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.default import DefaultFacts, DefaultReason
from kulanz.law.errors import UnknownRegion

DE = jurisdiction("de")
BILL = DefaultFacts(due_on=date(2026, 3, 2), invoice_received_on=date(2026, 2, 20), region="NW")


def first_days(facts: DefaultFacts) -> tuple[date | None, date | None, DefaultReason]:
    start = DE.default_start(facts)
    return start.in_default_from, start.first_interest_day, start.reason


def test_a_consumer_without_notice_on_the_invoice_is_not_in_default_by_time_alone() -> None:
    assert first_days(BILL) == (None, None, DefaultReason.NOT_IN_DEFAULT)


def test_thirty_days_run_from_the_later_of_due_date_and_receipt() -> None:
    # 2 March + 30 days = Wednesday 1 April 2026; received on 5 March: Saturday 4 April, then Easter: Tuesday 7 April.
    told = replace(BILL, notice_on_invoice=True)
    day = date(2026, 4, 2)
    assert first_days(told) == (day, day, DefaultReason.THIRTY_DAYS)
    later = replace(told, invoice_received_on=date(2026, 3, 5))
    assert first_days(later)[1] == date(2026, 4, 8)
    assert "§ 193" in DE.default_start(later).rule


def test_a_business_needs_no_notice() -> None:
    assert first_days(replace(BILL, consumer=False))[1] == date(2026, 4, 2)


def test_uncertain_receipt_of_the_invoice_is_replaced_by_delivery_for_businesses_only() -> None:
    uncertain = replace(BILL, invoice_received_on=None, performance_received_on=date(2026, 3, 3), notice_on_invoice=True)
    assert first_days(uncertain)[2] is DefaultReason.NOT_IN_DEFAULT
    business = first_days(replace(uncertain, consumer=False))
    assert business == (date(2026, 4, 3), date(2026, 4, 3), DefaultReason.THIRTY_DAYS_AFTER_PERFORMANCE)


def test_nothing_runs_from_an_invoice_nobody_can_prove() -> None:
    unproven = replace(BILL, consumer=False, invoice_received_on=None)
    assert first_days(unproven)[2] is DefaultReason.NOT_IN_DEFAULT


def test_a_fixed_day_on_a_holiday_of_the_land_moves_default() -> None:
    # Corpus Christi, Thursday 4 June 2026, is a holiday in North Rhine-Westphalia and not in Berlin.
    fixed = DefaultFacts(due_on=date(2026, 6, 4), calendar_date=date(2026, 6, 4), region="BE")
    assert first_days(fixed) == (date(2026, 6, 5), date(2026, 6, 5), DefaultReason.CALENDAR_DATE)
    assert first_days(replace(fixed, region="NW"))[1] == date(2026, 6, 6)


def test_an_unknown_land_counts_every_holiday_for_the_debtor() -> None:
    fixed = DefaultFacts(due_on=date(2026, 6, 4), calendar_date=date(2026, 6, 4))
    assert first_days(fixed)[1] == date(2026, 6, 6)


def test_a_land_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UnknownRegion):
        DE.default_start(DefaultFacts(due_on=date(2026, 6, 4), calendar_date=date(2026, 6, 4), region="XX"))


def test_a_reminder_after_due_date_causes_default_and_interest_begins_the_next_day() -> None:
    reminded = replace(BILL, reminder_received_on=date(2026, 3, 10))
    assert first_days(reminded) == (date(2026, 3, 10), date(2026, 3, 11), DefaultReason.REMINDER)


@pytest.mark.parametrize("received_on", [date(2026, 2, 27), date(2026, 3, 2)])
def test_a_reminder_before_or_on_the_due_day_causes_nothing(received_on: date) -> None:
    assert first_days(replace(BILL, reminder_received_on=received_on))[2] is DefaultReason.NOT_IN_DEFAULT


def test_a_refusal_needs_no_reminder_but_the_due_day_must_pass() -> None:
    refused = replace(BILL, refused_on=date(2026, 3, 9))
    assert first_days(refused) == (date(2026, 3, 9), date(2026, 3, 10), DefaultReason.REFUSAL)
    for refused_on in (date(2026, 2, 25), BILL.due_on):
        early = replace(BILL, refused_on=refused_on)
        assert first_days(early) == (date(2026, 3, 3), date(2026, 3, 3), DefaultReason.REFUSAL)


def test_the_earliest_cause_counts() -> None:
    both = replace(BILL, notice_on_invoice=True, reminder_received_on=date(2026, 3, 10))
    assert first_days(both)[2] is DefaultReason.REMINDER
    late = replace(BILL, notice_on_invoice=True, reminder_received_on=date(2026, 5, 10))
    assert first_days(late)[2] is DefaultReason.THIRTY_DAYS


some_day = st.dates(date(2015, 1, 1), date(2026, 12, 31))
maybe = st.none() | some_day


@given(
    st.builds(
        DefaultFacts,
        due_on=some_day,
        consumer=st.booleans(),
        calendar_date=maybe,
        invoice_received_on=maybe,
        performance_received_on=maybe,
        notice_on_invoice=st.booleans(),
        reminder_received_on=maybe,
        refused_on=maybe,
        region=st.sampled_from(["", "BY", "BE", "NW"]),
    )
)
def test_nobody_is_in_default_on_or_before_the_due_day_and_an_unknown_land_is_never_worse(facts: DefaultFacts) -> None:
    start = DE.default_start(facts)
    if start.first_interest_day is None or start.in_default_from is None:
        assert start.reason is DefaultReason.NOT_IN_DEFAULT
        return
    assert facts.due_on < start.in_default_from <= start.first_interest_day <= start.in_default_from + timedelta(days=1)
    unknown = DE.default_start(replace(facts, region=""))
    if unknown.first_interest_day is not None:
        assert unknown.first_interest_day >= start.first_interest_day
    kinder = DE.default_start(replace(facts, consumer=True, notice_on_invoice=False))
    assert kinder.first_interest_day is None or kinder.first_interest_day >= start.first_interest_day
