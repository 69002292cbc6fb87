"""The played provider speaking as viafintech: slips instead of pages, signed both ways, and a till where they are paid."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import typst

from kulanz.law.money import format_money, parse_money
from kulanz.world.provider_server.book import Back, Book, Payment, Status
from kulanz.world.provider_server.call import NOT_FOUND, Answer, Call

SCHEME: Final = "BZ1-HMAC-SHA256"
_STATE: Final = {Status.OPEN: "pending", Status.PAID: "paid", Status.EXPIRED: "invalidated"}
_WRONG_STATE: Final = Answer({"error_class": "invalid_state", "error_code": "invalid_slip_state", "message": "not pending"}, 409)
_FORBIDDEN: Final = Answer({"error_class": "auth", "error_code": "invalid_signature", "message": "signature"}, 401)


def refused(call: Call, base_url: str, key: str) -> Answer | None:
    """The refusal of a call that is not signed as it must be; None if it is."""
    given = call.headers.get("authorization", "")
    query, moment = urlencode(call.query), call.headers.get("date", "")
    expected = _signed(key, _host(base_url), call.verb, call.path, query, moment, call.headers.get("idempotency-key", ""), call.body)
    return None if given.startswith(f"{SCHEME} DivisionId=") and given.endswith(f", Signature={expected}") else _FORBIDDEN


def answer(book: Book, call: Call, base_url: str) -> Answer:
    """Answer one API request (`call.path` begins with /v2)."""
    parts = call.path.strip("/").split("/")
    match (call.verb, *parts[1:]):
        case ("POST", "slips"):
            return _create(book, call)
        case ("GET", "slips", name):
            found = find(book, name)
            return Answer(slip_of(*found)) if found else NOT_FOUND
        case ("GET", "slips", name, "media", "pdf") if found := find(book, name):
            return Answer(file=slip_pdf(*found)) if _state(*found) == "pending" else _WRONG_STATE
        case ("POST", "slips", name, "invalidate") if found := find(book, name):
            return _invalidate(book, *found)
        case ("POST", "slips", name, "resend", ("email" | "text_message")) if found := find(book, name):
            return Answer(slip_of(*found)) if _state(*found) == "pending" else _WRONG_STATE
    return NOT_FOUND


def find(book: Book, name: str) -> tuple[Payment, Back | None] | None:
    """A payment slip, or the refund slip of one."""
    if (known := book.payments.get(name)) is not None:
        return (known, None) if known.provider == "viafintech" else None
    slips = ((payment, back) for payment in book.payments.values() for back in (*payment.waiting, *payment.backs))
    return next(((payment, back) for payment, back in slips if payment.provider == "viafintech" and back.id == name), None)


def _slip_id(book: Book) -> str:
    drawn = book.new_id("", 32).lower()
    return f"slp-{drawn[:8]}-{drawn[8:12]}-{drawn[12:16]}-{drawn[16:20]}-{drawn[20:]}"


def _create(book: Book, call: Call) -> Answer:
    wanted = call.json()
    (transaction,) = wanted["transactions"]
    if wanted["slip_type"] == "refund":
        return _refund(book, call, wanted["refund"]["for_slip_id"], -parse_money(transaction["amount"]))
    payment = Payment(
        provider="viafintech",
        id=_slip_id(book),
        money_id=_number(book),
        charge_id=wanted["customer"]["key"],
        cents=parse_money(transaction["amount"]),
        currency=transaction["currency"],
        ours=wanted["metadata"]["kulanz_checkout"],
        method="cash",
        description=wanted["reference_key"],
        return_url="",
        cancel_url="",
        webhook_url=wanted["hook_url"],
        created_at=book.clock(),
        valid_until=datetime.fromisoformat(wanted["expires_at"]),
    )
    return Answer(slip_of(book.add(payment, call.headers.get("idempotency-key", "")), None), 201)


def _number(book: Book) -> str:
    """A transaction's number: ten digits."""
    return "".join(str(ord(sign) % 10) for sign in book.new_id("", 10))


def _refund(book: Book, call: Call, for_slip: str, cents: int) -> Answer:
    """A refund slip: the money goes back when the person takes it at a till, not before."""
    found, key = find(book, for_slip), call.headers.get("idempotency-key", "")
    if found is None or found[0].status is not Status.PAID:
        return _WRONG_STATE
    payment = found[0]
    if known := next((back for back in (*payment.waiting, *payment.backs) if back.key == key), None):
        return Answer(slip_of(payment, known), 201)
    if not 0 < cents <= payment.cents - payment.refunded_cents - sum(back.cents for back in payment.waiting):
        return Answer({"error_class": "invalid_parameter", "error_code": "invalid_amount", "message": "amount"}, 400)
    back = refund_slip(book, payment, cents, key)
    back.ours = call.json().get("metadata", {}).get("kulanz_refund", "")
    payment.waiting.append(back)
    return Answer(slip_of(payment, back), 201)


