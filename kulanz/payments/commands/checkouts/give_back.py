"""Giving a credit back through the provider it came by, after two people agreed: ordered first, then asked for, so that it goes once.

The provider is asked under the refund's own number, and before that it is asked what it has done already: dying at any point and doing
it again sends nothing twice, even where the provider has forgotten the number by then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.commands.checkouts.hear import refresh
from kulanz.payments.commands.checkouts.problems import Trouble, keep_of
from kulanz.payments.commands.refunds.heard import FAILED, fail, known_as
from kulanz.payments.commands.refunds.order import GONE, refundable_cents, still_owed
from kulanz.payments.debit_errors import NothingToOrder
from kulanz.payments.models import Checkout, ProblemKind, RefundProposal, RefundState
from kulanz.payments.providers.config import endpoint_of, provider_of
from kulanz.payments.providers.errors import ProviderError, ProviderRefused
from kulanz.payments.readers.shape import euros

ASK_AGAIN: Final = timedelta(minutes=10)
"""A refund whose request may have been lost is asked for again after this time, never while another request may still run."""

WATCHED: Final = timedelta(days=30)
"""So long a refund that went through is looked at again: a closed card sends the money back days later, and not every provider tells."""


def order_back(creditor_id: int, *, now: datetime, actor: str) -> list[int]:
    """Order a creditor's approved refunds through providers that ``actor`` did not approve; returns them for `send_back`.

    In the caller's transaction, which must be committed before anything is sent. Each amount is checked again: never more than the credit
    that is there now, never more than is left of the payment. Two people at once order each refund once. Raises `NothingToOrder`.
    """
    Creditor.objects.select_for_update().get(id=creditor_id)
    fp("refund_back.locked")
    ready = RefundProposal.objects.filter(creditor_id=creditor_id, state=RefundState.APPROVED, checkout__isnull=False)
    ready = ready.exclude(decided_by=actor)
    touch(ready.values_list("case_id", flat=True))
    rows = list(ready.select_for_update(of=("self",)).select_related("case", "checkout").order_by("id"))
    wanted = [row for row in rows if still_owed(row, now=now)]
    if not wanted:
        raise NothingToOrder
    for row in wanted:
        row.state, row.ordered_by = RefundState.ORDERED, actor
    fp("refund_back.before_order")
    RefundProposal.objects.bulk_update(wanted, ["state", "ordered_by", "amount_cents"])
    for row in wanted:
        text = f"Rückzahlung über {euros(row.amount_cents, row.currency)} auf dem Weg beauftragt, auf dem das Geld kam."
        record_event(row.case, "refund_ordered", text, actor=actor, now=now, data={"refund": row.id, "checkout": row.checkout_id})
    fp("refund_back.after_order")
    return [row.id for row in wanted]


@dataclass(frozen=True, slots=True)
class SentBack:
    """What became of refunds that were to be sent: gone, on their way at the provider, refused by it, or not asked yet (it is silent)."""

    gone: int = 0
    running: int = 0
    failed: int = 0
    waiting: int = 0
    problems: tuple[str, ...] = ()


def send_back(refund_ids: Iterable[int], *, day: date, now: datetime) -> SentBack:
    """Have the providers give back what was ordered. Outside of any transaction: it talks to the network. Repeatable.

    A provider that is silent changes nothing: the refund stays ordered, and `send_waiting` asks again.
    """
    problems: list[str] = []
    ids = list(refund_ids)
    for refund_id in ids:
        try:
            _send(refund_id, day=day, now=now)
        except ProviderError as error:
            problems.append(f"Erstattung {refund_id}: {error.message}")
            _keep(refund_id, f"Erstattung {refund_id} ist beauftragt und noch nicht beantwortet: {error.message}", now=now)
    states = list(RefundProposal.objects.filter(id__in=ids).values_list("state", "provider_refund"))
    return SentBack(
        gone=sum(state == RefundState.PAID for state, _ in states),
        running=sum(state == RefundState.ORDERED and bool(name) for state, name in states),
        failed=sum(state in (RefundState.FAILED, RefundState.CANCELLED) for state, _ in states),
        waiting=sum(state == RefundState.ORDERED and not name for state, name in states),
        problems=tuple(problems),
    )


def send_waiting(*, day: date, now: datetime) -> SentBack:
    """Ask again for what was ordered and not answered, and how refunds stand that are on their way. Part of `poll`."""
    waiting = RefundProposal.objects.filter(state=RefundState.ORDERED, checkout__isnull=False).order_by("id")
    return send_back(waiting.values_list("id", flat=True), day=day, now=now)


def watch_refunds(*, day: date, now: datetime) -> tuple[str, ...]:
    """Look again at refunds that went through lately; returns what could not be asked. Part of the daily run."""
    problems: list[str] = []
    since = day - WATCHED
    rows = RefundProposal.objects.filter(state=RefundState.PAID, checkout__isnull=False, paid_on__gte=since).order_by("id")
    for checkout_id in dict.fromkeys(rows.values_list("checkout_id", flat=True)):
        try:
            refresh(checkout_id or 0, day=day, now=now)
        except ProviderError as error:
            problems.append(f"Vorgang {checkout_id}: {error.message}")
    return tuple(problems)


def _send(refund_id: int, *, day: date, now: datetime) -> None:
    """Look what the provider has done, then ask for the refund if it has done nothing. Raises `ProviderError` if it is silent."""
    row = _claim(refund_id, now=now)
    if row is None or row.checkout is None:
        return
    checkout = refresh(row.checkout.id, day=day, now=now)
    row.refresh_from_db(fields=["state", "provider_refund"])
    if row.state != RefundState.ORDERED or row.provider_refund:
        return
    if refundable_cents(checkout) < row.amount_cents:
        _give_up(row, RefundState.CANCELLED, GONE, now=now)
        return
    adapter = provider_of(endpoint_of(checkout.endpoint))
    fp("refund_back.before_ask")
    try:
        name = adapter.refund(checkout.provider_ref, row.amount_cents, row.currency, key=str(row.public_id))
    except ProviderRefused:
        _give_up(row, RefundState.FAILED, FAILED, now=now)
        return
    fp("refund_back.after_ask")
    _remember(row, name, day=day, now=now)
    refresh(checkout.id, day=day, now=now)


def _keep(refund_id: int, text: str, *, now: datetime) -> None:
    """Keep for a person that a refund does not get on."""
    checkout = Checkout.objects.filter(refunds=refund_id).first()
    if checkout is not None:
        keep_of(checkout, Trouble(ProblemKind.REFUND, f"refund:{refund_id}:{now:%Y-%m-%d}", text, checkout.id), now=now)


def _claim(refund_id: int, *, now: datetime) -> RefundProposal | None:
    """The refund, if it is to be asked for and nobody else is doing so at this moment; one that has a name is only asked about."""
    with transaction.atomic():
        row = RefundProposal.objects.select_for_update(of=("self",)).select_related("case", "checkout").get(id=refund_id)
        if row.state != RefundState.ORDERED:
            return None
        if not row.provider_refund:
            if row.asked_at is not None and now - row.asked_at < ASK_AGAIN:
                return None
            row.asked_at = now
            row.save(update_fields=["asked_at"])
    return row


def _give_up(row: RefundProposal, state: RefundState, because: str, *, now: datetime) -> None:
    """The provider will not give it back: the credit stands and goes another way."""
    with transaction.atomic():
        touch([row.case_id])
        current = RefundProposal.objects.select_for_update(of=("self",)).select_related("case").get(id=row.id)
        if current.state != RefundState.ORDERED or current.provider_refund:
            return
        if state == RefundState.FAILED:
            fail(current, because, now=now)
            _keep(row.id, f"Erstattung {row.id} hat der Zahlungsanbieter abgelehnt; das Guthaben wird anders zurückgezahlt.", now=now)
            return
        current.state, current.decided_because = state, because
        current.save(update_fields=["state", "decided_because"])
        text = f"Rückzahlung entfällt: {because}"
        record_event(current.case, "refund_cancelled", text, actor="kulanz", now=now, data={"refund": row.id})


def _remember(row: RefundProposal, name: str, *, day: date, now: datetime) -> None:
    """Keep the provider's name of the refund, unless its webhook was faster than its answer."""
    with transaction.atomic():
        touch([row.case_id])
        current = RefundProposal.objects.select_for_update(of=("self",)).select_related("case__debtor", "checkout").get(id=row.id)
        if not current.provider_refund:
            known_as(current, name, day=day, now=now)
