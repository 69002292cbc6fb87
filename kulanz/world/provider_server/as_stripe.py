"""The played provider speaking as Stripe."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from kulanz.world.provider_server.book import Back, Book, Payment, Payout, Refunded, Status
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call

_REFUNDS = {Refunded.PENDING: "pending", Refunded.DONE: "succeeded", Refunded.FAILED: "failed"}


def answer(book: Book, call: Call, base_url: str) -> Answer:
    """Answer one API request (`call.path` begins with /v1)."""
    parts = call.path.strip("/").split("/")
    match (call.verb, *parts[1:]):
        case ("POST", "checkout", "sessions"):
            return Answer(session(book, _create(book, call), base_url))
        case ("GET", "checkout", "sessions", session_id):
            found = book.find("stripe", session_id)
            return Answer(session(book, found, base_url, expand="expand[]" in call.query)) if found else NOT_FOUND
        case ("POST", "refunds"):
            return _refund(book, call)
        case ("GET", "refunds" | "disputes" as name):
            found = book.find("stripe", call.query.get("payment_intent", ""))
            backs = [back for back in found.backs if back.dispute == (name == "disputes")] if found else []
            return Answer({"object": "list", "data": [_back(found, back) for back in backs if found], "has_more": False})
        case ("GET", "payouts"):
            payouts = [_payout(payout) for payout in book.payouts.values() if payout.provider == "stripe"]
            return Answer({"object": "list", "data": payouts, "has_more": False})
        case ("GET", "balance_transactions"):
            payout = book.payouts.get(call.query.get("payout", ""))
            return Answer({"object": "list", "data": list(_transactions(payout)) if payout else [], "has_more": False})
    return NOT_FOUND


def _create(book: Book, call: Call) -> Payment:
    form = call.form()
    payment = Payment(
        provider="stripe",
        id=book.new_id("cs_test_"),
        money_id=book.new_id("pi_"),
        charge_id=book.new_id("ch_"),
        cents=int(form["line_items[0][price_data][unit_amount]"]) * int(form["line_items[0][quantity]"]),
        currency=form["line_items[0][price_data][currency]"].upper(),
        ours=form["client_reference_id"],
        method=form["payment_method_types[0]"],
        description=form["line_items[0][price_data][product_data][name]"],
        return_url=form["success_url"],
        cancel_url=form["cancel_url"],
        webhook_url="",
        created_at=book.clock(),
    )
    return book.add(payment, call.headers.get("idempotency-key", ""))


def _refund(book: Book, call: Call) -> Answer:
    form = call.form()
    found = book.find("stripe", form.get("payment_intent", ""))
    key, ours = call.headers.get("idempotency-key", ""), form.get("metadata[kulanz_refund]", "")
    back = book.give_back(found, "re_", int(form["amount"]), ours=ours, key=key) if found else None
    if found is None or back is None:
        return Answer({"error": {"type": "invalid_request_error"}}, 400)
    return Answer(_back(found, back))


def session(book: Book, payment: Payment, base_url: str, *, expand: bool = False) -> dict[str, Any]:
    """A Checkout Session."""
    status = {Status.OPEN: "open", Status.EXPIRED: "expired"}.get(payment.status, "complete")
    begun = payment.status not in (Status.OPEN, Status.EXPIRED)
    intent: Any = payment.money_id if begun else None
    if begun and expand:
        intent = {"id": payment.money_id, "object": "payment_intent", "latest_charge": _charge(payment)}
    return {
        "id": payment.id,
        "object": "checkout.session",
        "amount_total": payment.cents,
        "client_reference_id": payment.ours,
        "created": _seconds(payment.created_at),
        "currency": payment.currency.lower(),
        "livemode": False,
        "metadata": {"kulanz_checkout": payment.ours},
        "mode": "payment",
        "payment_intent": intent,
        "payment_status": "paid" if payment.status is Status.PAID else "unpaid",
        "status": status,
        "url": f"{base_url}/pay/{payment.id}" if status == "open" else None,
    }


def _charge(payment: Payment) -> dict[str, Any]:
    moved = _seconds(payment.paid_at) if payment.paid_at else None
    return {
        "id": payment.charge_id,
        "object": "charge",
        "amount": payment.cents,
        "amount_refunded": payment.refunded_cents,
        "balance_transaction": {"id": f"txn_{payment.charge_id[3:]}", "object": "balance_transaction", "created": moved} if moved else None,
        "created": _seconds(payment.paid_at or payment.created_at),
        "currency": payment.currency.lower(),
        "disputed": any(back.dispute for back in payment.backs),
        "metadata": {"kulanz_checkout": payment.ours},
        "payment_intent": payment.money_id,
    }


def _back(payment: Payment, back: Back) -> dict[str, Any]:
    common = {
        "id": back.id,
        "amount": back.cents,
        "charge": payment.charge_id,
        "created": _seconds(back.at),
        "currency": payment.currency.lower(),
        "payment_intent": payment.money_id,
    }
    if not back.dispute:
        return common | {"object": "refund", "status": _REFUNDS[back.status], "metadata": {"kulanz_refund": back.ours} if back.ours else {}}
    entries = [{"id": f"txn_{back.id[3:]}", "amount": -back.cents, "created": _seconds(back.at)}]
    if back.ended_at:
        entries.append({"id": f"txn_won_{back.id[3:]}", "amount": back.cents, "created": _seconds(back.ended_at)})
    return common | {"object": "dispute", "status": "won" if back.ended_at else "needs_response", "balance_transactions": entries}


def _payout(payout: Payout) -> dict[str, Any]:
    midnight = payout.at.replace(hour=0, minute=0, second=0, microsecond=0)
    return {
        "id": payout.id,
        "object": "payout",
        "amount": payout.net_cents,
        "arrival_date": _seconds(midnight) + 12 * 3600,
        "currency": payout.payments[0].currency.lower(),
        "status": "paid",
    }


def _transactions(payout: Payout) -> Any:
    for payment in payout.payments:
        yield {
            "id": f"txn_{payment.charge_id[3:]}",
            "object": "balance_transaction",
            "amount": payment.cents,
            "fee": payment.fee_cents,
            "net": payment.cents - payment.fee_cents,
            "created": _seconds(payment.paid_at or payment.created_at),
            "type": "charge",
            "source": _charge(payment),
        }
    for payment, back in payout.backs:
        yield {
            "id": f"txn_{back.id[3:]}",
            "object": "balance_transaction",
            "amount": -back.cents,
            "fee": 0,
            "net": -back.cents,
            "created": _seconds(back.at),
            "type": "adjustment" if back.dispute else "refund",
            "source": _back(payment, back),
        }


def event(book: Book, payment: Payment, name: str, back: Back | None, base_url: str) -> bytes:
    """The body of a webhook. `name` is what happened: settled, pending, failed, expired, back, ended."""
    kind, thing, at = _KINDS[name], session(book, payment, base_url), book.clock()
    if back is not None:
        thing, at = _back(payment, back), back.ended_at if name == "ended" and back.ended_at else back.at
        if name == "back" and back.dispute:
            kind = "charge.dispute.funds_withdrawn"
        elif name == "refund" and back.status is Refunded.FAILED:
            kind = "refund.failed"
    elif name == "settled" and payment.method == "sepa_debit":
        kind = "checkout.session.async_payment_succeeded"
    if name == "settled":
        at = payment.paid_at or at
    body = {
        "id": book.new_id("evt_", 20),
        "object": "event",
        "api_version": "2024-06-20",
        "created": _seconds(at),
        "data": {"object": thing},
        "livemode": False,
        "type": kind,
    }
    return json.dumps(body).encode()


_KINDS = {
    "settled": "checkout.session.completed",
    "pending": "checkout.session.completed",
    "failed": "checkout.session.async_payment_failed",
    "expired": "checkout.session.expired",
    "back": "refund.created",
    "refund": "refund.updated",
    "ended": "charge.dispute.funds_reinstated",
}


def sign(body: bytes, secret: str, at: datetime) -> dict[str, str]:
    """The signature header Stripe sends."""
    moment = str(_seconds(at))
    signed = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={moment},v1={signed}", "content-type": "application/json"}


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
