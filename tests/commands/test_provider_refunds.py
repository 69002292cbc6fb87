"""Money that came through a provider goes back through it: proposed, agreed by two people, asked for once, booked when it has gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from unittest import mock

import pytest
from django.db import IntegrityError, connection, transaction
from typer.testing import CliRunner

from kulanz.claims.models import Case, Creditor, User
from kulanz.cli.main import _build
from kulanz.contact.models import Message
from kulanz.ledger.models import AccountKind, Entry, EntryKind
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.checkouts import SentBack, give_back, order_back, providers_of_day, refresh, send_back, send_waiting
from kulanz.payments.commands.refunds import approve, ask_for_refund, name_account, order_refunds, propose_due, refuse
from kulanz.payments.debit_errors import AnotherPersonMustDecide, GoesBackTheSameWay, NothingToOrder
from kulanz.payments.models import Checkout, CheckoutState, RefundProposal, RefundState
from kulanz.payments.providers.errors import ProviderRefused, ProviderUnreachable
from kulanz.payments.providers.port import Method
from kulanz.runs.check import check
from kulanz.world.provider_server.book import Back, Refunded
from kulanz.world.provider_server.house import GOOD
from tests.bank import Move, camt053
from tests.commands.test_checkouts import balance, begin, case_of, listen, owed
from tests.commands.test_refunds import credit
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [("stripe", Method.CARD), ("paypal", Method.PAYPAL), ("mollie", Method.CARD)]
PAYER = "DE02120300000000202051"


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def transfer(case: Case, cents: int, number: int = 1) -> None:
    move = Move(cents, case.reference, "Elif Yılmaz", PAYER, ref=f"B{number}", on=DAY)
    import_statement(camt053([move], number=number), f"in{number}.xml", actor="bank", now=NOW, day=DAY)


def overpaid(world: Played, provider: str = "stripe", method: Method = Method.CARD, *, by_bank: int = 5000, number: int = 1) -> Checkout:
    """A case of 84.90 that somebody pays by card while their transfer is under way: the transfer's amount is too much."""
    case = case_of(number)
    checkout = begin(case, provider, method, key=f"form {number}")
    transfer(case, by_bank, number)
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID and credit(case) == by_bank
    return checkout


def agreed(by: str = "anna") -> RefundProposal:
    propose_due(day=DAY, now=NOW)
    row = RefundProposal.objects.latest("id")
    with transaction.atomic():
        return approve(row.id, actor=by, now=NOW)


def ordered(row: RefundProposal, by: str = "ben") -> list[int]:
    with transaction.atomic():
        return order_back(row.creditor_id, now=NOW, actor=by)


def sent(row: RefundProposal, *, now: datetime = NOW) -> SentBack:
    found = send_back([row.id], day=now.date(), now=now)
    row.refresh_from_db()
    return found


def backs(world: Played, checkout: Checkout) -> list[Back]:
    return world.house.book.payments[checkout.provider_ref].backs


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_overpaid_money_goes_back_the_way_it_came_and_both_books_say_so(world: Played, provider: str, method: Method) -> None:
    checkout = overpaid(world, provider, method)
    before = balance(AccountKind.PROVIDER)
    row = agreed()
    assert (row.checkout_id, row.amount_cents, row.iban, row.currency) == (checkout.id, 5000, "", "EUR")
    assert not Message.objects.filter(template="refund_account_wanted").exists(), "nobody needs to name an account"
    assert ordered(row) == [row.id]
    assert backs(world, checkout) == [], "the order alone sends nothing"

    assert sent(row) == SentBack(gone=1)
    assert [(back.cents, back.ours) for back in backs(world, checkout)] == [(5000, str(row.public_id))]
    assert (row.state, row.provider_refund, row.paid_on, len(row.entry_ids)) == (RefundState.PAID, backs(world, checkout)[0].id, DAY, 1)
    checkout.refresh_from_db()
    assert (checkout.state, checkout.parked, checkout.refunded_cents) == (CheckoutState.PAID, "", 5000)
    assert (owed(checkout.case), credit(checkout.case), balance(AccountKind.PROVIDER)) == (0, 0, before - 5000)
    message = Message.objects.get(template="refund_coming")
    assert message.params["particulars"]["words"] == {"payment_way": "PayPal" if provider == "paypal" else "Karte"}

    listen(world)  # the webhook says the same once more
    assert sent(row) == SentBack(gone=1) and propose_due(day=DAY, now=NOW) == 0
    assert len(backs(world, checkout)) == 1 and Entry.objects.filter(kind=EntryKind.REFUND).count() == 1
    assert check(DAY).findings == ()


