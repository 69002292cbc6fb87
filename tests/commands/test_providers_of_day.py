"""Providers as part of the day: what is open is asked about and what was paid out is tied; a provider that fails stops nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import override_settings
from typer.testing import CliRunner

from kulanz.cli.main import _build
from kulanz.payments.models import Agreement, CheckoutState, PayoutState, ProviderPayout
from kulanz.runs.check import check
from kulanz.runs.daily import RunSummary, run_day
from kulanz.strategy.models import Decision
from kulanz.world.provider_server.house import Temper
from tests.commands.test_checkouts import begin, case_of, listen, owed
from tests.commands.test_provider_payouts import bank
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + timedelta(minutes=30)


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def day(*, shadow: bool = False) -> RunSummary:
    return run_day(DAY, shadow=shadow, engine="local", now=LATER)


def test_a_payment_whose_message_got_lost_is_found_by_the_day(world: Played) -> None:
    case = case_of(principal_cents=8490)
    checkout = begin(case)
    world.house.act(checkout.provider_ref, "pay")
    assert day(shadow=True).problems == ()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.CREATED, "a trial run asks nobody"
    assert day().problems == ()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID and owed(case) == 0 and check(DAY).findings == ()


def test_a_payout_is_tied_by_the_day(world: Played) -> None:
    checkout = begin(case_of(principal_cents=8490))
    world.house.act(checkout.provider_ref, "pay")
    listen(world)
    payout = world.house.book.pay_out("stripe")
    assert payout is not None
    bank(payout.net_cents, "stripe")
    assert day().problems == ()
    assert ProviderPayout.objects.get().state == PayoutState.TIED and check(DAY).findings == ()


def asked(world: Played) -> list[str]:
    """The providers that are asked for what they paid out."""
    return [name for name in world.endpoints if world.adapters[name].reports_payouts]


def test_a_silent_provider_is_a_problem_and_the_day_is_done_all_the_same(world: Played) -> None:
    checkout = begin(case_of(principal_cents=8490))
    other = case_of(2)
    world.house.temper = Temper(broken=1.0)
    summary = day()
    assert [one.partition(":")[0] for one in summary.problems] == ["Zahlungsanbieter", *(f"nordlicht-{name}" for name in asked(world))]
    assert summary.counts["cases"] == 2 and Decision.objects.filter(case_id=other.id).exists()
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.CREATED
    world.house.temper = Temper()
    assert run_day(DAY + timedelta(days=1), shadow=False, engine="local", now=LATER + timedelta(days=1)).problems == ()


def test_what_does_not_fit_is_said_by_the_command_and_ends_no_day(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_NOW", LATER.isoformat())
    case_of()
    world.house.temper = Temper(broken=1.0)
    result = CliRunner().invoke(_build(["run"]), ["run", "daily", "--json"])
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)["problems"]) == len(asked(world))


def test_an_unreadable_file_of_providers_is_a_problem_too(tmp_path: Path) -> None:
    case_of()
    broken = tmp_path / "providers.toml"
    broken.write_text("[[endpoint", encoding="utf-8")
    with override_settings(KULANZ_PROVIDERS=str(broken)):
        (problem,) = day().problems
    assert "nicht lesbar" in problem and not Agreement.objects.exists()
