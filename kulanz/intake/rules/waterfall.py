"""Which part of each earlier payment went to costs and which to principal, for all claims at once.

Payments settle costs first, then principal (§ 367 (1) BGB; no interest was claimed before hand-over). What is paid
beyond everything owed stands as `overpaid` and settles the next charge. For one amount ``W`` that grows by charges
and shrinks by payments but never below zero, ``W = X − min(0, min X)`` with ``X`` the running sum of charges minus
payments; that is a cumulative sum and a cumulative minimum, so no loop over claims is needed.
"""

from __future__ import annotations

from typing import Final

import polars as pl

ORDER: Final = ("collection_cost", "dunning_fee", "expense", "principal")
"""The order in which a payment settles."""


def settle(events: pl.DataFrame, claim: str) -> pl.DataFrame:
    """Add to each event what it settled.

    ``events`` holds, in order within each ``claim``, the columns ``charge:<component>`` and ``paid`` in cents (the
    opening is a charge of principal). Added: ``settled:<component>`` (≥ 0) and ``overpaid_change`` (above zero: paid
    too much; below: used for this charge). For every event: paid = Σ settled + overpaid_change.
    """
    charged = pl.sum_horizontal(f"charge:{component}" for component in ORDER)
    net = (charged - pl.col("paid")).cum_sum().over(claim)
    events = events.with_columns(_open=net.clip(lower_bound=0), _over=(-net).clip(lower_bound=0))
    events = events.with_columns(
        _left=charged + _before("_open", claim) - pl.col("_open"),
        overpaid_change=pl.col("_over") - _before("_over", claim),
    )
    for component in ORDER:
        charge = pl.col(f"charge:{component}")
        events = events.with_columns(_x=(charge - pl.col("_left")).cum_sum().over(claim))
        events = events.with_columns(_w=pl.col("_x") - pl.col("_x").cum_min().over(claim).clip(upper_bound=0))
        settled = charge + _before("_w", claim) - pl.col("_w")
        events = events.with_columns(settled.alias(f"settled:{component}"))
        events = events.with_columns(_left=pl.col("_left") - pl.col(f"settled:{component}"))
    return events.drop("_open", "_over", "_left", "_x", "_w")


def _before(column: str, claim: str) -> pl.Expr:
    """The column's value at the event before, 0 at the first."""
    return pl.col(column).shift(1, fill_value=0).over(claim)
