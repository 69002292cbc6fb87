"""Two views of one payment, as a table: how the debtor's account counts it, and how the creditor's mandate does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.claims.models import Case, CreditorView
from kulanz.claims.story import read_stories
from kulanz.claims.two_views import Parts, TwoViews, two_views
from kulanz.ledger.components import Component
from kulanz.ledger.replay import FactKind

COMPONENTS: dict[Component, Promise] = {
    Component.PRINCIPAL: _("Rechnung"),
    Component.INTEREST: _("Zinsen"),
    Component.DUNNING_FEE: _("Mahnkosten"),
    Component.EXPENSE: _("Auslagen"),
    Component.COURT_COST: _("Gerichtskosten"),
    Component.COLLECTION_COST: _("Inkassokosten"),
    Component.SETTLEMENT_FEE: _("Kosten der Ratenvereinbarung"),
    Component.OVERPAID: _("Guthaben"),
}
VIEW_NAMES: dict[CreditorView, Promise] = {
    CreditorView.LAW: _("wie bei der Kundin oder dem Kunden: Kosten, Zinsen, Rechnung"),
    CreditorView.PRINCIPAL_FIRST: _("Rechnung, Zinsen, eigene Kosten, zuletzt die Kosten des Inkassos"),
    CreditorView.INTEREST_FIRST: _("Zinsen, Rechnung, eigene Kosten, zuletzt die Kosten des Inkassos"),
}
_KINDS: dict[FactKind, Promise] = {
    FactKind.PAYMENT: _("Zahlung"),
    FactKind.CHARGEBACK: _("Zahlung zurückgegangen"),
    FactKind.REFUND: _("Rückzahlung"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One component of one movement (or of what is open) in both views, in cents; `None` where a view has nothing of it."""

    name: str | Promise
    debtor: int
    creditor: int


@dataclass(frozen=True, slots=True)
class Block:
    """One movement of money: its day, its number, the money, and how each view shares it out."""

    on: date
    title: str | Promise
    number: int
    cents: int
    rows: Sequence[Row]


def shown(case: Case, day: date) -> dict[str, Any]:
    """What the page shows of a case."""
    story = read_stories([case.id]).get(case.id)
    view = CreditorView(case.creditor.view)
    told = two_views(story, view, day) if story is not None else TwoViews((), {}, {})
    blocks = [Block(one.on, _KINDS[one.kind], one.entry_id, one.cents, rows(one.debtor, one.creditor, sign=-1)) for one in told.movements]
    return {
        "blocks": blocks,
        "left": rows(told.debtor_open, told.creditor_open, sign=1),
        "view_name": VIEW_NAMES[view],
        "same": view is CreditorView.LAW,
        "money_cents": told.cents,
    }


def rows(debtor: Parts, creditor: Parts, *, sign: int) -> list[Row]:
    """A row for each component that either view has."""
    return [
        Row(name, sign * debtor.get(component, 0), sign * creditor.get(component, 0))
        for component, name in COMPONENTS.items()
        if debtor.get(component) or creditor.get(component)
    ]
