"""Booking on a case: what the ledger holds equals the replayed story, whatever comes in whatever order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.errors import NothingToBook
from kulanz.claims.models import Claim
from kulanz.claims.story import read_stories
from kulanz.ledger.components import Component
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.queries import audit
from kulanz.ledger.replay import FactKind, differences, replay
from tests.factories import NOW, claim

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 5)


def _claims() -> list[Claim]:
    same = {"debtor_external_id": "A", "identity_key": "ab" * 32}
    return [
        claim(number=1, first_interest_day=date(2026, 2, 5), principal_cents=10_000, **same),
        claim(number=2, invoiced_on=date(2026, 2, 1), first_interest_day=date(2026, 3, 20), principal_cents=5_000, **same),
    ]


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
    first, _ = _claims()
    book([_payment(first.case_id, date(2026, 3, 1), 4_000, "p1")], now=NOW)
    balance = open_amounts([first.case_id], date(2026, 3, 1))[first.case_id][0]
    # 100.00 € × 6.27 % × 24 days ÷ 365 = 0.41 €
    assert balance.principal_cents == 10_000 - (4_000 - 41)
    assert balance.interest_cents == 0
    _nothing_differs(first.case_id)


def test_back_dated_money_changes_later_distributions_by_corrections_only() -> None:
    first, _ = _claims()
    book([_payment(first.case_id, date(2026, 6, 1), 4_000, "late")], now=NOW)
    before = list(Entry.objects.order_by("id").values_list("id", "kind"))
    book([_payment(first.case_id, date(2026, 2, 10), 3_000, "early")], now=NOW)
    after = list(Entry.objects.order_by("id").values_list("id", "kind"))
    assert after[: len(before)] == before
    assert Entry.objects.filter(kind=EntryKind.CORRECTION, occurred_on=date(2026, 6, 1)).exists()
    _nothing_differs(first.case_id)


def test_the_same_key_books_once() -> None:
    first, _ = _claims()
    fact = _payment(first.case_id, date(2026, 3, 1), 4_000, "p1")
    assert book([fact], now=NOW) == book([fact], now=NOW)
    _nothing_differs(first.case_id)


def test_an_undone_payment_leaves_the_account_as_if_it_never_was() -> None:
    first, _ = _claims()
    on = date(2026, 3, 1)
    untouched = open_amounts([first.case_id], date(2026, 9, 1))[first.case_id][0].total_cents
    (paid,) = book([_payment(first.case_id, on, 4_000, "p1")], now=NOW)
    book([NewFact(first.case_id, FactKind.CHARGEBACK, on, "undo", "test", payment_entry_id=paid, entry_kind=EntryKind.REVERSAL)], now=NOW)
    assert open_amounts([first.case_id], date(2026, 9, 1))[first.case_id][0].total_cents == untouched
    _nothing_differs(first.case_id)


def test_a_chargeback_brings_the_debt_back_from_its_own_day_on() -> None:
    first, _ = _claims()
    (paid,) = book([_payment(first.case_id, date(2026, 3, 1), 10_041, "p1")], now=NOW)
    assert open_amounts([first.case_id], date(2026, 3, 10))[first.case_id][0].principal_cents == 0
    book([NewFact(first.case_id, FactKind.CHARGEBACK, date(2026, 3, 11), "back", "test", payment_entry_id=paid)], now=NOW)
    balance = open_amounts([first.case_id], date(2026, 3, 12))[first.case_id][0]
    assert balance.principal_cents == 10_000
    # Until the chargeback the money was there: ten days bear no interest. 0.41 € returns, one new day brings 0.02 €.
    assert balance.interest_cents == 43
    _nothing_differs(first.case_id)


def test_what_the_payer_names_is_paid_first_and_more_than_everything_is_owed_back() -> None:
    first, second = _claims()
    book([_payment(first.case_id, date(2026, 2, 2), 5_000, "p1", choice=(second.id,))], now=NOW)
    amounts = open_amounts([first.case_id], date(2026, 2, 2))[first.case_id]
    assert [balance.principal_cents for balance in amounts] == [10_000, 0]
    book([_payment(first.case_id, date(2026, 2, 3), 12_345, "p2")], now=NOW)
    amounts = open_amounts([first.case_id], date(2026, 2, 3))[first.case_id]
    assert [balance.overpaid_cents for balance in amounts] == [0, 2_345]
    _nothing_differs(first.case_id)


def test_a_waiver_reaches_only_as_far_as_something_is_open() -> None:
    first, _ = _claims()
    book([NewFact(first.case_id, FactKind.WAIVER, date(2026, 3, 1), "w", "test", 10_000, first.id, Component.INTEREST)], now=NOW)
    assert open_amounts([first.case_id], date(2026, 3, 1))[first.case_id][0].interest_cents == 0
    with pytest.raises(NothingToBook):
        book([NewFact(first.case_id, FactKind.WAIVER, date(2026, 3, 1), "w2", "test", 10_000, first.id, Component.INTEREST)], now=NOW)
    _nothing_differs(first.case_id)


_told = st.lists(
    st.tuples(st.sampled_from(FactKind), st.integers(0, 300), st.integers(0, 1), st.integers(1, 9_000), st.sampled_from(Component)),
    min_size=1,
    max_size=9,
)


@settings(max_examples=40)
@given(_told)
def test_any_facts_in_any_order_leave_nothing_to_correct(told: list[tuple[FactKind, int, int, int, Component]]) -> None:
    with transaction.atomic():
        pair = _claims()
        case_id = pair[0].case_id
        payments: list[tuple[int, date]] = []
        for number, (kind, days, which, cents, component) in enumerate(told):
            on = FIRST + timedelta(days=days)
            fact = NewFact(case_id, kind, max(on, pair[which].invoiced_on), f"k{number}", "test", cents, pair[which].id, component)
            try:
                match kind:
                    case FactKind.PAYMENT:
                        (entry_id,) = book([_payment(case_id, on, cents, f"k{number}")], now=NOW)
                        payments.append((entry_id, on))
                    case FactKind.CHARGEBACK if payments:
                        entry_id, paid_on = payments.pop()
                        book([NewFact(case_id, kind, max(on, paid_on), f"k{number}", "test", payment_entry_id=entry_id)], now=NOW)
                    case FactKind.CHARGE if component in (Component.DUNNING_FEE, Component.EXPENSE):
                        book([fact], now=NOW)
                    case FactKind.WAIVER if component not in (Component.CASH, Component.OVERPAID):
                        book([fact], now=NOW)
                    case FactKind.CREDIT_NOTE | FactKind.WRITE_OFF | FactKind.REFUND:
                        book([fact], now=NOW)
            except NothingToBook:
                continue
            _nothing_differs(case_id)
        transaction.set_rollback(True)
