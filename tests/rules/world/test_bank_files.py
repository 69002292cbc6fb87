"""What the fake bank writes, the real readers read back: every movement, to the cent, and the balances tie."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.payments.readers import read_statements
from kulanz.world.bank import Account, Movement, Statement, german_iban, is_banking_day, next_banking_day
from kulanz.world.bank_files import camt053, mt940, swift_text

IBAN = german_iban("90040000", "532013000")
DAY = date(2026, 10, 7)
words = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789äöüÄÖÜßéł /-.,", max_size=140)
movements = st.builds(
    lambda cents, purpose, name, account, reference: Movement(
        DAY, DAY, cents, purpose.strip(), name.strip()[:54], german_iban("91234567", str(account)), reference
    ),
    st.one_of(st.integers(1, 10**9), st.integers(-(10**9), -1)),
    words,
    words,
    st.integers(0, 10**10 - 1),
    st.one_of(st.just(""), st.integers(10**11, 10**12).map(lambda number: f"RF{number}")),
)


def statement_of(found: list[Movement], opening: int) -> Statement:
    account = Account(IBAN, opening)
    account.deliver(found)
    closed = account.close(DAY)
    assert closed is not None
    return closed


@given(found=st.lists(movements, min_size=1, max_size=12), opening=st.integers(-(10**9), 10**9))
def test_a_written_camt_reads_back_entry_by_entry(found: list[Movement], opening: int) -> None:
    statement = statement_of(found, opening)
    parsed = read_statements(camt053(statement), "bank.xml")
    assert parsed.all_problems == ()
    [read] = parsed.statements
    assert (read.account, read.opening_cents, read.closing_cents, read.currency) == (IBAN, opening, statement.closing_cents, "EUR")
    assert opening + sum(line.amount_cents for line in read.lines) == statement.closing_cents
    assert [(line.amount_cents, line.counterparty_iban, line.end_to_end_id, line.bank_ref) for line in read.lines] == [
        (each.amount_cents, each.iban, each.end_to_end_id, each.bank_ref) for each in statement.movements
    ]
    assert [line.purpose for line in read.lines] == [" ".join(each.purpose.split()) for each in found]


@given(found=st.lists(movements, min_size=1, max_size=12), opening=st.integers(-(10**9), 10**9))
def test_a_written_mt940_reads_back_entry_by_entry(found: list[Movement], opening: int) -> None:
    statement = statement_of(found, opening)
    parsed = read_statements(mt940(statement), "bank.sta")
    assert parsed.all_problems == ()
    [read] = parsed.statements
    assert (read.account, read.opening_cents, read.closing_cents, read.currency) == (IBAN, opening, statement.closing_cents, "EUR")
    assert [(line.amount_cents, line.counterparty_iban, line.end_to_end_id, line.bank_ref) for line in read.lines] == [
        (each.amount_cents, each.iban, each.end_to_end_id, each.bank_ref) for each in statement.movements
    ]
    for line, each in zip(read.lines, found, strict=True):
        if swift_text(each.purpose):  # without any purpose the bank's own booking text stands in its place
            assert line.purpose == swift_text(each.purpose)


@pytest.mark.parametrize("written", [camt053, mt940])
def test_a_collection_that_came_back_says_why_in_both_formats(written: Callable[[Statement], bytes]) -> None:
    back = Movement(DAY, DAY, -2_500, "RF331000000123 Papiergarten", "Elif Yılmaz", IBAN, "RF331000000123-L1", return_reason="AM04")
    [read] = read_statements(written(statement_of([back], 10_000)), "bank").statements
    assert [(line.amount_cents, line.end_to_end_id, line.return_reason) for line in read.lines] == [(-2_500, "RF331000000123-L1", "AM04")]


@given(days=st.lists(st.lists(movements, max_size=4), min_size=1, max_size=8), opening=st.integers(-(10**9), 10**9))
def test_statements_of_an_account_follow_each_other_without_a_gap(days: list[list[Movement]], opening: int) -> None:
    account = Account(IBAN, opening)
    last, number, references = opening, 0, set()
    for offset, found in enumerate(days):
        account.deliver(found)
        statement = account.close(DAY + timedelta(days=offset))
        if statement is None:
            assert not found
            continue
        number += 1
        assert (statement.number, statement.opening_cents) == (number, last)
        last = statement.closing_cents
        references |= {movement.bank_ref for movement in statement.movements}
    assert last == account.balance_cents == opening + sum(each.amount_cents for found in days for each in found)
    assert len(references) == sum(len(found) for found in days)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 2), date(2026, 10, 5)),  # Saturday is German Unity Day, the bank opens on Monday
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2026, 10, 6), date(2026, 10, 7)),
    ],
)
def test_the_bank_rests_on_weekends_and_holidays(day: date, expected: date) -> None:
    assert next_banking_day(day) == expected
    assert is_banking_day(expected)
