"""The receipt of a claim: its lines explain every cent, whatever was booked."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.receipt import LineKind, Receipt, ReceiptLine, receipt_of
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind
from tests import stories
from tests.factories import NOW
from tests.stories import FIRST, two_claims

pytestmark = pytest.mark.django_db


def _receipt(case_id: int, day: date) -> Receipt:
    return receipt_of(open_amounts([case_id], day)[case_id], day)


def _payment(case_id: int, on: date, cents: int, key: str) -> NewFact:
    return NewFact(case_id, FactKind.PAYMENT, on, key, f"statement {key}", cents)


def _by_kind(lines: tuple[ReceiptLine, ...], kind: LineKind) -> list[ReceiptLine]:
    return [line for line in lines if line.kind is kind]


def test_a_payment_says_what_it_was_used_for_and_by_which_rule() -> None:
    first, _ = two_claims()
    book([NewFact(first.case_id, FactKind.CHARGE, date(2026, 2, 20), "c", "reminder", 300, first.id, Component.DUNNING_FEE)], now=NOW)
    book([_payment(first.case_id, date(2026, 3, 1), 4_000, "p1")], now=NOW)
    told = _receipt(first.case_id, date(2026, 3, 1)).claims[0]
    (paid,) = _by_kind(told.lines, LineKind.PAYMENT)
    # 100.00 € × 6.27 % × 24 days ÷ 365 = 0.41 €
    assert [(part.component, part.cents) for part in paid.children] == [
        (Component.DUNNING_FEE, -300),
        (Component.INTEREST, -41),
        (Component.PRINCIPAL, -3_659),
    ]
    assert (paid.cents, paid.source, paid.rule) == (-4_000, "statement p1", "§ 362 Abs. 1, § 367 Abs. 1 BGB")
    (charged,) = _by_kind(told.lines, LineKind.CHARGE)
    assert (charged.cents, charged.component, charged.source) == (300, Component.DUNNING_FEE, "reminder")


def test_money_for_two_claims_names_the_order_among_them_and_what_is_too_much_is_set_apart() -> None:
    first, _ = two_claims()
    book([_payment(first.case_id, date(2026, 2, 3), 16_000, "p1")], now=NOW)
    told = _receipt(first.case_id, date(2026, 2, 3))
    paid = [line for one in told.claims for line in _by_kind(one.lines, LineKind.PAYMENT)]
    assert sum(line.cents for line in paid) == -16_000
    assert all("§§ 366, 367" in line.rule for line in paid)
    (credit,) = [line for one in told.claims for line in _by_kind(one.lines, LineKind.CREDIT)]
    assert credit.cents == 1_000
    assert told.total_cents == 0


def test_a_back_dated_payment_shows_the_later_one_shared_out_anew() -> None:
    first, _ = two_claims()
    book([_payment(first.case_id, date(2026, 6, 1), 4_000, "late")], now=NOW)
    book([_payment(first.case_id, date(2026, 2, 10), 3_000, "early")], now=NOW)
    told = _receipt(first.case_id, date(2026, 6, 1))
    anew = [line for one in told.claims for line in _by_kind(one.lines, LineKind.REALLOCATED)]
    assert {line.on for line in anew} == {date(2026, 6, 1)}
    assert sum(line.cents for line in anew) == 0
    assert all(line.children for line in anew)


def test_rounding_the_total_only_is_a_line_of_its_own() -> None:
    first, _ = two_claims("total")
    for number, days in enumerate(range(0, 60, 7)):
        book([_payment(first.case_id, date(2026, 2, 6) + timedelta(days=days), 200, f"p{number}")], now=NOW)
    told = _receipt(first.case_id, date(2026, 7, 10))
    rounding = [child for one in told.claims for line in one.lines for child in _by_kind(line.children, LineKind.ROUNDING)]
    assert rounding, "the segments happen to round to the total: choose other payments"


@settings(max_examples=30)
@given(stories.steps(at_most=7), st.sampled_from(("segment", "total")), st.integers(0, 360))
def test_the_explanations_add_up_to_the_balance_whatever_was_booked(told: list[stories.Step], rounding: str, later: int) -> None:
    with transaction.atomic():
        pair = two_claims(rounding)
        case_id = pair[0].case_id
        for _ in stories.tell(pair, told):
            pass
        day = FIRST + timedelta(days=later)
        balances = open_amounts([case_id], day)[case_id]
        receipt = receipt_of(balances, day)
        for balance, one in zip(balances, receipt.claims, strict=True):
            assert sum(line.cents for line in one.lines) == balance.total_cents
            assert all(sum(child.cents for child in line.children) == line.cents for line in one.lines if line.children)
        assert receipt.total_cents == sum(balance.total_cents for balance in balances)
        transaction.set_rollback(True)
