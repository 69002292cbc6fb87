"""What the played provider knows: payments, refunds, disputes, payouts. No money anywhere."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class Status(StrEnum):
    """Where a payment stands at the provider."""

    OPEN = "open"
    APPROVED = "approved"  # PayPal only: agreed by the payer, not yet captured by the shop
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"


class Refunded(StrEnum):
    """How far a refund has come."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class Back:
    """Money that went back: a refund (``ours``: what the shop calls it), or a dispute (``ended_at``: decided for the shop again)."""

    id: str
    cents: int
    at: datetime
    dispute: bool
    ended_at: datetime | None = None
    money_id: str = ""
    key: str = ""
    """The idempotency key it was asked for with."""
    ours: str = ""
    status: Refunded = Refunded.DONE


@dataclass(slots=True)
class Payment:
    """One payment. `id` is what the API calls it first (session, order, payment), `money_id` what the money is called afterwards."""

    provider: str
    id: str
    money_id: str
    charge_id: str
    cents: int
    currency: str
    ours: str
    method: str
    description: str
    return_url: str
    cancel_url: str
    webhook_url: str
    created_at: datetime
    status: Status = Status.OPEN
    paid_at: datetime | None = None
    backs: list[Back] = field(default_factory=list)
    payout_id: str = ""
    account: str = ""
    """Whose payment it is: the name of the shop's account with us."""

    valid_until: datetime | None = None
    waiting: list[Back] = field(default_factory=list)
    """Refund slips nobody has taken to a till yet (viafintech)."""

    expired: bool = False

    @property
    def refunded_cents(self) -> int:
        """What went back or is on its way."""
        return sum(back.cents for back in self.backs if not back.dispute and back.status is not Refunded.FAILED)

    @property
    def fee_cents(self) -> int:
        """1.5 % and a quarter, rounded down: a price for the play, nobody's real one."""
        return self.cents * 15 // 1000 + 25 if self.status is Status.PAID else 0


@dataclass(slots=True)
class Payout:
    """Money on its way to the shop's bank."""

    id: str
    provider: str
    at: datetime
    payments: list[Payment]
    backs: list[tuple[Payment, Back]]

    @property
    def net_cents(self) -> int:
        return sum(payment.cents - payment.fee_cents for payment in self.payments) - sum(back.cents for _, back in self.backs)


class Book:
    """All payments of the played provider, under one lock. Ids are drawn from a seeded generator."""

    def __init__(self, *, clock: Callable[[], datetime], seed: int = 1) -> None:
        self.clock = clock
        self.payments: dict[str, Payment] = {}
        self.payouts: dict[str, Payout] = {}
        self.answers: dict[str, Payment] = {}
        """What was answered under an idempotency key."""
        self.refunds: dict[str, Back] = {}
        """The refund that was made under an idempotency key. Real providers forget after hours or days."""
        self.new_refunds = Refunded.DONE
        """What becomes of the next refunds at first."""
        self.lock = threading.RLock()
        self._random = random.Random(seed)

    def new_id(self, prefix: str, length: int = 16) -> str:
        """An id that looks like the provider's."""
        return prefix + "".join(self._random.choices(ALPHABET, k=length))

    def find(self, provider: str, name: str) -> Payment | None:
        """A payment by any of its ids."""
        if found := self.payments.get(name):
            return found if found.provider == provider else None
        return next((p for p in self.payments.values() if p.provider == provider and name in (p.money_id, p.charge_id)), None)

    def add(self, payment: Payment, key: str) -> Payment:
        """Store a payment; the same idempotency key again gives the one stored first."""
        if key and (known := self.answers.get(f"{payment.provider}:{key}")):
            return known
        self.payments[payment.id] = payment
        if key:
            self.answers[f"{payment.provider}:{key}"] = payment
        return payment

    def give_back(self, payment: Payment, prefix: str, cents: int, *, ours: str, key: str) -> Back | None:
        """Refund; the same key again gives the refund made first. None if so much is not there any more."""
        if key and (known := self.refunds.get(f"{payment.provider}:{key}")):
            return known
        if payment.status is not Status.PAID or not 0 < cents <= payment.cents - payment.refunded_cents:
            return None
        back = Back(self.new_id(prefix), cents, self.clock(), dispute=False, ours=ours, status=self.new_refunds)
        payment.backs.append(back)
        if key:
            self.refunds[f"{payment.provider}:{key}"] = back
        return back

    def pay_out(self, provider: str) -> Payout | None:
        """Pay out everything that is paid and was not paid out yet."""
        paid = [p for p in self.payments.values() if p.provider == provider and p.status is Status.PAID and not p.payout_id]
        if not paid:
            return None
        backs = [(payment, back) for payment in paid for back in payment.backs if back.ended_at is None and back.status is Refunded.DONE]
        payout = Payout(self.new_id("po_" if provider == "stripe" else "stl_", 12), provider, self.clock(), paid, backs)
        self.payouts[payout.id] = payout
        for payment in paid:
            payment.payout_id = payout.id
        return payout
