"""Negotiations noted by hand: while they last the period stands still (§ 203 BGB); a note taken back never was."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.commands.negotiations import begin_negotiations, end_negotiations, take_negotiations_back
from kulanz.claims.errors import NegotiationsNotPossible
from kulanz.claims.lapsing import NOTED, lapse_of, lapses_of_case, negotiations_of
from kulanz.claims.models import Case, CaseEvent, Claim, Creditor
from kulanz.claims.viewer import Viewer
from kulanz.law.limitation import LimitationEvent
from tests.factories import DAY, NOW, claim

pytestmark = pytest.mark.django_db
SYSTEM = Viewer.system()
PLAIN = date(2026, 12, 31)


def _claim() -> Claim:
    """Due on 20 December 2023: lapses with 2026."""
    return claim(number=1, invoiced_on=date(2023, 11, 20))


def _begin(case: Case, on: date = date(2025, 3, 1), key: str = "1") -> str:
    return begin_negotiations(case.id, on=on, who="Frau Yılmaz", key=key, actor="anna", day=DAY, now=NOW)


def _end(case: Case, source: str, on: date) -> None:
    end_negotiations(case.id, source, on=on, actor="anna", day=DAY, now=NOW)


def _ends_on(one: Claim) -> date | None:
    (lapse,) = lapses_of_case(SYSTEM, one.case)
    return lapse.ends_on


def test_while_they_last_nothing_lapses_and_afterwards_the_time_is_added() -> None:
    one = _claim()
    assert _ends_on(one) == PLAIN
    source = _begin(one.case)
    assert _ends_on(one) is None
    _end(one.case, source, date(2025, 3, 31))
    assert _ends_on(one) == PLAIN + timedelta(days=31)
    (lapse,) = lapses_of_case(SYSTEM, one.case)
    assert any("§ 203 BGB" in rule for rule in lapse.rules) and lapse.careful_on == date(2026, 12, 31)


def test_taken_back_they_never_were_and_both_notes_stay_in_the_timeline() -> None:
    one = _claim()
    source = _begin(one.case)
    _end(one.case, source, date(2025, 3, 31))
    take_negotiations_back(one.case_id, source, reason="Das war eine andere Akte.", actor="ben", now=NOW)
    take_negotiations_back(one.case_id, source, reason="noch einmal", actor="ben", now=NOW)
    assert _ends_on(one) == PLAIN
    assert list(CaseEvent.objects.filter(kind=NOTED).order_by("id").values_list("text", flat=True)) == [
        "Verhandlungen seit 01.03.2025 mit Frau Yılmaz.",
        "Verhandlungen beendet am 31.03.2025.",
        "Verhandlungen seit 01.03.2025 zurückgenommen: Das war eine andere Akte.",
    ]
    (noted,) = negotiations_of(SYSTEM, one.case)
    assert noted.taken_back and not noted.lasting


def test_one_form_sent_twice_is_noted_once_and_two_at_once_are_refused() -> None:
    one = _claim()
    assert _begin(one.case) == _begin(one.case)
    assert CaseEvent.objects.filter(kind=NOTED).count() == 1
    with pytest.raises(NegotiationsNotPossible, match="schon verhandelt"):
        _begin(one.case, key="2")


def test_days_that_cannot_be_are_refused() -> None:
    one = _claim()
    with pytest.raises(NegotiationsNotPossible, match="Zukunft"):
        _begin(one.case, on=DAY + timedelta(days=1))
    source = _begin(one.case)
    for wrong in (date(2025, 2, 28), DAY + timedelta(days=1)):
        with pytest.raises(NegotiationsNotPossible):
            _end(one.case, source, wrong)
    with pytest.raises(NegotiationsNotPossible):
        _end(one.case, "negotiations:unknown", DAY)
    _end(one.case, source, DAY)
    _end(one.case, source, DAY)
    with pytest.raises(NegotiationsNotPossible):
        _end(one.case, source, DAY - timedelta(days=1))


def test_where_their_effect_is_not_checked_nothing_is_noted() -> None:
    one = _claim()
    Creditor.objects.update(country="AT")
    with pytest.raises(NegotiationsNotPossible, match="nicht geprüft"):
        _begin(one.case)


@settings(max_examples=60, deadline=None)
@given(begin=st.dates(date(2024, 1, 1), date(2026, 12, 31)), days=st.integers(0, 800))
def test_negotiations_never_shorten_the_period_and_leave_three_months(begin: date, days: int) -> None:
    one = Claim(invoiced_on=date(2023, 11, 20), due_on=date(2023, 12, 20), creditor=Creditor(country="DE"))
    end = begin + timedelta(days=days)
    told = lapse_of(one, 1, [], [], [LimitationEvent("negotiations", begin, end)]).ends_on
    assert told is not None and told >= PLAIN + timedelta(days=days + 1)
    assert told >= end + timedelta(days=88)
