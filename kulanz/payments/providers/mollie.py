"""Mollie: payments v2 with a hosted page (cards, wallets, Klarna, bank methods). Its webhook carries an id only; the truth is asked for.

Settlements need an organisation access token (`settlement_key`); a payment key cannot read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx

from kulanz.law.money import format_money
from kulanz.payments.providers.errors import NotGenuine, ProviderRefused
from kulanz.payments.providers.port import (
    Delivery,
    Heard,
    LineKind,
    Method,
    MoneyKind,
    Movement,
    Notice,
    Order,
    Settlement,
    SettlementLine,
    Stage,
    Started,
    asked,
)
from kulanz.payments.providers.values import amount, at, day_of, page_of, rows, text
from kulanz.payments.providers.wire import Wire

API_URL: Final = "https://api.mollie.com"
ORIGINS: Final = ("https://www.mollie.com", "https://checkout.mollie.com", "https://pay.mollie.com")
OURS: Final = "kulanz_checkout"
REFUND: Final = "kulanz_refund"
_METHODS: Final = {
    Method.CARD: "creditcard",
    Method.APPLE_PAY: "applepay",
    Method.GOOGLE_PAY: "creditcard",  # a button on Mollie's card page
    Method.PAYPAL: "paypal",
    Method.KLARNA: "klarna",
    Method.BANK: "paybybank",
    Method.EPS: "eps",
    Method.IDEAL: "ideal",
    Method.BANCONTACT: "bancontact",
    Method.TWINT: "twint",
}
_STAGES: Final = {
    "open": Stage.STARTED,
    "pending": Stage.PENDING,
    "authorized": Stage.PENDING,
    "canceled": Stage.EXPIRED,
    "expired": Stage.EXPIRED,
    "failed": Stage.FAILED,
    "paid": Stage.PAID,
}
_REFUNDS: Final = {"refunded": MoneyKind.REFUNDED, "failed": MoneyKind.REFUND_FAILED, "canceled": MoneyKind.REFUND_FAILED}
"""Everything else (queued, pending, processing) is on its way."""


class Mollie:
    """The port over Mollie's API."""

    name = "Mollie"
    reports_payouts = True

    def __init__(
        self,
        api_key: str,
        settlement_key: str = "",
        *,
        api_url: str = "",
        origins: tuple[str, ...] = (),
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self.origins = origins or ORIGINS
        self._settlement_key = settlement_key
        more = {"pause": pause} if pause else {}
        self._wire = Wire(api_url or API_URL, {"Authorization": f"Bearer {api_key}"}, transport=transport, **more)

    def create(self, order: Order) -> Started:
        """Create a payment with its method chosen."""
        body: dict[str, Any] = {
            "amount": _money(order.amount_cents, order.currency),
            "description": order.description[:255],
            "redirectUrl": order.return_url,
            "cancelUrl": order.cancel_url,
            "webhookUrl": order.webhook_url,
            "locale": "en_GB" if order.language == "en" else "de_DE",
            "method": _METHODS[order.method],
            "metadata": {OURS: str(order.public_id)},
        }
        if order.method is Method.KLARNA:
            body |= _invoice_purchase(order)
        key = {"Idempotency-Key": str(order.public_id)}
        payment = self._wire.post("/v2/payments", idempotent=True, headers=key, json=body)
        page = page_of(text(payment, "_links", "checkout", "href"), self.origins)
        return Started(text(payment, "id"), page, (text(payment, "id"), str(order.public_id)))

    def fetch(self, provider_ref: str) -> Notice:
        """Ask for the payment with its refunds and chargebacks."""
        payment = self._wire.get(f"/v2/payments/{provider_ref}", {"embed": "refunds,chargebacks"})
        stage = _STAGES.get(text(payment, "status"))
        if stage is None:
            raise ProviderRefused("Mollie nennt einen Zustand, den wir nicht kennen.")
        moves = list(_moves(payment)) if stage is Stage.PAID else []
        return asked("payment", [text(payment, "id"), text(payment, "metadata", OURS)], stage, moves)

    def hear(self, delivery: Delivery, *, now: datetime) -> Heard:
        """Read the id. There is no signature: whoever sends one only makes us ask Mollie."""
        ids = parse_qs(delivery.body.decode("ascii", "replace"), max_num_fields=5).get("id", []) if len(delivery.body) < 1000 else []
        if len(ids) != 1 or not ids[0].startswith("tr_") or not ids[0][3:].isalnum() or len(ids[0]) > 60:
            raise NotGenuine
        return Heard(ask=(ids[0],))

    def refund(self, provider_ref: str, cents: int, currency: str, *, key: str) -> str:
        """Refund a payment, whole or in part."""
        body = {"amount": _money(cents, currency), "description": "Erstattung", "metadata": {REFUND: key}}
        path = f"/v2/payments/{provider_ref}/refunds"
        return text(self._wire.post(path, idempotent=True, headers={"Idempotency-Key": key}, json=body), "id")

    def settlements(self, since: date, until: date) -> list[Settlement]:
        """Settlements that were paid out in this period."""
        if not self._settlement_key:
            raise ProviderRefused(
                "Für Mollie fehlt der Schlüssel für Abrechnungen.",
                fix="In den Anschluss gehört `settlement_key`, ein Zugang der Organisation.",
            )
        found = []
        for entry in self._pages("/v2/settlements", "settlements"):
            if text(entry, "status") != "paidout" or not text(entry, "settledAt"):
                continue
            arrival_on = day_of(text(entry, "settledAt"))
            if since <= arrival_on <= until:
                cents, currency = amount(entry, "amount")
                lines = tuple(self._lines(text(entry, "id"), arrival_on)) + tuple(_costs(entry, arrival_on))
                found.append(Settlement(text(entry, "id"), currency, arrival_on, cents, lines))
        return found

    def _lines(self, settlement: str, arrival_on: date) -> Iterator[SettlementLine]:
        kinds = (("payments", LineKind.PAYMENT, 1), ("refunds", LineKind.REFUND, -1), ("chargebacks", LineKind.CHARGEBACK, -1))
        for name, kind, sign in kinds:
            for entry in self._pages(f"/v2/settlements/{settlement}/{name}", name):
                settled = at(entry, "settlementAmount") or at(entry, "amount")
                cents = abs(amount({"amount": settled}, "amount")[0])
                refs = (text(entry, "id"), text(entry, "paymentId"), text(entry, "metadata", OURS))
                yield SettlementLine(kind, text(entry, "id"), tuple(ref for ref in refs if ref), sign * cents, 0, arrival_on)

    def _pages(self, path: str, name: str) -> Iterator[dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._settlement_key}"}
        params: Mapping[str, Any] = {"limit": "250"}
        while True:
            page = self._wire.get(path, params, headers=headers)
            yield from rows(page, "_embedded", name)
            following = parse_qs(urlsplit(text(page, "_links", "next", "href")).query).get("from")
            if not following:
                return
            params = {"limit": "250", "from": following[0]}


def _money(cents: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": format_money(cents)}


def _invoice_purchase(order: Order) -> dict[str, Any]:
    """Klarna wants to know what is bought and by whom."""
    if order.payer is None:
        raise ProviderRefused("Für diesen Zahlweg fehlen Name und Anschrift.")
    whole = _money(order.amount_cents, order.currency)
    line = {
        "description": order.description[:100],
        "quantity": 1,
        "unitPrice": whole,
        "totalAmount": whole,
        "vatRate": "0.00",
        "vatAmount": _money(0, order.currency),
    }
    address = {
        "givenName": order.payer.given_name,
        "familyName": order.payer.family_name,
        "email": order.payer.email,
        "streetAndNumber": order.payer.street,
        "postalCode": order.payer.postcode,
        "city": order.payer.city,
        "country": order.payer.country,
    }
    return {"lines": [line], "billingAddress": address}


def _moves(payment: dict[str, Any]) -> Iterator[Movement]:
    cents, currency = amount(payment, "amount")
    yield Movement(MoneyKind.PAID, text(payment, "id"), cents, currency, day_of(text(payment, "paidAt")))
    for refund in sorted(rows(payment, "_embedded", "refunds"), key=lambda row: text(row, "id")):
        kind = _REFUNDS.get(text(refund, "status"), MoneyKind.REFUND_PENDING)
        cents, currency = amount(refund, "amount")
        yield Movement(kind, text(refund, "id"), cents, currency, day_of(text(refund, "createdAt")), text(refund, "metadata", REFUND))
    for chargeback in sorted(rows(payment, "_embedded", "chargebacks"), key=lambda row: text(row, "id")):
        cents, currency = amount(chargeback, "amount")
        ref = text(chargeback, "id")
        yield Movement(MoneyKind.CHARGED_BACK, ref, cents, currency, day_of(text(chargeback, "createdAt")))
        if text(chargeback, "reversedAt"):
            yield Movement(MoneyKind.REINSTATED, ref, cents, currency, day_of(text(chargeback, "reversedAt")))


def _costs(settlement: dict[str, Any], arrival_on: date) -> Iterator[SettlementLine]:
    """What Mollie kept back, by month and kind."""
    periods = at(settlement, "periods") or {}
    for year, months in periods.items() if isinstance(periods, dict) else ():
        for month, parts in months.items() if isinstance(months, dict) else ():
            for number, cost in enumerate(rows(parts, "costs")):
                cents, _ = amount(cost, "amountGross")
                yield SettlementLine(LineKind.FEE, f"{text(settlement, 'id')}-{year}-{month}-{number}", (), 0, cents, arrival_on)
