"""Stripe: Checkout Sessions (cards, Apple Pay, Google Pay, SEPA debit), signed webhooks, refunds, payouts.

Requests are form-encoded, amounts are minor units. Events to subscribe to: `checkout.session.*`, `refund.*`, `charge.dispute.funds_*`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

import httpx

from kulanz.payments.providers.errors import NotGenuine
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
from kulanz.payments.providers.values import at, day_of_seconds, json_object, page_of, rows, text, whole
from kulanz.payments.providers.wire import Wire

API_URL: Final = "https://api.stripe.com"
ORIGINS: Final = ("https://checkout.stripe.com",)
API_VERSION: Final = "2024-06-20"
"""Answers are read in the shape of this version, whatever the account's default is."""

TOLERANCE: Final = timedelta(minutes=5)
"""How old a signed delivery may be (Stripe's own libraries use the same)."""

OURS: Final = "kulanz_checkout"
REFUND: Final = "kulanz_refund"
_TYPES: Final = {
    Method.CARD: "card",
    Method.APPLE_PAY: "card",  # the hosted page shows the wallet's button itself where the device has it
    Method.GOOGLE_PAY: "card",
    Method.SEPA_DEBIT: "sepa_debit",
    Method.PAYPAL: "paypal",
    Method.KLARNA: "klarna",
    Method.EPS: "eps",
    Method.IDEAL: "ideal",
    Method.BANCONTACT: "bancontact",
    Method.TWINT: "twint",
}
_LINES: Final = {
    "charge": LineKind.PAYMENT,
    "payment": LineKind.PAYMENT,
    "refund": LineKind.REFUND,
    "payment_refund": LineKind.REFUND,
    "payment_failure_refund": LineKind.REFUND,
    "refund_failure": LineKind.REFUND,
    "adjustment": LineKind.CHARGEBACK,
    "payment_reversal": LineKind.CHARGEBACK,
    "stripe_fee": LineKind.FEE,
    "stripe_fx_fee": LineKind.FEE,
    "tax_fee": LineKind.FEE,
}
_REFUNDS: Final = {
    "succeeded": MoneyKind.REFUNDED,
    "failed": MoneyKind.REFUND_FAILED,
    "canceled": MoneyKind.REFUND_FAILED,
}
"""Everything else (pending, requires_action) is on its way."""


