"""PayPal: Orders v2 with PayPal's own page, capture after approval, webhooks proven by PayPal's verification call, transaction reports.

Events to subscribe to: `CHECKOUT.ORDER.APPROVED`, `CHECKOUT.PAYMENT-APPROVAL.REVERSED`, `PAYMENT.CAPTURE.*`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import httpx

from kulanz.law.money import format_money
from kulanz.payments.providers.errors import NotGenuine, ProviderRefused, ProviderUnreachable
from kulanz.payments.providers.port import (
    Delivery,
    Heard,
    LineKind,
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
from kulanz.payments.providers.values import amount, at, day_of, json_object, page_of, rows, text, whole
from kulanz.payments.providers.wire import Wire

API_URL: Final = "https://api-m.paypal.com"
ORIGINS: Final = ("https://www.paypal.com", "https://www.sandbox.paypal.com")
_HEADERS: Final = {
    "auth_algo": "paypal-auth-algo",
    "cert_url": "paypal-cert-url",
    "transmission_id": "paypal-transmission-id",
    "transmission_sig": "paypal-transmission-sig",
    "transmission_time": "paypal-transmission-time",
}
_REPORT_DAYS: Final = 31
"""The reporting API answers for at most this many days at once."""

_TOKEN_REST: Final = timedelta(minutes=2)
_ORDER: Final = {"VOIDED": Stage.EXPIRED, "COMPLETED": Stage.PENDING}
_CAPTURE: Final = {
    "COMPLETED": Stage.PAID,
    "PARTIALLY_REFUNDED": Stage.PAID,
    "REFUNDED": Stage.PAID,
    "PENDING": Stage.PENDING,
    "DECLINED": Stage.FAILED,
    "FAILED": Stage.FAILED,
}
_EVENTS: Final = {
    "PAYMENT.CAPTURE.COMPLETED": Stage.PAID,
    "PAYMENT.CAPTURE.PENDING": Stage.PENDING,
    "PAYMENT.CAPTURE.DENIED": Stage.FAILED,
    "PAYMENT.CAPTURE.DECLINED": Stage.FAILED,
}
_BACK: Final = {"PAYMENT.CAPTURE.REFUNDED": MoneyKind.REFUNDED, "PAYMENT.CAPTURE.REVERSED": MoneyKind.CHARGED_BACK}
_REFUND_KINDS: Final = (MoneyKind.REFUNDED, MoneyKind.REFUND_PENDING, MoneyKind.REFUND_FAILED)


class PayPal:
    """The port over PayPal's API."""

    name = "PayPal"
    reports_payouts = True

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        webhook_id: str,
        *,
        api_url: str = "",
        origins: tuple[str, ...] = (),
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.origins = origins or ORIGINS
        self._login, self._webhook_id, self._clock = (client_id, client_secret), webhook_id, clock
        self._token, self._token_until = "", datetime.min.replace(tzinfo=UTC)
        more = {"pause": pause} if pause else {}
        self._wire = Wire(api_url or API_URL, {}, transport=transport, **more)

    def create(self, order: Order) -> Started:
        """Create an order that is captured after the payer's approval."""
        experience = {
            "return_url": order.return_url,
            "cancel_url": order.cancel_url,
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
            "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
            "brand_name": order.brand[:127],
            "locale": "en-GB" if order.language == "en" else "de-DE",
        }
        unit = {
            "custom_id": str(order.public_id),
            "invoice_id": str(order.public_id),
            "description": order.description[:127],
            "amount": _money(order.amount_cents, order.currency),
        }
        body = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": {"paypal": {"experience_context": experience}}}
        headers = {"PayPal-Request-Id": str(order.public_id), "Prefer": "return=minimal"}
        found = self._post("/v2/checkout/orders", headers=headers, json=body)
        links = {text(link, "rel"): text(link, "href") for link in rows(found, "links")}
        page = page_of(links.get("payer-action") or links.get("approve", ""), self.origins)
        return Started(text(found, "id"), page, (text(found, "id"), str(order.public_id)))

    def fetch(self, provider_ref: str) -> Notice:
        """Ask for the order; capture it if the payer has approved it and nobody has captured it yet."""
        order = self._get(f"/v2/checkout/orders/{provider_ref}")
        if text(order, "status") == "APPROVED":
            headers = {"PayPal-Request-Id": f"{provider_ref}-capture", "Prefer": "return=representation"}
            try:
                order = self._post(f"/v2/checkout/orders/{provider_ref}/capture", headers=headers, json={})
            except ProviderRefused:  # declined, or captured by another of our processes meanwhile: the order says which
                order = self._get(f"/v2/checkout/orders/{provider_ref}")
        unit = next(iter(rows(order, "purchase_units")), {})
        captures = rows(unit, "payments", "captures")
        stage, moves = _ORDER.get(text(order, "status"), Stage.STARTED), list[Movement]()
        for capture in sorted(captures, key=lambda row: text(row, "id")):
            stage = max(stage, _CAPTURE.get(text(capture, "status"), Stage.PENDING))
            if _CAPTURE.get(text(capture, "status")) is Stage.PAID:
                moves.append(_move(MoneyKind.PAID, capture))
        moves += [_move(_refund_kind(refund), refund) for refund in rows(unit, "payments", "refunds")]
        custom = text(unit, "custom_id") or next((text(capture, "custom_id") for capture in captures), "")
        return asked("order", [text(order, "id"), custom, *(text(capture, "id") for capture in captures)], stage, moves)

    def hear(self, delivery: Delivery, *, now: datetime) -> Heard:
        """Let PayPal itself say whether it sent this. No answer means no (and PayPal delivers again)."""
        self._check(delivery)
        event = json_object(delivery.body)
        kind, thing = text(event, "event_type"), at(event, "resource")
        if kind == "CHECKOUT.ORDER.APPROVED":
            return Heard(ask=(text(thing, "id"),))
        refs = _refs(thing)
        if kind == "CHECKOUT.PAYMENT-APPROVAL.REVERSED":
            return Heard((Notice(text(event, "id"), kind, refs or (text(thing, "order_id"),), Stage.EXPIRED),))
        if kind in _BACK:
            what = _refund_kind(thing) if _BACK[kind] is MoneyKind.REFUNDED else _BACK[kind]
            return Heard((Notice(text(event, "id"), kind, refs, movements=(_move(what, thing),)),))
        if kind in _EVENTS:
            moves = (_move(MoneyKind.PAID, thing),) if _EVENTS[kind] is Stage.PAID else ()
            return Heard((Notice(text(event, "id"), kind, refs, _EVENTS[kind], moves),))
        return Heard()

    def _check(self, delivery: Delivery) -> None:
        proof = {name: delivery.headers.get(header, "") for name, header in _HEADERS.items()}
        if not all(proof.values()) or not delivery.body.lstrip().startswith(b"{"):
            raise NotGenuine
        json_object(delivery.body)
        # PayPal signs the bytes it sent, so the event goes back as it came, not written anew.
        envelope = json.dumps({**proof, "webhook_id": self._webhook_id})
        body = envelope[:-1].encode() + b', "webhook_event": ' + delivery.body + b"}"
        headers = {"Content-Type": "application/json"}
        answer = self._post("/v1/notifications/verify-webhook-signature", headers=headers, content=body)
        if text(answer, "verification_status") != "SUCCESS":
            raise NotGenuine

    def refund(self, provider_ref: str, cents: int, currency: str, *, key: str) -> str:
        """Refund the capture of an order."""
        unit = next(iter(rows(self._get(f"/v2/checkout/orders/{provider_ref}"), "purchase_units")), {})
        capture = next((text(row, "id") for row in rows(unit, "payments", "captures")), "")
        if not capture:
            raise ProviderRefused("Bei PayPal ist dazu keine Zahlung eingegangen.")
        custom = text(unit, "custom_id")
        body = {"amount": _money(cents, currency), "invoice_id": key} | ({"custom_id": custom} if custom else {})
        return text(self._post(f"/v2/payments/captures/{capture}/refund", headers={"PayPal-Request-Id": key}, json=body), "id")

    def settlements(self, since: date, until: date) -> list[Settlement]:
        """Withdrawals to the bank, each with the transactions since the one before it. A rest may stay with PayPal."""
        found: list[Settlement] = []
        lines: list[SettlementLine] = []
        for info in sorted(
            self._report(since, until), key=lambda row: (text(row, "transaction_initiation_date"), text(row, "transaction_id"))
        ):
            code, on = text(info, "transaction_event_code"), day_of(text(info, "transaction_initiation_date"))
            cents, currency = amount(info, "transaction_amount", currency="currency_code")
            if code.startswith("T04") and cents < 0:
                found.append(Settlement(text(info, "transaction_id"), currency, on, -cents, tuple(lines), keeps_balance=True))
                lines = []
            else:
                lines.append(_report_line(info, code, cents, on))
        return found

    def _report(self, since: date, until: date) -> Iterator[dict[str, Any]]:
        start = since
        while start <= until:
            end = min(until, start + timedelta(days=_REPORT_DAYS - 1))
            page, pages = 1, 1
            while page <= pages:
                period = {"start_date": f"{start}T00:00:00Z", "end_date": f"{end}T23:59:59Z", "fields": "transaction_info"}
                answer = self._get("/v1/reporting/transactions", {**period, "page_size": "500", "page": str(page)})
                for row in rows(answer, "transaction_details"):
                    info = at(row, "transaction_info")
                    if text(info, "transaction_status") == "S":
                        yield info
                pages, page = whole(answer, "total_pages"), page + 1
            start = end + timedelta(days=1)

    def _get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        return self._wire.get(path, params, headers=self._bearer())

    def _post(self, path: str, *, headers: dict[str, str], **content: Any) -> dict[str, Any]:
        return self._wire.post(path, idempotent=True, headers={**headers, **self._bearer()}, **content)

    def _bearer(self) -> dict[str, str]:
        """An access token, kept until shortly before it ends."""
        now = self._clock()
        if now >= self._token_until:
            form = {"grant_type": "client_credentials"}
            answer = self._wire.post("/v1/oauth2/token", idempotent=True, data=form, auth=self._login)
            self._token = text(answer, "access_token")
            if not self._token:
                raise ProviderUnreachable
            self._token_until = now + timedelta(seconds=whole(answer, "expires_in")) - _TOKEN_REST
        return {"Authorization": f"Bearer {self._token}"}


