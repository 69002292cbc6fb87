"""Which creditor is connected to which provider: a TOML file the operator keeps, with secrets by name from the environment.

    [[endpoint]]
    id = "nordlicht-stripe"
    creditor = "nordlicht"
    provider = "stripe"
    methods = ["card", "apple_pay", "google_pay", "sepa_debit"]
    secret_key = "env:NORDLICHT_STRIPE_KEY"
    webhook_secret = "env:NORDLICHT_STRIPE_WEBHOOK"

No file, no entry for a creditor, a secret that is empty: the creditor's debtors are not shown the method.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from kulanz.payments.providers.cash import OPTIONS, CashTerms, cash_terms
from kulanz.payments.providers.errors import NoSuchEndpoint, ProvidersUnreadable
from kulanz.payments.providers.mollie import Mollie
from kulanz.payments.providers.paypal import PayPal
from kulanz.payments.providers.port import Method, PaymentProvider
from kulanz.payments.providers.stripe import Stripe
from kulanz.payments.providers.viafintech import Viafintech

_PLAIN = frozenset({"id", "creditor", "provider", "methods", "test", "api_url", "page_origins"})
_SECRETS: dict[str, tuple[str, ...]] = {
    "stripe": ("secret_key", "webhook_secret"),
    "paypal": ("client_id", "client_secret", "webhook_id"),
    "mollie": ("api_key",),
    "viafintech": ("division_id", "payment_key"),
}
_MORE: dict[str, tuple[str, ...]] = {"stripe": (), "paypal": (), "mollie": ("settlement_key",), "viafintech": ()}
_OPTIONS: dict[str, tuple[str, ...]] = {"viafintech": OPTIONS}
Secrets = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One creditor's account with one provider. `test` marks one that moves no money, and the page says so. Secrets stay out of `repr`."""

    id: str
    creditor: str
    provider: str
    methods: tuple[Method, ...]
    test: bool = False
    api_url: str = ""
    page_origins: tuple[str, ...] = ()
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    cash: CashTerms = field(default_factory=CashTerms)
    """Read for endpoints with cash among their methods only."""


def endpoints() -> tuple[Endpoint, ...]:
    """All endpoints that can be used. Raises `ProvidersUnreadable` if the file is there and not understood."""
    file = Path(settings.KULANZ_PROVIDERS)
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return ()
    return _read(file, changed)


def endpoint_of(endpoint_id: str) -> Endpoint:
    """The endpoint with this id. Raises `NoSuchEndpoint`."""
    for endpoint in endpoints():
        if endpoint.id == endpoint_id:
            return endpoint
    raise NoSuchEndpoint


@lru_cache(maxsize=4)
def _read(file: Path, changed: int) -> tuple[Endpoint, ...]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProvidersUnreadable(f"{file.name} ist nicht lesbar: {error}") from error
    found = [_endpoint(entry, number) for number, entry in enumerate(content.get("endpoint", ()), start=1)]
    ids = [endpoint.id for endpoint in found]
    if len(set(ids)) != len(ids):
        raise ProvidersUnreadable("Zwei Anschlüsse haben dieselbe id.")
    return tuple(endpoint for endpoint in found if all(endpoint.secrets[name] for name in _SECRETS[endpoint.provider]))


def _endpoint(entry: dict[str, Any], number: int) -> Endpoint:
    """One entry of the file. A secret that is named and missing switches the endpoint off; a word nobody knows is refused."""
    provider = str(entry.get("provider", ""))
    strange = set(entry) - {*_PLAIN, *_SECRETS.get(provider, ()), *_MORE.get(provider, ()), *_OPTIONS.get(provider, ())}
    if provider not in _SECRETS or not entry.get("id") or not entry.get("creditor"):
        raise ProvidersUnreadable(f"Anschluss {number} braucht id, creditor und einen bekannten provider.")
    if strange:
        raise ProvidersUnreadable(f"Anschluss {number} nennt etwas, das es nicht gibt: {', '.join(sorted(strange))}.")
    try:
        methods = tuple(Method(method) for method in entry.get("methods", ()))
    except ValueError as error:
        raise ProvidersUnreadable(f"Anschluss {number} nennt einen Zahlweg, den es nicht gibt.") from error
    secrets = {name: _secret(str(entry.get(name, ""))) for name in (*_SECRETS[provider], *_MORE[provider])}
    return Endpoint(
        id=str(entry["id"]),
        creditor=str(entry["creditor"]),
        provider=provider,
        methods=methods,
        test=bool(entry.get("test", False)),
        api_url=str(entry.get("api_url", "")),
        page_origins=tuple(str(origin) for origin in entry.get("page_origins", ())),
        secrets=secrets,
        cash=cash_terms(entry, number),
    )


def _secret(written: str) -> str:
    return os.environ.get(written.removeprefix("env:"), "") if written.startswith("env:") else written


@lru_cache(maxsize=64)
def _adapter(
    endpoint_id: str, provider: str, api_url: str, origins: tuple[str, ...], secrets: tuple[tuple[str, str], ...], cash: CashTerms
) -> PaymentProvider:
    named = dict(secrets)
    match provider:
        case "stripe":
            return Stripe(named["secret_key"], named["webhook_secret"], api_url=api_url, origins=origins)
        case "paypal":
            return PayPal(named["client_id"], named["client_secret"], named["webhook_id"], api_url=api_url, origins=origins)
        case "viafintech":
            return Viafintech(named["division_id"], named["payment_key"], cash, api_url=api_url)
        case _:
            return Mollie(named["api_key"], named.get("settlement_key", ""), api_url=api_url, origins=origins)


def provider_of(endpoint: Endpoint) -> PaymentProvider:
    """The adapter that talks for this endpoint; one for each, so that connections and access tokens are used again."""
    secrets = tuple(sorted(endpoint.secrets.items()))
    return _adapter(endpoint.id, endpoint.provider, endpoint.api_url, endpoint.page_origins, secrets, endpoint.cash)
