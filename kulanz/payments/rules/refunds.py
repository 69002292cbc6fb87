"""What is paid back, which way, and how it is shared among a case's claims. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


def proposed_by_itself(credit_cents: int, small_refund_cents: int) -> bool:
    """True if a credit is proposed without anybody asking: everything above the creditor's small amount (0: every cent).

    Smaller credits are not kept: the debtor sees them and asks for them with one click.
    """
    return credit_cents > 0 and credit_cents >= small_refund_cents


def payable_cents(wanted_cents: int, credit_cents: int) -> int:
    """What may leave: never more than the credit that is there when the order is written."""
    return max(0, min(wanted_cents, credit_cents))


def share_out(cents: int, credit_by_claim: Mapping[int, int]) -> dict[int, int]:
    """Take a refund from the credits of claims, in order of their ids; the parts sum to ``cents``.

    Raises `ValueError` if the credits do not reach.
    """
    parts: dict[int, int] = {}
    rest = cents
    for claim_id in sorted(credit_by_claim):
        part = min(rest, max(0, credit_by_claim[claim_id]))
        if part:
            parts[claim_id] = part
            rest -= part
    if rest:
        raise ValueError("more is to be paid back than the claims have as credit")
    return parts


@dataclass(frozen=True, slots=True)
class Incoming:
    """Money that came in for a case and is still here, and the payment through a provider that brought it (None: the bank).

    `order` is the order of booking within a day.
    """

    on: date
    order: int
    cents: int
    checkout_id: int | None = None


@dataclass(frozen=True, slots=True)
class WayBack:
    """How a credit goes back: by the provider of this payment, or by transfer. `payer_known`: to whom, says the bank's line."""

    cents: int
    checkout_id: int | None = None
    payer_known: bool = False


def way_back(credit_cents: int, incoming: Iterable[Incoming]) -> WayBack:
    """The way of a credit's first part: money that came last goes back first, by the way it came, never more than came that way.

    What no payment explains (a credit note on money that came long ago) goes by transfer. What is left is proposed afterwards.

    >>> card, bank = Incoming(date(2026, 3, 2), 1, 5000, checkout_id=7), Incoming(date(2026, 3, 1), 1, 8490)
    >>> way_back(6000, [bank, card])
    WayBack(cents=5000, checkout_id=7, payer_known=False)
    >>> way_back(1000, [bank])
    WayBack(cents=1000, checkout_id=None, payer_known=True)
    """
    rest = credit_cents
    first: WayBack | None = None
    for money in sorted(incoming, key=lambda one: (one.on, one.order, one.checkout_id or 0), reverse=True):
        part = min(rest, money.cents)
        if part <= 0:
            continue
        if first is None and money.checkout_id is not None:
            return WayBack(part, money.checkout_id)
        if money.checkout_id is None:
            first = WayBack((first.cents if first else 0) + part, None, payer_known=True)
        elif first is not None:
            return first
        rest -= part
    if first is not None:
        return WayBack(first.cents + rest, None, payer_known=True)
    return WayBack(credit_cents)
