"""Builders for outbox tests: a gateway that remembers, a queued message, a payment."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from kulanz.claims.commands import touch
from kulanz.claims.models import Case
from kulanz.contact.commands import queue_messages
from kulanz.contact.commands.queue import SCHEMA
from kulanz.contact.errors import GatewayBusy, GatewayRefused, GatewayUnsure
from kulanz.contact.models import Message
from kulanz.contact.sending.gateways.base import Gateway, Parcel
from kulanz.contact.sending.worker import SendCounts, send_due
from kulanz.ledger.commands import Line, NewEntry, post, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from tests import factories

DAY = date(2026, 3, 2)
MONDAY_MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class MemoryGateway:
    """A gateway that keeps what it accepted. `script` holds what the next deliveries do: an error to raise, or None
    to accept."""

    channel: str = "email"
    batch_size: int = 50
    askable: bool = True
    sent: list[Parcel] = field(default_factory=list)
    script: list[type[Exception] | None] = field(default_factory=list)

    def deliver(self, parcel: Parcel) -> str:
        fault = self.script.pop(0) if self.script else None
        if fault is GatewayUnsure:
            self.sent.append(parcel)
        if fault is not None:
            raise fault("as told by the test")
        if parcel.key not in {known.key for known in self.sent}:
            self.sent.append(parcel)
        return "kept"

    def seen(self, key: str, day: date) -> bool | None:
        return key in {parcel.key for parcel in self.sent} if self.askable else None

    def close(self) -> None:
        """Nothing to close."""


BUSY, REFUSED, UNSURE = GatewayBusy, GatewayRefused, GatewayUnsure


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as the frame of `queue_messages`."""
    return pl.DataFrame(list(rows), schema=dict(SCHEMA))


def row(case: Case, **values: Any) -> dict[str, Any]:
    """One wish: the first reminder by e-mail."""
    case.refresh_from_db()
    return {
        "case_id": case.id,
        "revision": case.revision,
        "channel": "email",
        "step": "reminder_1",
        "template": "reminder_1",
        "to": "k1@example.com",
        "not_before": None,
        "params": "{}",
    } | values


def queued(case: Case, *, day: date = DAY, now: datetime = MONDAY_MORNING, **values: Any) -> Message:
    """A message waiting in the outbox."""
    queue_messages(frame(row(case, **values)), day=day, run_id=None, now=now)
    return Message.objects.get(case=case, step=values.get("step", "reminder_1"), day=day, channel=values.get("channel", "email"))


def overdue_case(**values: Any) -> Case:
    """A case with one invoice that was due on 4 February 2026."""
    return factories.case(**values)


def pay(case: Case, cents: int, *, on: date = DAY, now: datetime = MONDAY_MORNING, key: str = "payment") -> int:
    """Book a payment on the principal of the case's first claim, under the case lock; returns the entry."""
    touch([case.id])
    claim = case.claims.get()
    bank = tenant_account(case.creditor_id, AccountKind.BANK, "EUR")
    entry = NewEntry(
        tenant_id=case.creditor_id,
        occurred_on=on,
        kind=EntryKind.PAYMENT,
        source="test",
        idempotency_key=f"{key}:{case.id}:{cents}",
        lines=(Line(bank, Component.CASH, cents), Line(claim.account_id, Component.PRINCIPAL, -cents)),
    )
    return post([entry], now=now)[0]


def send(*gateways: Gateway, now: datetime = MONDAY_MORNING, limit: int | None = None) -> SendCounts:
    """One pass of the worker with these gateways."""
    return send_due({gateway.channel: gateway for gateway in gateways}, now=now, dice=random.Random(3), limit=limit)


def plain(text: str) -> str:
    """The words of a text with single blanks between them, wherever its lines were broken."""
    return " ".join(text.split())