def test_the_webhook_alone_brings_the_refund_into_the_books(world: Played) -> None:
    checkout = overpaid(world)
    row = agreed()
    ordered(row)
    adapter = world.adapters["stripe"]
    adapter.refund(checkout.provider_ref, 5000, "EUR", key=str(row.public_id))  # we died right after asking
    listen(world)
    row.refresh_from_db()
    assert (row.state, credit(checkout.case)) == (RefundState.PAID, 0)
    assert Message.objects.filter(template="refund_coming").count() == 1
    assert sent(row) == SentBack(gone=1) and len(backs(world, checkout)) == 1


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_a_refund_under_way_counts_when_it_has_arrived(world: Played, provider: str, method: Method) -> None:
    checkout = overpaid(world, provider, method)
    world.house.book.new_refunds = Refunded.PENDING
    row = agreed()
    ordered(row)
    assert sent(row) == SentBack(running=1)
    assert (row.state, credit(checkout.case)) == (RefundState.ORDERED, 5000)
    world.house.act(checkout.provider_ref, "refund_done")
    assert send_waiting(day=DAY, now=NOW) == SentBack(gone=1)
    assert credit(checkout.case) == 0 and check(DAY).findings == ()


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_a_refund_that_fails_at_once_goes_by_transfer_after_the_debtor_has_named_an_account(
    world: Played, provider: str, method: Method
) -> None:
    checkout = overpaid(world, provider, method)
    world.house.book.new_refunds = Refunded.FAILED
    row = agreed()
    ordered(row)
    assert sent(row) == SentBack(failed=1)
    checkout.refresh_from_db()
    assert (row.state, checkout.parked, credit(checkout.case)) == (RefundState.FAILED, "", 5000)
    assert Case.objects.get(id=checkout.case_id).needs_human
    assert propose_due(day=DAY, now=NOW) == 1
    again = RefundProposal.objects.latest("id")
    assert (again.checkout_id, again.amount_cents, again.iban) == (None, 5000, PAYER), "the transfer's own account is known"


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_money_that_comes_back_to_the_provider_later_is_a_credit_again(world: Played, provider: str, method: Method) -> None:
    checkout = overpaid(world, provider, method)
    before = balance(AccountKind.PROVIDER)
    row = agreed()
    ordered(row)
    sent(row)
    listen(world)
    world.house.act(checkout.provider_ref, "refund_failed")
    listen(world)
    if provider == "paypal":  # PayPal publishes no event for it: the daily run asks
        assert providers_of_day(day=DAY, now=NOW).problems == ()
    row.refresh_from_db()
    checkout.refresh_from_db()
    assert (row.state, checkout.state, checkout.parked) == (RefundState.FAILED, CheckoutState.PAID, "")
    assert (credit(checkout.case), owed(checkout.case), balance(AccountKind.PROVIDER)) == (5000, 0, before)
    for _ in range(2):
        refresh(checkout.id, day=DAY, now=NOW)
    assert credit(checkout.case) == 5000 and check(DAY).findings == ()


def test_a_provider_that_refuses_sends_nothing_and_says_so(world: Played) -> None:
    checkout = overpaid(world)
    row = agreed()
    ordered(row)
    with mock.patch.object(type(world.adapters["stripe"]), "refund", side_effect=ProviderRefused):
        assert sent(row) == SentBack(failed=1)
    assert (row.state, credit(checkout.case)) == (RefundState.FAILED, 5000)


