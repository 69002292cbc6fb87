"""A creditor may count a payment as he likes; the money is the same to the cent, whatever has happened."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings

from kulanz.claims.models import CreditorView
from kulanz.claims.story import Story
from kulanz.claims.two_views import VIEWS, TwoViews, two_views
from kulanz.law.interest import InterestTerms
from kulanz.ledger.components import Component
from kulanz.ledger.replay import LAWFUL, ClaimTerms, Fact, FactKind, View, replay
from tests.rules.ledger.test_replay import START, STORIES, Openings, Step, _story, _terms, openings, steps

END = START + timedelta(days=800)


def story_of(terms: list[ClaimTerms], facts: list[Fact]) -> Story:
    """A story whose facts have the numbers of ledger entries as keys."""
    number = {fact.key: str(place) for place, fact in enumerate(facts, start=1)}
    keyed = [
        Fact(number[f.key], f.kind, f.on, f.order, f.cents, f.claim_id, f.component, f.choice, number.get(f.of, ""), f.moves) for f in facts
    ]
    story = Story(1, "de", "EUR", terms)
    story.facts = keyed
    return story


@settings(max_examples=min(120, STORIES), database=None)
@given(openings, steps)
def test_both_views_sum_to_the_same_cash_whatever_happened(opened: Openings, told: list[Step]) -> None:
    story = story_of(_terms(opened), _story(opened, told))
    for view in CreditorView:
        both = two_views(story, view, END)
        for movement in both.movements:
            assert sum(movement.debtor.values()) == sum(movement.creditor.values()) == -movement.cents
        assert both.cents == sum(movement.cents for movement in both.movements)
        paid = sum(fact.cents for fact in story.facts if fact.kind is FactKind.PAYMENT)
        assert sum(movement.cents for movement in both.movements if movement.kind is FactKind.PAYMENT) == paid


@settings(max_examples=min(60, STORIES), database=None)
@given(openings, steps)
def test_the_lawful_view_of_the_creditor_is_the_debtors(opened: Openings, told: list[Step]) -> None:
    both = two_views(story_of(_terms(opened), _story(opened, told)), CreditorView.LAW, END)
    assert both.debtor_open == both.creditor_open
    assert all(movement.debtor == movement.creditor for movement in both.movements)


def simple(view: CreditorView) -> TwoViews:
    terms = [ClaimTerms(1, START, START + timedelta(days=1), InterestTerms(margin_bp=500))]
    facts = [
        Fact("o", FactKind.OPENED, START, 0, 100_000, 1),
        Fact("d", FactKind.CHARGE, START, 1, 100, 1, Component.DUNNING_FEE),
        Fact("c", FactKind.CHARGE, START, 2, 6_000, 1, Component.COLLECTION_COST),
        Fact("p", FactKind.PAYMENT, START + timedelta(days=101), 3, 100_050),
    ]
    return two_views(story_of(terms, facts), view, END)


def test_principal_first_and_the_agencys_costs_last() -> None:
    both = simple(CreditorView.PRINCIPAL_FIRST)
    (payment,) = both.movements
    assert payment.debtor[Component.COLLECTION_COST] == -6_000 and payment.debtor[Component.PRINCIPAL] > -100_000
    assert payment.creditor == {Component.PRINCIPAL: -100_000, Component.INTEREST: -50}
    assert both.creditor_open[Component.COLLECTION_COST] == 6_000 and both.creditor_open[Component.DUNNING_FEE] == 100
    assert Component.COLLECTION_COST not in both.debtor_open


def test_interest_first_leaves_the_costs_for_the_end() -> None:
    (payment,) = simple(CreditorView.INTEREST_FIRST).movements
    assert set(payment.creditor) == {Component.INTEREST, Component.PRINCIPAL}
    assert payment.creditor[Component.INTEREST] == payment.debtor[Component.INTEREST]


def test_a_view_never_changes_what_the_debtor_owes() -> None:
    assert VIEWS[CreditorView.LAW] is LAWFUL
    terms = [ClaimTerms(1, START, None, InterestTerms(margin_bp=500))]
    facts = [Fact("1", FactKind.OPENED, START, 0, 5_000, 1), Fact("2", FactKind.PAYMENT, START, 1, 1_000)]
    plain = replay(terms, facts)
    assert plain == replay(terms, facts, view=View())


@pytest.mark.parametrize("view", list(CreditorView))
def test_a_refund_is_the_same_money_in_every_view(view: CreditorView) -> None:
    terms = [ClaimTerms(1, START, START + timedelta(days=1), InterestTerms(margin_bp=500))]
    day = START + timedelta(days=30)
    facts = [
        Fact("o", FactKind.OPENED, START, 0, 10_000, 1),
        Fact("w", FactKind.WAIVER, day, 1, 10_000, 1),
        Fact("p", FactKind.PAYMENT, date(START.year, START.month, START.day + 5), 2, 9_000),
        Fact("q", FactKind.PAYMENT, day + timedelta(days=1), 3, 9_000),
        Fact("r", FactKind.REFUND, day + timedelta(days=2), 4, 99_999, 1),
    ]
    both = two_views(story_of(terms, facts), view, END)
    refund = both.movements[-1]
    assert refund.kind is FactKind.REFUND and refund.cents < 0
    assert sum(refund.creditor.values()) == -refund.cents
