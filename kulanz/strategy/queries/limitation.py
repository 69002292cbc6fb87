"""When the oldest claim of each case lapses: by column for all, with money and standstills only where that day is already over."""

from __future__ import annotations

from datetime import date

import polars as pl

from kulanz.claims.lapsing import early_day
from kulanz.claims.lapsing_ends import ends_of_cases


def with_limitation(cases: pl.DataFrame, day: date) -> pl.DataFrame:
    """Fill `limitation_on` from `oldest_due_on` and `law_country`. Each different pair is asked once.

    Where the early day is over, the story of the case's claims decides: a payment restarts the period, a deferral or plan stops it.
    """
    pairs = cases.select("law_country", "oldest_due_on").drop_nulls().unique()
    early = pairs.with_columns(
        limitation_on=pl.Series([early_day(country, due_on) for country, due_on in pairs.iter_rows()], dtype=pl.Date)
    )
    order = cases.columns
    cases = cases.drop("limitation_on").join(early, on=["law_country", "oldest_due_on"], how="left", maintain_order="left").select(order)
    over = cases.filter(pl.col("limitation_on") < day)["case_id"].to_list()
    if not over:
        return cases
    ends = ends_of_cases(over, day)
    told = pl.DataFrame({"case_id": list(ends), "told": list(ends.values())}, schema={"case_id": pl.Int64, "told": pl.Date})
    told = told.with_columns(is_told=True)
    return (
        cases.join(told, on="case_id", how="left", maintain_order="left")
        .with_columns(limitation_on=pl.when(pl.col("is_told")).then("told").otherwise("limitation_on"))
        .select(order)
    )