def test_a_silent_provider_is_asked_again_later_and_not_meanwhile(world: Played) -> None:
    checkout = overpaid(world)
    row = agreed()
    ordered(row)
    world.house.temper = replace(GOOD, broken=1.0)
    found = sent(row)
    assert (found.waiting, len(found.problems), row.state) == (1, 1, RefundState.ORDERED)
    world.house.temper = GOOD
    assert send_waiting(day=DAY, now=NOW + timedelta(minutes=9)) == SentBack(waiting=1), "the first request may still be running"
    assert send_waiting(day=DAY, now=NOW + timedelta(minutes=10)) == SentBack(gone=1)
    assert len(backs(world, checkout)) == 1 and credit(checkout.case) == 0


@pytest.mark.parametrize(("provider", "method"), WAYS)
@pytest.mark.parametrize("looks_first", [True, False])
def test_a_lost_answer_sends_nothing_twice_even_if_the_provider_forgot_the_key(
    world: Played, provider: str, method: Method, *, looks_first: bool
) -> None:
    """The control: without looking first what the provider has done, the money goes twice."""
    checkout = overpaid(world, provider, method, by_bank=2000)
    row = agreed()
    ordered(row)
    real = type(world.adapters[provider]).refund

    def unheard(*args: object, **kwargs: object) -> str:
        real(*args, **kwargs)  # type: ignore[arg-type]  # the adapter's own arguments, passed on as they are
        raise ProviderUnreachable

    with mock.patch.object(type(world.adapters[provider]), "refund", unheard):
        assert sent(row).waiting == 1
    assert len(backs(world, checkout)) == 1
    world.house.outgoing.clear()  # and its webhook is lost as well
    world.house.book.refunds.clear()  # a day later the provider has forgotten the key
    later = NOW + timedelta(days=1)
    if looks_first:
        assert sent(row, now=later) == SentBack(gone=1)
        assert len(backs(world, checkout)) == 1 and credit(checkout.case) == 0
    else:
        with mock.patch.object(give_back, "refresh", lambda checkout_id, **_: Checkout.objects.get(id=checkout_id)):
            sent(row, now=later)
        assert len(backs(world, checkout)) == 2, "the protection does not protect from anything"


def test_a_payment_that_was_taken_back_meanwhile_is_not_given_back_as_well(world: Played) -> None:
    checkout = overpaid(world, by_bank=2000)
    row = agreed()
    ordered(row)
    world.house.act(checkout.provider_ref, "dispute")
    world.house.outgoing.clear()  # we did not hear of it
    assert sent(row) == SentBack(failed=1)
    assert row.state == RefundState.CANCELLED and [back.dispute for back in backs(world, checkout)] == [True]


def test_more_than_came_with_the_payment_never_goes_back_through_it(world: Played) -> None:
    checkout = overpaid(world, by_bank=11_490)  # 84.90 and 30.00 by transfer, then 84.90 by card
    row = agreed()
    assert (row.checkout_id, row.amount_cents) == (checkout.id, 8490)
    ordered(row)
    sent(row)
    checkout.refresh_from_db()
    assert (checkout.state, checkout.parked, checkout.refunded_cents, credit(checkout.case)) == (CheckoutState.REFUNDED, "", 8490, 3000)
    rest = agreed()
    assert (rest.checkout_id, rest.amount_cents, rest.iban) == (None, 3000, PAYER)
    assert check(DAY).findings == ()


def test_money_that_came_last_goes_back_first(world: Played) -> None:
    checkout = overpaid(world)
    transfer(checkout.case, 6000, 2)
    assert credit(checkout.case) == 11_000
    row = agreed()
    assert (row.checkout_id, row.amount_cents, row.iban) == (None, 6000, PAYER)