def refund_slip(book: Book, payment: Payment, cents: int, key: str) -> Back:
    """A slip for which a till gives money."""
    return Back(_slip_id(book), cents, book.clock(), dispute=False, money_id=_number(book), key=key)


def _invalidate(book: Book, payment: Payment, back: Back | None) -> Answer:
    if _state(payment, back) != "pending":
        return _WRONG_STATE
    if back is not None:
        payment.waiting.remove(back)
    else:
        payment.status = Status.EXPIRED
    return Answer(slip_of(payment, back))


def _state(payment: Payment, back: Back | None) -> str:
    if back is not None:
        return "pending" if back in payment.waiting else "paid"
    return "expired" if payment.expired else _STATE[payment.status]


def slip_of(payment: Payment, back: Back | None) -> dict[str, Any]:
    """A slip as the API describes it."""
    slip: dict[str, Any] = {
        "id": payment.id if back is None else back.id,
        "slip_type": "payment" if back is None else "refund",
        "division_id": "12345",
        "hook_url": payment.webhook_url,
        "expires_at": _moment(payment.valid_until or payment.created_at),
        "customer": {"key": payment.charge_id},
        "transactions": [
            {
                "id": payment.money_id if back is None else back.money_id,
                "currency": payment.currency,
                "amount": format_money(payment.cents if back is None else -back.cents),
                "state": _state(payment, back),
            }
        ],
    }
    if back is not None:
        return slip | {"refund": {"for_slip_id": payment.id}, "metadata": {"kulanz_refund": back.ours}}
    return slip | {"reference_key": payment.description, "metadata": {"kulanz_checkout": payment.ours}}


def slip_pdf(payment: Payment, back: Back | None) -> bytes:
    """A slip to print. Its bars are drawn from its number and open no till."""
    state = slip_of(payment, back)["transactions"][0]
    bars = "".join(f"{int(digit) + 3:07b}" for digit in state["id"])
    drawn = "".join(f"box(width: 0.7mm, height: 22mm, fill: {'black' if bar == '1' else 'white'})," for bar in bars)
    source = f"""#set page(width: 105mm, height: 148mm, margin: 10mm)
#set text(font: "Libertinus Serif", size: 11pt, lang: "de")
#align(center)[
#text(16pt, weight: "bold")[Zahlschein] \\
#text(9pt)[Testanbieter der Demo: Hier fließt kein Geld.]
#v(6mm) #text(24pt, weight: "bold")[{format_money(payment.cents if back is None else back.cents).replace(".", ",")} {payment.currency}]
#v(4mm) #stack(dir: ltr, {drawn})
{state["id"]} #v(4mm)
{"An der Kasse zeigen und bar bezahlen." if back is None else "An der Kasse zeigen und Geld bekommen."} \\
Gültig bis {(payment.valid_until or payment.created_at):%d.%m.%Y}
]"""
    found: bytes = typst.compile(source.encode(), format="pdf")
    return found


def event(book: Book, payment: Payment, name: str, back: Back | None) -> bytes:
    """The body of a webhook: what happened, when, to which transaction, and the slip as it is."""
    slip = slip_of(payment, back)
    at = back.at if back is not None else payment.paid_at if name == "settled" and payment.paid_at else book.clock()
    said = {
        "event": "paid" if name in ("settled", "back") else "expired",
        "event_occurred_at": _moment(at),
        "affected_transaction_id": slip["transactions"][0]["id"],
        "slip": slip,
    }
    return json.dumps(said).encode()


def sign(body: bytes, url: str, key: str, at: datetime) -> dict[str, str]:
    """The headers viafintech sends: it signs the address it was told to report to."""
    moment, parts = format_datetime(at.astimezone(UTC), usegmt=True), urlsplit(url)
    signed = _signed(key, _host(url), "POST", parts.path, parts.query, moment, "", body)
    return {"bz-hook-format": "v2", "date": moment, "bz-signature": f"{SCHEME} {signed}", "content-type": "application/json"}


def _host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def _signed(key: str, host: str, verb: str, path: str, query: str, moment: str, idempotency: str, body: bytes) -> str:
    lines = [host, verb, path, query, moment, idempotency, hashlib.sha256(body).hexdigest()]
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
