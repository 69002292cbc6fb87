"""What is owed on a day, for many cases at once: the columnar twin of `claims.accounts.open_amounts`, equal to it to the cent."""

from __future__ import annotations

from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.frames import id_array, read_rows
from kulanz.law import frame as law_frame
from kulanz.law import jurisdiction

_ROWS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "case_id": pl.Int64,
    "day": pl.Date,
    "due_on": pl.Date,
    "claim_id": pl.Int64,
    "number": pl.String,
    "invoiced_cents": pl.Int64,
    "first_interest_day": pl.Date,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
    "payment_day_counts": pl.Boolean,
    "country": pl.String,
    "on": pl.Date,
    "kind": pl.String,
    "component": pl.String,
    "cents": pl.Int64,
}

# A row a posting, or one without where nothing is booked yet. The offset and the limit keep the look-ups one by one: the planner would
# rather read all postings and all entries there are.
_POSTED: Final = """
    SELECT a.case_id, a.day, k.due_on, k.id, k.external_id, k.principal_cents, k.first_interest_day, k.margin_bp, k.fixed_bp, k.day_count,
      k.rounding, k.payment_day_counts, lower(r.country), p.occurred_on, p.kind, p.component, p.amount_cents
    FROM unnest(%s::bigint[], %s::date[]) AS a(case_id, day)
    JOIN claims_claim k ON k.case_id = a.case_id AND k.invoiced_on <= a.day
    JOIN claims_creditor r ON r.id = k.creditor_id
    LEFT JOIN LATERAL (
      SELECT e.occurred_on, e.kind, q.component, q.amount_cents FROM ledger_posting q
      CROSS JOIN LATERAL (SELECT e.occurred_on, e.kind FROM ledger_entry e WHERE e.id = q.entry_id LIMIT 1) e
      WHERE q.account_id = k.account_id AND e.occurred_on <= a.day OFFSET 0) p ON true"""


def open_frame(cursor: CursorWrapper, days: pl.DataFrame) -> pl.DataFrame:
    """The claims of each (`case_id`, `day`) in ``days`` as they stand on that day, oldest due first; later invoices are left out.

    Columns: `case_id`, `day`, `claim_id`, `number`, `invoiced_cents`, `principal_cents`, `total_cents` (what settles the claim if it is
    credited on that day). Raises `OutsideTable` of the law room if interest runs beyond the known base rates.
    """
    asked = days.select("case_id", "day").unique()
    rows = read_rows(cursor, _POSTED, _ROWS, [id_array(asked["case_id"]), id_array(asked["day"])])
    claims = rows.unique(["claim_id", "day"]).sort("case_id", "day", "due_on", "claim_id").with_row_index("n").cast({"n": pl.Int64})
    posted = rows.join(claims.select("n", "claim_id", "day"), on=["claim_id", "day"])
    return (
        claims.join(_sums(posted), on="n", how="left", maintain_order="left")
        .join(_accrued(_pieces(posted, claims)), on="n", how="left", maintain_order="left")
        .with_columns(total_cents=pl.col("principal_cents") + pl.col("other_cents") + pl.col("interest_cents").fill_null(0))
        .select("case_id", "day", "claim_id", "number", "invoiced_cents", "principal_cents", "total_cents")
    )


def _sums(posted: pl.DataFrame) -> pl.DataFrame:
    """What stands on each claim. Interest that was booked as accrued (entries of kind `interest`) is part of what has accrued."""
    principal = pl.col("component") == "principal"
    accrued = (pl.col("component") == "interest") & (pl.col("kind") == "interest")
    other = ~pl.col("component").is_in(["principal", "overpaid", "cash"]) & ~accrued
    return posted.group_by("n").agg(
        pl.col("cents").filter(principal).sum().alias("principal_cents"), pl.col("cents").filter(other).sum().alias("other_cents")
    )


def _pieces(posted: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """The principal of claims that bear interest as stretches of days.

    A decrease works on its own day, or from the next day on where the payment day still bears interest.
    """
    last = pl.when("payment_day_counts").then("day").otherwise(pl.col("day") - pl.duration(days=1))
    bearing = claims.with_columns(last_day=last).filter(
        pl.col("margin_bp").is_not_null() | pl.col("fixed_bp").is_not_null(), pl.col("first_interest_day") <= pl.col("last_day")
    )
    changes = posted.filter(pl.col("component") == "principal").group_by("n", "on").agg(pl.col("cents").sum())
    late = pl.col("payment_day_counts") & (pl.col("cents") < 0)
    goes_on = pl.col("n") == pl.col("n").shift(-1)
    return (
        changes.join(bearing.drop("on", "cents", "kind", "component"), on="n")
        .with_columns(from_on=pl.when(late).then(pl.col("on") + pl.duration(days=1)).otherwise("on"))
        .group_by("n", "from_on")
        .agg(pl.col("cents").sum(), pl.exclude("cents", "on").first())
        .filter(pl.col("cents") != 0)
        .sort("n", "from_on")
        .with_columns(_running("cents", "n").alias("principal_cents"), until=pl.when(goes_on).then(pl.col("from_on").shift(-1)))
        .with_columns(to_on=pl.min_horizontal(pl.col("until") - pl.duration(days=1), "last_day"))
        .with_columns(from_on=pl.max_horizontal("from_on", "first_interest_day"))
        .filter(pl.col("principal_cents") > 0, pl.col("from_on") <= pl.col("to_on"))
        .select(claim_id="n", **{name: name for name in _PIECE})
    )


def _running(name: str, group: str) -> pl.Expr:
    """The running sum of a column in each of the groups the rows are sorted by; a window (`over`) takes ten times as long."""
    total, begins = pl.col(name).cum_sum(), (pl.col(group) != pl.col(group).shift(1)).fill_null(value=True)
    return total - pl.when(begins).then(total - pl.col(name)).forward_fill()


_PIECE: Final = ("country", "from_on", "to_on", "principal_cents", "margin_bp", "fixed_bp", "day_count", "rounding")


def _accrued(pieces: pl.DataFrame) -> pl.DataFrame:
    """All interest that has run by claim and day (`n`), whatever of it was booked or paid."""
    sums = [
        law_frame.interest(group, jurisdiction(str(country)).interest_rules)
        for (country,), group in pieces.group_by("country", maintain_order=True)
    ]
    none = pl.DataFrame(schema={"claim_id": pl.Int64, "interest_cents": pl.Int64})
    return pl.concat([none, *sums]).rename({"claim_id": "n"})
