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


@dataclass(slots=True)
class Back:
    """Money that went back: a refund, or a dispute (``ended_at``: decided for the shop again)."""

    id: str
    cents: int
    at: datetime
    dispute: bool
    ended_at: datetime | None = None


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

    @property
    def refunded_cents(self) -> int:
        return sum(back.cents for back in self.backs if not back.dispute)

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

    def pay_out(self, provider: str) -> Payout | None:
        """Pay out everything that is paid and was not paid out yet."""
        paid = [p for p in self.payments.values() if p.provider == provider and p.status is Status.PAID and not p.payout_id]
        if not paid:
            return None
        backs = [(payment, back) for payment in paid for back in payment.backs if back.ended_at is None]
        payout = Payout(self.new_id("po_" if provider == "stripe" else "stl_", 12), provider, self.clock(), paid, backs)
        self.payouts[payout.id] = payout
        for payment in paid:
            payment.payout_id = payout.id
        return payout
