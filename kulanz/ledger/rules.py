"""What the ledger decides without a database: sums, balances, the history of a balance."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kulanz.ledger.components import Component


@dataclass(frozen=True, slots=True)
class Booked:
    """One posting as read from the ledger, with what its entry says.

    `corrects` is the entry whose distribution this one shifts, `named` the claims the payer wanted paid (§ 366 (1) BGB).
    """

    entry_id: int
    occurred_on: date
    kind: str
    source: str
    component: Component
    amount_cents: int
    corrects: int | None = None
    named: tuple[int, ...] = ()


def balances(lines: Iterable[Booked], until: date) -> dict[Component, int]:
    """Cents per component of all lines effective on or before `until`; components at zero are left out."""
    sums: dict[Component, int] = defaultdict(int)
    for line in lines:
        if line.occurred_on <= until:
            sums[line.component] += line.amount_cents
    return {component: cents for component, cents in sums.items() if cents}


def principal_history(lines: Iterable[Booked]) -> list[tuple[date, int]]:
    """The principal after each day on which it changed, oldest first: [(day, cents from that day on), …].

    The day is the effective day of the change, so a back-dated entry changes everything after it.
    """
    changes: dict[date, int] = defaultdict(int)
    for line in lines:
        if line.component == Component.PRINCIPAL:
            changes[line.occurred_on] += line.amount_cents
    history, cents = [], 0
    for day in sorted(changes):
        if changes[day]:
            cents += changes[day]
            history.append((day, cents))
    return history
