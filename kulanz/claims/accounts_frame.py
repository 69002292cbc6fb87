"""What is owed on a day, for many cases at once: the columnar twin of `claims.accounts.open_amounts`, equal to it to the cent."""

from __future__ import annotations

from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.frames import copy_frame, read_rows
from kulanz.law import frame as law_frame
from kulanz.law import jurisdiction

_CLAIM_COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "n": pl.Int64,
    "case_id": pl.Int64,
    "day": pl.Date,
    "claim_id": pl.Int64,
    "number": pl.String,
    "invoiced_cents": pl.Int64,
    "principal_cents": pl.Int64,
    "other_cents": pl.Int64,
}
_PIECE_COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "claim_id": pl.Int64,
    "country": pl.String,
    "from_on": pl.Date,
    "to_on": pl.Date,
    "principal_cents": pl.Int64,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
}

_ASKED: Final = """
    CREATE TEMP TABLE asked_claims ON COMMIT DROP AS
    SELECT row_number() OVER (ORDER BY a.case_id, a.day, k.due_on, k.id) AS n, a.case_id, a.day, k.id, k.account_id, k.external_id,
      k.principal_cents, k.first_interest_day, k.margin_bp, k.fixed_bp, k.day_count, k.rounding, k.payment_day_counts, r.country,
      CASE WHEN k.payment_day_counts THEN a.day ELSE a.day - 1 END AS last_day
    FROM asked_days a JOIN claims_claim k ON k.case_id = a.case_id AND k.invoiced_on <= a.day
    JOIN claims_creditor r ON r.id = k.creditor_id"""

_POSTED: Final = """
    CREATE TEMP TABLE asked_postings ON COMMIT DROP AS
    SELECT c.n, e.occurred_on, e.kind, p.component, p.amount_cents
    FROM asked_claims c JOIN ledger_posting p ON p.account_id = c.account_id
    CROSS JOIN LATERAL (SELECT e.occurred_on, e.kind FROM ledger_entry e WHERE e.id = p.entry_id LIMIT 1) e
    WHERE e.occurred_on <= c.day"""
"""The limit keeps the look-up one by one: the planner would rather read all entries there are."""

# Interest that was booked as accrued (entries of kind `interest`) is part of what has accrued, which is added outside.
_SUMS: Final = """
    SELECT c.n, c.case_id, c.day, c.id, c.external_id, c.principal_cents, coalesce(s.principal, 0), coalesce(s.other, 0)
    FROM asked_claims c LEFT JOIN (
      SELECT n, sum(amount_cents) FILTER (WHERE component = 'principal')::bigint AS principal,
        sum(amount_cents) FILTER (WHERE component NOT IN ('principal', 'overpaid', 'cash')
          AND NOT (component = 'interest' AND kind = 'interest'))::bigint AS other
      FROM asked_postings GROUP BY n) s USING (n)
    ORDER BY c.n"""

# The principal as stretches of days. A decrease works on its own day, or from the next day on where the payment day still bears interest.
_PIECES: Final = """
    WITH change AS (
      SELECT c.n, p.occurred_on, sum(p.amount_cents) AS cents FROM asked_claims c JOIN asked_postings p USING (n)
      WHERE p.component = 'principal' AND (c.margin_bp IS NOT NULL OR c.fixed_bp IS NOT NULL) AND c.first_interest_day <= c.last_day
      GROUP BY 1, 2 HAVING sum(p.amount_cents) <> 0),
    effect AS (
      SELECT n, CASE WHEN k.payment_day_counts AND cents < 0 THEN occurred_on + 1 ELSE occurred_on END AS from_on, sum(cents) AS cents
      FROM change JOIN asked_claims k USING (n) GROUP BY 1, 2 HAVING sum(cents) <> 0),
    piece AS (
      SELECT n, from_on, lead(from_on) OVER w - 1 AS to_on, sum(cents) OVER w AS cents FROM effect
      WINDOW w AS (PARTITION BY n ORDER BY from_on))
    SELECT n, c.country, greatest(p.from_on, c.first_interest_day), coalesce(least(p.to_on, c.last_day), c.last_day), p.cents::bigint,
      c.margin_bp, c.fixed_bp, c.day_count, c.rounding
    FROM piece p JOIN asked_claims c USING (n)
    WHERE p.cents > 0 AND coalesce(p.to_on, c.last_day) >= c.first_interest_day AND p.from_on <= c.last_day"""


def open_frame(cursor: CursorWrapper, days: pl.DataFrame) -> pl.DataFrame:
    """The claims of each (`case_id`, `day`) in ``days`` as they stand on that day, oldest due first; later invoices are left out.

    Columns: `case_id`, `day`, `claim_id`, `number`, `invoiced_cents`, `principal_cents`, `total_cents` (what settles the claim if it is
    credited on that day). Raises `OutsideTable` of the law room if interest runs beyond the known base rates.
    """
    cursor.execute("CREATE TEMP TABLE asked_days (case_id bigint, day date) ON COMMIT DROP")
    copy_frame(cursor, "asked_days", days.select("case_id", "day").unique())
    cursor.execute("ANALYZE asked_days")
    cursor.execute(_ASKED)
    cursor.execute("ANALYZE asked_claims")
    cursor.execute(_POSTED)
    cursor.execute("ANALYZE asked_postings")
    claims = read_rows(cursor, _SUMS, _CLAIM_COLUMNS)
    pieces = read_rows(cursor, _PIECES, _PIECE_COLUMNS)
    cursor.execute("DROP TABLE asked_days; DROP TABLE asked_claims; DROP TABLE asked_postings")
    return (
        claims.join(_accrued(pieces), on="n", how="left", maintain_order="left")
        .with_columns(total_cents=pl.col("principal_cents") + pl.col("other_cents") + pl.col("interest_cents").fill_null(0))
        .select("case_id", "day", "claim_id", "number", "invoiced_cents", "principal_cents", "total_cents")
    )


def _accrued(pieces: pl.DataFrame) -> pl.DataFrame:
    """All interest that has run by claim and day (`n`), whatever of it was booked or paid."""
    sums = [
        law_frame.interest(group, jurisdiction(str(country).lower()).interest_rules)
        for (country,), group in pieces.group_by("country", maintain_order=True)
    ]
    none = pl.DataFrame(schema={"claim_id": pl.Int64, "interest_cents": pl.Int64})
    return pl.concat([none, *sums]).rename({"claim_id": "n"})
