"""The short way for one invoice and one payment books exactly what the replay books; and the columnar balances are the exact ones."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.accounts import open_amounts
from kulanz.claims.accounts_frame import open_frame
from kulanz.claims.commands import open_claims
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.plain import Plain, book_plain
from kulanz.claims.models import Case, Claim, Creditor
from kulanz.ledger.commands import tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, Entry, EntryKind, Posting
from kulanz.ledger.queries import audit
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands import settle as settling
from kulanz.payments.commands.settle import Payment, settle
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 6, 30)


@dataclass(frozen=True, slots=True)
class Paid:
    """One claim and one payment on it."""

    principal_cents: int
    invoiced_on: date
    interest_after: int | None
    margin_bp: int | None
    fixed_bp: int | None
    day_count: str
    rounding: str
    payment_day_counts: bool
    days: int
    cents: int
    nearly: bool
    named: bool


rates = st.sampled_from([(500, None), (900, None), (None, 400), (None, None)])


@st.composite
def paid(draw: st.DrawFn) -> Paid:
    margin_bp, fixed_bp = draw(rates)
    return Paid(
        principal_cents=draw(st.integers(1, 90_000)),
        invoiced_on=date(2025, 3, 1) + timedelta(days=draw(st.integers(0, 400))),
        interest_after=draw(st.one_of(st.none(), st.integers(-3, 60))),
        margin_bp=margin_bp,
        fixed_bp=fixed_bp,
        day_count=draw(st.sampled_from(["act_act", "act_365", "30E_360"])),
        rounding=draw(st.sampled_from(["segment", "total"])),
        payment_day_counts=draw(st.booleans()),
        days=draw(st.integers(-10, 90)),
        cents=draw(st.integers(1, 100_000)),
        nearly=draw(st.booleans()),
        named=draw(st.booleans()),
    )


def _world(stories: list[Paid], *, small_rest_cents: int, country: str = "DE") -> list[Payment]:
    """The claims in the database, and the payments to be settled; mostly the amount is the invoice's or a little less."""
    owner = factories.creditor()
    Creditor.objects.filter(id=owner.id).update(small_rest_cents=small_rest_cents, country=country)
    rows = [
        factories.claim_row(
            n,
            invoiced_on=story.invoiced_on,
            principal_cents=story.principal_cents,
            first_interest_day=None if story.interest_after is None else story.invoiced_on + timedelta(days=story.interest_after),
            margin_bp=None if country == "CH" else story.margin_bp,  # there is no base rate in Switzerland
            fixed_bp=story.margin_bp or story.fixed_bp if country == "CH" else story.fixed_bp,
        )
        for n, story in enumerate(stories)
    ]
    open_claims(factories.frame(*rows), owner, day=TODAY, now=NOW, dice=random.Random(1))
    payments = []
    for n, (story, claim) in enumerate(zip(stories, Claim.objects.order_by("external_id"), strict=True)):
        Claim.objects.filter(id=claim.id).update(
            day_count=story.day_count, rounding=story.rounding, payment_day_counts=story.payment_day_counts
        )
        payments.append(
            Payment(
                line_id=n,
                case_id=claim.case_id,
                claim_ids=(claim.id,) if story.named else (),
                amount_cents=max(1, story.principal_cents - story.cents % 150) if story.nearly else story.cents,
                currency="EUR",
                paid_on=min(TODAY, story.invoiced_on + timedelta(days=story.days)),
                kind=EntryKind.PAYMENT,
                key=f"line:{n}",
                source=f"Bankumsatz {n}",
                payer="",
            )
        )
    return payments


def _booked() -> list[tuple[Any, ...]]:
    """Everything that stands in the books, without the ids of entries."""
    found = []
    for entry in Entry.objects.order_by("id"):
        lines = sorted(Posting.objects.filter(entry=entry).values_list("account_id", "component", "amount_cents"))
        found.append((entry.idempotency_key, entry.kind, entry.occurred_on, entry.source, dict(entry.asked), entry.tenant_id, lines))
    return sorted(found)


def _settled(payments: list[Payment], *, short_way: bool) -> tuple[list[Any], int]:
    """The books and the states of the cases after these payments, and how many went the short way; everything is taken back.

    What the short way says is left decides the state; on the other way the ledger is asked.
    """
    taken = []
    original = book_plain

    def counted(*arguments: Any, **options: Any) -> dict[str, Plain]:
        done = original(*arguments, **options) if short_way else {}
        taken.append(len(done))
        return done

    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "book_plain", counted)
        settle(payments, today=TODAY, now=NOW, actor="test")
        books = [_booked(), list(Case.objects.order_by("id").values_list("state", "revision"))]
        assert audit().findings == ()
        transaction.set_rollback(True)
    return books, sum(taken)


