"""The played provider speaking as Mollie."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kulanz.law.money import format_money, parse_money
from kulanz.world.provider_server.book import Back, Book, Payment, Payout, Refunded, Status
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call

_STATUS = {
    Status.OPEN: "open",
    Status.APPROVED: "open",
    Status.PENDING: "pending",
    Status.PAID: "paid",
    Status.FAILED: "failed",
    Status.EXPIRED: "canceled",
}

_REFUNDS = {Refunded.PENDING: "pending", Refunded.DONE: "refunded", Refunded.FAILED: "failed"}


def answer(book: Book, call: Call, base_url: str) -> Answer:
    """Answer one API request (`call.path` begins with /v2)."""
    parts = call.path.strip("/").split("/")
    match (call.verb, *parts[1:]):
        case ("POST", "payments"):
            return Answer(payment_of(_create(book, call), base_url), 201)
        case ("GET", "payments", payment_id):
            found = book.find("mollie", payment_id)
            return Answer(payment_of(found, base_url, embed="embed" in call.query)) if found else NOT_FOUND
        case ("POST", "payments", payment_id, "refunds"):
            return _refund(book, call, payment_id)
        case ("GET", "settlements"):
            return _list("settlements", [_settlement(p) for p in book.payouts.values() if p.provider == "mollie"], base_url)
        case ("GET", "settlements", settlement_id, name) if payout := book.payouts.get(settlement_id):
            if name == "payments":
                return _list(
                    name, [payment_of(p, base_url) | {"settlementAmount": _money(p.cents, p.currency)} for p in payout.payments], base_url
                )
            wanted = [(payment, back) for payment, back in payout.backs if back.dispute == (name == "chargebacks")]
            return _list(name, [_back(payment, back) | {"paymentId": payment.id} for payment, back in wanted], base_url)
    return NOT_FOUND


def _create(book: Book, call: Call) -> Payment:
    wanted = call.json()
    payment_id = book.new_id("tr_", 10)
    payment = Payment(
        provider="mollie",
        id=payment_id,
        money_id=payment_id,
        charge_id="",
        cents=parse_money(wanted["amount"]["value"]),
        currency=wanted["amount"]["currency"],
        ours=wanted["metadata"]["kulanz_checkout"],
        method=wanted["method"],
        description=wanted["description"],
        return_url=wanted["redirectUrl"],
        cancel_url=wanted["cancelUrl"],
        webhook_url=wanted["webhookUrl"],
        created_at=book.clock(),
    )
    return book.add(payment, call.headers.get("idempotency-key", ""))


def _refund(book: Book, call: Call, payment_id: str) -> Answer:
    found = book.find("mollie", payment_id)
    cents = parse_money(call.json()["amount"]["value"])
    key, ours = call.headers.get("idempotency-key", ""), (call.json().get("metadata") or {}).get("kulanz_refund", "")
    back = book.give_back(found, "re_", cents, ours=ours, key=key) if found else None
    if found is None or back is None:
        return Answer({"status": 422, "title": "Unprocessable Entity"}, 422)
    return Answer(_back(found, back), 201)


def payment_of(payment: Payment, base_url: str, *, embed: bool = False) -> dict[str, Any]:
    """A payment, with refunds and chargebacks if asked for."""
    link = {"href": f"{base_url}/mollie/v2/payments/{payment.id}", "type": "application/hal+json"}
    found: dict[str, Any] = {
        "resource": "payment",
        "id": payment.id,
        "mode": "test",
        "createdAt": _moment(payment.created_at),
        "amount": _money(payment.cents, payment.currency),
        "description": payment.description,
        "method": payment.method,
        "metadata": {"kulanz_checkout": payment.ours},
        "status": _STATUS[payment.status],
        "profileId": "pfl_played",
        "sequenceType": "oneoff",
        "redirectUrl": payment.return_url,
        "webhookUrl": payment.webhook_url,
        "_links": {"self": link, "dashboard": link},
    }
    if payment.status is Status.OPEN:
        found["_links"]["checkout"] = {"href": f"{base_url}/pay/{payment.id}", "type": "text/html"}
    if payment.paid_at:
        found["paidAt"] = _moment(payment.paid_at)
    if embed:
        found["_embedded"] = {
            "refunds": [_back(payment, back) for back in payment.backs if not back.dispute],
            "chargebacks": [_back(payment, back) for back in payment.backs if back.dispute],
        }
    return found


def _back(payment: Payment, back: Back) -> dict[str, Any]:
    found: dict[str, Any] = {"id": back.id, "amount": _money(back.cents, payment.currency), "createdAt": _moment(back.at)}
    if back.dispute:
        return found | {"resource": "chargeback", "reversedAt": _moment(back.ended_at) if back.ended_at else None}
    told = {"resource": "refund", "status": _REFUNDS[back.status], "paymentId": payment.id, "description": "Erstattung"}
    return found | told | ({"metadata": {"kulanz_refund": back.ours}} if back.ours else {})


def _settlement(payout: Payout) -> dict[str, Any]:
    currency = payout.payments[0].currency
    costs = [{"description": "Gebühren", "method": None, "count": len(payout.payments), "amountGross": _money(_fees(payout), currency)}]
    return {
        "resource": "settlement",
        "id": payout.id,
        "reference": f"1234567.{payout.at:%y%m}.01",
        "createdAt": _moment(payout.at),
        "settledAt": _moment(payout.at),
        "status": "paidout",
        "amount": _money(payout.net_cents, currency),
        "periods": {f"{payout.at:%Y}": {f"{payout.at:%m}": {"revenue": [], "costs": costs}}},
    }


def _fees(payout: Payout) -> int:
    return sum(payment.fee_cents for payment in payout.payments)


def _list(name: str, rows: list[dict[str, Any]], base_url: str) -> Answer:
    link = {"href": f"{base_url}/mollie/v2/{name}", "type": "application/hal+json"}
    return Answer({"count": len(rows), "_embedded": {name: rows}, "_links": {"self": link, "previous": None, "next": None}})


def event(payment: Payment) -> bytes:
    """The body of a webhook: an id, nothing else."""
    return f"id={payment.id}".encode()


def sign() -> dict[str, str]:
    """Mollie's classic webhooks are not signed."""
    return {"content-type": "application/x-www-form-urlencoded"}


def _money(cents: int, currency: str) -> dict[str, str]:
    return {"currency": currency, "value": format_money(cents)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
