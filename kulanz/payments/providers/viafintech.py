"""viafintech (Barzahlen, viacash): a slip with a bar code is paid with cash at a supermarket till; API v2, signed both ways.

As its published SDKs and plugins use it. What they do not show is not used: no number behind the bar code, no report of payouts, no time of
payment in the answer about a slip (only in the webhook).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from kulanz.law.errors import LawError
from kulanz.law.money import format_money, parse_money
from kulanz.payments.providers.cash import CashTerms, CustomerKey, SlipBy
from kulanz.payments.providers.errors import NotGenuine, ProviderError, ProviderRefused
from kulanz.payments.providers.port import (
    Delivery,
    Heard,
    Method,
    MoneyKind,
    Movement,
    Notice,
    Order,
    Settlement,
    Stage,
    Started,
    asked,
)
from kulanz.payments.providers.values import LEGAL_ZONE, at, day_of, json_object, rows, text
from kulanz.payments.providers.wire import Wire

API_URL: Final = "https://api.viafintech.com"
SCHEME: Final = "BZ1-HMAC-SHA256"
OURS: Final = "kulanz_checkout"
REFUND: Final = "kulanz_refund"
OLD: Final = timedelta(days=3)
"""How old the signed date of a delivery may be. A replayed one only repeats a final state and counts once, so this is generous: a message
that was repeated for days is still worth hearing. After that our own question tells."""

AHEAD: Final = timedelta(minutes=5)
"""How far ahead of our clock it may be."""

_STAGES: Final = {"pending": Stage.STARTED, "paid": Stage.PAID, "expired": Stage.EXPIRED, "invalidated": Stage.EXPIRED}
_REFUNDS: Final = {
    "pending": MoneyKind.REFUND_PENDING,
    "paid": MoneyKind.REFUNDED,
    "expired": MoneyKind.REFUND_FAILED,
    "invalidated": MoneyKind.REFUND_FAILED,
}
"""A refund slip that nobody carried to a till has moved nothing."""

_CANCELLED: Final = "viafintech meldet, dass diese Barzahlung storniert wurde. Bitte dort nachsehen."


def signature(key: str, *, host: str, verb: str, path: str, query: str, date_header: str, idempotency_key: str, body: bytes) -> str:
    """The signature of a request or a webhook, in hex: HMAC-SHA256 over seven lines, the last of which is the SHA-256 of the body.

    ``host`` carries its port, also where it is the usual one.
    """
    lines = (host, verb, path, query, date_header, idempotency_key, hashlib.sha256(body).hexdigest())
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


class _Signed(httpx.Auth):
    """Signs each try of a request anew, with its own date."""

    requires_request_body = True

    def __init__(self, division_id: str, payment_key: str, clock: Callable[[], datetime]) -> None:
        self._division_id, self._key, self._clock = division_id, payment_key, clock

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        moment = format_datetime(self._clock().astimezone(UTC), usegmt=True)
        signed = signature(
            self._key,
            host=_host(str(request.url)),
            verb=request.method,
            path=request.url.path,
            query=request.url.query.decode(),
            date_header=moment,
            idempotency_key=request.headers.get("Idempotency-Key", ""),
            body=request.content,
        )
        request.headers["Date"] = moment
        request.headers["Authorization"] = f"{SCHEME} DivisionId={self._division_id}, Signature={signed}"
        yield request


class Viafintech:
    """The port over viafintech's API. A payment is a slip; there is no page of theirs to go to."""

    name = "Barzahlen"
    reports_payouts = False

    def __init__(
        self,
        division_id: str,
        payment_key: str,
        terms: CashTerms,
        *,
        api_url: str = "",
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.origins: tuple[str, ...] = ()  # nobody is sent anywhere
        self._key, self._terms, self._clock = payment_key, terms, clock
        more = {"pause": pause} if pause else {}
        self._wire = Wire(api_url or API_URL, {}, _Signed(division_id, payment_key, clock), transport=transport, **more)

    def create(self, order: Order) -> Started:
        """Have a slip made out. The debtor stays with us: our own page shows it."""
        if order.method is not Method.CASH or order.valid_until is None:
            raise ProviderRefused("Über viafintech lässt sich nur bar bezahlen.")
        body = {
            "slip_type": "payment",
            "customer": self._customer(order),
            "transactions": [{"currency": order.currency, "amount": format_money(order.amount_cents)}],
            "reference_key": order.reference,
            "hook_url": order.webhook_url,
            "expires_at": _moment(order.valid_until),
            "metadata": {OURS: str(order.public_id)},
        }
        slip = self._wire.post("/v2/slips", idempotent=True, headers={"Idempotency-Key": str(order.public_id)}, json=body)
        if not text(slip, "id"):
            raise ProviderRefused("Der Zahlschein hat keine Nummer.")
        return Started(text(slip, "id"), order.return_url, _refs(slip), _until(slip) or order.valid_until)

    def _customer(self, order: Order) -> dict[str, str]:
        """Who pays: a number, and the e-mail address only where the contract or the way of sending needs it."""
        email = order.payer.email if order.payer else ""
        if self._terms.needs_email and not email:
            raise ProviderRefused("Für diesen Zahlweg fehlt eine E-Mail-Adresse.")
        customer = {"key": email if self._terms.customer_key is CustomerKey.EMAIL else order.customer_key}
        if self._terms.needs_email:
            customer["email"] = email
        if order.language == "de":
            customer["language"] = "de-DE"  # the other languages it names belong to other countries
        return customer

    def fetch(self, provider_ref: str) -> Notice:
        """Ask how a slip stands: a payment slip, or the refund slip of one."""
        return self._standing(self._wire.get(f"/v2/slips/{_safe(provider_ref)}"))

    def _standing(self, slip: dict[str, Any]) -> Notice:
        transactions = rows(slip, "transactions")
        stages = [_STAGES[text(row, "state")] for row in transactions if text(row, "state") in _STAGES]
        if not stages or len(stages) < len(transactions):
            raise ProviderRefused("viafintech nennt einen Zustand, den wir nicht kennen.")
        until = _until(slip)
        today = self._clock().astimezone(LEGAL_ZONE).date()
        # The answer does not tell the day of payment. It was this one at the latest, and none after the slip had expired.
        on = min(today, until.astimezone(LEGAL_ZONE).date()) if until else today
        if text(slip, "slip_type") == "refund":
            return asked("slip", _refs(slip), Stage.STARTED, [_refunded(slip, row, text(row, "state"), on) for row in transactions])
        moves = [_paid(row, on) for row in transactions if text(row, "state") == "paid"]
        return asked("slip", _refs(slip), max(stages), moves)

    def hear(self, delivery: Delivery, *, now: datetime) -> Heard:
        """Check `Bz-Signature` against our own address, the date and the body, and read the event."""
        if "v1" in delivery.headers.get("bz-hook-format", ""):
            return Heard()  # the older form of a message that comes in the newer one as well
        self._check(delivery, now)
        notice = _meaning(json_object(delivery.body))
        return Heard((notice,)) if notice else Heard()

    def _check(self, delivery: Delivery, now: datetime) -> None:
        moment, ours = delivery.headers.get("date", ""), urlsplit(delivery.url)
        signed = signature(
            self._key,
            host=_host(delivery.url),
            verb="POST",
            path=ours.path,
            query=ours.query,
            date_header=moment,
            idempotency_key="",
            body=delivery.body,
        )
        given = delivery.headers.get("bz-signature", "")
        if not self._key or not hmac.compare_digest(f"{SCHEME} {signed}".encode(), given.encode()):
            raise NotGenuine
        try:
            sent = parsedate_to_datetime(moment)
        except ValueError as error:
            raise NotGenuine from error
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        if not now - OLD <= sent <= now + AHEAD:
            raise NotGenuine("Diese Nachricht ist zu alt, um noch als echt zu gelten.")

    def refund(self, provider_ref: str, cents: int, currency: str, *, key: str) -> str:
        """Have a refund slip made out for a paid slip: the person carries it to a till and gets the money. Returns its name."""
        paid = self._wire.get(f"/v2/slips/{_safe(provider_ref)}")
        body = {
            "slip_type": "refund",
            "refund": {"for_slip_id": provider_ref},
            "transactions": [{"currency": currency, "amount": format_money(-cents)}],
            "hook_url": text(paid, "hook_url"),
            "metadata": {REFUND: key},
        }
        return text(self._wire.post("/v2/slips", idempotent=True, headers={"Idempotency-Key": key}, json=body), "id")

    def settlements(self, since: date, until: date) -> list[Settlement]:
        """None: the published interface has no report of payouts (see `reports_payouts`)."""
        return []

    def slip_pdf(self, provider_ref: str) -> bytes:
        """The slip as a PDF. The provider gives it for pending slips only, and only if it has switched this on for the account."""
        if self._terms.slip is not SlipBy.PDF:
            raise ProviderRefused("Dieser Zahlschein kommt per E-Mail.")
        return self._wire.pdf(f"/v2/slips/{_safe(provider_ref)}/media/pdf")

    def send_again(self, provider_ref: str) -> None:
        """Have the slip sent by e-mail once more."""
        self._wire.post(f"/v2/slips/{_safe(provider_ref)}/resend/email", idempotent=False)

    def withdraw(self, provider_ref: str) -> Notice:
        """Invalidate a slip. One that is not pending any more stays what it is, so then its state is asked for."""
        try:
            slip = self._wire.post(f"/v2/slips/{_safe(provider_ref)}/invalidate", idempotent=False)
        except ProviderError:
            return self.fetch(provider_ref)
        # The published example of this answer still calls the slip pending, so the answer alone proves nothing.
        standing = self._standing(slip) if rows(slip, "transactions") else self.fetch(provider_ref)
        return standing if standing.stage is not Stage.STARTED else asked("slip.withdrawn", standing.refs, Stage.EXPIRED, [])


def _host(url: str) -> str:
    """Host and port as they are signed."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname or ''}:{port}"


def _safe(slip_id: str) -> str:
    """A slip's name as part of an address."""
    if not slip_id.startswith("slp-") or not all(sign.isalnum() or sign == "-" for sign in slip_id):
        raise ProviderRefused("So heißt bei viafintech kein Zahlschein.")
    return slip_id


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _until(slip: dict[str, Any]) -> datetime | None:
    written = text(slip, "expires_at")
    try:
        found = datetime.fromisoformat(written) if written else None
    except ValueError as error:
        raise ProviderRefused("Der Zahlschein nennt kein lesbares Ende.") from error
    return found.replace(tzinfo=UTC) if found is not None and found.tzinfo is None else found


def _refs(slip: dict[str, Any]) -> tuple[str, ...]:
    """All names of a payment: its slip, the slip a refund is for, the transactions, our own number."""
    names = (
        text(slip, "id"),
        text(slip, "refund", "for_slip_id"),
        *(text(row, "id") for row in rows(slip, "transactions")),
        text(slip, "metadata", OURS),
    )
    return tuple(dict.fromkeys(name for name in names if name))


def _amount(transaction: dict[str, Any]) -> tuple[int, str]:
    """Cents and currency; those of a refund are negative. Raises `ProviderRefused` if they or the transaction's number are missing."""
    try:
        cents = parse_money(text(transaction, "amount"))
    except LawError as error:
        raise ProviderRefused("In der Nachricht des Zahlungsanbieters fehlt ein Betrag.") from error
    if not text(transaction, "id"):
        raise ProviderRefused("In der Nachricht des Zahlungsanbieters fehlt die Nummer der Zahlung.")
    return cents, text(transaction, "currency").upper()


def _paid(transaction: dict[str, Any], on: date) -> Movement:
    cents, currency = _amount(transaction)
    return Movement(MoneyKind.PAID, text(transaction, "id"), cents, currency, on)


def _refunded(slip: dict[str, Any], transaction: dict[str, Any], state: str, on: date) -> Movement:
    """What a refund slip moved. Its name is the slip's, which is what `refund` returned."""
    cents, currency = _amount(transaction)
    if cents >= 0 or state not in _REFUNDS:
        raise ProviderRefused("Die Nachricht des Zahlungsanbieters passt nicht zusammen.")
    return Movement(_REFUNDS[state], text(slip, "id"), -cents, currency, on, text(slip, "metadata", REFUND))


def _meaning(said: dict[str, Any]) -> Notice | None:
    """A message in our words. It has no number of its own; what it says, about which transaction, is its name, so that twice is once."""
    event, slip = text(said, "event"), at(said, "slip")
    if not isinstance(slip, dict) or text(slip, "slip_type") not in ("payment", "refund"):
        return None
    wanted = text(said, "affected_transaction_id")
    event_id, refs = f"slip:{event}:{text(slip, 'id')}:{wanted}", _refs(slip)
    if event in ("canceled", "cancelled"):
        return Notice(event_id, event, refs, attention=_CANCELLED)
    if event not in ("paid", "expired", "invalidated"):
        return None
    on = day_of(text(said, "event_occurred_at"))
    affected = [row for row in rows(slip, "transactions") if text(row, "id") == wanted]
    if text(slip, "slip_type") == "refund":
        return Notice(event_id, event, refs, movements=tuple(_refunded(slip, row, event, on) for row in affected))
    if event != "paid":
        return Notice(event_id, event, refs, Stage.EXPIRED)
    if not affected:
        raise ProviderRefused("Die Nachricht nennt keine Zahlung.")
    return Notice(event_id, event, refs, Stage.PAID, tuple(_paid(row, on) for row in affected))
