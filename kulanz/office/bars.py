"""Bars of parts, drawn on the server: each chart has its table beside it, so nothing is said by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a bar: which of the series it is (1 to 4), its amount, and where it lies on a line of `WIDTH` units."""

    series: int
    label: Any
    cents: int
    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the chart; the longest bar fills the line."""

    label: str
    cents: int
    parts: tuple[Part, ...]


def bars(rows: Sequence[tuple[str, Sequence[int]]], labels: Sequence[Any]) -> list[Bar]:
    """Rows of (label, one amount for each series) as bars; amounts below zero have no length."""
    longest = max((sum(max(0, cents) for cents in amounts) for _, amounts in rows), default=0)
    drawn = []
    for label, amounts in rows:
        parts, start = [], 0
        for series, (name, cents) in enumerate(zip(labels, amounts, strict=True), start=1):
            width = max(0, cents) * WIDTH // longest if longest else 0
            parts.append(Part(series, name, cents, start, width))
            start += width
        drawn.append(Bar(label, sum(amounts), tuple(parts)))
    return drawn
