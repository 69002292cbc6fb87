"""The same webhook in two workers at once, and two that only together say whose money it is: booked once, nothing lost."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from django.db import transaction

from kulanz.ledger.models import AccountKind, Entry
from kulanz.payments.commands.checkouts import hear, take
from kulanz.payments.models import Checkout, CheckoutState, ProviderEvent
from kulanz.payments.providers.port import Delivery
from tests.commands.test_checkouts import balance, begin, case_of
from tests.commands.test_statement_race import together
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
ROUNDS = 12


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def test_the_same_delivery_in_three_workers_at_once_books_once(world: Played) -> None:
    for number in range(ROUNDS):
        checkout = begin(case_of(number + 1), key=f"form {number}")
        world.house.act(checkout.provider_ref, "pay")
        (delivery,) = world.deliver()

        def worker(delivery: Delivery = delivery) -> None:
            hear("stripe", "nordlicht-stripe", delivery, day=DAY, now=NOW)

        assert together(worker, worker, worker) == []
    assert Entry.objects.filter(idempotency_key__startswith="checkout:").count() == ROUNDS
    assert balance(AccountKind.PROVIDER) == 8490 * ROUNDS


def test_a_chargeback_and_its_payment_at_once_find_each_other(world: Played) -> None:
    for number in range(ROUNDS):
        checkout = begin(case_of(number + 1), key=f"form {number}")
        for action in ("pay", "dispute"):
            world.house.act(checkout.provider_ref, action)
        deliveries = world.deliver()
        acts = [lambda d=d: hear("stripe", "nordlicht-stripe", d, day=DAY, now=NOW) for d in deliveries]
        assert together(*acts) == []
    assert set(Checkout.objects.values_list("state", flat=True)) == {CheckoutState.CHARGED_BACK}
    assert balance(AccountKind.PROVIDER) == 0
    assert not ProviderEvent.objects.filter(checkout=None).exists()


def test_control_without_the_lock_a_chargeback_can_miss_its_payment(world: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both begin before either has committed: exactly what the lock forbids, played step by step."""
    taking = sys.modules[take.__module__]
    checkout = begin(case_of())
    for action in ("pay", "dispute"):
        world.house.act(checkout.provider_ref, action)
    payment, chargeback = world.deliver()
    monkeypatch.setattr(taking, "_one_at_a_time", lambda _: None)
    with transaction.atomic():
        hear("stripe", "nordlicht-stripe", payment, day=DAY, now=NOW)
        raised = together(lambda: hear("stripe", "nordlicht-stripe", chargeback, day=DAY, now=NOW))
    assert raised == []
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID, "the chargeback was stored and belongs to nobody"
    assert ProviderEvent.objects.filter(checkout=None).count() == 1
