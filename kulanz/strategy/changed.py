"""Decisions whose case changed while they were made: nothing follows from them."""

from __future__ import annotations

import polars as pl

from kulanz.strategy.reasons import Action, Reason


def mark_changed(decisions: pl.DataFrame, case_ids: pl.Series) -> pl.DataFrame:
    """Turn the decisions about these cases into `wait`, because their facts were out of date before anything was done."""
    changed = pl.col("case_id").is_in(case_ids.implode())
    code = Reason.CHANGED_MEANWHILE.value

    def where(then: pl.Expr, name: str) -> pl.Expr:
        return pl.when(changed).then(then).otherwise(pl.col(name)).alias(name)

    return decisions.with_columns(
        where(pl.lit(Action.WAIT.value), "action"),
        where(pl.lit(code), "reason"),
        where(pl.lit(""), "channel"),
        where(pl.lit(""), "template"),
        where(pl.lit(None, dtype=pl.Date), "next_step_on"),
        where(pl.lit(value=False), "ask_human"),
        where(pl.concat_str([pl.lit(code), pl.col("vetoes")], separator=" ").str.strip_chars_end(), "vetoes"),
    )
