"""§ 1335 ABGB, by hand: interest stops at the principal, counts what the statement shows, and goes on where the principal has grown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kulanz.law import jurisdiction
from kulanz.law.days import Rounding
from kulanz.law.interest import Interest

AT = jurisdiction("at")
FIRST, LAST = date(1990, 1, 1), date(2025, 12, 31)
"""Thirty-six years at four percent: after twenty-five the interest is as much as the principal."""


def owed(history: list[tuple[date, int]], rounding: Rounding = Rounding.SEGMENT) -> Interest:
    return AT.default_interest(history, FIRST, LAST, replace(AT.interest_terms(consumer=True), rounding=rounding))


@pytest.mark.parametrize("principal_cents", [1, 2, 5, 25, 50, 99, 100, 333, 12_345])
def test_neither_the_rounded_lines_nor_the_exact_ones_outgrow_the_principal(principal_cents: int) -> None:
    by_line, in_all = (owed([(FIRST, principal_cents)], rounding) for rounding in (Rounding.SEGMENT, Rounding.TOTAL))
    assert sum(line.amount_cents for line in by_line.segments) == by_line.total_cents <= principal_cents
    assert sum(line.exact_cents for line in in_all.segments) <= principal_cents
    assert in_all.total_cents == principal_cents
    assert in_all.segments[-1].to_on == date(2014, 12, 31)


def test_lines_that_round_to_nothing_never_reach_the_limit() -> None:
    tiny = owed([(FIRST, 2)])
    assert (tiny.total_cents, tiny.segments[-1].to_on) == (0, LAST)


def test_a_principal_that_has_grown_makes_room_again() -> None:
    grown = owed([(FIRST, 10_000), (date(2016, 1, 1), 30_000)])
    assert [line.to_on for line in grown.segments if line.to_on.year in (2014, 2015)] == [date(2014, 6, 30), date(2014, 12, 31)]
    assert grown.total_cents == 10_000 + 10 * 1_200
    lower = owed([(FIRST, 10_000), (date(2016, 1, 1), 5_000), (date(2020, 1, 1), 20_000)])
    assert lower.total_cents == 10_000 + 6 * 800
    assert {line.principal_cents for line in lower.segments} == {10_000, 20_000}


def test_a_suit_lifts_the_limit() -> None:
    terms = replace(AT.interest_terms(consumer=True), capped_at_principal=False)
    assert AT.default_interest([(FIRST, 10_000)], FIRST, LAST, terms).total_cents == 36 * 400