def _money(cents: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": format_money(cents)}


def _move(kind: MoneyKind, thing: Any) -> Movement:
    cents, currency = amount(thing, "amount", currency="currency_code")
    ours = text(thing, "invoice_id") if kind in _REFUND_KINDS else ""
    return Movement(kind, text(thing, "id"), abs(cents), currency, day_of(text(thing, "create_time")), ours)


def _refund_kind(refund: Any) -> MoneyKind:
    """What a refund's status means; one without a status has happened (older events do not name it)."""
    status = text(refund, "status")
    return {"PENDING": MoneyKind.REFUND_PENDING, "FAILED": MoneyKind.REFUND_FAILED, "CANCELLED": MoneyKind.REFUND_FAILED}.get(
        status, MoneyKind.REFUNDED
    )


def _refs(thing: Any) -> tuple[str, ...]:
    """Every name of the payment a resource carries: order, capture (a refund names it in a link), our own number."""
    up = next((text(link, "href") for link in rows(thing, "links") if text(link, "rel") == "up"), "")
    related = at(thing, "supplementary_data", "related_ids")
    capture = re.search(r"/captures/([A-Za-z0-9]+)$", up)
    found = (text(thing, "custom_id"), text(related, "order_id"), text(related, "capture_id"), capture[1] if capture else "")
    own = () if capture else (text(thing, "id"),)
    return tuple(dict.fromkeys(ref for ref in (*found, *own) if ref))


def _report_line(info: dict[str, Any], code: str, cents: int, on: date) -> SettlementLine:
    """One transaction of the report. PayPal writes fees as negative amounts."""
    kinds = {"T00": LineKind.PAYMENT, "T01": LineKind.FEE, "T11": LineKind.REFUND, "T12": LineKind.CHARGEBACK}
    kind = LineKind.CHARGEBACK if code in {"T1106", "T1108", "T1110", "T1111"} else kinds.get(code[:3], LineKind.OTHER)
    fee = -amount(info, "fee_amount", currency="currency_code")[0] if at(info, "fee_amount") else 0
    refs = (text(info, "transaction_id"), text(info, "paypal_reference_id"), text(info, "custom_field"), text(info, "invoice_id"))
    gross, fee = (0, -cents) if kind is LineKind.FEE else (cents, fee)
    return SettlementLine(kind, text(info, "transaction_id"), tuple(ref for ref in refs if ref), gross, fee, on)
