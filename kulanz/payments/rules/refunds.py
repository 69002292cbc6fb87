"""What is paid back, to which account, and how it is shared among a case's claims. Pure."""

from __future__ import annotations

from collections.abc import Mapping


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
