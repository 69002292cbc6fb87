"""A claim's history → ledger entries and postings: charges, and payments shared out to what they settled. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from kulanz.intake.rules.waterfall import ORDER, settle


@dataclass(frozen=True, slots=True)
class Bookings:
    """Frames as `ledger.commands.post_bulk` takes them."""

    entries: pl.DataFrame
    postings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Tenant:
    """The creditor's own accounts of one currency that stand opposite to its claims."""

    tenant_id: int
    income_account: int
    bank_account: int


def history_bookings(standing: pl.DataFrame, history: pl.DataFrame, tenant: Tenant, *, source: str) -> Bookings:
    """Book what happened to claims before they came here.

    ``standing``: account_id, claim_id, a column per component of `ORDER` with what is open, and ``overpaid`` (≥ 0), all
    in cents: where the account stands before. ``history``: account_id, claim_id, position, key, line, day, verb,
    component, amount_cents. Every entry sums to zero.
    """
    events = settle(_with_standing(standing, history), "account_id").filter(pl.col("position") > 0)
    events = events.with_columns(
        idempotency_key=pl.format("import:{}:{}", "claim_id", "key"),
        source=pl.format("{}, Zeile {}", pl.lit(source), "line"),
    )
    entries = events.select(
        "idempotency_key",
        pl.lit(tenant.tenant_id, dtype=pl.Int64).alias("tenant_id"),
        pl.col("day").alias("occurred_on"),
        pl.col("verb").alias("kind"),
        "source",
    )
    return Bookings(entries, _postings(events, tenant))


def _with_standing(standing: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """The events in order, each account begun by one event at position 0 that stands for everything before."""
    charges = [
        pl.when((pl.col("verb") == "charge") & (pl.col("component") == component))
        .then("amount_cents")
        .otherwise(0)
        .alias(f"charge:{component}")
        for component in ORDER
    ]
    paid = pl.when(pl.col("verb") == "payment").then("amount_cents").otherwise(0).alias("paid")
    happened = history.with_columns(*charges, paid)
    before = standing.select(
        "account_id",
        "claim_id",
        pl.lit(0, dtype=pl.Int64).alias("position"),
        *(pl.col(component).alias(f"charge:{component}") for component in ORDER),
        pl.col("overpaid").alias("paid"),
    ).join(history.select("account_id").unique(), on="account_id", how="semi")
    return pl.concat([before, happened], how="diagonal").sort("account_id", "position")


def _postings(events: pl.DataFrame, tenant: Tenant) -> pl.DataFrame:
    """The lines of all entries: debit positive. Lines of zero are left out."""
    charges, payments = events.filter(pl.col("verb") == "charge"), events.filter(pl.col("verb") == "payment")
    account, component = pl.col("account_id"), pl.col("component")
    income = pl.lit(tenant.income_account, dtype=pl.Int64)
    credit_used, too_much = -pl.col("overpaid_change"), pl.col("overpaid_change")
    overpaid = pl.lit("overpaid")
    parts = [
        _lines(charges, account, component, pl.col("amount_cents")),
        _lines(charges, income, component, -pl.col("amount_cents")),
        _lines(charges, account, overpaid, credit_used),
        _lines(charges, account, component, -credit_used),
        _lines(payments, pl.lit(tenant.bank_account, dtype=pl.Int64), pl.lit("cash"), pl.col("amount_cents")),
        *(_lines(payments, account, pl.lit(each), -pl.col(f"settled:{each}")) for each in ORDER),
        _lines(payments, account, overpaid, -too_much),
    ]
    return pl.concat(parts)


def _lines(events: pl.DataFrame, account: pl.Expr, component: pl.Expr, amount: pl.Expr) -> pl.DataFrame:
    """One kind of line for all events that have it."""
    return events.select(
        "idempotency_key",
        account.alias("account_id"),
        component.cast(pl.String).alias("component"),
        amount.cast(pl.Int64).alias("amount_cents"),
    ).filter(pl.col("amount_cents") != 0)


def correction_bookings(changed: pl.DataFrame, tenant: Tenant, *, import_id: int, source: str) -> Bookings:
    """Correct principals that a later delivery states differently: an entry of the difference, never an overwrite.

    ``changed``: account_id, claim_id, line, day, difference_cents (≠ 0), and where the account stands:
    ``principal`` (open) and ``overpaid`` (≥ 0). Less principal than was already paid becomes `overpaid`; more principal
    first uses up what was overpaid.
    """
    difference = pl.col("difference_cents")
    moved = (
        pl.when(difference > 0)
        .then(-pl.min_horizontal(difference, "overpaid"))
        .otherwise(pl.max_horizontal(-difference - pl.col("principal"), pl.lit(0)))
    )
    events = changed.with_columns(
        idempotency_key=pl.format("import:{}:corrected:{}", "claim_id", pl.lit(import_id)),
        source=pl.format("{}, Zeile {}", pl.lit(source), "line"),
        moved=moved,
    )
    account, income = pl.col("account_id"), pl.lit(tenant.income_account, dtype=pl.Int64)
    postings = pl.concat(
        [
            _lines(events, account, pl.lit("principal"), difference),
            _lines(events, income, pl.lit("principal"), -difference),
            _lines(events, account, pl.lit("principal"), pl.col("moved")),
            _lines(events, account, pl.lit("overpaid"), -pl.col("moved")),
        ]
    )
    entries = events.select(
        "idempotency_key",
        pl.lit(tenant.tenant_id, dtype=pl.Int64).alias("tenant_id"),
        pl.col("day").alias("occurred_on"),
        pl.lit("claim_corrected").alias("kind"),
        "source",
    )
    return Bookings(entries, postings)
