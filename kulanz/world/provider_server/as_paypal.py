"""The played provider speaking as PayPal."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from kulanz.law.money import format_money, parse_money
from kulanz.world.provider_server.book import Back, Book, Payment, Payout, Refunded, Status
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call

_SIGNING = b"the played PayPal signs with this"

_REFUNDS = {Refunded.PENDING: "PENDING", Refunded.DONE: "COMPLETED", Refunded.FAILED: "FAILED"}


def answer(book: Book, call: Call, base_url: str) -> Answer:
    """Answer one API request (`call.path` begins with /v1 or /v2)."""
    parts = call.path.strip("/").split("/")
    match (call.verb, *parts[1:]):
        case ("POST", "oauth2", "token"):
            return Answer({"access_token": "A21.played", "token_type": "Bearer", "expires_in": 32400})
        case ("POST", "checkout", "orders"):
            return Answer(order(_create(book, call), base_url), 201)
        case ("GET", "checkout", "orders", order_id):
            found = book.find("paypal", order_id)
            return Answer(order(found, base_url)) if found else NOT_FOUND
        case ("POST", "checkout", "orders", order_id, "capture"):
            return _capture(book, order_id, base_url)
        case ("POST", "payments", "captures", capture_id, "refund"):
            return _refund(book, call, capture_id)
        case ("POST", "notifications", "verify-webhook-signature"):
            asked = call.json()
            genuine = hmac.compare_digest(asked["transmission_sig"], _signature(asked["webhook_event"], asked["transmission_id"]))
            return Answer({"verification_status": "SUCCESS" if genuine else "FAILURE"})
        case ("GET", "reporting", "transactions"):
            rows = list(_report(book, call.query["start_date"][:10], call.query["end_date"][:10]))
            return Answer({"transaction_details": rows, "page": 1, "total_items": len(rows), "total_pages": 1})
    return NOT_FOUND


def _create(book: Book, call: Call) -> Payment:
    wanted = call.json()
    unit = wanted["purchase_units"][0]
    experience = wanted["payment_source"]["paypal"]["experience_context"]
    payment = Payment(
        provider="paypal",
        id=book.new_id("", 17),
        money_id=book.new_id("", 17),
        charge_id="",
        cents=parse_money(unit["amount"]["value"]),
        currency=unit["amount"]["currency_code"],
        ours=unit["custom_id"],
        method="paypal",
        description=unit["description"],
        return_url=experience["return_url"],
        cancel_url=experience["cancel_url"],
        webhook_url="",
        created_at=book.clock(),
    )
    return book.add(payment, call.headers.get("paypal-request-id", ""))


def _capture(book: Book, order_id: str, base_url: str) -> Answer:
    found = book.find("paypal", order_id)
    if found is None:
        return NOT_FOUND
    if found.status is not Status.APPROVED:
        return Answer({"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "ORDER_ALREADY_CAPTURED"}]}, 422)
    found.status, found.paid_at = Status.PAID, book.clock()
    return Answer(order(found, base_url), 201)


def _refund(book: Book, call: Call, capture_id: str) -> Answer:
    found = book.find("paypal", capture_id)
    if found is None:
        return NOT_FOUND
    wanted, key = call.json(), call.headers.get("paypal-request-id", "")
    cents = parse_money(wanted["amount"]["value"]) if "amount" in wanted else found.cents
    back = book.give_back(found, "", cents, ours=wanted.get("invoice_id", ""), key=key)
    if back is None:
        return Answer({"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "REFUND_AMOUNT_EXCEEDED"}]}, 422)
    return Answer(_back(found, back), 201)


def order(payment: Payment, base_url: str) -> dict[str, Any]:
    """An order with its capture, if there is one."""
    status = {Status.OPEN: "PAYER_ACTION_REQUIRED", Status.APPROVED: "APPROVED", Status.EXPIRED: "VOIDED"}.get(payment.status, "COMPLETED")
    unit: dict[str, Any] = {"reference_id": "default", "custom_id": payment.ours, "amount": _money(payment.cents, payment.currency)}
    if payment.status in (Status.PAID, Status.PENDING, Status.FAILED):
        refunds = [_back(payment, back) for back in payment.backs if not back.dispute]
        unit["payments"] = {"captures": [_captured(payment)]} | ({"refunds": refunds} if refunds else {})
    links = [{"rel": "self", "href": f"{base_url}/paypal/v2/checkout/orders/{payment.id}", "method": "GET"}]
    if payment.status is Status.OPEN:
        links.append({"rel": "payer-action", "href": f"{base_url}/pay/{payment.id}", "method": "GET"})
    return {"id": payment.id, "intent": "CAPTURE", "status": status, "purchase_units": [unit], "links": links}


def _captured(payment: Payment) -> dict[str, Any]:
    refunded = payment.refunded_cents
    paid = "REFUNDED" if refunded >= payment.cents else "PARTIALLY_REFUNDED" if refunded else "COMPLETED"
    status = {Status.PENDING: "PENDING", Status.FAILED: "DECLINED"}.get(payment.status, paid)
    return {
        "id": payment.money_id,
        "status": status,
        "amount": _money(payment.cents, payment.currency),
        "custom_id": payment.ours,
        "final_capture": True,
        "create_time": _moment(payment.paid_at or payment.created_at),
        "supplementary_data": {"related_ids": {"order_id": payment.id}},
    }


def _back(payment: Payment, back: Back) -> dict[str, Any]:
    up = f"https://api-m.paypal.com/v2/payments/captures/{payment.money_id}"
    return {
        "id": back.id,
        "status": _REFUNDS[back.status],
        "amount": _money(back.cents, payment.currency),
        "invoice_id": back.ours or payment.ours,
        "custom_id": payment.ours,
        "create_time": _moment(back.at),
        "links": [{"rel": "up", "href": up, "method": "GET"}],
    }


def _report(book: Book, start: str, end: str) -> Any:
    """The transactions of a period, as the reporting API lists them."""
    for payment in book.payments.values():
        if payment.provider == "paypal" and payment.paid_at:
            yield from _line(payment.money_id, "T0006", payment.paid_at, payment.cents, payment, start, end, fee_cents=payment.fee_cents)
            for back in payment.backs:
                if back.status is not Refunded.DONE:
                    continue
                yield from _line(back.id, "T1106" if back.dispute else "T1107", back.at, -back.cents, payment, start, end)
    for payout in book.payouts.values():
        if payout.provider == "paypal":
            yield from _line(_bare(payout), "T0400", payout.at, -payout.net_cents, payout.payments[0], start, end, withdrawal=True)


def _bare(payout: Payout) -> str:
    return payout.id.replace("_", "").upper()


def _line(
    ref: str, code: str, at: datetime, cents: int, payment: Payment, start: str, end: str, *, fee_cents: int = 0, withdrawal: bool = False
) -> Any:
    if not start <= _moment(at)[:10] <= end:
        return
    info: dict[str, Any] = {
        "transaction_id": ref,
        "transaction_event_code": code,
        "transaction_initiation_date": _moment(at),
        "transaction_amount": _money(cents, payment.currency),
        "transaction_status": "S",
    }
    if fee_cents:
        info["fee_amount"] = _money(-fee_cents, payment.currency)
    if not withdrawal:
        info |= {"custom_field": payment.ours, "paypal_reference_id": payment.id if cents > 0 else payment.money_id}
    yield {"transaction_info": info}


_KINDS = {
    "approved": "CHECKOUT.ORDER.APPROVED",
    "settled": "PAYMENT.CAPTURE.COMPLETED",
    "pending": "PAYMENT.CAPTURE.PENDING",
    "failed": "PAYMENT.CAPTURE.DENIED",
    "expired": "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
}


def event(book: Book, payment: Payment, name: str, back: Back | None, base_url: str) -> bytes:
    """The body of a webhook."""
    if back is not None:
        kind, thing = "PAYMENT.CAPTURE.REVERSED" if back.dispute else "PAYMENT.CAPTURE.REFUNDED", _back(payment, back)
    elif name == "approved":
        kind, thing = _KINDS[name], order(payment, base_url)
    elif name == "expired":
        kind, thing = _KINDS[name], {"order_id": payment.id, "custom_id": payment.ours}
    else:
        kind, thing = _KINDS[name], _captured(payment)
    body = {
        "id": f"WH-{book.new_id('', 17)}-{book.new_id('', 17)}",
        "create_time": _moment(book.clock()),
        "event_type": kind,
        "event_version": "1.0",
        "resource": thing,
        "resource_type": "refund" if back is not None else "capture",
    }
    return json.dumps(body).encode()


def sign(body: bytes, transmission: str, at: datetime) -> dict[str, str]:
    """The headers PayPal sends; only the played PayPal can check them."""
    return {
        "content-type": "application/json",
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-cert-url": "https://api.paypal.com/v1/notifications/certs/CERT-played",
        "paypal-transmission-id": transmission,
        "paypal-transmission-sig": _signature(json.loads(body), transmission),
        "paypal-transmission-time": _moment(at),
    }


def _signature(event_: Any, transmission: str) -> str:
    content = json.dumps(event_, sort_keys=True).encode() + transmission.encode()
    return "S" + hmac.new(_SIGNING, content, hashlib.sha256).hexdigest()


def _money(cents: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": format_money(cents)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
