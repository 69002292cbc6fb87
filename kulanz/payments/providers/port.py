"""What every payment provider can do for us, in our words. Card data never comes here: the debtor types it on the provider's own page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any, Protocol, Self, runtime_checkable
from uuid import UUID


class Method(StrEnum):
    """A way to pay, as the debtor knows it."""

    CARD = "card"
    APPLE_PAY = "apple_pay"
    GOOGLE_PAY = "google_pay"
    PAYPAL = "paypal"
    SEPA_DEBIT = "sepa_debit"
    KLARNA = "klarna"
    BANK = "bank"
    EPS = "eps"
    IDEAL = "ideal"
    BANCONTACT = "bancontact"
    TWINT = "twint"
    CASH = "cash"  # notes and coins at a till, with a slip


class Stage(IntEnum):
    """How far a payment has come. Reports only ever raise it, so their order does not matter."""

    STARTED = 0
    PENDING = 1
    EXPIRED = 2
    FAILED = 3
    PAID = 4


class MoneyKind(StrEnum):
    """A movement of money with the provider. A refund that is pending has moved nothing yet; one that failed gives back what it moved."""

    PAID = "paid"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    REINSTATED = "reinstated"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved: `ref` is the provider's name of this movement (a reinstatement has the one of the chargeback it ends).

    `ours` is the key under which we asked for a refund, where the provider gives it back.
    """

    kind: MoneyKind
    ref: str
    cents: int
    currency: str
    on: date
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a provider said. `refs` are the names by which the payment is found; `attention` is a German sentence for a person."""

    event_id: str
    kind: str
    refs: tuple[str, ...]
    stage: Stage = Stage.STARTED
    movements: tuple[Movement, ...] = ()
    attention: str = ""

    def as_json(self) -> dict[str, Any]:
        """The meaning as plain data, for storing."""
        moves = [
            [move.kind.value, move.ref, move.cents, move.currency, move.on.isoformat(), *([move.ours] if move.ours else [])]
            for move in self.movements
        ]
        return {"stage": int(self.stage), "movements": moves, "attention": self.attention}

    @classmethod
    def from_json(cls, event_id: str, kind: str, refs: Sequence[str], stored: Mapping[str, Any]) -> Self:
        """Read a stored notice back."""
        moves = tuple(
            Movement(MoneyKind(what), ref, cents, currency, date.fromisoformat(on), *ours)
            for what, ref, cents, currency, on, *ours in stored["movements"]
        )
        return cls(event_id, kind, tuple(refs), Stage(stored["stage"]), moves, stored["attention"])


def asked(kind: str, refs: Sequence[str], stage: Stage, movements: Sequence[Movement], attention: str = "") -> Notice:
    """The notice of a state we asked for. Its id is its content, so that the same answer twice is one event."""
    told = Notice("", kind, tuple(dict.fromkeys(ref for ref in refs if ref)), stage, tuple(movements), attention)
    content = json.dumps([told.kind, told.refs, told.as_json()], sort_keys=True)
    return Notice(f"state:{hashlib.sha256(content.encode()).hexdigest()[:32]}", told.kind, told.refs, stage, told.movements, attention)


@dataclass(frozen=True, slots=True)
class Payer:
    """Name and address, handed over only where the debtor chose a method that cannot do without (invoice purchase)."""

    given_name: str
    family_name: str
    street: str
    postcode: str
    city: str
    country: str
    email: str


@dataclass(frozen=True, slots=True)
class Order:
    """A payment to be started. `public_id` is also the idempotency key: the same order twice is one payment at the provider."""

    public_id: UUID
    method: Method
    amount_cents: int
    currency: str
    description: str
    brand: str
    return_url: str
    cancel_url: str
    webhook_url: str
    language: str
    payer: Payer | None = None
    reference: str = ""
    """What the creditor knows the payment by: for the provider's lists, names nobody."""

    customer_key: str = ""
    """The same for every payment of one person to one creditor, and nothing else: a number, never a name."""

    valid_until: datetime | None = None
    """Until when it may be paid, where that is for us to say (cash)."""


@dataclass(frozen=True, slots=True)
class Started:
    """A payment the provider has opened: its name there, and the page on which the debtor pays."""

    provider_ref: str
    redirect_url: str
    refs: tuple[str, ...] = ()
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook as it arrived. Header names are lower case; `url` is our own public address of it, whatever the request claims."""

    headers: Mapping[str, str]
    body: bytes
    url: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a genuine delivery says: notices, and payments to be asked about because the delivery itself says nothing (or waits for us)."""

    notices: tuple[Notice, ...] = ()
    ask: tuple[str, ...] = ()


class LineKind(StrEnum):
    """What a line of a settlement is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    FEE = "fee"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One line of a settlement. Gross and net are signed from our side, the fee is positive when it costs us: net = gross − fee."""

    kind: LineKind
    ref: str
    refs: tuple[str, ...]
    gross_cents: int
    fee_cents: int
    on: date

    @property
    def net_cents(self) -> int:
        return self.gross_cents - self.fee_cents


@dataclass(frozen=True, slots=True)
class Settlement:
    """One payout to the bank with the lines it consists of. `keeps_balance`: the provider pays out on demand, so a rest may stay there."""

    payout_ref: str
    currency: str
    arrival_on: date
    net_cents: int
    lines: tuple[SettlementLine, ...] = field(default=())
    keeps_balance: bool = False


class PaymentProvider(Protocol):
    """The port. Every method may raise `errors.ProviderUnreachable` (try again later) or `errors.ProviderRefused` (do not)."""

    name: str
    origins: tuple[str, ...]
    """Where the provider's own payment pages live: the only places a debtor is ever sent to."""

    reports_payouts: bool
    """False if the provider has no report of its payouts that a program can read: a person assigns them."""

    def create(self, order: Order) -> Started:
        """Open a payment and return where the debtor pays it."""

    def fetch(self, provider_ref: str) -> Notice:
        """Ask how a payment stands; completes it first where the provider waits for us."""

    def hear(self, delivery: Delivery, *, now: datetime) -> Heard:
        """Prove that a delivery is genuine and say what it means. Raises `errors.NotGenuine` if it is not."""

    def refund(self, provider_ref: str, cents: int, currency: str, *, key: str) -> str:
        """Send money back; returns the provider's name of the refund. What it did to the payment is told by a notice, like everything.

        ``key`` makes two calls one refund, and comes back as `Movement.ours`.
        """

    def settlements(self, since: date, until: date) -> list[Settlement]:
        """The payouts that arrived in this period."""


@runtime_checkable
class SlipProvider(PaymentProvider, Protocol):
    """A provider whose payments are slips to be carried to a till."""

    def slip_pdf(self, provider_ref: str) -> bytes:
        """The slip for printing or for showing on a phone. Only while it can be paid."""

    def send_again(self, provider_ref: str) -> None:
        """Let the provider send the slip by e-mail once more."""

    def withdraw(self, provider_ref: str) -> Notice:
        """Make a slip worthless at once, so that nobody pays twice. The notice says what became of it: it may have been paid before."""
