"""Conditions: only documented facts and the closed list of words; the same truth as another SQL engine finds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.strategy.conditions import compile_condition
from kulanz.strategy.errors import ConditionInvalid
from tests.rules.strategy.cases import any_case, frame
from tests.rules.strategy.oracle import holds

GOOD = [
    "days_overdue >= 7 AND has_email",
    "state = 'open' OR state IN ('closed', 'settled')",
    "NOT (open_cents BETWEEN 1 AND 5000)",
    "hold_reason IS NULL AND has_letter IS NOT TRUE",
    "COALESCE(days_since_payment, 99) > 10",
    "ABS(open_cents - principal_cents) * 2 < 1000",
    "oldest_due_on >= DATE '2026-02-01'",
    "NOT has_email OR contacts_last_7_days + contacts_ahead_today <> 0",
    "days_since_contact < 5 OR days_since_contact IS NULL",
    "land NOT IN ('BY', 'BE')",
    "hold_reason = 'dispute' AND hold_until > DATE '2026-04-01'",
]
BAD = {
    "": "leer",
    "open_cents": "Wahrheitswert",
    "open_cent > 1": "„open_cent“ ist keine dokumentierte Angabe",
    "Open_Cents > 1": "„Open_Cents“ ist keine dokumentierte Angabe",
    "(SELECT 1) = 1": "„SELECT“ ist keine dokumentierte Angabe",
    "EXISTS (open_cents)": "„EXISTS“ ist keine erlaubte Funktion",
    "open_cents > 1; DROP": "Zeichen 15",
    "open_cents > 1 -- all": "Zeichen 15",
    "open_cents / 2 > 1": "Zeichen 11",
    'open_cents > 1 AND "land" = 1': "Zeichen 19",
    "SQRT(open_cents) > 3": "„SQRT“ ist keine erlaubte Funktion",
    "ABS > 3": "„ABS“ ist keine erlaubte Funktion",
    "state = 'opne'": "„opne“ kommt nicht vor",
    "open_cents > '3'": "„3“ kommt nicht vor",
    "open_cents AND has_email": "lässt sich nicht auswerten",
    "oldest_due_on > DATE '2026-02-30'": "kein Kalendertag",
    "oldest_due_on > DATE open_cents": "nach DATE folgt ein Tag",
    "AND AND": "lässt sich nicht auswerten",
    "open_cents > 99999999999999999999": "ist hier nicht erlaubt",
    "land = 'it''s' OR open_cents > '": "ist hier nicht erlaubt",
    "open_cents > 1 UNION": "„UNION“ ist keine dokumentierte Angabe",
    "open_cents.x > 1": "Zeichen 11",
}


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_on_the_list_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(ConditionInvalid) as refused:
        compile_condition(text)
    assert BAD[text] in refused.value.message


@settings(max_examples=60)
@given(facts=any_case())
@pytest.mark.parametrize("text", GOOD)
def test_a_condition_holds_exactly_where_another_engine_says_so(text: str, facts: dict[str, Any]) -> None:
    condition = compile_condition(text)
    answer = frame(facts).select(condition.expression.fill_null(value=False).alias("holds"))["holds"][0]
    assert answer == holds(text, facts)


@settings(max_examples=200)
@given(st.text(alphabet="abcdefINOT'()<>=+-*;.,/\"\n 0123456789_", max_size=40))
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    try:
        compile_condition(text)
    except ConditionInvalid:
        return


def test_a_condition_knows_which_facts_it_reads() -> None:
    assert compile_condition("has_email AND open_cents > principal_cents").facts == ("has_email", "open_cents", "principal_cents")
