"""One payment, two ways to look at it: as the debtor's account must count it, and as the creditor's mandate does.

The debtor's view is the ledger. The creditor's is the same story told again with another order of the parts; nothing of it is booked. Every
movement of money is the same number of cents in both, or there is no answer but `ViewsDoNotClose`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from kulanz.claims.errors import ViewsDoNotClose
from kulanz.claims.models import CreditorView
from kulanz.claims.story import Story
from kulanz.law.allocation import Component as Part
from kulanz.ledger.components import Component
from kulanz.ledger.replay import LAWFUL, Fact, FactKind, Lines, View, replay

_AGENCY_LAST: Final = (
    Component.DUNNING_FEE,
    Component.EXPENSE,
    Component.COURT_COST,
    Component.COLLECTION_COST,
    Component.SETTLEMENT_FEE,
)
VIEWS: Final[Mapping[CreditorView, View]] = {
    CreditorView.LAW: LAWFUL,
    CreditorView.PRINCIPAL_FIRST: View((Part.PRINCIPAL, Part.CONTRACTUAL_INTEREST, Part.INTEREST, Part.COSTS), _AGENCY_LAST),
    CreditorView.INTEREST_FIRST: View((Part.CONTRACTUAL_INTEREST, Part.INTEREST, Part.PRINCIPAL, Part.COSTS), _AGENCY_LAST),
}
_MONEY: Final = frozenset({FactKind.PAYMENT, FactKind.CHARGEBACK, FactKind.REFUND})

Parts = dict[Component, int]
"""Cents by component; what lowers the debt is negative."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that came or went, in both views. `cents` is what came in (negative: what went out)."""

    entry_id: int
    kind: FactKind
    on: date
    cents: int
    debtor: Parts
    creditor: Parts


@dataclass(frozen=True, slots=True)
class TwoViews:
    """The movements of a case up to a day and what is open after them, claimed interest only, in both views."""

    movements: tuple[Movement, ...]
    debtor_open: Parts
    creditor_open: Parts

    @property
    def cents(self) -> int:
        """All money that stayed: the same in both views."""
        return sum(movement.cents for movement in self.movements)


def two_views(story: Story, view: CreditorView, day: date) -> TwoViews:
    """Tell the story of a case up to `day` in the debtor's and in the creditor's order. Raises `ViewsDoNotClose`."""
    facts = [fact for fact in story.facts if fact.on <= day]
    debtor = replay(story.terms, facts, country=story.country)
    told = [_as_it_went(fact, debtor.lines[fact.key]) for fact in facts]
    creditor = replay(story.terms, told, country=story.country, view=VIEWS[view])
    movements = []
    for fact in sorted(facts, key=lambda fact: (fact.on, fact.kind, fact.order)):
        if fact.kind not in _MONEY:
            continue
        mine, theirs = _parts(debtor.lines[fact.key]), _parts(creditor.lines[fact.key])
        if sum(mine.values()) != sum(theirs.values()):
            raise ViewsDoNotClose
        movements.append(Movement(int(fact.key), fact.kind, fact.on, -sum(mine.values()), mine, theirs))
    return TwoViews(tuple(movements), _parts(debtor.open), _parts(creditor.open))


def _as_it_went(fact: Fact, lines: Lines) -> Fact:
    """A refund is money that left; how much it was cannot depend on who looks."""
    if fact.kind is not FactKind.REFUND:
        return fact
    return replace(fact, kind=FactKind.HISTORY, moves=tuple((claim_id, part, cents) for (claim_id, part), cents in lines.items()))


def _parts(lines: Mapping[tuple[int, Component], int]) -> Parts:
    sums: Parts = defaultdict(int)
    for (_, component), cents in lines.items():
        sums[component] += cents
    return {component: cents for component, cents in sums.items() if cents}
