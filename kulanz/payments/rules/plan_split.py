"""One debtor, several creditors, one amount: how it is shared, so that anyone can check it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kulanz.law.money import split_evenly


@dataclass(frozen=True, slots=True)
class Share:
    """One creditor's part of one amount. `owed_cents` is the weight it was reckoned by."""

    owed_cents: int
    cents: int


def split(amount_cents: int, owed: Mapping[int, int]) -> dict[int, Share]:
    """Share an amount in proportion to what is owed to each, to the cent.

    Largest remainder: every share is its exact part rounded down, and the cents left go one each to the largest remainders (equal ones:
    the smaller key first). So the shares add up to the amount, none is off by a cent or more, and none exceeds what is owed as long as
    the amount does not exceed the whole debt.
    """
    keys = sorted(owed)
    return {key: Share(owed[key], cents) for key, cents in zip(keys, split_evenly(amount_cents, [owed[key] for key in keys]), strict=True)}
