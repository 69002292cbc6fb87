"""Draws that can be repeated: one number per case from the day's seed, the same on every machine and in every order."""

from __future__ import annotations

import hashlib

import polars as pl


def draws_for(case_ids: pl.Series, *, seed: str) -> pl.Series:
    """One number in [0, 2³¹) per case: the SplitMix64 finaliser over case number and seed, in wrapping 64-bit arithmetic."""
    start = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big")
    mixed = pl.col("case_id").cast(pl.UInt64) * _u64(0x9E3779B97F4A7C15) + _u64(start)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed // _u64(2**shift))) * _u64(factor)
    mixed = mixed ^ (mixed // _u64(2**31))
    return case_ids.to_frame("case_id").select(draw=(mixed // _u64(2**33)).cast(pl.Int64))["draw"]


def _u64(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)
