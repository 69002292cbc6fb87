"""Cash under a provider that loses, repeats, reorders and forges its messages: what was paid at the till is what the books say."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Hold
from kulanz.ledger.models import AccountKind
from kulanz.payments.checkout_errors import AmountNotOpen, MethodNotOffered, SlipNotOpen
from kulanz.payments.commands.checkouts import Wish, hear, place, poll, refresh, send_off, slip_pdf, withdraw
from kulanz.payments.models import Checkout, CheckoutState
from kulanz.payments.providers.errors import NotGenuine, ProviderUnreachable
from kulanz.payments.providers.port import Delivery, Method
from kulanz.runs.check import check
from kulanz.world.provider_server.book import Status
from kulanz.world.provider_server.house import BAD, GOOD, Temper
from tests.commands.test_checkouts import balance, begin, case_of
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = pytest.mark.django_db(transaction=True)
SLIPS = 24


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def slip(number: int = 1, cents: int = 8490) -> Checkout:
    return begin(case_of(number), "viafintech", Method.CASH, cents, f"slip {number}")


@pytest.mark.parametrize("seed", range(3))
def test_what_was_paid_at_the_till_is_what_the_books_say(world: Played, seed: int) -> None:
    dice, slips = random.Random(seed), [slip(number) for number in range(1, SLIPS + 1)]
    world.house.temper, world.house.dice = BAD, random.Random(seed)
    for one in dice.sample(slips, SLIPS):
        if (action := dice.choice(["pay", "pay", "expire", ""])) != "":
            world.house.at_till(one.provider_ref, action)
    posts = world.house.posts()
    forged = 0
    for post in posts:
        try:
            hear("viafintech", "nordlicht-viafintech", Delivery(post.headers, post.body, post.url), day=DAY, now=NOW)
            assert post.genuine
        except NotGenuine:
            forged += not post.genuine
    assert forged == sum(not post.genuine for post in posts) > 0 and len(posts) > SLIPS
    for _ in range(20):  # one call in five fails; asking makes up for what was lost
        poll(day=DAY, now=NOW + timedelta(hours=7))
        Checkout.objects.update(asked_at=None)
    paid = {p.id for p in world.house.book.payments.values() if p.status is Status.PAID}
    ended = {p.id for p in world.house.book.payments.values() if p.status is Status.EXPIRED}
    states = dict(Checkout.objects.values_list("provider_ref", "state"))
    assert {ref for ref, state in states.items() if state == CheckoutState.PAID} == paid
    assert {ref for ref, state in states.items() if state == CheckoutState.EXPIRED} == ended
    assert balance(AccountKind.PROVIDER) == 8490 * len(paid)
    open_cases = set(Checkout.objects.filter(state=CheckoutState.CREATED).values_list("case_id", flat=True))
    quiet = set(Hold.objects.filter(reason="collection", lifted_at=None).values_list("case_id", flat=True))
    assert quiet == open_cases, "silent while a slip can be paid, and only then"
    assert check(DAY).findings == ()


def test_one_slip_of_a_case_at_a_time_until_it_ends(world: Played) -> None:
    first = slip()
    wish = Wish(first.case_id, "nordlicht-viafintech", Method.CASH, 8490, "another form")
    with transaction.atomic():
        assert place(wish, day=DAY, now=NOW + timedelta(days=6)) == first
    with transaction.atomic():
        later = place(wish, day=DAY + timedelta(days=8), now=NOW + timedelta(days=8))
    assert later != first and later.valid_until is not None and first.valid_until is not None and later.valid_until > first.valid_until


def test_amounts_the_service_does_not_take_are_refused(world: Played) -> None:
    case = case_of(principal_cents=200_000)
    for cents, error in ((100_000, MethodNotOffered), (200_001, MethodNotOffered), (0, MethodNotOffered)):
        with pytest.raises(error), transaction.atomic():
            place(Wish(case.id, "nordlicht-viafintech", Method.CASH, cents, "form"), day=DAY, now=NOW)
    small = case_of(2)
    with pytest.raises(AmountNotOpen), transaction.atomic():
        place(Wish(small.id, "nordlicht-viafintech", Method.CASH, 99_999, "form"), day=DAY, now=NOW)
    assert not Checkout.objects.exists()


def test_a_provider_that_is_silent_gives_the_same_slip_at_the_second_try(world: Played) -> None:
    world.house.temper = Temper(broken=1.0)
    with pytest.raises(ProviderUnreachable):
        slip()
    world.house.temper = GOOD
    (written,) = Checkout.objects.all()
    assert written.provider_ref == ""
    with pytest.raises(SlipNotOpen):
        slip_pdf(written.id, now=NOW)
    send_off(written.id, site_url="http://kulanz.test", return_path="/p/back", language="de", now=NOW)
    written.refresh_from_db()
    assert written.provider_ref and len(world.house.book.payments) == 1


def test_a_slip_that_was_withdrawn_and_paid_all_the_same_counts_as_paid(world: Played) -> None:
    """The till was faster: whatever we said before, money is money."""
    one = slip()
    assert withdraw(one.id, day=DAY, now=NOW).state == CheckoutState.EXPIRED
    payment = world.house.book.payments[one.provider_ref]
    payment.status, payment.paid_at = Status.PAID, NOW
    assert refresh(one.id, day=DAY, now=NOW).state == CheckoutState.PAID
    assert balance(AccountKind.PROVIDER) == 8490
    with pytest.raises(SlipNotOpen):
        withdraw(one.id, day=DAY, now=NOW)


def test_the_day_of_the_message_counts_where_asking_came_later(world: Played) -> None:
    one = slip()
    world.house.at_till(one.provider_ref, "pay")
    (delivery,) = world.deliver()
    hear("viafintech", "nordlicht-viafintech", delivery, day=DAY, now=NOW)
    world.house.clock = lambda: NOW + timedelta(days=2)
    refresh(one.id, day=DAY + timedelta(days=2), now=NOW + timedelta(days=2))
    one.refresh_from_db()
    assert (one.state, one.paid_on) == (CheckoutState.PAID, DAY)
