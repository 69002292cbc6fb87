"""What providers pay out: every line against our own notes, every payout against one bank line, differences said and never smoothed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from typer.testing import CliRunner

from kulanz.cli.main import _build
from kulanz.ledger.models import AccountKind, Entry, EntryKind, Posting
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.checkouts import reconcile
from kulanz.payments.commands.checkouts.reconcile import Reconciled
from kulanz.payments.models import BankLine, Checkout, LineState, PayoutState, ProviderPayout
from kulanz.payments.providers.port import Method
from kulanz.runs.check import check
from tests.bank import Move, camt053
from tests.commands.test_checkouts import balance, begin, case_of, listen
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
WAYS = [("stripe", Method.CARD), ("paypal", Method.PAYPAL), ("mollie", Method.CARD)]
WORDS = {"stripe": "STRIPE PAYMENTS EUROPE", "paypal": "PayPal Europe S.a.r.l.", "mollie": "Mollie B.V."}


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def pay(world: Played, provider: str, method: Method, count: int = 2) -> list[Checkout]:
    found = []
    for number in range(1, count + 1):
        checkout = begin(case_of(number, principal_cents=5000), provider, method, 5000, f"{provider} {number}")
        world.house.act(checkout.provider_ref, "pay")
        listen(world)
        found.append(checkout)
    return found


def compare(world: Played, provider: str, days: int = 0) -> Reconciled:
    day = DAY + timedelta(days=days)
    return reconcile(world.endpoints[provider], since=DAY - timedelta(days=5), until=day, day=day, now=NOW)


def bank(cents: int, provider: str, ref: str = "", number: int = 1) -> None:
    opening = 0 if number == 1 else sum(BankLine.objects.values_list("amount_cents", flat=True))
    file = camt053([Move(cents, f"AUSZAHLUNG {ref}", WORDS[provider], ref=f"B{number}", on=DAY)], number=number, opening_cents=opening)
    import_statement(file, f"{number}.xml", actor="test", now=NOW, day=DAY)


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_a_payout_is_tied_to_its_bank_line_and_the_accounts_clear(world: Played, provider: str, method: Method) -> None:
    pay(world, provider, method)
    payout = world.house.book.pay_out(provider)
    assert payout is not None
    assert (payout.net_cents, balance(AccountKind.PROVIDER)) == (10_000 - 200, 10_000)

    waiting = compare(world, provider)
    assert (waiting.payouts, waiting.tied, waiting.differences) == (1, 0, ())
    assert ProviderPayout.objects.get().state == PayoutState.OPEN

    bank(payout.net_cents, provider)
    for _ in range(2):  # the second time changes nothing
        done = compare(world, provider)
        assert (done.payouts, done.tied, done.differences) == (1, 1, ())
    found = ProviderPayout.objects.select_related("bank_line").get()
    assert (found.state, found.gross_cents, found.fee_cents, found.net_cents) == (PayoutState.TIED, 10_000, 200, 9_800)
    assert found.bank_line is not None and found.bank_line.state == LineState.BOOKED
    kinds = (AccountKind.PROVIDER, AccountKind.SUSPENSE, AccountKind.BANK, AccountKind.WITHHELD)
    assert tuple(balance(kind) for kind in kinds) == (0, 0, 9_800, 200)
    assert Entry.objects.filter(kind=EntryKind.PAYOUT).count() == 1
    assert check(DAY).findings == ()


def test_two_equal_lines_are_not_guessed_between_unless_one_names_the_payout(world: Played) -> None:
    pay(world, "stripe", Method.CARD)
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    bank(payout.net_cents, "stripe", number=1)
    bank(payout.net_cents, "stripe", number=2)
    assert compare(world, "stripe").tied == 0
    bank(payout.net_cents, "stripe", ref=payout.id, number=3)
    assert compare(world, "stripe").tied == 1
    line = ProviderPayout.objects.get().bank_line
    assert line is not None and payout.id in line.purpose


def test_a_line_of_somebody_else_with_the_same_amount_is_left_alone(world: Played) -> None:
    pay(world, "mollie", Method.CARD)
    payout = world.house.book.pay_out("mollie")
    assert payout is not None
    file = camt053([Move(payout.net_cents, "Miete", "Erika Muster", on=DAY)])
    import_statement(file, "a.xml", actor="test", now=NOW, day=DAY)
    assert compare(world, "mollie").tied == 0


def test_what_we_never_heard_of_is_said(world: Played) -> None:
    pay(world, "stripe", Method.CARD, 1)
    lost = begin(case_of(9, principal_cents=5000), "stripe", Method.CARD, 5000, "lost")
    world.house.act(lost.provider_ref, "pay")
    world.house.posts()  # never delivered
    world.house.book.pay_out("stripe")
    (sentence,) = compare(world, "stripe").differences
    assert "abgerechnet, aber hier nicht gebucht" in sentence and f"Vorgang {lost.id}" in sentence
    assert ProviderPayout.objects.get().state == PayoutState.DIFFERS


def test_money_that_went_back_unheard_is_said(world: Played) -> None:
    first, _ = pay(world, "mollie", Method.CARD)
    world.adapters["mollie"].refund(first.provider_ref, 5000, "EUR", key="their own page")
    world.house.posts()  # never delivered
    world.house.book.pay_out("mollie")
    (sentence,) = compare(world, "mollie").differences
    assert "ging zurück, hier steht die Zahlung noch" in sentence


def test_a_wrong_sum_is_never_booked(world: Played) -> None:
    pay(world, "stripe", Method.CARD)
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    bank(payout.net_cents, "stripe")
    payout.payments.pop()  # a line is missing, the payout is what it was
    before = payout.net_cents
    with transaction.atomic():
        result = compare(world, "stripe")
    assert before and result.tied == 0
    assert Posting.objects.filter(account__kind=AccountKind.WITHHELD).count() == 0


def test_money_that_stays_with_the_provider_is_pointed_out(world: Played) -> None:
    pay(world, "stripe", Method.CARD, 1)
    assert compare(world, "stripe", days=14).differences == ()
    (sentence,) = compare(world, "stripe", days=15).differences
    assert "ist noch in keiner Abrechnung" in sentence


def test_the_command_says_the_same_and_fails_on_differences(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_NOW", NOW.isoformat())
    pay(world, "mollie", Method.CARD)
    payout = world.house.book.pay_out("mollie")
    assert payout is not None
    bank(payout.net_cents, "mollie")
    answer = CliRunner().invoke(_build([]), ["providers", "reconcile", "nordlicht-mollie", "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.output)["results"][0]["tied"] == 1
    methods = CliRunner().invoke(_build([]), ["providers", "methods"])
    assert "1 von 2 Zahlungen" in methods.output or "2 von 2 Zahlungen" in methods.output
    assert "nordlicht-paypal" in CliRunner().invoke(_build([]), ["providers", "list"]).output
