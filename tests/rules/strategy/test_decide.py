"""The decision: equal to its slow twin on every case, and never a forbidden contact."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.strategy.decide import DECISION_SCHEMA, decide
from kulanz.strategy.errors import FactsIncomplete
from kulanz.strategy.guardrails import GUARDRAILS
from kulanz.strategy.playbook import read_playbook
from kulanz.strategy.reasons import Reason
from tests.rules.strategy.cases import CALENDAR, DAY, DUE, KULANT, SUNDAY, any_case, case, frame
from tests.rules.strategy.oracle import decide_one

TWO_TEXTS = read_playbook(
    """
key: two_texts
name: {de: Zwei Texte, en: Two texts}
currency: EUR
limits: {minimum_open_cents: 0, contacts_per_7_days_max: 3, contacts_per_28_days_max: 8, days_between_contacts_min: 1}
steps:
  - key: ask
    name: {de: Fragen, en: Ask}
    from_day: -10
    days_after_previous_min: 0
    channels: [letter, email]
    templates: [reminder_1, reminder_2]
  - key: look
    name: {de: Ansehen, en: Look}
    from_day: 3
    days_after_previous_min: 2
    channels: [email]
    templates: [last_notice]
    when:
      condition: ABS(open_cents - 5000) <= 1000 AND land IN ('BY', 'BE') AND oldest_due_on > DATE '2020-01-01'
      holds_for: {open_cents: 4000, land: BY, oldest_due_on: 2026-01-01}
      fails_for: {open_cents: 4000, land: HH, oldest_due_on: 2026-01-01}
      otherwise: human
