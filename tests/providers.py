"""The played provider for tests: adapters that talk to it without a network, endpoints that use it, deliveries by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unittest import mock

import httpx

from kulanz.payments.providers import config
from kulanz.payments.providers.cash import CashTerms
from kulanz.payments.providers.config import Endpoint
from kulanz.payments.providers.mollie import Mollie
from kulanz.payments.providers.paypal import PayPal
from kulanz.payments.providers.port import Delivery, Method, PaymentProvider
from kulanz.payments.providers.stripe import Stripe
from kulanz.payments.providers.viafintech import Viafintech
from kulanz.world.provider_server.call import Call
from kulanz.world.provider_server.house import GOOD, House, Post, Shop, Temper

BASE = "http://provider.test"
SECRET = "whsec_only-for-tests"
METHODS = {
    "stripe": (Method.CARD, Method.APPLE_PAY, Method.GOOGLE_PAY, Method.SEPA_DEBIT),
    "paypal": (Method.PAYPAL,),
    "mollie": (Method.KLARNA, Method.BANK, Method.CARD),
    "viafintech": (Method.CASH,),
}


@dataclass
class Played:
    """The played provider with one endpoint of each kind for a creditor, and every request that was made."""

    house: House
    endpoints: dict[str, Endpoint]
    adapters: dict[str, PaymentProvider]
    requests: list[httpx.Request] = field(default_factory=list)

    def deliver(self, posts: list[Post] | None = None) -> list[Delivery]:
        """What is due now, as it would arrive."""
        return [Delivery(post.headers, post.body, post.url) for post in (self.house.posts() if posts is None else posts)]


def played(creditor: str = "nordlicht", *, clock: Callable[[], datetime], temper: Temper = GOOD, seed: int = 1) -> Played:
    """A fresh provider world."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, request.url.path, dict(request.url.params), headers, request.content)
        found = house.answer(call)
        return httpx.Response(found.status, content=found.body, headers={"content-type": found.kind})

    ids = {name: f"{creditor}-{name}" for name in METHODS}
    shops = {endpoint: Shop(f"http://kulanz.test/api/webhooks/{name}/{endpoint}", SECRET) for name, endpoint in ids.items()}
    house = House(base_url=BASE, clock=clock, shops=shops, temper=temper, seed=seed)
    wire = {"transport": httpx.MockTransport(answer), "pause": lambda _: None}
    pages = {"origins": (BASE,)}
    adapters: dict[str, PaymentProvider] = {
        "stripe": Stripe("sk_test_x", SECRET, api_url=f"{BASE}/stripe@{ids['stripe']}", **pages, **wire),
        "paypal": PayPal(
            "id", "secret", "WEBHOOK1", api_url=f"{BASE}/paypal@{ids['paypal']}", clock=lambda: datetime.now(UTC), **pages, **wire
        ),
        "mollie": Mollie("test_x", "access_x", api_url=f"{BASE}/mollie@{ids['mollie']}", **pages, **wire),
        "viafintech": Viafintech("12345", SECRET, CashTerms(), api_url=f"{BASE}/viafintech@{ids['viafintech']}", clock=clock, **wire),
    }
    endpoints = {name: Endpoint(ids[name], creditor, name, METHODS[name], test=True) for name in METHODS}
    return Played(house, endpoints, adapters, requests)


@contextmanager
def connected(world: Played) -> Iterator[None]:
    """Run with these endpoints and adapters instead of those of a file."""
    by_id = {endpoint.id: world.adapters[name] for name, endpoint in world.endpoints.items()}
    with (
        mock.patch.object(config, "_adapter", lambda endpoint_id, *_: by_id[endpoint_id]),
        mock.patch.object(config, "endpoints", lambda: tuple(world.endpoints.values())),
    ):
        yield