def test_two_people_and_nobody_alone_whatever_the_code_says(world: Played) -> None:
    checkout = overpaid(world)
    with transaction.atomic():
        row = ask_for_refund(checkout.case_id, by="anna", day=DAY, now=NOW)
    with pytest.raises(AnotherPersonMustDecide), transaction.atomic():
        approve(row.id, actor="anna", now=NOW)
    with pytest.raises(GoesBackTheSameWay), transaction.atomic():
        name_account(row.id, iban=PAYER, holder="Jemand anders", source="staff", actor="ben", now=NOW)
    with transaction.atomic():
        approve(row.id, actor="ben", now=NOW)
    with pytest.raises(NothingToOrder):
        ordered(row, by="ben")
    with pytest.raises(NothingToOrder), transaction.atomic():
        order_refunds(row.creditor_id, day=DAY, now=NOW, actor="anna")
    for alone in (
        {"decided_by": "anna"},
        {"ordered_by": "ben"},
        {"state": RefundState.ORDERED},
        {"state": RefundState.PAID, "ordered_by": "anna", "decided_by": ""},
        {"iban": PAYER},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            RefundProposal.objects.filter(id=row.id).update(**alone)
    assert ordered(row, by="anna") == [row.id]


def test_a_refused_refund_stays_refused_until_the_credit_changes(world: Played) -> None:
    overpaid(world)
    propose_due(day=DAY, now=NOW)
    with transaction.atomic():
        refuse(RefundProposal.objects.get().id, because="so vereinbart", actor="anna", now=NOW)
    assert propose_due(day=DAY, now=NOW) == 0


def test_a_refund_by_the_providers_own_page_is_no_refund_of_ours(world: Played) -> None:
    checkout = overpaid(world, by_bank=2000)
    payment = world.house.book.payments[checkout.provider_ref]
    back = world.house.book.give_back(payment, "re_", 2000, ours="", key="")
    assert back
    refresh(checkout.id, day=DAY, now=NOW)
    checkout.refresh_from_db()
    assert checkout.parked.startswith("Von 84,90 EUR wurden 20,00 EUR erstattet.")
    assert propose_due(day=DAY, now=NOW) == 0, "while a person has to look, nothing is proposed twice"


@pytest.mark.race
def test_two_people_who_order_and_two_workers_who_send_give_back_once(world: Played) -> None:
    checkouts = [overpaid(world, number=number) for number in range(1, 4)]
    propose_due(day=DAY, now=NOW)
    for row in RefundProposal.objects.all():
        with transaction.atomic():
            approve(row.id, actor="anna", now=NOW)
    creditor = Creditor.objects.get(key="nordlicht")
    start = threading.Barrier(2)

    def act(name: str) -> int:
        try:
            start.wait()
            try:
                with transaction.atomic():
                    ids = order_back(creditor.id, now=NOW, actor=name)
            except NothingToOrder:
                ids = []
            world.house.book.refunds.clear()  # no help from the provider
            send_waiting(day=DAY, now=NOW)
            return len(ids)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(act, ["ben", "carla"])) == [0, 3]
    send_waiting(day=DAY, now=NOW + timedelta(minutes=30))
    assert [len(backs(world, checkout)) for checkout in checkouts] == [1, 1, 1]
    assert {row.state for row in RefundProposal.objects.all()} == {RefundState.PAID}
    assert audit().findings == ()


def test_the_command_goes_the_same_way_and_the_old_one_is_gone(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_NOW", NOW.isoformat())
    checkout = overpaid(world)
    for name in ("anna", "ben"):
        User.objects.create_user(name, password="x", role="lead")

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(_build([]), list(words))
        return answer.exit_code, answer.output + repr(answer.exception)

    assert run("providers", "refund", str(checkout.id), "--amount", "5.00", "--reason", "allein")[0] == 2
    reference = checkout.case.reference
    assert "50,00" in run("refunds", "ask", reference, "--because", "doppelt bezahlt", "--as", "anna")[1]
    assert run("refunds", "approve", reference, "--as", "anna")[0] != 0
    assert run("refunds", "approve", reference, "--as", "ben")[0] == 0
    assert run("refunds", "order", "nordlicht", "--as", "ben")[0] != 0
    code, output = run("refunds", "order", "nordlicht", "--as", "anna")
    assert code == 0 and "1 zurückgegeben" in output, output
    assert credit(checkout.case) == 0
