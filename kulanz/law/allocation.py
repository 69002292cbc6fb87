"""Which debt a payment pays: one engine, driven by each country's order. No cent is lost and none is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from kulanz.law.errors import InvalidQuestion
from kulanz.law.money import split_evenly


class Component(StrEnum):
    """The parts of a debt that the law pays in a fixed order."""

    COSTS = "costs"
    INTEREST = "interest"
    """Default interest."""
    CONTRACTUAL_INTEREST = "contractual_interest"
    """Interest the contract promised, due before default."""
    PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Debt:
    """What one claim owes on the day of the payment, in cents."""

    id: str
    due_on: date
    costs_cents: int = 0
    interest_cents: int = 0
    principal_cents: int = 0
    contractual_interest_cents: int = 0
    secured: bool = False
    rate_bp: int = 0
    """Its rate of interest: the higher, the more burdensome for the debtor."""
    enforced_on: date | None = None
    """When enforcement was first asked for (Switzerland: Betreibung)."""

    def open_cents(self, component: Component) -> int:
        cents: int = getattr(self, f"{component.value}_cents")
        return cents

    @property
    def total_cents(self) -> int:
        return sum(self.open_cents(component) for component in Component)


@dataclass(frozen=True, slots=True)
class Part:
    """So many cents of the payment go to this component of this claim."""

    id: str
    component: Component
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The parts in the order they were paid, and what is left when everything is paid."""

    parts: tuple[Part, ...]
    rest_cents: int
    rule: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One country's order: components inside a claim, rank between claims, and which of the two is asked first."""

    rule: str
    components: tuple[Component, ...]
    rank: Callable[[Debt, date | None], tuple[Any, ...]]
    """Lower ranks are paid first; equal ranks share in proportion."""
    component_first: bool = False
    """Pay the costs of all claims, then the interest of all, and so on (Austria), instead of claim by claim."""


def is_due(debt: Debt, paid_on: date | None) -> bool:
    """Without a day of payment every claim counts as due."""
    return paid_on is None or debt.due_on <= paid_on


def allocate(
    payment_cents: int,
    debts: Sequence[Debt],
    scheme: Scheme,
    *,
    paid_on: date | None = None,
    debtor_choice: Sequence[str] = (),
    component_order: Sequence[Component] = (),
) -> Allocation:
    """Share a payment among debts.

    `debtor_choice` names claims the debtor wants paid, first things first; what is left then follows the law's order.
    `component_order` is an order inside the claim that the debtor named and the creditor accepted (§ 367 (2) BGB).
    Always: the parts and the rest add up to the payment, and no part is larger than what is owed.
    """
    _check(payment_cents, debts, debtor_choice, component_order)
    components = tuple(component_order) or scheme.components
    rounds = [(component,) for component in components] if scheme.component_first else [components]
    parts: list[Part] = []
    rest_cents = payment_cents
    chosen = [debt for wanted in debtor_choice for debt in debts if debt.id == wanted]
    for debt in chosen:
        paid, rest_cents = _pay(debt, components, rest_cents)
        parts += paid
    others = [debt for debt in debts if debt.id not in debtor_choice]
    ranked = sorted(others, key=lambda debt: scheme.rank(debt, paid_on))
    for turn in rounds:
        for _, group in groupby(ranked, key=lambda debt: scheme.rank(debt, paid_on)):
            paid, rest_cents = _pay_group(list(group), turn, rest_cents)
            parts += paid
    return Allocation(tuple(parts), rest_cents, scheme.rule)


def _pay(debt: Debt, components: tuple[Component, ...], cents: int) -> tuple[list[Part], int]:
    """Pay the components of one claim in order; gives the parts and what is left."""
    parts = []
    for component in components:
        amount_cents = min(cents, debt.open_cents(component))
        cents -= amount_cents
        if amount_cents:
            parts.append(Part(debt.id, component, amount_cents))
    return parts, cents


def _pay_group(debts: list[Debt], components: tuple[Component, ...], cents: int) -> tuple[list[Part], int]:
    """Pay claims of equal rank: all in full if the money suffices, else in proportion to what each owes."""
    owed = [sum(debt.open_cents(component) for component in components) for debt in debts]
    spent = min(cents, sum(owed))
    parts: list[Part] = []
    for debt, share_cents in zip(debts, split_evenly(spent, owed), strict=True):
        parts += _pay(debt, components, share_cents)[0]
    return parts, cents - spent


def _check(payment_cents: int, debts: Sequence[Debt], debtor_choice: Sequence[str], component_order: Sequence[Component]) -> None:
    ids = [debt.id for debt in debts]
    if payment_cents < 0 or any(debt.open_cents(component) < 0 for debt in debts for component in Component):
        raise InvalidQuestion("Eine Zahlung und eine Schuld können nicht negativ sein.")
    if len(set(ids)) != len(ids):
        raise InvalidQuestion("Jede Forderung braucht ihre eigene Kennung.")
    if unknown := [wanted for wanted in debtor_choice if wanted not in ids]:
        raise InvalidQuestion(f"Die Zahlung nennt eine Forderung, die es hier nicht gibt: {', '.join(unknown)}.")
    if len(set(debtor_choice)) != len(debtor_choice):
        raise InvalidQuestion("Eine Forderung ist in der Bestimmung der Zahlung doppelt genannt.")
    if component_order and sorted(component_order) != sorted(Component):
        raise InvalidQuestion("Die Reihenfolge muss jeden Bestandteil der Forderung genau einmal nennen.")
