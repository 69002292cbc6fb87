"""Payouts of a provider that reports none: a person ties them, to the cent, and each payment once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from kulanz.cli.main import _build
from kulanz.ledger.models import AccountKind
from kulanz.payments.checkout_errors import CheckoutNotFound, PayoutDoesNotFit
from kulanz.payments.commands.checkouts import pay_out_by_hand, providers_of_day
from kulanz.payments.errors import LineNotFound
from kulanz.payments.models import BankLine, LineState, PayoutState, ProviderPayout
from kulanz.payments.providers.port import Method
from kulanz.runs.check import check
from tests.commands.test_checkouts import balance
from tests.commands.test_provider_payouts import bank, pay
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
ENDPOINT = "nordlicht-viafintech"


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def test_a_payout_is_tied_by_hand_and_the_accounts_clear(world: Played) -> None:
    first, second = pay(world, "viafintech", Method.CASH)
    bank(9_800, "mollie")  # any words: nothing is guessed from them
    line = BankLine.objects.get()
    assert providers_of_day(day=DAY, now=NOW).problems == (), "that there is no report is no problem of the day"
    assert line.state == LineState.UNMATCHED
    told = CliRunner().invoke(
        _build([]),
        ["providers", "payout", ENDPOINT, "--line", str(line.id), "--payment", str(first.id), "--payment", str(second.id), "--fee", "2.00"],
    )
    assert told.exit_code == 0, told.output
    payout = ProviderPayout.objects.get()
    assert (payout.state, payout.gross_cents, payout.fee_cents, payout.net_cents) == (PayoutState.TIED, 10_000, 200, 9_800)
    line.refresh_from_db()
    assert (line.state, line.decided_by) == (LineState.BOOKED, "cli")
    kinds = (AccountKind.PROVIDER, AccountKind.SUSPENSE, AccountKind.BANK, AccountKind.WITHHELD)
    assert tuple(balance(kind) for kind in kinds) == (0, 0, 9_800, 200)
    assert check(DAY).findings == ()


def test_nothing_is_made_to_fit(world: Played) -> None:
    first, second = pay(world, "viafintech", Method.CASH)
    bank(4_900, "mollie")
    line = BankLine.objects.get()

    def tie(payments: list[int], fee: int, line_id: int = line.id) -> None:
        pay_out_by_hand(ENDPOINT, line_id, payments=payments, fee_cents=fee, actor="lead", now=NOW)

    for payments, fee in (([first.id, second.id], 100), ([first.id], 0), ([first.id], 99), ([], 0)):
        with pytest.raises(PayoutDoesNotFit):
            tie(payments, fee)
    with pytest.raises(CheckoutNotFound):
        tie([999], 100)
    with pytest.raises(LineNotFound):
        tie([first.id], 100, 999)
    assert not ProviderPayout.objects.exists() and balance(AccountKind.PROVIDER) == 10_000
    tie([first.id], 100)
    with pytest.raises(PayoutDoesNotFit):
        tie([first.id], 100)
    bank(4_900, "mollie", number=2)
    again = BankLine.objects.exclude(id=line.id).get()
    with pytest.raises(PayoutDoesNotFit, match="schon in einer anderen Auszahlung"):
        tie([first.id], 100, again.id)
    assert balance(AccountKind.PROVIDER) == 5_000
