"""Written amounts → cents. Which mark is the decimal mark is told by the whole column, or asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl

from kulanz.intake.readers.table import one_of
from kulanz.intake.rules.problems import ProblemCode, found

AMOUNT_MAX_CENTS: Final = 10**12
_UNITS_DIGITS_MAX: Final = 13
_MIXED_SHARE_MAX: Final = 0.05
_NOISE: Final = r"[\s\u00a0\u202f'’]|€|(?i:^eur|eur$|^chf|chf$|^s?fr\.)"
CURRENCY_MARKS: Final = {"EUR": r"€|(?i:^\s*eur|eur\s*$)", "CHF": r"(?i:^\s*chf|chf\s*$|^\s*s?fr\.)"}
"""Where an amount names its currency itself; a claim in another currency must not."""


class DecimalStyle(StrEnum):
    """Which mark separates the cents: ``1,234.56`` is dot, ``1.234,56`` is comma."""

    DOT = "dot"
    COMMA = "comma"


@dataclass(frozen=True, slots=True)
class _Marks:
    decimal: str
    thousands: str

    @property
    def pattern(self) -> str:
        """Units with or without thousands marks, then any decimals."""
        return rf"^([0-9]{{1,3}}(?:{self.thousands}[0-9]{{3}})+|[0-9]+)(?:{self.decimal}([0-9]+))?$"


_MARKS: Final = {DecimalStyle.DOT: _Marks(r"\.", ","), DecimalStyle.COMMA: _Marks(",", r"\.")}
SHAPES: Final = {DecimalStyle.DOT: "erwartet zum Beispiel 1234.56", DecimalStyle.COMMA: "erwartet zum Beispiel 1234,56"}


def find_style(texts: pl.Series, column: str) -> DecimalStyle:
    """The decimal style of a column. ``12,50`` can only be comma, ``12.50`` only dot, ``1.234`` is both and decides
    nothing.

    Raises `AmbiguousFormat` if nothing decides although the readings differ, or if the column mixes both styles.
    """
    bare = texts.drop_nulls().unique().str.replace_all(_NOISE, "").str.strip_chars("+-()").alias("bare").to_frame()
    dot, comma = (pl.col("bare").str.contains(_MARKS[style].pattern) & _no_fraction_of_three(style) for style in DecimalStyle)
    evidence = bare.select(
        only_dot=(dot & ~comma).sum(),
        only_comma=(comma & ~dot).sum(),
        either=(pl.col("bare").str.contains(r"^[0-9]{1,3}(?:[.,][0-9]{3})$")).sum(),
    ).row(0, named=True)
    only_dot, only_comma, either = evidence["only_dot"], evidence["only_comma"], evidence["either"]
    hint = f"decimals: {{{column}: dot}} (1,234.56) oder comma (1.234,56)"
    if only_dot and only_comma and min(only_dot, only_comma) > _MIXED_SHARE_MAX * max(only_dot, only_comma):
        raise one_of(
            f"Spalte „{column}“ mischt Dezimalpunkt ({only_dot} Werte) und Dezimalkomma ({only_comma} Werte)",
            ["dot", "comma"],
            hint=hint,
        )
    if only_dot == only_comma == 0 and either:
        raise one_of(
            f"Spalte „{column}“: ob 1.234 tausend oder eins Komma zwei heißt, ist nicht zu erkennen",
            ["dot", "comma"],
            hint=hint,
        )
    return DecimalStyle.COMMA if only_comma > only_dot else DecimalStyle.DOT


def _no_fraction_of_three(style: DecimalStyle) -> pl.Expr:
    """False for a lone group of three after the decimal mark (``1.234``): it proves nothing about the style."""
    return ~pl.col("bare").str.contains(rf"^[0-9]{{1,3}}(?:{_MARKS[style].decimal}|{_MARKS[style].thousands})[0-9]{{3}}$")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A written amount taken apart, as expressions: sign, units (digits only), decimals as written."""

    negative: pl.Expr
    units: pl.Expr
    decimals: pl.Expr


def _parts(texts: pl.Expr, style: DecimalStyle) -> _Parts:
    """Take the texts of a column apart; units are null where the text is not an amount."""
    marks = _MARKS[style]
    bare = texts.str.replace_all(_NOISE, "")
    plain = bare.str.replace(r"^\((.*)\)$", "$1").str.replace(r"^[+-]|-$", "")
    return _Parts(
        negative=bare.str.contains(r"^-|-$|^\(.*\)$"),
        units=plain.str.extract(marks.pattern, 1).str.replace_all(marks.thousands, ""),
        decimals=plain.str.extract(marks.pattern, 2).fill_null(""),
    )


def cents(texts: pl.Expr, style: DecimalStyle) -> pl.Expr:
    """The amount in cents (Int64); null where there is none or the text is not an amount. Integers only, no float on
    the way."""
    parts = _parts(texts, style)
    units = pl.when(parts.units.str.len_bytes() <= _UNITS_DIGITS_MAX).then(parts.units).cast(pl.Int64)
    magnitude = units * 100 + parts.decimals.str.slice(0, 2).str.pad_end(2, "0").cast(pl.Int64)
    return pl.when(parts.negative).then(-magnitude).otherwise(magnitude)


def amount_problems(rows: pl.DataFrame, column: str, text: str, value: str, style: DecimalStyle, *, zero: bool) -> list[pl.DataFrame]:
    """Problems of one amount column: ``text`` holds the texts (null = nothing there, judged by the caller),
    ``value`` the cents.

    With ``zero`` an amount of 0 is allowed (a charge of nothing), otherwise it is a problem.
    """
    texts, amount, parts = pl.col(text), pl.col(value), _parts(pl.col(text), style)
    unread = texts.is_not_null() & amount.is_null()
    huge = (unread & parts.units.is_not_null()) | (amount > AMOUNT_MAX_CENTS)
    checks = [
        found(rows, huge, ProblemCode.AMOUNT_TOO_LARGE, column, value=texts),
        found(
            rows,
            unread & parts.units.is_null(),
            ProblemCode.AMOUNT_NOT_A_NUMBER,
            column,
            value=texts,
            detail=SHAPES[style],
        ),
        found(rows, amount < 0, ProblemCode.AMOUNT_NEGATIVE, column, value=texts),
        found(rows, parts.decimals.str.slice(2).str.contains("[1-9]"), ProblemCode.AMOUNT_BELOW_CENT, column, value=texts),
    ]
    if not zero:
        checks.append(found(rows, amount == 0, ProblemCode.AMOUNT_ZERO, column, value=texts))
    return checks