@settings(max_examples=25)
@given(
    stories=st.lists(paid(), min_size=1, max_size=12),
    rest=st.sampled_from([0, 10, 100, 500]),
    country=st.sampled_from(["DE", "AT", "CH"]),
)
def test_the_short_way_books_what_the_replay_books(stories: list[Paid], rest: int, country: str) -> None:
    with transaction.atomic():
        payments = _world(stories, small_rest_cents=rest, country=country)
        for account in ("suspense", "income"):
            tenant_account(Creditor.objects.get().id, AccountKind(account), "EUR")
        short, taken = _settled(payments, short_way=True)
        whole, none = _settled(payments, short_way=False)
        transaction.set_rollback(True)
    assert none == 0
    assert taken >= sum(not story.payment_day_counts for story in stories), "the short way is not taken"
    assert short == whole


def test_a_case_with_an_earlier_payment_or_a_second_invoice_is_replayed() -> None:
    owner = factories.creditor()
    first = factories.claim(owner, number=1)
    second = factories.claim(owner, number=2, debtor_external_id="K1", external_id="zweite")
    assert first.case_id == second.case_id
    other = factories.claim(owner, number=3)
    with transaction.atomic():
        for n, claim in enumerate([first, other, other]):
            payment = Payment(n, claim.case_id, (), 1000, "EUR", factories.DAY, EntryKind.PAYMENT, f"line:{n}", "x", "")
            with pytest.MonkeyPatch.context() as monkeypatch:
                taken: list[dict[str, Plain]] = []
                original = book_plain

                def noted(*arguments: Any, **options: Any) -> dict[str, Plain]:
                    taken.append(original(*arguments, **options))  # noqa: B023  (called inside this turn of the loop only)
                    return taken[-1]  # noqa: B023  (called inside this turn of the loop only)

                monkeypatch.setattr(settling, "book_plain", noted)
                settle([payment], today=factories.DAY, now=NOW, actor="test")
            assert [len(done) for done in taken] == [1 if n == 1 else 0]


@settings(max_examples=20)
@given(stories=st.lists(paid(), min_size=1, max_size=8), later=st.integers(-30, 120))
def test_the_columnar_balances_are_the_exact_ones(stories: list[Paid], later: int) -> None:
    with transaction.atomic():
        payments = _world(stories, small_rest_cents=100)
        settle(payments, today=TODAY, now=NOW, actor="test")
        day = min(TODAY, date(2025, 9, 1) + timedelta(days=later))
        case_ids = [payment.case_id for payment in payments]
        exact = {
            balance.claim.id: (balance.principal_cents, balance.total_cents)
            for balances in open_amounts(case_ids, day).values()
            for balance in balances
        }
        with connection.cursor() as cursor:
            frame = open_frame(cursor, pl.DataFrame({"case_id": case_ids, "day": [day] * len(case_ids)}))
        transaction.set_rollback(True)
    assert {row["claim_id"]: (row["principal_cents"], row["total_cents"]) for row in frame.iter_rows(named=True)} == exact


@pytest.mark.parametrize("told", [True, False])
def test_what_an_agreement_gives_up_after_the_payment_counts(monkeypatch: pytest.MonkeyPatch, *, told: bool) -> None:
    """Control: if the agreement's case is not named, what was left at the booking stands, and the paid case stays open."""
    claim = factories.claim(principal_cents=5000)

    def gives_up(case_ids: set[int], **_: Any) -> set[int]:
        rest = NewFact(claim.case_id, FactKind.WAIVER, factories.DAY, "rest", "Rest", 1000, claim.id, Component.PRINCIPAL)
        book([rest], now=NOW)
        return case_ids if told else set()

    monkeypatch.setattr(settling, "follow_money", gives_up)
    with transaction.atomic():
        payment = Payment(1, claim.case_id, (), 4000, "EUR", claim.invoiced_on, EntryKind.PAYMENT, "line:1", "x", "")
        settle([payment], today=factories.DAY, now=NOW, actor="test")
    assert Case.objects.get().state == ("settled" if told else "open")
