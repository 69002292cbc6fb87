"""The layout `claims`: one row, one invoice, with at most one payment and the costs charged before hand-over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

import polars as pl

from kulanz.intake.readers.table import LINE, Table
from kulanz.intake.rules.amounts import CURRENCY_MARKS, amount_problems, cents
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.dates import date_problems
from kulanz.intake.rules.finish import finish
from kulanz.intake.rules.joint import joint_parties, joint_problems
from kulanz.intake.rules.mapping import Styles, map_texts
from kulanz.intake.rules.parties import party_problems, tidy
from kulanz.intake.rules.problems import ProblemCode, found, one_per_field, ragged_problems
from kulanz.intake.rules.profile import Profile, Target
from kulanz.intake.rules.rates import rate_problems

AHEAD_INVOICE: Final = timedelta(days=366)
AHEAD_DUE: Final = timedelta(days=3660)
_DATES: Final = (Target.INVOICED_ON, Target.DUE_ON, Target.PAID_ON)
_AMOUNTS: Final = (Target.AMOUNT, Target.DUNNING_FEE, Target.EXPENSE, Target.PAID_AMOUNT)


def read_claims(table: Table, profile: Profile, about: Circumstances) -> Batch:
    """Judge every row: a claim, or its problems. Raises `IntakeError` if columns are missing or a column's format is
    not clear."""
    styles = Styles.of(table, profile)
    rows = tidy(map_texts(table, profile), country=about.country)
    rows = rows.with_columns(
        *(_day(profile, styles, target) for target in _DATES),
        *(_cents(profile, styles, target) for target in (*_AMOUNTS, Target.INTEREST_RATE)),
    )
    if profile.payment_term_days is not None:
        term = pl.col("day:invoiced_on") + pl.duration(days=profile.payment_term_days)
        rows = rows.with_columns(pl.when(pl.col("due_on").is_null()).then(term).otherwise("day:due_on").alias("day:due_on"))
    problems = one_per_field(
        [
            ragged_problems(table.ragged),
            *_value_problems(rows, profile, styles, about),
            *_order_problems(rows, profile, about),
            *rate_problems(rows, profile, about),
            *joint_problems(rows, profile),
            *party_problems(rows, profile),
        ]
    )
    bad_lines = problems[LINE].unique()
    good = rows.filter(~pl.col(LINE).is_in(bad_lines.implode()))
    batch = finish(table, profile, about, _claims(good), _history(good), problems)
    return replace(batch, rejected=bad_lines.len(), styles=styles.shown(), joint=joint_parties(good, about))


def _day(profile: Profile, styles: Styles, target: Target) -> pl.Expr:
    """The typed reading of a date field."""
    column = profile.columns.get(target)
    day = styles.form(column).days(pl.col(target)) if column else pl.lit(None, dtype=pl.Date)
    return day.alias(f"day:{target}")


def _cents(profile: Profile, styles: Styles, target: Target) -> pl.Expr:
    """The typed reading of an amount field."""
    column = profile.columns.get(target)
    value = cents(pl.col(target), styles.decimal(column)) if column else pl.lit(None, dtype=pl.Int64)
    return value.alias(f"cents:{target}")


def _value_problems(rows: pl.DataFrame, profile: Profile, styles: Styles, about: Circumstances) -> list[pl.DataFrame]:
    """Dates and amounts that are missing, unreadable or out of range."""
    checks = [
        found(rows, pl.col("invoiced_on").is_null(), ProblemCode.DATE_MISSING, profile.source_name(Target.INVOICED_ON)),
        found(rows, pl.col("amount").is_null(), ProblemCode.AMOUNT_MISSING, profile.source_name(Target.AMOUNT)),
    ]
    if profile.fills(Target.DUE_ON) and profile.payment_term_days is None:
        checks.append(found(rows, pl.col("due_on").is_null(), ProblemCode.DATE_MISSING, profile.source_name(Target.DUE_ON)))
    ahead = {Target.INVOICED_ON: AHEAD_INVOICE, Target.DUE_ON: AHEAD_DUE, Target.PAID_ON: AHEAD_DUE}
    for target, span in ahead.items():
        if column := profile.columns.get(target):
            checks += date_problems(rows, column, target, f"day:{target}", styles.form(column), latest=about.today + span)
    for target in _AMOUNTS:
        if column := profile.columns.get(target):
            zero = target is not Target.AMOUNT
            checks += amount_problems(rows, column, target, f"cents:{target}", styles.decimal(column), zero=zero)
            for currency, mark in CURRENCY_MARKS.items():
                foreign = pl.col(target).str.contains(mark) & (pl.col("currency") != currency)
                checks.append(
                    found(rows, foreign, ProblemCode.CURRENCY_UNSUPPORTED, column, value=pl.col(target), detail=pl.col("currency"))
                )
    return checks


def _order_problems(rows: pl.DataFrame, profile: Profile, about: Circumstances) -> list[pl.DataFrame]:
    """Dates in an impossible order, half a payment, a number that stands in the file twice."""
    name = profile.source_name
    invoiced, due, paid = pl.col("day:invoiced_on"), pl.col("day:due_on"), pl.col("day:paid_on")
    number, first = pl.col("invoice_number"), pl.col("first_line")
    rows = rows.with_columns(first_line=pl.col(LINE).min().over("invoice_number"))
    shown = invoiced.dt.strftime("%d.%m.%Y")
    some = pl.col("cents:paid_amount") > 0
    # One column for both means „paid in full on that day": then no day simply means not paid.
    in_full = profile.columns.get(Target.PAID_AMOUNT) == profile.columns.get(Target.AMOUNT)
    undated = pl.lit(value=False) if in_full else some & pl.col("paid_on").is_null()
    paid_text = {"value": pl.col("paid_on")}
    return [
        found(
            rows,
            due < invoiced,
            ProblemCode.DUE_BEFORE_INVOICE,
            name(Target.DUE_ON),
            value=pl.col("due_on"),
            detail=shown,
        ),
        found(rows, paid < invoiced, ProblemCode.PAID_BEFORE_INVOICE, name(Target.PAID_ON), detail=shown, **paid_text),
        found(rows, paid > about.today, ProblemCode.PAID_IN_FUTURE, name(Target.PAID_ON), **paid_text),
        found(rows, undated, ProblemCode.PAID_WITHOUT_DATE, name(Target.PAID_ON)),
        found(
            rows,
            pl.col("paid_on").is_not_null() & pl.col("paid_amount").is_null(),
            ProblemCode.PAID_WITHOUT_AMOUNT,
            name(Target.PAID_AMOUNT),
        ),
        found(
            rows,
            number.is_not_null() & (pl.col(LINE) > first),
            ProblemCode.NUMBER_TWICE,
            name(Target.INVOICE_NUMBER),
            value=number,
            detail=first,
        ),
    ]


def _claims(good: pl.DataFrame) -> pl.DataFrame:
    """The valid rows as claims, still with the debtor's texts."""
    return good.with_columns(
        external_id=pl.col("invoice_number"),
        invoiced_on=pl.col("day:invoiced_on"),
        due_on=pl.col("day:due_on"),
        principal_cents=pl.col("cents:amount"),
        agreed_bp=pl.col("cents:interest_rate"),
    )


def _history(good: pl.DataFrame) -> pl.DataFrame:
    """Costs charged (on the due day: the earliest they can have arisen) and the payment, each as an event of its
    claim."""
    parts = [
        (pl.col("day:due_on"), "charge", "dunning_fee", pl.col("cents:dunning_fee")),
        (pl.col("day:due_on"), "charge", "expense", pl.col("cents:expense")),
        (pl.col("day:paid_on"), "payment", "", pl.col("cents:paid_amount")),
    ]
    frames = [
        good.select(
            pl.col("invoice_number").alias("external_id"),
            pl.col(LINE).alias("line"),
            day.alias("day"),
            pl.lit(verb).alias("verb"),
            pl.lit(component).alias("component"),
            amount.alias("amount_cents"),
        ).filter((pl.col("amount_cents") > 0) & pl.col("day").is_not_null())
        for day, verb, component, amount in parts
    ]
    return pl.concat(frames).sort("line", "day", maintain_order=True)
