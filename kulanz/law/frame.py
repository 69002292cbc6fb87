"""Default interest for many claims at once: the vectorised twin of `kulanz.law.interest`, equal to it to the cent.

Integer arithmetic in Polars. A statement line is `principal × rate × days / (10,000 × year days)`, so for each
half-year the table covers, the whole column is one expression; nothing is joined or multiplied out, and memory stays
at a few columns per slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

from kulanz.law.days import ONE_DAY, DayCount, Rounding
from kulanz.law.de.interest import RULES as GERMAN_RULES
from kulanz.law.errors import AmountTooLarge, InvalidQuestion
from kulanz.law.interest import BASIS_POINTS, InterestRules, InterestTerms, Piece, interest_on_pieces

SLICE_ROWS: Final = 1 << 16
"""Rows computed at a time: the intermediate columns then stay in the processor's cache."""

_TYPES: Final = {
    "claim_id": pl.Int64,
    "from_on": pl.Date,
    "to_on": pl.Date,
    "principal_cents": pl.Int64,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
}
_INT64_MAX: Final = 2**63 - 1
_INT128_MAX: Final = 2**127 - 1
# Both year lengths go into this many parts, so that act_act days of different years can be added before the one
# rounding.
_COMMON_YEAR: Final = {DayCount.ACT_ACT: 365 * 366, DayCount.ACT_365: 365, DayCount.THIRTY_E_360: 360}


def interest(pieces: pl.DataFrame, rules: InterestRules = GERMAN_RULES) -> pl.DataFrame:
    """Interest per claim: `claim_id`, `interest_cents`; one row for every claim that occurs, in order of appearance.

    One row of `pieces` is a stretch of days of one claim with one principal:

    - `claim_id` i64; `from_on`, `to_on` date, both counted (a stretch that ends before it begins bears nothing);
    - `principal_cents` i64 (zero or a credit balance bears nothing);
    - `margin_bp` i32, points over the base rate; or, if the optional column is there, `fixed_bp` i32, a fixed rate.
      Neither: no interest, and no rate is looked up, whatever the dates are;
    - `day_count`, `rounding`: as in `DayCount` and `Rounding`, the same for all pieces of a claim.

    Where a country's rules cap interest at the principal, every claim is capped.

    Raises `OutsideTable` if a piece needs a base rate the table does not have, `InvalidQuestion` for a missing value
    or an unknown day count, `AmountTooLarge` if a claim's interest does not fit into 64 bits.
    """
    pieces = _checked(pieces)
    bearing = pieces.filter(
        (pl.col("margin_bp").is_not_null() | pl.col("fixed_bp").is_not_null())
        & (pl.col("principal_cents") > 0)
        & (pl.col("from_on") <= pl.col("to_on"))
    )
    none = pl.DataFrame(schema={"claim_id": pl.Int64, "interest_cents": pl.Int128})
    sums = [
        _per_claim(group, DayCount(str(day_count)), Rounding(str(rounding)), rules)
        for (day_count, rounding), group in bearing.group_by("day_count", "rounding", maintain_order=True)
    ]
    owed = pl.concat([none, *sums]).group_by("claim_id").agg(pl.col("interest_cents").sum())
    if rules.cap is not None:
        owed = _capped(owed, bearing, rules)
    if owed.filter(pl.col("interest_cents") > _INT64_MAX).height:
        raise AmountTooLarge("Die Zinsen einer Forderung sind größer, als Kulanz rechnen kann.")
    return (
        pieces.select("claim_id")
        .unique(maintain_order=True)
        .join(owed, on="claim_id", how="left", maintain_order="left")
        .with_columns(pl.col("interest_cents").fill_null(0).cast(pl.Int64))
    )


def _checked(pieces: pl.DataFrame) -> pl.DataFrame:
    """The needed columns in their types; a row with a rate must be complete."""
    if "fixed_bp" not in pieces.columns:
        pieces = pieces.with_columns(fixed_bp=pl.lit(None, pl.Int32))
    missing = _TYPES.keys() - set(pieces.columns)
    if missing:
        raise InvalidQuestion(f"Für die Zinsrechnung fehlen Spalten: {', '.join(sorted(missing))}.")
    pieces = pieces.select(pl.col(name).cast(kind) for name, kind in _TYPES.items())
    wrong = pieces.lazy().filter(
        (pl.col("margin_bp").is_not_null() | pl.col("fixed_bp").is_not_null())
        & (
            pl.any_horizontal(pl.col("claim_id", "from_on", "to_on", "principal_cents", "day_count", "rounding").is_null())
            | ~pl.col("day_count").is_in([member.value for member in DayCount])
            | ~pl.col("rounding").is_in([member.value for member in Rounding])
            | (pl.col("margin_bp").is_not_null() & pl.col("fixed_bp").is_not_null())
            | (pl.col("fixed_bp") < 0)
        )
    )
    for row in wrong.head(1).collect().iter_rows(named=True):
        raise InvalidQuestion(f"Diese Zeile lässt sich nicht verzinsen: {row}.")
    return pieces


