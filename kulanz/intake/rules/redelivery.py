"""A claim that is here already is delivered again: what may follow the file, and what a person must look at. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.batch import Batch
from kulanz.intake.rules.finish import ABOUT_DIGITS
from kulanz.intake.rules.problems import ProblemCode, found, one_per_field
from kulanz.intake.rules.profile import Profile, Target
from kulanz.intake.rules.waterfall import ORDER


def conflicts(batch: Batch, known: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Problems of claims that are here already under another debtor or in another currency."""
    number = profile.source_name(Target.INVOICE_NUMBER)
    again = batch.claims.join(known, on="external_id")
    other_debtor = pl.col("debtor_external_id") != pl.col("old_debtor")
    other_currency = pl.col("currency") != pl.col("old_currency")
    bore = pl.col("old_margin_bp").is_not_null() | pl.col("old_fixed_bp").is_not_null()
    other_rate = bore & pl.col("fixed_bp").is_not_null() & pl.col("fixed_bp").ne_missing(pl.col("old_fixed_bp"))
    return one_per_field(
        [
            found(again, other_debtor, ProblemCode.DEBTOR_CHANGED, number, value=pl.col("external_id")),
            found(again, other_currency, ProblemCode.CURRENCY_CHANGED, number, value=pl.col("external_id")),
            found(again, other_rate, ProblemCode.RATE_CHANGED, number, value=pl.col("external_id")),
        ]
    )


def without_conflicts(batch: Batch, problems: pl.DataFrame) -> Batch:
    """The batch without the claims these problems are about; their rows count as problems."""
    if problems.is_empty():
        return batch
    lines = problems[LINE].unique()
    out = batch.claims.filter(pl.col("line").is_in(lines.implode()))["external_id"]
    return replace(
        batch,
        claims=batch.claims.filter(~pl.col("line").is_in(lines.implode())),
        history=batch.history.filter(~pl.col("external_id").is_in(out.implode())),
        problems=one_per_field([batch.problems, problems]),
        rejected=batch.rejected + lines.len(),
    )


@dataclass(frozen=True, slots=True)
class Redelivery:
    """What follows from a second delivery: claims to amend, principals to correct, history to book, problems.

    ``amended`` and ``corrected`` have a row per claim, ``history`` the events to book, ``standing`` where each account
    stands after the corrections. ``changed`` are the claim ids to which anything happens.
    """

    amended: pl.DataFrame
    corrected: pl.DataFrame
    history: pl.DataFrame
    standing: pl.DataFrame
    problems: pl.DataFrame
    changed: pl.Series


def redeliver(batch: Batch, again: pl.DataFrame, standing: pl.DataFrame, booked: pl.DataFrame, profile: Profile) -> Redelivery:
    """Compare claims with other content than before (``again``: batch columns, ids and old values) with the books.

    ``standing``: account_id, a column per component, overpaid (≥ 0), opened_cents. ``booked``: account_id and the keys of
    every entry there. What was booked from files before must still stand in this file; events it has more are booked, but
    only if nothing but imports has touched the account: a transfer from the bank statement may be the very payment the
    file now reports, and must not count twice.
    """
    own = pl.col("idempotency_key").str.starts_with("import:") | pl.col("idempotency_key").str.ends_with(":opened")
    mine = booked.filter(own)["idempotency_key"]
    foreign = booked.filter(~own)["account_id"].unique()
    ids = again.select("external_id", "account_id", "claim_id")
    key = pl.format("import:{}:{}", "claim_id", "key")
    in_file = batch.all_keys.join(ids, on="external_id").select(key.alias("key"))["key"]
    gone = booked.filter(
        pl.col("idempotency_key").str.starts_with("import:")
        & ~pl.col("idempotency_key").str.contains(":corrected:", literal=True)
        & ~pl.col("idempotency_key").is_in(in_file.implode())
    )["account_id"].unique()
    fresh = batch.history.join(ids, on="external_id").filter(~key.is_in(mine.implode()))
    number = profile.source_name(Target.INVOICE_NUMBER)
    has_fresh = pl.col("account_id").is_in(fresh["account_id"].unique().implode())
    value = {"value": pl.col("external_id")}
    rewritten = pl.col("account_id").is_in(gone.implode())
    doubtful = has_fresh & pl.col("account_id").is_in(foreign.implode())
    problems = one_per_field(
        [
            found(again, rewritten, ProblemCode.HISTORY_CHANGED, number, **value),
            found(again, doubtful, ProblemCode.HISTORY_MAYBE_BOOKED, number, **value),
        ]
    )
    taken = again.filter(~(rewritten | doubtful)).join(standing, on="account_id", how="left")
    corrected = taken.with_columns(difference_cents=pl.col("principal_cents") - pl.col("opened_cents")).filter(
        pl.col("difference_cents") != 0
    )
    fresh = fresh.join(taken.select("account_id"), on="account_id", how="semi")
    other = pl.col("content_hash").str.slice(0, ABOUT_DIGITS) != pl.col("old_hash").str.slice(0, ABOUT_DIGITS)
    news = pl.col("account_id").is_in(fresh["account_id"].unique().implode())
    amended = taken.filter(other | news).with_columns(text=_told())
    return Redelivery(amended, corrected, fresh, _after(taken, corrected), problems, amended["claim_id"])


def _told() -> pl.Expr:
    """The line for the timeline: what the new delivery says differently."""
    day = "%d.%m.%Y"
    parts = [
        pl.when(pl.col("due_on") != pl.col("old_due_on")).then(
            pl.format(" Fällig {} statt {}.", pl.col("due_on").dt.strftime(day), pl.col("old_due_on").dt.strftime(day))
        ),
        pl.when(pl.col("invoiced_on") != pl.col("old_invoiced_on")).then(
            pl.format(
                " Rechnung vom {} statt {}.",
                pl.col("invoiced_on").dt.strftime(day),
                pl.col("old_invoiced_on").dt.strftime(day),
            )
        ),
        pl.when(pl.col("principal_cents") != pl.col("opened_cents")).then(pl.lit(" Betrag berichtigt.")),
    ]
    said = pl.concat_str(parts, ignore_nulls=True)
    return pl.format("Die Forderung {} wurde neu geliefert.{}", "external_id", said)


def _after(taken: pl.DataFrame, corrected: pl.DataFrame) -> pl.DataFrame:
    """Where the accounts stand once the principals are corrected (the same arithmetic as the entries)."""
    difference = corrected.select("account_id", "difference_cents")
    moved = taken.join(difference, on="account_id", how="left").with_columns(pl.col("difference_cents").fill_null(0))
    principal = pl.col("principal") + pl.col("difference_cents") - pl.col("overpaid")
    return moved.select(
        "account_id",
        "claim_id",
        *(pl.col(component) for component in ORDER if component != "principal"),
        # Principal and overpaid are never both open; netted, the sign says which of the two is left.
        principal=principal.clip(lower_bound=0),
        overpaid=(-principal).clip(lower_bound=0),
    )
