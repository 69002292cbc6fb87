"""Costs charged by hand and terms corrected by hand: what the law forbids is refused with its rule, the rest is posted as a difference."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.costs import Expense, ReminderCost, charge_expense, charge_reminder
from kulanz.claims.commands.relief import decide_proposal
from kulanz.claims.commands.terms import NewTerms, correct_terms
from kulanz.claims.errors import CostNotOwed, TermsNotValid
from kulanz.claims.models import Case, CaseEvent, Claim
from kulanz.claims.story import read_stories
from kulanz.ledger.components import Component
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.queries import audit
from kulanz.ledger.replay import FactKind, differences, replay
from tests.factories import DAY, NOW, claim, creditor

pytestmark = pytest.mark.django_db
ON = date(2026, 2, 20)


def in_default(**more: Any) -> Claim:
    return claim(first_interest_day=date(2026, 2, 10), **more)


def letter(owed: Claim, cents: int = 95, *, on: date = ON, by_letter: bool = True, key: str = "letter:1") -> ReminderCost:
    return ReminderCost(owed.id, cents, on, by_letter, key)


def fees(owed: Claim) -> dict[Component, int]:
    return open_amounts([owed.case_id], DAY)[owed.case_id][0].fees


def test_the_reminder_that_only_brings_about_default_costs_nothing() -> None:
    owed = claim()
    with pytest.raises(CostNotOwed, match="§ 286 BGB"):
        charge_reminder(letter(owed), actor="anna", day=DAY, now=NOW)
    later = in_default(number=2)
    with pytest.raises(CostNotOwed):  # sent the day before default began: it was the one that began it
        charge_reminder(letter(later, on=date(2026, 2, 9)), actor="anna", day=DAY, now=NOW)
    assert not Entry.objects.filter(kind=EntryKind.CHARGE).exists()


def test_a_further_letter_costs_what_it_really_cost_up_to_the_cap_and_once() -> None:
    owed = in_default()
    for _ in range(2):
        assert charge_reminder(letter(owed), actor="anna", day=DAY, now=NOW) is None
    assert fees(owed) == {Component.DUNNING_FEE: 95}
    with pytest.raises(CostNotOwed, match="höchstens 1,00 €"):
        charge_reminder(letter(owed, 250, key="letter:2"), actor="anna", day=DAY, now=NOW)
    with pytest.raises(CostNotOwed, match="elektronische"):
        charge_reminder(letter(owed, by_letter=False, key="mail:1"), actor="anna", day=DAY, now=NOW)
    entry = Entry.objects.get(kind=EntryKind.CHARGE)
    assert "BGH VIII ZR 95/18" in entry.source and "20.02.2026" in entry.source
    assert audit().findings == ()


def test_abroad_a_reminder_costs_only_what_was_agreed_and_nothing_was() -> None:
    for number, country in enumerate(("AT", "CH"), start=5):
        owed = in_default(owner=creditor(country.lower(), country=country), number=number, margin_bp=None, fixed_bp=400)
        with pytest.raises(CostNotOwed):
            charge_reminder(letter(owed, key=country), actor="anna", day=DAY, now=NOW)


def test_expenses_need_default_and_above_the_limit_a_second_person() -> None:
    with pytest.raises(CostNotOwed, match="Verzug"):
        charge_expense(Expense(claim().id, 500, ON, "Adressermittlung", "e0"), actor="anna", day=DAY, now=NOW)
    owed = in_default(number=2)
    assert charge_expense(Expense(owed.id, 500, ON, "Adressermittlung", "e1"), actor="anna", day=DAY, now=NOW) is None
    proposal = charge_expense(Expense(owed.id, 6_000, ON, "Gutachten", "e2"), actor="anna", day=DAY, now=NOW)
    assert proposal is not None and fees(owed) == {Component.EXPENSE: 500}
    decide_proposal(proposal.id, agree=True, actor="ben", day=DAY, now=NOW)
    assert fees(owed) == {Component.EXPENSE: 6_500}


def terms(owed: Claim, *, first: date | None, margin: int | None = 500, fixed: int | None = None, key: str = "t1") -> NewTerms:
    return NewTerms(owed.id, first, margin, fixed, "reminder", "Mahnung vom 6. Februar lag in der Post", key)


def test_default_that_began_earlier_posts_the_difference_and_rewrites_nothing() -> None:
    owed = claim(first_interest_day=date(2026, 2, 20), principal_cents=100_000)
    book([NewFact(owed.case_id, FactKind.PAYMENT, date(2026, 2, 25), "p", "test", 40_000)], now=NOW)
    before = list(Entry.objects.order_by("id").values_list("id", "kind", "occurred_on"))
    cents = correct_terms(terms(owed, first=date(2026, 2, 10)), actor="lena", day=DAY, now=NOW)
    # Ten more days on 1,000.00 at 6.27 %: 1.72 € more of the payment went to interest, which then bore interest as principal.
    assert cents in (171, 172, 173)
    assert list(Entry.objects.order_by("id").values_list("id", "kind", "occurred_on"))[: len(before)] == before
    assert Entry.objects.filter(kind=EntryKind.CORRECTION, corrects__kind=EntryKind.PAYMENT).exists()
    story = read_stories([owed.case_id])[owed.case_id]
    assert differences(story.booked, replay(story.terms, story.facts).lines) == {}
    assert audit().findings == ()
    event = CaseEvent.objects.get(kind="terms_corrected")
    assert event.actor == "lena" and event.data["was"]["first_interest_day"] == "2026-02-20"
    assert correct_terms(terms(owed, first=date(2026, 2, 10)), actor="lena", day=DAY, now=NOW) == 0


def test_back_and_forth_ends_where_it_began() -> None:
    owed = claim(first_interest_day=date(2026, 2, 10), principal_cents=100_000)
    book([NewFact(owed.case_id, FactKind.PAYMENT, date(2026, 2, 25), "p", "test", 40_000)], now=NOW)
    far = DAY + timedelta(days=200)
    was = open_amounts([owed.case_id], far)[owed.case_id][0]
    there = correct_terms(terms(owed, first=None, margin=None, key="a"), actor="lena", day=far, now=NOW)
    back = correct_terms(terms(owed, first=date(2026, 2, 10), key="b"), actor="lena", day=far, now=NOW)
    assert there == -back < 0
    now_ = open_amounts([owed.case_id], far)[owed.case_id][0]
    assert (now_.principal_cents, now_.interest_cents) == (was.principal_cents, was.interest_cents)


def test_less_interest_after_all_can_settle_a_case() -> None:
    owed = claim(first_interest_day=date(2026, 2, 10), principal_cents=100_000)
    book([NewFact(owed.case_id, FactKind.PAYMENT, date(2026, 2, 25), "p", "test", 100_000)], now=NOW)
    assert open_amounts([owed.case_id], DAY)[owed.case_id][0].total_cents > 0
    correct_terms(terms(owed, first=None), actor="lena", day=DAY, now=NOW)
    assert open_amounts([owed.case_id], DAY)[owed.case_id][0].total_cents == 0
    assert Case.objects.get(id=owed.case_id).state == "settled"


def test_interest_before_the_due_day_or_two_rates_at_once_are_refused() -> None:
    owed = in_default()
    with pytest.raises(TermsNotValid):
        correct_terms(terms(owed, first=owed.due_on), actor="lena", day=DAY, now=NOW)
    with pytest.raises(TermsNotValid):
        correct_terms(terms(owed, first=date(2026, 2, 10), fixed=400), actor="lena", day=DAY, now=NOW)