"""
)


def one(facts: dict[str, Any], *, day: date = DAY, draw: int = 0) -> dict[str, Any]:
    """The decision about one case by the default playbook."""
    return decide(frame(facts), KULANT, CALENDAR, day=day, draws=pl.Series([draw])).row(0, named=True)


@settings(max_examples=150)
@given(
    rows=st.lists(any_case(), min_size=1, max_size=12),
    day=st.sampled_from([DAY, SUNDAY, date(2026, 1, 6), date(2026, 12, 31)]),
    playbook=st.sampled_from([KULANT, TWO_TEXTS]),
    draw=st.integers(0, 2**31 - 1),
)
def test_the_frame_decides_like_the_twin_that_walks_row_by_row(rows: list[dict[str, Any]], day: date, playbook: Any, draw: int) -> None:
    draws = pl.Series([draw + place for place in range(len(rows))])
    decided = decide(frame(*rows), playbook, CALENDAR, day=day, draws=draws)
    assert decided.schema == DECISION_SCHEMA
    expected = [decide_one(row, playbook, CALENDAR, day=day, draw=draw + place) for place, row in enumerate(rows)]
    assert decided.to_dicts() == expected


@settings(max_examples=150)
@given(rows=st.lists(any_case(), min_size=1, max_size=20), day=st.sampled_from([DAY, SUNDAY, date(2026, 4, 3)]))
def test_no_forbidden_contact_ever(rows: list[dict[str, Any]], day: date) -> None:
    decided = decide(frame(*rows), KULANT, CALENDAR, day=day, draws=pl.Series([0] * len(rows))).to_dicts()
    for facts, decision in zip(rows, decided, strict=True):
        if decision["action"] != "contact":
            assert decision["channel"] == decision["template"] == ""
            continue
        assert facts["state"] == "open" and facts["currency"] == "EUR"
        assert facts["hold_reason"] is None and not facts["needs_human"]
        assert facts["open_cents"] >= 250 and facts["limitation_on"] >= day
        assert facts[f"has_{decision['channel']}"]
        assert facts["contacts_last_7_days"] + facts["contacts_ahead_today"] < 1
        assert facts["contacts_last_28_days"] + facts["contacts_ahead_today"] < 3
        assert facts["days_since_contact"] is None or facts["days_since_contact"] >= 7
        assert decision["send_on"] >= day and decision["send_on"].isoweekday() != 7
        assert decision["vetoes"] == ""


FLIPS: dict[Reason, dict[str, Any]] = {
    Reason.CASE_CLOSED: {"state": "closed"},
    Reason.NOT_ISSUED: {"claims_open": 0, "claims_not_issued": 1},
    Reason.NOTHING_OPEN: {"open_cents": 0},
    Reason.HOLD_STANDS: {"hold_reason": "dispute"},
    Reason.TIME_BARRED: {"limitation_on": date(2025, 12, 31)},
    Reason.CURRENCY: {"currency": "CHF"},
    Reason.NEEDS_HUMAN: {"needs_human": True},
    Reason.SMALL_AMOUNT: {"open_cents": 249},
    Reason.NO_CHANNEL: {"has_email": False, "has_letter": False},
    Reason.CONTACTED_RECENTLY: {"days_since_contact": 6, "last_contact_on": DAY - timedelta(days=6)},
    Reason.CAP_7_DAYS: {"contacts_last_7_days": 1},
    Reason.CAP_28_DAYS: {"contacts_last_28_days": 3},
}


def test_every_guardrail_has_a_case_that_flips_it() -> None:
    assert set(FLIPS) == {guardrail.reason for guardrail in GUARDRAILS}


@pytest.mark.parametrize("reason", FLIPS, ids=str)
def test_a_guardrail_turns_a_contact_into_something_else(reason: Reason) -> None:
    assert one(case())["action"] == "contact"
    stopped = one(case(**FLIPS[reason]))
    assert (stopped["reason"], stopped["channel"]) == (reason.value, "")
    assert reason.value in stopped["vetoes"].split()
    guardrail = next(guardrail for guardrail in GUARDRAILS if guardrail.reason is reason)
    assert stopped["action"] == guardrail.action.value


def test_a_late_start_walks_the_ladder_and_skips_no_step() -> None:
    long_overdue = date(2025, 11, 3)
    taken = [one(case(oldest_due_on=long_overdue))["step"]]
    for step in ("reminder_1", "reminder_2", "last_notice"):
        ago = {"reminder_1": 10, "reminder_2": 12, "last_notice": 14}[step]
        facts = case(oldest_due_on=long_overdue, anchor_on=long_overdue, step=step, step_on=DAY - timedelta(days=ago))
        assert one(facts | {"step_on": DAY - timedelta(days=ago - 1)})["reason"] == "step_not_due"
        taken.append(one(facts)["step"])
    assert taken == ["reminder_1", "reminder_2", "last_notice", "human_decision"]


def test_a_step_is_counted_from_the_due_date_not_from_the_last_run() -> None:
    early = case(anchor_on=DUE, step="reminder_1", step_on=date(2026, 2, 25))
    decided = one(early)
    assert (decided["reason"], decided["next_step_on"]) == ("step_not_due", DUE + timedelta(days=16))


def test_a_step_whose_message_never_left_is_taken_again() -> None:
    facts = case(anchor_on=DUE, step="reminder_1", step_on=DAY - timedelta(days=1), days_since_step=1)
    assert one(facts)["reason"] == "step_not_due"
    again = one(facts | {"step_undelivered": True})
    assert (again["action"], again["step"]) == ("contact", "reminder_1")


def test_a_new_anchor_begins_the_ladder_again() -> None:
    decided = one(case(anchor_on=date(2026, 1, 5), step="last_notice", step_on=date(2026, 2, 4)))
    assert (decided["step"], decided["position"], decided["anchor_on"]) == ("reminder_1", "reminder_1", DUE)


def test_a_new_anchor_that_is_not_due_yet_forgets_the_old_step() -> None:
    due_on = DAY + timedelta(days=20)
    decided = one(case(oldest_due_on=due_on, anchor_on=date(2026, 1, 5), step="last_notice", step_on=date(2026, 2, 4)))
    assert (decided["action"], decided["position"], decided["position_on"], decided["anchor_on"]) == ("wait", "", None, due_on)


def test_the_friendly_notice_goes_by_email_before_the_due_date_or_not_at_all() -> None:
    soon = DAY + timedelta(days=3)
    assert one(case(oldest_due_on=soon))["template"] == "friendly_notice"
    without = one(case(oldest_due_on=soon, has_email=False))
    assert (without["step"], without["reason"]) == ("reminder_1", "step_not_due")


def test_a_friendly_notice_that_a_sunday_would_move_onto_the_due_date_is_left_out() -> None:
    assert one(case(oldest_due_on=DAY), day=SUNDAY)["step"] == "reminder_1"


def test_on_a_sunday_a_message_is_decided_but_leaves_on_monday() -> None:
    decided = one(case(), day=SUNDAY)
    assert (decided["action"], decided["reason"], decided["send_on"]) == ("contact", "step_due_after_quiet_day", DAY)


def test_the_holiday_of_one_land_is_quiet_there_and_where_the_land_is_unknown() -> None:
    epiphany = date(2026, 1, 6)
    overdue = {"oldest_due_on": date(2025, 12, 20)}
    assert one(case(land="BY", **overdue), day=epiphany)["send_on"] == date(2026, 1, 7)
    assert one(case(land="", **overdue), day=epiphany)["send_on"] == date(2026, 1, 7)
    assert one(case(land="BE", **overdue), day=epiphany)["send_on"] == epiphany


def test_the_wished_channel_goes_before_the_order_of_the_step() -> None:
    assert one(case(preferred_channel="letter"))["channel"] == "letter"
    assert one(case(preferred_channel="letter", has_letter=False))["channel"] == "email"
    assert one(case())["channel"] == "email"


def test_the_draw_chooses_among_the_texts_of_a_step() -> None:
    def text(draw: int) -> Any:
        return decide(frame(case()), TWO_TEXTS, CALENDAR, day=DAY, draws=pl.Series([draw]))["template"][0]

    assert [text(0), text(1), text(2)] == ["reminder_1", "reminder_2", "reminder_1"]


def test_a_position_that_is_not_in_the_playbook_goes_to_a_person() -> None:
    decided = one(case(anchor_on=DUE, step="abolished", step_on=DUE))
    assert (decided["action"], decided["reason"]) == ("human", "step_unknown")


def test_missing_or_mistyped_facts_are_refused() -> None:
    with pytest.raises(FactsIncomplete, match="open_cents"):
        decide(frame(case()).drop("open_cents"), KULANT, CALENDAR, day=DAY, draws=pl.Series([0]))
    with pytest.raises(FactsIncomplete, match="has_email"):
        decide(frame(case(has_email=None)), KULANT, CALENDAR, day=DAY, draws=pl.Series([0]))


def test_no_case_gives_no_decision_but_the_same_columns() -> None:
    nothing = decide(frame(case()).head(0), KULANT, CALENDAR, day=DAY, draws=pl.Series([], dtype=pl.Int64))
    assert nothing.schema == DECISION_SCHEMA and nothing.is_empty()