class Stripe:
    """The port over Stripe's API."""

    name = "Stripe"
    reports_payouts = True

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        *,
        api_url: str = "",
        origins: tuple[str, ...] = (),
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        self.origins = origins or ORIGINS
        self._webhook_secret = webhook_secret
        headers = {"Authorization": f"Bearer {secret_key}", "Stripe-Version": API_VERSION}
        more = {"pause": pause} if pause else {}
        self._wire = Wire(api_url or API_URL, headers, transport=transport, **more)

    def create(self, order: Order) -> Started:
        """Open a Checkout Session in payment mode."""
        form = {
            "mode": "payment",
            "submit_type": "pay",
            "client_reference_id": str(order.public_id),
            "success_url": order.return_url,
            "cancel_url": order.cancel_url,
            "locale": order.language,
            "payment_method_types[0]": _TYPES[order.method],
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": order.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(order.amount_cents),
            "line_items[0][price_data][product_data][name]": order.description[:250],
            f"metadata[{OURS}]": str(order.public_id),
            f"payment_intent_data[metadata][{OURS}]": str(order.public_id),
        }
        key = {"Idempotency-Key": str(order.public_id)}
        session = self._wire.post("/v1/checkout/sessions", idempotent=True, headers=key, data=form)
        return Started(text(session, "id"), page_of(text(session, "url"), self.origins), _refs_of_session(session))

    def fetch(self, provider_ref: str) -> Notice:
        """Ask for the session, its payment, and what went back."""
        expand = {"expand[]": "payment_intent.latest_charge.balance_transaction"}
        session = self._wire.get(f"/v1/checkout/sessions/{provider_ref}", expand)
        payment = at(session, "payment_intent")
        charge = at(payment, "latest_charge")
        intent = text(payment, "id") or (payment if isinstance(payment, str) else "")
        refs = [text(session, "id"), text(session, "client_reference_id"), intent]
        moves: list[Movement] = []
        stage = _stage(session)
        if stage is Stage.PAID:
            moved = at(charge, "balance_transaction", "created") or at(charge, "created") or whole(session, "created")
            moves.append(_paid(session, intent, day_of_seconds(moved)))
            moves += self._went_back(intent, charge)
        return asked("checkout.session", refs, stage, moves)

    def _went_back(self, intent: str, charge: Any) -> Iterator[Movement]:
        # Asked for every time: a refund that is pending or has failed does not show in the charge's `amount_refunded`.
        for refund in rows(self._wire.get("/v1/refunds", {"payment_intent": intent, "limit": "100"}), "data"):
            yield _refund_move(refund)
        if at(charge, "disputed"):
            for dispute in rows(self._wire.get("/v1/disputes", {"payment_intent": intent, "limit": "100"}), "data"):
                for entry in rows(dispute, "balance_transactions"):
                    kind = MoneyKind.CHARGED_BACK if whole(entry, "amount") < 0 else MoneyKind.REINSTATED
                    yield _dispute_move(kind, dispute, day_of_seconds(whole(entry, "created")))

    def hear(self, delivery: Delivery, *, now: datetime) -> Heard:
        """Check the `Stripe-Signature` header (HMAC-SHA256 of moment and body, at most five minutes old) and read the event."""
        self._check(delivery, now)
        event = json_object(delivery.body)
        notice = _meaning(event)
        return Heard((notice,)) if notice else Heard()

    def _check(self, delivery: Delivery, now: datetime) -> None:
        parts = [part.partition("=") for part in delivery.headers.get("stripe-signature", "").split(",")]
        moment = next((value for name, _, value in parts if name.strip() == "t"), "")
        given = [value for name, _, value in parts if name.strip() == "v1"]
        if not (moment.isascii() and moment.isdigit() and len(moment) < 12 and given and self._webhook_secret):
            raise NotGenuine
        signed = hmac.new(self._webhook_secret.encode(), moment.encode() + b"." + delivery.body, hashlib.sha256).hexdigest()
        if not any(hmac.compare_digest(signed.encode(), value.encode()) for value in given):
            raise NotGenuine
        if abs(now - datetime.fromtimestamp(int(moment), UTC)) > TOLERANCE:
            raise NotGenuine("Diese Nachricht ist zu alt, um noch als echt zu gelten.")

    def refund(self, provider_ref: str, cents: int, currency: str, *, key: str) -> str:
        """Refund a session's payment."""
        session = self._wire.get(f"/v1/checkout/sessions/{provider_ref}")
        form = {
            "payment_intent": text(session, "payment_intent"),
            "amount": str(cents),
            "reason": "requested_by_customer",
            f"metadata[{OURS}]": text(session, "client_reference_id"),
            f"metadata[{REFUND}]": key,
        }
        return text(self._wire.post("/v1/refunds", idempotent=True, headers={"Idempotency-Key": key}, data=form), "id")

    def settlements(self, since: date, until: date) -> list[Settlement]:
        """Payouts by arrival day, each with the balance transactions it consists of."""
        period = {"arrival_date[gte]": _seconds(since), "arrival_date[lt]": _seconds(until + timedelta(days=1)), "status": "paid"}
        return [
            Settlement(
                payout_ref=text(payout, "id"),
                currency=text(payout, "currency").upper(),
                # Stripe gives the arrival as midnight UTC of the banking day.
                arrival_on=datetime.fromtimestamp(whole(payout, "arrival_date"), UTC).date(),
                net_cents=whole(payout, "amount"),
                lines=tuple(self._lines(text(payout, "id"))),
            )
            for payout in self._pages("/v1/payouts", period)
        ]

    def _lines(self, payout: str) -> Iterator[SettlementLine]:
        for entry in self._pages("/v1/balance_transactions", {"payout": payout, "expand[]": "data.source"}):
            if text(entry, "type") == "payout":
                continue
            source = at(entry, "source")
            refs = (text(source, "id"), text(source, "payment_intent"), text(source, "charge"), text(source, "metadata", OURS))
            kind = _LINES.get(text(entry, "type"), LineKind.OTHER)
            gross, fee = whole(entry, "amount"), whole(entry, "fee")
            if kind is LineKind.FEE:  # a fee of its own stands there as a negative amount
                gross, fee = 0, fee - gross
            yield SettlementLine(
                kind=kind,
                ref=text(source, "id") or text(entry, "id"),
                refs=tuple(ref for ref in refs if ref),
                gross_cents=gross,
                fee_cents=fee,
                on=day_of_seconds(whole(entry, "created")),
            )

    def _pages(self, path: str, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        after: dict[str, str] = {}
        while True:
            page = self._wire.get(path, {**params, "limit": "100", **after})
            found = rows(page, "data")
            yield from found
            if not found or not at(page, "has_more"):
                return
            after = {"starting_after": text(found[-1], "id")}


def _seconds(day: date) -> str:
    return str(int(datetime.combine(day, time(), UTC).timestamp()))


def _refs_of_session(session: dict[str, Any]) -> tuple[str, ...]:
    found = (text(session, "id"), text(session, "payment_intent"), text(session, "client_reference_id"), text(session, "metadata", OURS))
    return tuple(dict.fromkeys(ref for ref in found if ref))


def _stage(session: dict[str, Any]) -> Stage:
    if text(session, "payment_status") == "paid":
        return Stage.PAID
    return {"complete": Stage.PENDING, "expired": Stage.EXPIRED}.get(text(session, "status"), Stage.STARTED)


def _paid(session: dict[str, Any], intent: str, on: date) -> Movement:
    return Movement(MoneyKind.PAID, intent, whole(session, "amount_total"), text(session, "currency").upper(), on)


def _refund_move(refund: dict[str, Any]) -> Movement:
    kind, on = _REFUNDS.get(text(refund, "status"), MoneyKind.REFUND_PENDING), day_of_seconds(whole(refund, "created"))
    ours = text(refund, "metadata", REFUND)
    return Movement(kind, text(refund, "id"), whole(refund, "amount"), text(refund, "currency").upper(), on, ours)


def _dispute_move(kind: MoneyKind, dispute: dict[str, Any], on: date) -> Movement:
    return Movement(kind, text(dispute, "id"), whole(dispute, "amount"), text(dispute, "currency").upper(), on)


def _meaning(event: dict[str, Any]) -> Notice | None:
    """An event in our words; None for kinds that move nothing here."""
    kind, thing = text(event, "type"), at(event, "data", "object")
    if not isinstance(thing, dict):
        return None
    on = day_of_seconds(whole(event, "created"))
    by_payment = tuple(ref for ref in (text(thing, "payment_intent"), text(thing, "charge"), text(thing, "metadata", OURS)) if ref)
    event_id = text(event, "id")
    match kind:
        case "checkout.session.completed" | "checkout.session.async_payment_succeeded":
            stage = _stage(thing)
            moves = (_paid(thing, text(thing, "payment_intent"), on),) if stage is Stage.PAID else ()
            return Notice(event_id, kind, _refs_of_session(thing), stage, moves)
        case "checkout.session.async_payment_failed":
            return Notice(event_id, kind, _refs_of_session(thing), Stage.FAILED)
        case "checkout.session.expired":
            return Notice(event_id, kind, _refs_of_session(thing), Stage.EXPIRED)
        case "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated":
            return Notice(event_id, kind, by_payment, movements=(_refund_move(thing),))
        case "charge.dispute.funds_withdrawn":
            return Notice(event_id, kind, by_payment, movements=(_dispute_move(MoneyKind.CHARGED_BACK, thing, on),))
        case "charge.dispute.funds_reinstated":
            return Notice(event_id, kind, by_payment, movements=(_dispute_move(MoneyKind.REINSTATED, thing, on),))
    return None
