"""Whatever goes wrong and in whatever order: a credit goes back once, never more than came in, never by one person alone."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

import pytest
from django.db import transaction

from kulanz.ledger.models import AccountKind
from kulanz.ledger.queries import audit
from kulanz.payments.commands.checkouts import hear, order_back, refresh, send_waiting
from kulanz.payments.commands.refunds import approve, propose_due
from kulanz.payments.debit_errors import AnotherPersonMustDecide, NothingToOrder
from kulanz.payments.models import Checkout, RefundProposal, RefundState
from kulanz.payments.providers.errors import ProviderUnreachable
from kulanz.payments.providers.port import Delivery, Method
from kulanz.world.provider_server.book import Back, Refunded
from kulanz.world.provider_server.house import GOOD, Temper
from tests.commands.test_checkouts import balance
from tests.commands.test_provider_refunds import overpaid
from tests.commands.test_refunds import credit
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE: Final = ("anna", "ben", "carla")
TEMPERS: Final = (GOOD, Temper(broken=0.6), Temper(mute=0.6), Temper(lost=0.5), Temper(repeats=4, shuffled=True))
WAYS: Final = (("stripe", Method.CARD), ("paypal", Method.PAYPAL), ("mollie", Method.CARD))
STEPS = 24


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


class Storm:
    """One schedule: three debtors who paid too much, three people, providers in changing temper, time that passes."""

    def __init__(self, world: Played, seed: int) -> None:
        self.world, self.dice, self.now = world, random.Random(seed), NOW
        world.house.temper, world.house.book.new_refunds = GOOD, Refunded.DONE
        self.owed: dict[int, int] = {}
        self.checkouts: list[Checkout] = []
        for number, (provider, method) in enumerate(WAYS, start=1):
            by_bank = self.dice.choice((500, 2000, 5000, 8490))
            checkout = overpaid(world, provider, method, by_bank=by_bank, number=seed * 10 + number)
            self.checkouts.append(checkout)
            self.owed[checkout.id] = by_bank

    def step(self) -> None:
        """Let one thing happen."""
        who = self.dice.choice(PEOPLE)
        match self.dice.randrange(9):
            case 0:
                propose_due(day=DAY, now=self.now)
            case 1:
                self.decide(who)
            case 2 | 3:
                self.order(who)
            case 4:
                self.now += timedelta(minutes=self.dice.choice((1, 11, 2000)))
                send_waiting(day=DAY, now=self.now)
            case 5:
                self.world.house.temper = self.dice.choice(TEMPERS)
            case 6:
                self.world.house.book.refunds.clear()  # the providers forget their keys
                self.world.house.book.new_refunds = self.dice.choice((Refunded.DONE, Refunded.DONE, Refunded.PENDING, Refunded.FAILED))
            case 7:
                self.listen()
            case _:
                self.world.house.act(self.dice.choice(self.checkouts).provider_ref, self.dice.choice(("refund_done", "refund_failed")))

    def decide(self, who: str) -> None:
        for row in RefundProposal.objects.filter(state=RefundState.OPEN, checkout__in=self.checkouts):
            try:
                with transaction.atomic():
                    approve(row.id, actor=who, now=self.now)
            except AnotherPersonMustDecide:
                continue

    def order(self, who: str) -> None:
        try:
            with transaction.atomic():
                order_back(self.checkouts[0].creditor_id, now=self.now, actor=who)
        except NothingToOrder:
            return
        send_waiting(day=DAY, now=self.now)

    def listen(self) -> None:
        for post in self.world.house.posts():
            provider, endpoint = post.url.split("/")[-2:]
            with suppress(ProviderUnreachable):  # the proof needs the provider; it would deliver again
                hear(provider, endpoint, Delivery(post.headers, post.body, post.url), day=DAY, now=NOW)

    def backs(self, checkout: Checkout) -> list[Back]:
        return self.world.house.book.payments[checkout.provider_ref].backs

    def check(self) -> None:
        """What must hold at every moment."""
        for checkout in self.checkouts:
            times = Counter(back.ours for back in self.backs(checkout))
            assert max(times.values(), default=0) <= 1, "an order was carried out twice"
            gone = sum(back.cents for back in self.backs(checkout) if back.status is not Refunded.FAILED)
            assert gone <= self.owed[checkout.id], "more went back than was too much"
        for row in RefundProposal.objects.filter(checkout__in=self.checkouts, state__in=["ordered", "paid", "failed"]):
            assert len({row.proposed_by, row.decided_by, row.ordered_by} - {""}) >= 2 and row.decided_by not in ("", row.ordered_by)

    def calm_down(self) -> None:
        """The weather clears: everything is answered, everything is asked once more."""
        self.world.house.temper, self.world.house.book.new_refunds = GOOD, Refunded.DONE
        self.now += timedelta(days=2)
        send_waiting(day=DAY, now=self.now)
        for checkout in self.checkouts:
            if (last := self.backs(checkout)[-1:]) and last[0].status is Refunded.PENDING:
                self.world.house.act(checkout.provider_ref, "refund_done")
        self.listen()
        for checkout in self.checkouts:
            refresh(checkout.id, day=DAY, now=self.now)
            checkout.refresh_from_db()
            gone = sum(back.cents for back in self.backs(checkout) if back.status is Refunded.DONE)
            assert (credit(checkout.case), checkout.parked) == (self.owed[checkout.id] - gone, "")


@pytest.mark.parametrize("seed", range(1, 13))
def test_no_weather_sends_money_twice(world: Played, seed: int) -> None:
    storm = Storm(world, seed)
    taken = balance(AccountKind.PROVIDER)
    for _ in range(STEPS):
        storm.step()
        storm.check()
    storm.calm_down()
    storm.check()
    gone = sum(back.cents for checkout in storm.checkouts for back in storm.backs(checkout) if back.status is Refunded.DONE)
    assert balance(AccountKind.PROVIDER) == taken - gone
    assert audit().findings == ()


def test_the_weather_is_bad_enough(world: Played) -> None:
    """A storm in which nothing goes back would prove nothing: over all seeds there are refunds, failed ones, and lost answers."""
    storm = Storm(world, 99)
    for _ in range(5 * STEPS):
        storm.step()
    states = {row.state for row in RefundProposal.objects.filter(checkout__in=storm.checkouts)}
    backs = [back for checkout in storm.checkouts for back in storm.backs(checkout)]
    assert len(backs) >= 3 and {RefundState.PAID, RefundState.FAILED} & states
