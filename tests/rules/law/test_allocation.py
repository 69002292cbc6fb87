"""§§ 366, 367, 497 BGB: the order of payment, and that no cent is lost on the way."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.allocation import Allocation, Component, Debt
from kulanz.law.errors import InvalidQuestion, NotInThisCountry

DE = jurisdiction("de")
COSTS, INTEREST, PRINCIPAL = Component.COSTS, Component.INTEREST, Component.PRINCIPAL
CONTRACTUAL = Component.CONTRACTUAL_INTEREST


def paid(allocation: Allocation) -> list[tuple[str, Component, int]]:
    return [(part.id, part.component, part.amount_cents) for part in allocation.parts]


def test_costs_then_interest_then_principal() -> None:
    debt = Debt("a", date(2026, 1, 1), costs_cents=1000, interest_cents=500, principal_cents=10_000)
    assert paid(DE.allocate(2000, [debt])) == [("a", COSTS, 1000), ("a", INTEREST, 500), ("a", PRINCIPAL, 500)]


def test_a_consumer_loan_pays_default_interest_last() -> None:
    debt = Debt("a", date(2026, 1, 1), 1000, 500, 10_000, contractual_interest_cents=300)
    assert paid(DE.allocate(11_400, [debt], scheme="497")) == [
        ("a", COSTS, 1000),
        ("a", PRINCIPAL, 10_000),
        ("a", CONTRACTUAL, 300),
        ("a", INTEREST, 100),
    ]


def test_an_order_the_debtor_named_and_the_creditor_accepted_binds() -> None:
    debt = Debt("a", date(2026, 1, 1), 1000, 500, 10_000)
    assert paid(DE.allocate(10_200, [debt], component_order=[PRINCIPAL, CONTRACTUAL, INTEREST, COSTS])) == [
        ("a", PRINCIPAL, 10_000),
        ("a", INTEREST, 200),
    ]


def test_the_claim_is_chosen_first_and_its_parts_after() -> None:
    older = Debt("old", date(2025, 1, 1), costs_cents=100, principal_cents=400)
    younger = Debt("new", date(2026, 1, 1), costs_cents=100, principal_cents=400)
    assert paid(DE.allocate(550, [younger, older])) == [
        ("old", COSTS, 100),
        ("old", PRINCIPAL, 400),
        ("new", COSTS, 50),
    ]


def test_due_before_not_due_then_unsecured_then_burdensome_then_older() -> None:
    debts = [
        Debt("not due", date(2026, 6, 1), principal_cents=1),
        Debt("secured", date(2020, 1, 1), principal_cents=1, secured=True),
        Debt("young", date(2025, 1, 1), principal_cents=1),
        Debt("old", date(2024, 1, 1), principal_cents=1),
        Debt("dear", date(2026, 1, 1), principal_cents=1, rate_bp=1200),
    ]
    order = [part.id for part in DE.allocate(5, debts, paid_on=date(2026, 2, 1)).parts]
    assert order == ["dear", "old", "young", "secured", "not due"]


def test_a_claim_due_on_the_day_of_payment_is_due() -> None:
    debts = [Debt("secured", date(2026, 2, 1), principal_cents=1, secured=True), Debt("later", date(2026, 2, 2), principal_cents=1)]
    assert [part.id for part in DE.allocate(2, debts, paid_on=date(2026, 2, 1)).parts] == ["secured", "later"]


def test_equal_claims_share_in_proportion() -> None:
    debts = [Debt("a", date(2026, 1, 1), principal_cents=300), Debt("b", date(2026, 1, 1), principal_cents=100)]
    assert paid(DE.allocate(101, debts)) == [("a", PRINCIPAL, 76), ("b", PRINCIPAL, 25)]


def test_the_debtors_choice_comes_before_the_law() -> None:
    debts = [Debt("a", date(2020, 1, 1), principal_cents=300), Debt("b", date(2026, 1, 1), 10, principal_cents=100)]
    assert paid(DE.allocate(150, debts, debtor_choice=["b"])) == [
        ("b", COSTS, 10),
        ("b", PRINCIPAL, 100),
        ("a", PRINCIPAL, 40),
    ]


def test_what_nobody_owes_is_left_over() -> None:
    allocation = DE.allocate(500, [Debt("a", date(2026, 1, 1), principal_cents=300)])
    assert allocation.rest_cents == 200


@pytest.mark.parametrize(
    "question",
    [
        {"payment_cents": -1},
        {"debtor_choice": ["unknown"]},
        {"debtor_choice": ["a", "a"]},
        {"component_order": [COSTS, PRINCIPAL]},
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(question: dict[str, object]) -> None:
    with pytest.raises(InvalidQuestion):
        DE.allocate(**{"payment_cents": 1, "debts": [Debt("a", date(2026, 1, 1), principal_cents=3)], **question})  # type: ignore[arg-type]


def test_a_negative_debt_or_a_double_id_is_refused() -> None:
    with pytest.raises(InvalidQuestion):
        DE.allocate(1, [Debt("a", date(2026, 1, 1), principal_cents=-3)])
    with pytest.raises(InvalidQuestion):
        DE.allocate(1, [Debt("a", date(2026, 1, 1)), Debt("a", date(2026, 1, 1))])


def test_another_countrys_scheme_is_refused() -> None:
    with pytest.raises(NotInThisCountry):
        DE.allocate(1, [], scheme="ch")


cents = st.integers(0, 5000)
debt_lists = st.lists(
    st.builds(
        Debt,
        id=st.sampled_from("abcdef"),
        due_on=st.dates(date(2024, 1, 1), date(2024, 1, 3)),
        costs_cents=cents,
        interest_cents=cents,
        principal_cents=cents,
        contractual_interest_cents=cents,
        secured=st.booleans(),
        rate_bp=st.sampled_from([0, 900]),
        enforced_on=st.none() | st.dates(date(2024, 1, 1), date(2024, 1, 2)),
    ),
    max_size=5,
    unique_by=lambda debt: debt.id,
)
schemes = st.sampled_from([("de", "367"), ("de", "497")])


@given(st.integers(0, 60_000), debt_lists, schemes, st.none() | st.just(date(2024, 1, 2)), st.data())
def test_no_cent_is_lost_and_no_debt_is_overpaid(
    payment: int, debts: list[Debt], scheme: tuple[str, str], paid_on: date | None, data: st.DataObject
) -> None:
    choice = data.draw(st.lists(st.sampled_from([debt.id for debt in debts]), unique=True)) if debts else []
    allocation = jurisdiction(scheme[0]).allocate(payment, debts, scheme=scheme[1], paid_on=paid_on, debtor_choice=choice)
    assert sum(part.amount_cents for part in allocation.parts) + allocation.rest_cents == payment
    by_part: dict[tuple[str, Component], int] = {}
    for part in allocation.parts:
        assert part.amount_cents > 0
        by_part[part.id, part.component] = by_part.get((part.id, part.component), 0) + part.amount_cents
    owed = {(debt.id, component): debt.open_cents(component) for debt in debts for component in Component}
    assert all(amount <= owed[key] for key, amount in by_part.items())
    assert allocation.rest_cents == max(0, payment - sum(owed.values()))
