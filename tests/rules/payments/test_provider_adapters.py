"""Each adapter against the played provider: one port, the same promises; and what it asks is what the provider's published API takes."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from kulanz.payments.providers.errors import NotGenuine, ProviderRefused, ProviderUnreachable
from kulanz.payments.providers.port import Delivery, Heard, Method, MoneyKind, Order, Payer, Stage
from kulanz.payments.providers.stripe import Stripe
from kulanz.world.provider_server.house import Temper
from tests.providers import BASE, SECRET, Played, played

NOW = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # half past eleven in the evening in Berlin
WAYS = [
    ("stripe", Method.CARD),
    ("stripe", Method.SEPA_DEBIT),
    ("paypal", Method.PAYPAL),
    ("mollie", Method.BANK),
    ("mollie", Method.KLARNA),
]


def order(method: Method, cents: int = 8589) -> Order:
    return Order(
        public_id=uuid.uuid5(uuid.NAMESPACE_URL, f"{method}-{cents}"),
        method=method,
        amount_cents=cents,
        currency="EUR",
        description="Nordlicht Energie, RF18539007547034",
        brand="Nordlicht Energie",
        return_url="https://kulanz.example/p/back",
        cancel_url="https://kulanz.example/p/back?cancelled=1",
        webhook_url="https://kulanz.example/api/webhooks/mollie/nordlicht-mollie",
        language="de",
        payer=Payer("Elif", "Yılmaz", "Domstraße 1", "50667", "Köln", "DE", "elif@example.com"),
    )


@pytest.fixture
def world() -> Played:
    return played(clock=lambda: NOW)


def told(world: Played, provider: str) -> list[Heard]:
    return [world.adapters[provider].hear(delivery, now=NOW) for delivery in world.deliver()]


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_a_payment_goes_from_the_page_to_paid_and_back_again(world: Played, provider: str, method: Method) -> None:
    adapter = world.adapters[provider]
    started = adapter.create(order(method))
    assert started.redirect_url.startswith(f"{BASE}/pay/")
    assert adapter.fetch(started.provider_ref).stage is Stage.STARTED

    world.house.act(started.provider_ref, "pay")
    if method in (Method.SEPA_DEBIT, Method.BANK):
        assert adapter.fetch(started.provider_ref).stage is Stage.PENDING
        world.house.act(started.provider_ref, "settle")
    paid = adapter.fetch(started.provider_ref)
    assert paid.stage is Stage.PAID
    assert [(move.kind, move.cents, move.currency, move.on) for move in paid.movements] == [(MoneyKind.PAID, 8589, "EUR", date(2026, 3, 2))]
    assert adapter.fetch(started.provider_ref).event_id == paid.event_id, "the same answer twice is one event"

    heard = told(world, provider)
    assert heard
    spoken = [notice for item in heard for notice in item.notices if notice.stage is Stage.PAID]
    if provider != "mollie":
        assert {move.ref for notice in spoken for move in notice.movements} == {paid.movements[0].ref}
        assert all(str(order(method).public_id) in notice.refs for notice in spoken), "our own number comes back"

    adapter.refund(started.provider_ref, 8589, "EUR", key="back-1")
    gone = adapter.fetch(started.provider_ref)
    assert [(move.kind, move.cents) for move in gone.movements] == [(MoneyKind.PAID, 8589), (MoneyKind.REFUNDED, 8589)]


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_the_same_order_twice_is_one_payment(world: Played, provider: str, method: Method) -> None:
    first, second = (world.adapters[provider].create(order(method)) for _ in range(2))
    assert first.provider_ref == second.provider_ref
    assert len(world.house.book.payments) == 1


def test_what_is_not_genuine_is_refused(world: Played) -> None:
    for provider, method in (("stripe", Method.CARD), ("paypal", Method.PAYPAL), ("mollie", Method.CARD)):
        world.house.act(world.adapters[provider].create(order(method)).provider_ref, "pay")
    world.house.temper = Temper(forged=1.0)
    posts = world.house.posts()
    assert sum(not post.genuine for post in posts) == 3
    for post in posts:
        provider = post.url.split("/")[-2]
        if post.genuine:
            world.adapters[provider].hear(Delivery(post.headers, post.body, post.url), now=NOW)
        else:
            with pytest.raises(NotGenuine):
                world.adapters[provider].hear(Delivery(post.headers, post.body, post.url), now=NOW)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_signature_of_another_time_is_refused(world: Played, minutes: int) -> None:
    stripe = world.adapters["stripe"]
    world.house.act(stripe.create(order(Method.CARD)).provider_ref, "pay")
    (delivery,) = world.deliver()
    assert stripe.hear(delivery, now=NOW + timedelta(minutes=4)).notices
    with pytest.raises(NotGenuine):
        stripe.hear(delivery, now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    "header", ["", "t=1", "v1=ab", "t=,v1=", "t=1,v1=é", "t=99999999999999999999,v1=00", "t=-5,v1=00", "t=²,v1=00", ",,,=", "t=1,v0=00"]
)
def test_a_broken_signature_header_is_refused(world: Played, header: str) -> None:
    with pytest.raises(NotGenuine):
        world.adapters["stripe"].hear(Delivery({"stripe-signature": header}, b"{}"), now=NOW)


def test_a_signed_body_that_says_nothing_is_refused_or_ignored(world: Played) -> None:
    from kulanz.world.provider_server import as_stripe

    def said(body: bytes) -> Heard:
        return world.adapters["stripe"].hear(Delivery(as_stripe.sign(body, SECRET, NOW), body), now=NOW)

    for body in (b"", b"[]", b"nonsense", b'{"type": "checkout.session.completed", "data": {"object": {}}}', b"[" * 100_000):
        with pytest.raises(ProviderRefused):
            said(body)
    assert said(b'{"id": "evt_1", "created": 1, "type": "invoice.paid", "data": {"object": {"id": "in_1"}}}') == Heard()


def test_a_provider_that_is_down_is_asked_three_times_and_only_where_twice_is_once() -> None:
    tries: list[str] = []

    def down(request: httpx.Request) -> httpx.Response:
        tries.append(request.headers.get("idempotency-key", ""))
        return httpx.Response(503)

    stripe = Stripe("sk", SECRET, transport=httpx.MockTransport(down), pause=lambda _: None, origins=(BASE,))
    with pytest.raises(ProviderUnreachable):
        stripe.create(order(Method.CARD))
    assert tries == [str(order(Method.CARD).public_id)] * 3, "always under the same key"


def test_nobody_is_sent_to_a_page_that_is_not_the_providers() -> None:
    page = {"id": "cs_1", "url": "https://checkout.stripe.com.evil.example/pay"}
    stripe = Stripe("sk", SECRET, transport=httpx.MockTransport(lambda _: httpx.Response(200, json=page)))
    with pytest.raises(ProviderRefused):
        stripe.create(order(Method.CARD))


def test_a_refusal_says_nothing_of_what_the_provider_wrote() -> None:
    body = {"error": {"message": "card of Elif Yılmaz declined", "key": "sk_live_secret"}}
    stripe = Stripe("sk_live_secret", SECRET, transport=httpx.MockTransport(lambda _: httpx.Response(402, json=body)))
    with pytest.raises(ProviderRefused) as refused:
        stripe.create(order(Method.CARD))
    assert "Elif" not in str(refused.value)
    assert "sk_live" not in str(refused.value)


def test_paypal_gets_its_event_back_byte_for_byte(world: Played) -> None:
    paypal = world.adapters["paypal"]
    world.house.act(paypal.create(order(Method.PAYPAL)).provider_ref, "pay")
    (delivery,) = world.deliver()
    odd = delivery.body.replace(b'{"id"', b'{ "id"')  # same meaning, other bytes
    paypal.hear(Delivery(delivery.headers, odd), now=NOW)
    assert odd in world.requests[-1].content


def test_settlements_add_up(world: Played) -> None:
    ways = [("stripe", Method.CARD), ("paypal", Method.PAYPAL), ("mollie", Method.CARD)]
    for provider, method in ways:
        adapter = world.adapters[provider]
        for cents in (5000, 12345):
            ref = adapter.create(order(method, cents)).provider_ref
            world.house.act(ref, "pay")
            adapter.fetch(ref)
        adapter.refund(ref, 345, "EUR", key="r")
        world.house.book.pay_out(provider)
        (settlement,) = adapter.settlements(date(2026, 3, 1), date(2026, 3, 3))
        assert sum(line.net_cents for line in settlement.lines) == settlement.net_cents
        assert sum(line.gross_cents for line in settlement.lines) == 5000 + 12345 - 345
        named = {ref for line in settlement.lines for ref in line.refs}
        assert {str(order(method, cents).public_id) for cents in (5000, 12345)} <= named or provider == "stripe"


def body_of(request: httpx.Request) -> dict[str, object]:
    if request.headers["content-type"].startswith("application/json"):
        found: dict[str, object] = json.loads(request.content)
        return found
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


@pytest.mark.parametrize(("provider", "method"), WAYS)
def test_no_request_carries_more_about_a_person_than_the_method_needs(world: Played, provider: str, method: Method) -> None:
    world.adapters[provider].create(order(method))
    sent = json.dumps(body_of(world.requests[-1]), ensure_ascii=False)
    assert ("Yılmaz" in sent) == (method is Method.KLARNA)
    assert ("elif@example.com" in sent) == (method is Method.KLARNA)
