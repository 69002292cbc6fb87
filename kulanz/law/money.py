"""Money: integer cents everywhere, exact fractions inside formulas, and one way to round."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

from kulanz.law.errors import AmountTooLarge, UnreadableMoney

CENTS_MAX: Final = 2**63 - 1
"""The largest amount a posting can hold (bigint)."""

_WRITTEN: Final = re.compile(r"(-?)([0-9]{1,17})(?:\.([0-9]{1,2}))?", re.ASCII)


def round_half_up(cents: Decimal | Fraction | int) -> int:
    """Round an exact amount **in cents** to whole cents; half a cent goes away from zero (§ 2 (2) RVG, § 34 (2) GKG).

    >>> round_half_up(Decimal("4613.5")), round_half_up(Decimal("-0.5")), round_half_up(Fraction(49, 100))
    (4614, -1, 0)
    """
    exact = Fraction(cents)
    magnitude = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return magnitude if exact >= 0 else -magnitude


def parse_money(text: str) -> int:
    """Read a written amount as cents. Anything that is not plainly an amount raises `UnreadableMoney`, never becomes
    zero.

    >>> parse_money("1234.56"), parse_money("-5"), parse_money("0.5")
    (123456, -500, 50)
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise UnreadableMoney(f"Der Betrag „{text[:40]}“ ist nicht lesbar.")
    sign, units, fraction = written.groups()
    cents = int(units) * 100 + int((fraction or "").ljust(2, "0"))
    if cents > CENTS_MAX:
        raise AmountTooLarge(f"Der Betrag {text} ist größer, als Kulanz rechnen kann.")
    return -cents if sign else cents


def format_money(cents: int) -> str:
    """Write cents for machines, always with two places: ``123456`` → ``"1234.56"``."""
    units, fraction = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{units}.{fraction:02d}"


def format_percent(basis_points: int) -> str:
    """Write a rate for machines in percent, always with two places: ``727`` → ``"7.27"``."""
    return format_money(basis_points)


def parse_percent(text: str) -> int:
    """Read a rate in percent as basis points: ``"7.27"`` → ``727``. The law's tables know two places; more is
    refused."""
    if _WRITTEN.fullmatch(text) is None:
        raise UnreadableMoney(
            f"Der Zinssatz „{text[:40]}“ ist nicht lesbar.",
            fix="Bitte in Prozent mit höchstens zwei Nachkommastellen angeben.",
        )
    return parse_money(text)


def split_evenly(total_cents: int, weights: list[int]) -> list[int]:
    """Share an amount in proportion to weights, to the cent: nothing is lost, no share is over its exact part by a
    cent or more.

    The cents left after rounding down go one each to the largest remainders, earlier entries first.

    >>> split_evenly(100, [1, 1, 1])
    [34, 33, 33]
    """
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    shares = [total_cents * weight // whole for weight in weights]
    remainders = [total_cents * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda position: (-remainders[position], position))
    for position in by_remainder[: total_cents - sum(shares)]:
        shares[position] += 1
    return shares