def _per_claim(group: pl.DataFrame, day_count: DayCount, rounding: Rounding, rules: InterestRules) -> pl.DataFrame:
    """Interest per claim for rows with the same day count and rounding, in 128 bits."""
    parts = [pl.DataFrame(schema={"claim_id": pl.Int64, "part": pl.Int128})]
    for rate in ("margin_bp", "fixed_bp"):
        rated = group.filter(pl.col(rate).is_not_null())
        for start in range(0, rated.height, SLICE_ROWS):
            task = _Task.of(rated.slice(start, SLICE_ROWS), rate, day_count, rounding, rules)
            task.refuse_overflow(group.height)
            parts.append(task.parts())
    whole = pl.concat(parts).group_by("claim_id").agg(interest_cents=pl.col("part").sum())
    if rounding is Rounding.TOTAL:
        divisor = BASIS_POINTS * _COMMON_YEAR[day_count]
        return whole.with_columns(interest_cents=(pl.col("interest_cents") * 2 + divisor) // (2 * divisor))
    return whole


@dataclass(frozen=True, slots=True)
class _Task:
    """Rows that share kind of rate, day count and rounding, with the bounds their arithmetic needs."""

    rows: pl.DataFrame
    rate: str
    day_count: DayCount
    rounding: Rounding
    windows: tuple[tuple[date, date], ...]
    bases: tuple[int, ...]
    least_rate_bp: int
    product_max: int

    @classmethod
    def of(cls, rows: pl.DataFrame, rate: str, day_count: DayCount, rounding: Rounding, rules: InterestRules) -> _Task:
        first_day, last_day, principal_cents, least_bp, most_bp = rows.select(
            pl.col("from_on").min(),
            pl.col("to_on").max(),
            pl.col("principal_cents").max(),
            pl.col(rate).min().alias("least"),
            pl.col(rate).max().alias("most"),
        ).row(0)
        windows = tuple(rules.windows(first_day, last_day + ONE_DAY, day_count))
        bases = tuple(rules.base_bp(*window) if rate == "margin_bp" else 0 for window in windows)
        days = day_count.serial(last_day + ONE_DAY) - day_count.serial(first_day)
        scale = max(1, _COMMON_YEAR[day_count] // 365)
        # Twice the largest product any row can reach, with room for the rounding term.
        product_max = 2 * principal_cents * max(0, most_bp + max(bases)) * days * scale + 2 * BASIS_POINTS * 366
        return cls(rows, rate, day_count, rounding, windows, bases, least_bp, product_max)

    def refuse_overflow(self, rows: int) -> None:
        """Polars wraps silently, so the largest possible sum is bounded before anything is multiplied."""
        if self.product_max * rows > _INT128_MAX:
            raise AmountTooLarge("Hauptforderung, Zinssatz und Zeitraum sind zusammen größer, als Kulanz rechnen kann.")

    def parts(self) -> pl.DataFrame:
        """One number per row: the sum of its rounded lines in cents, or (total) its unrounded sum in parts of the
        common year."""
        whole_number = pl.Int64 if self.product_max <= _INT64_MAX else pl.Int128
        columns = self.rows.select(
            "claim_id",
            begins=_serial(pl.col("from_on"), self.day_count),
            ends=_serial(pl.col("to_on") + pl.duration(days=1), self.day_count),
            principal=pl.col("principal_cents").cast(whole_number),
            rate=pl.col(self.rate).cast(whole_number),
        )
        lines = [self._line(window, base_bp, whole_number) for window, base_bp in zip(self.windows, self.bases, strict=True)]
        return columns.select("claim_id", part=pl.sum_horizontal(lines).cast(pl.Int128))

    def _line(self, window: tuple[date, date], base_bp: int, whole_number: type[pl.DataType]) -> pl.Expr:
        start, end = (self.day_count.serial(day) for day in window)
        days = (pl.col("ends").clip(upper_bound=end) - pl.col("begins").clip(lower_bound=start)).clip(lower_bound=0)
        rate_bp = pl.col("rate") + base_bp
        if self.least_rate_bp + base_bp < 0:
            rate_bp = rate_bp.clip(lower_bound=0)
        product = pl.col("principal") * rate_bp * days.cast(whole_number)
        year_days = self.day_count.year_days(window[0].year)
        if self.rounding is Rounding.TOTAL:
            return product * (_COMMON_YEAR[self.day_count] // year_days)
        divisor = BASIS_POINTS * year_days
        return (product * 2 + divisor) // (2 * divisor)


def _capped(owed: pl.DataFrame, bearing: pl.DataFrame, rules: InterestRules) -> pl.DataFrame:
    """Claims whose interest has come near a principal are told again by the scalar, line by line; they are few."""
    least = bearing.group_by("claim_id").agg(least_cents=pl.col("principal_cents").min())
    near = owed.join(least, on="claim_id").filter(pl.col("interest_cents") >= pl.col("least_cents")).select("claim_id")
    if near.is_empty():
        return owed
    told: dict[int, int] = {}
    for (claim_id,), rows in bearing.join(near, on="claim_id").sort("from_on").partition_by("claim_id", as_dict=True).items():
        first = rows.row(0, named=True)
        terms = InterestTerms(first["margin_bp"], first["fixed_bp"], DayCount(first["day_count"]), Rounding(first["rounding"]))
        pieces = [
            Piece(from_on, to_on + ONE_DAY, principal_cents)
            for from_on, to_on, principal_cents in rows.select("from_on", "to_on", "principal_cents").iter_rows()
        ]
        told[claim_id] = interest_on_pieces(pieces, terms, rules).total_cents
    again = pl.DataFrame({"claim_id": list(told), "told": list(told.values())}, schema={"claim_id": pl.Int64, "told": pl.Int128})
    return owed.join(again, on="claim_id", how="left").select("claim_id", interest_cents=pl.coalesce("told", "interest_cents"))


def _serial(day: pl.Expr, day_count: DayCount) -> pl.Expr:
    """`DayCount.serial` as a column expression."""
    if day_count is DayCount.THIRTY_E_360:
        months = 12 * day.dt.year().cast(pl.Int32) + day.dt.month().cast(pl.Int32)
        return 30 * months + day.dt.day().cast(pl.Int32).clip(upper_bound=30)
    return day.cast(pl.Int32) + date(1970, 1, 1).toordinal()
