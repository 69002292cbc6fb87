"""Ten thousand deliveries in random order, many times each, with forged ones among them: the same books as one of each in order.

The control runs show what the two protections are for: without events counting once and without keys on bookings money is booked twice.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from unittest import mock

import pytest
from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, Hold
from kulanz.ledger.models import AccountKind, Posting
from kulanz.payments.commands.checkouts import Wish, bring, hear, place, send_off
from kulanz.payments.commands.checkouts.take import bring as work_out
from kulanz.payments.models import Checkout, ProviderEvent
from kulanz.payments.providers.errors import NotGenuine
from kulanz.payments.providers.port import Delivery, Heard, Method
from kulanz.runs.check import check
from kulanz.world.provider_server.house import Post
from tests import factories
from tests.factories import DAY, NOW
from tests.providers import Played, connected, played

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

DELIVERIES, FORGED, PAYMENTS = 10_000, 2_000, 40
LIVES = (
    ("pay", "settle"),
    ("pay", "settle"),
    ("pay", "settle"),
    ("pay", "fail"),
    ("cancel",),
    ("pay", "settle", "dispute"),
    ("pay", "settle", "dispute", "win"),
    ("pay", "settle", "refund"),
)
WAYS = (
    ("stripe", Method.CARD),
    ("stripe", Method.SEPA_DEBIT),
    ("paypal", Method.PAYPAL),
    ("mollie", Method.BANK),
    ("viafintech", Method.CASH),
)
Ends = dict[int, tuple[str, int, int, str]]


@pytest.fixture
def world() -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def live(world: Played, payments: int, dice: random.Random) -> list[Post]:
    """Payments with all kinds of lives; returns every delivery the provider would make, once, in order."""
    creditor = factories.creditor()
    posts: list[Post] = []
    for number in range(payments):
        case = factories.case(creditor, number=number, principal_cents=1000 + number, margin_bp=None)
        provider, method = WAYS[number % len(WAYS)]
        with transaction.atomic():
            checkout = place(Wish(case.id, f"nordlicht-{provider}", method, 1000 + number, f"form {number}"), day=DAY, now=NOW)
        send_off(checkout.id, site_url="http://kulanz.test", return_path="/p/back", language="de", now=NOW)
        checkout.refresh_from_db()
        for action in dice.choice(LIVES):
            world.house.act(checkout.provider_ref, action)
            if provider == "paypal" and action == "pay":
                world.adapters["paypal"].fetch(checkout.provider_ref)  # somebody captures it
            posts += world.house.posts()
    return posts


def storm(posts: list[Post], total: int, forged: int, house: Played, dice: random.Random) -> list[Post]:
    """Each delivery at least once and mostly often, forged ones among them, in random order."""
    found = [post for post in posts for _ in range(dice.randint(1, 10))]
    found += dice.choices(posts, k=max(0, total - forged - len(found)))
    found += [house.house._forged(post) for post in dice.choices(posts, k=forged)]
    dice.shuffle(found)
    return found


def deliver(posts: list[Post]) -> Counter[str]:
    """Let them arrive; counts what was taken, known, and refused."""
    counts: Counter[str] = Counter()
    for post in posts:
        provider, endpoint = post.url.split("/")[-2:]
        try:
            new = hear(provider, endpoint, Delivery(post.headers, post.body, post.url), day=DAY, now=NOW)
            counts["new" if new else "known"] += 1
        except NotGenuine:
            counts["refused"] += 1
    return counts


def ends() -> Ends:
    """Where every payment stands: state, what is still owed, what the provider owes us for it, state of the case."""
    cases = {case.id: case for case in Case.objects.all()}
    owed = {case_id: sum(c.total_cents for c in claims) for case_id, claims in open_amounts(list(cases), DAY).items()}
    at_provider: Counter[int] = Counter()
    rows = Posting.objects.filter(account__kind=AccountKind.PROVIDER).values_list("entry__idempotency_key", "amount_cents")
    for key, cents in rows:
        at_provider[int(key.split(":")[1])] += cents
    return {c.id: (c.state, owed[c.case_id], at_provider[c.id], cases[c.case_id].state) for c in Checkout.objects.all()}


def expected(world: Played) -> Ends:
    """What must come out, from the provider's own book."""
    found = {}
    for checkout in Checkout.objects.all():
        payment = world.house.book.payments[checkout.provider_ref]
        gone = any(back.ended_at is None for back in payment.backs)
        held = payment.cents if payment.status == "paid" and not gone else 0
        found[checkout.id] = (payment.cents - held, held)
    return {key: ("", *value, "settled" if value[0] == 0 else "open") for key, value in found.items()}


def without_state(found: Ends) -> Ends:
    return {key: ("", *value[1:]) for key, value in found.items()}


def test_ten_thousand_deliveries_in_any_order_book_each_payment_once(world: Played) -> None:
    dice = random.Random(20260302)
    posts = live(world, PAYMENTS, dice)
    arriving = storm(posts, DELIVERIES, FORGED, world, dice)
    assert len(arriving) >= DELIVERIES
    counts = deliver(arriving)
    assert counts["refused"] == FORGED, "every forged delivery was refused, no genuine one was"
    assert without_state(ends()) == expected(world)
    assert not Checkout.objects.exclude(parked="").exists()
    assert not Hold.objects.filter(lifted_at=None, reason="collection").exclude(case__checkouts__state="pending").exists()
    before = ends()
    again = deliver(random.Random(7).sample(arriving, 500))
    assert again["new"] == 0
    assert ends() == before
    assert check(DAY).findings == ()


def test_the_state_follows_from_the_stored_events_alone(world: Played) -> None:
    deliver(live(world, 16, random.Random(11)))
    before = ends()
    Checkout.objects.update(state="created")
    for checkout in Checkout.objects.all():
        with transaction.atomic():
            work_out(checkout.id, day=DAY, now=NOW)
    assert ends() == before


def forgetful(world: Played) -> None:
    """Switch off that an event counts once: every delivery looks like a new event."""
    fresh = itertools.count()
    for name, adapter in world.adapters.items():
        real = adapter.hear

        def hear_anew(delivery: Delivery, *, now: object, real: object = real) -> Heard:
            heard: Heard = real(delivery, now=now)  # type: ignore[operator]  (bound above)
            return replace(heard, notices=tuple(replace(n, event_id=f"{n.event_id}:{next(fresh)}") for n in heard.notices))

        mock.patch.object(world.adapters[name], "hear", hear_anew).start()


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    mock.patch.stopall()


def small_storm(world: Played) -> None:
    dice = random.Random(5)
    deliver(storm(live(world, 16, dice), 160, 20, world, dice))


def test_control_keys_alone_still_book_once(world: Played) -> None:
    forgetful(world)
    small_storm(world)
    assert ProviderEvent.objects.count() > 60, "the first protection is really off"
    assert without_state(ends()) == expected(world)


def test_control_without_both_protections_money_is_booked_twice(world: Played) -> None:
    forgetful(world)
    fresh, real = itertools.count(), bring._key
    with mock.patch.object(bring, "_key", lambda checkout, move: f"{real(checkout, move)}:{next(fresh)}"):
        small_storm(world)
    assert without_state(ends()) != expected(world)
    assert sum(end[2] for end in ends().values()) > sum(end[2] for end in expected(world).values())
