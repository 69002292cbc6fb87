"""Booking on a case: what the ledger holds equals the replayed story, whatever comes in whatever order."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction
from hypothesis import given, settings

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.undo import undo_booking
from kulanz.claims.errors import CannotBeUndone, NothingToBook
from kulanz.claims.story import read_stories
from kulanz.ledger.components import Component
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.queries import audit
from kulanz.ledger.replay import FactKind, differences, replay
from tests import stories
from tests.factories import NOW
from tests.stories import FIRST

pytestmark = pytest.mark.django_db


def _payment(case_id: int, on: date, cents: int, key: str, **more: object) -> NewFact:
    return NewFact(case_id, FactKind.PAYMENT, on, key, "test", cents, **more)  # type: ignore[arg-type]  # options of single tests


def _nothing_differs(case_id: int) -> None:
    story = read_stories([case_id])[case_id]
    wanted = replay(story.terms, story.facts)
    assert differences(story.booked, wanted.lines) == {}
    assert audit().findings == ()
    booked = {
        (balance.claim.id, component): cents
        for balance in open_amounts([case_id], date(2026, 12, 31))[case_id]
        for component, cents in {
            **balance.fees,
            Component.PRINCIPAL: balance.principal_cents,
            Component.OVERPAID: -balance.overpaid_cents,
        }.items()
        if cents
    }
    assert booked == {line: cents for line, cents in wanted.open.items() if line[1] is not Component.INTEREST}


def test_a_payment_settles_interest_before_principal_and_the_rest_stays_open() -> None:
    first, _ = stories.two_claims()
    book([_payment(first.case_id, date(2026, 3, 1), 4_000, "p1")], now=NOW)
    balance = open_amounts([first.case_id], date(2026, 3, 1))[first.case_id][0]
    # 100.00 € × 6.27 % × 24 days ÷ 365 = 0.41 €
    assert balance.principal_cents == 10_000 - (4_000 - 41)
    assert balance.interest_cents == 0
    _nothing_differs(first.case_id)


def test_back_dated_money_changes_later_distributions_by_corrections_only() -> None:
    first, _ = stories.two_claims()
    book([_payment(first.case_id, date(2026, 6, 1), 4_000, "late")], now=NOW)
    before = list(Entry.objects.order_by("id").values_list("id", "kind"))
    book([_payment(first.case_id, date(2026, 2, 10), 3_000, "early")], now=NOW)
    after = list(Entry.objects.order_by("id").values_list("id", "kind"))
    assert after[: len(before)] == before
    assert Entry.objects.filter(kind=EntryKind.CORRECTION, occurred_on=date(2026, 6, 1)).exists()
    _nothing_differs(first.case_id)


def test_the_same_key_books_once() -> None:
    first, _ = stories.two_claims()
    fact = _payment(first.case_id, date(2026, 3, 1), 4_000, "p1")
    assert book([fact], now=NOW) == book([fact], now=NOW)
    _nothing_differs(first.case_id)


def test_an_undone_payment_leaves_the_account_as_if_it_never_was() -> None:
    first, _ = stories.two_claims()
    on = date(2026, 3, 1)
    untouched = open_amounts([first.case_id], date(2026, 9, 1))[first.case_id][0].total_cents
    (paid,) = book([_payment(first.case_id, on, 4_000, "p1")], now=NOW)
    book([NewFact(first.case_id, FactKind.CHARGEBACK, on, "undo", "test", payment_entry_id=paid, entry_kind=EntryKind.REVERSAL)], now=NOW)
    assert open_amounts([first.case_id], date(2026, 9, 1))[first.case_id][0].total_cents == untouched
    _nothing_differs(first.case_id)


def test_a_chargeback_brings_the_debt_back_from_its_own_day_on() -> None:
    first, _ = stories.two_claims()
    (paid,) = book([_payment(first.case_id, date(2026, 3, 1), 10_041, "p1")], now=NOW)
    assert open_amounts([first.case_id], date(2026, 3, 10))[first.case_id][0].principal_cents == 0
    book([NewFact(first.case_id, FactKind.CHARGEBACK, date(2026, 3, 11), "back", "test", payment_entry_id=paid)], now=NOW)
    balance = open_amounts([first.case_id], date(2026, 3, 12))[first.case_id][0]
    assert balance.principal_cents == 10_000
    # Until the chargeback the money was there: ten days bear no interest. 0.41 € returns, one new day brings 0.02 €.
    assert balance.interest_cents == 43
    _nothing_differs(first.case_id)


def test_what_the_payer_names_is_paid_first_and_more_than_everything_is_owed_back() -> None:
    first, second = stories.two_claims()
    book([_payment(first.case_id, date(2026, 2, 2), 5_000, "p1", choice=(second.id,))], now=NOW)
    amounts = open_amounts([first.case_id], date(2026, 2, 2))[first.case_id]
    assert [balance.principal_cents for balance in amounts] == [10_000, 0]
    book([_payment(first.case_id, date(2026, 2, 3), 12_345, "p2")], now=NOW)
    amounts = open_amounts([first.case_id], date(2026, 2, 3))[first.case_id]
    assert [balance.overpaid_cents for balance in amounts] == [0, 2_345]
    _nothing_differs(first.case_id)


def test_a_waiver_reaches_only_as_far_as_something_is_open() -> None:
    first, _ = stories.two_claims()
    book([NewFact(first.case_id, FactKind.WAIVER, date(2026, 3, 1), "w", "test", 10_000, first.id, Component.INTEREST)], now=NOW)
    assert open_amounts([first.case_id], date(2026, 3, 1))[first.case_id][0].interest_cents == 0
    with pytest.raises(NothingToBook):
        book([NewFact(first.case_id, FactKind.WAIVER, date(2026, 3, 1), "w2", "test", 10_000, first.id, Component.INTEREST)], now=NOW)
    _nothing_differs(first.case_id)


@settings(max_examples=40)
@given(stories.steps(at_most=9))
def test_any_facts_in_any_order_leave_nothing_to_correct(told: list[stories.Step]) -> None:
    with transaction.atomic():
        pair = stories.two_claims()
        for _ in stories.tell(pair, told):
            _nothing_differs(pair[0].case_id)
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("kind", "cents", "component"),
    [
        (FactKind.WAIVER, 3_000, Component.PRINCIPAL),
        (FactKind.WAIVER, 10, Component.INTEREST),
        (FactKind.CREDIT_NOTE, 12_000, Component.PRINCIPAL),
        (FactKind.WRITE_OFF, 0, Component.PRINCIPAL),
        (FactKind.CHARGE, 100, Component.DUNNING_FEE),
    ],
)
def test_what_a_person_booked_and_took_back_leaves_the_account_as_if_it_had_never_been(
    kind: FactKind, cents: int, component: Component
) -> None:
    first, _ = stories.two_claims()
    far = date(2026, 9, 1)
    book([_payment(first.case_id, date(2026, 4, 1), 2_000, "p")], now=NOW)
    before = [balance.total_cents for balance in open_amounts([first.case_id], far)[first.case_id]]
    (booked,) = book([NewFact(first.case_id, kind, date(2026, 3, 1), "k", "test", cents, first.id, component)], now=NOW)
    assert [balance.total_cents for balance in open_amounts([first.case_id], far)[first.case_id]] != before
    undone = undo_booking(first.case_id, booked, reason="Irrtum", actor="anna", day=far, now=NOW)
    assert undone == undo_booking(first.case_id, booked, reason="Irrtum", actor="anna", day=far, now=NOW)
    assert [balance.total_cents for balance in open_amounts([first.case_id], far)[first.case_id]] == before
    assert Entry.objects.get(id=undone).occurred_on == date(2026, 3, 1)
    _nothing_differs(first.case_id)


def test_a_payment_and_what_came_with_the_import_are_not_taken_back_by_hand() -> None:
    first, _ = stories.two_claims()
    (paid,) = book([_payment(first.case_id, date(2026, 4, 1), 2_000, "p")], now=NOW)
    opened = Entry.objects.get(idempotency_key=f"claim:{first.id}:opened")
    for entry_id in (paid, opened.id, 0):
        with pytest.raises(CannotBeUndone):
            undo_booking(first.case_id, entry_id, reason="Irrtum", actor="anna", day=FIRST, now=NOW)
