"""Default interest of a portfolio: claims per second of the vectorised rate pieces, beside plain arithmetic on the same rows."""

from __future__ import annotations

from datetime import date
from time import perf_counter

import polars as pl

from bench.figures import Figure, peak_rss_mb
from kulanz.law import frame

SIZE = 1_000_000
LAST_DAY = date(2026, 11, 21)


def portfolio(size: int) -> pl.DataFrame:
    """One piece per claim, up to five years old; a third between businesses, some without interest. Spread, not drawn: same every time."""
    number = pl.int_range(size, dtype=pl.Int64)
    age = number * 7919 % 1826
    return pl.select(
        claim_id=number,
        from_on=pl.lit(LAST_DAY) - pl.duration(days=age),
        to_on=pl.lit(LAST_DAY),
        principal_cents=number * 104_729 % 500_000 + 100,
        margin_bp=pl.when(number % 10 == 0).then(None).when(number % 3 == 0).then(900).otherwise(500).cast(pl.Int32),
        day_count=pl.lit("act_act"),
        rounding=pl.lit("segment"),
    )


def run(size: int) -> list[Figure]:
    """Claims per second, and how close that comes to one multiplication and division per claim and half-year."""
    pieces = portfolio(size)
    frame.interest(pieces.head(1000))
    began = perf_counter()
    result = frame.interest(pieces)
    seconds = perf_counter() - began
    floor_seconds = _floor(pieces)
    assert result.height == size
    return [
        Figure(
            name="interest_frame",
            size=size,
            value=round(size / seconds),
            unit="claims/s",
            floor=round(size / floor_seconds),
            ratio=round(floor_seconds / seconds, 3),
            peak_rss_mb=peak_rss_mb(),
        )
    ]


def _floor(pieces: pl.DataFrame) -> float:
    """Plain Polars arithmetic: the same number of half-years, one product and one division each, no calendar, no rules."""
    half_years = 2 * 5 + 1
    days = (pl.col("to_on") - pl.col("from_on")).dt.total_days()
    lines = [pl.col("principal_cents") * (pl.col("margin_bp").cast(pl.Int64) + base) * days // 3_650_000 for base in range(half_years)]
    began = perf_counter()
    pieces.select("claim_id", cents=pl.sum_horizontal(lines))
    return perf_counter() - began
