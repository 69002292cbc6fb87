"""Sums and histories of booked lines, without a database."""

from __future__ import annotations

from datetime import date

from kulanz.ledger.components import Component
from kulanz.ledger.rules import Booked, balances, principal_history

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


def booked(on: date, cents: int, component: Component = Component.PRINCIPAL) -> Booked:
    return Booked(1, on, "opening", "test", component, cents)


def test_a_balance_counts_what_is_effective_until_the_day_and_leaves_zeros_out() -> None:
    lines = [
        booked(MAY, 1000),
        booked(JUNE, -400),
        booked(JULY, -600),
        booked(MAY, 250, Component.DUNNING_FEE),
        booked(JUNE, -250, Component.DUNNING_FEE),
        booked(JULY, 7, Component.INTEREST),
    ]
    assert balances(lines, date(2026, 4, 30)) == {}
    assert balances(lines, MAY) == {Component.PRINCIPAL: 1000, Component.DUNNING_FEE: 250}
    assert balances(lines, JUNE) == {Component.PRINCIPAL: 600}
    assert balances(lines, JULY) == {Component.INTEREST: 7}


def test_the_history_of_the_principal_is_by_effective_day_whatever_the_order_of_booking() -> None:
    lines = [booked(JULY, -600), booked(MAY, 1000), booked(JUNE, -400), booked(JUNE, 99, Component.INTEREST)]
    assert principal_history(lines) == [(MAY, 1000), (JUNE, 600), (JULY, 0)]


def test_a_day_on_which_the_principal_ends_as_it_began_is_no_change() -> None:
    lines = [booked(MAY, 1000), booked(JUNE, -400), booked(JUNE, 400), booked(JULY, -1)]
    assert principal_history(lines) == [(MAY, 1000), (JULY, 999)]
    assert principal_history([]) == []
