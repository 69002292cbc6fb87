"""The last step of every layout: keys, hashes, the start of default, and what is left out because it happened later."""

from __future__ import annotations

import hashlib
from typing import Final

import polars as pl

from kulanz.intake.readers.table import LINE, Table
from kulanz.intake.rules.batch import CLAIM_COLUMNS, HISTORY_SCHEMA, Batch, Circumstances, Later
from kulanz.intake.rules.parties import with_keys
from kulanz.intake.rules.profile import Profile
from kulanz.law import jurisdiction
from kulanz.law.default import DefaultFacts

_TEXTS: Final = [
    "kind",
    "salutation",
    "title",
    "given_name",
    "family_name",
    "company_name",
    "street",
    "postcode",
    "city",
    "country",
    "land",
    "language",
    "email",
    "phone",
    "subject",
    "document_ref",
]
ABOUT_DIGITS: Final = 40
"""The first hex digits of a content hash stand for what the file says of the claim, the rest for its history."""

_ASKED: Final = ("kind", "due_on", "invoiced_on", "land", "agreed_bp")
"""What decides a claim's rate and the start of its interest."""

_HASHED: Final = (*_TEXTS, "debtor_number", "invoiced_on", "due_on", "principal_cents", "currency")


def finish(
    table: Table,
    profile: Profile,
    about: Circumstances,
    claims: pl.DataFrame,
    history: pl.DataFrame,
    problems: pl.DataFrame,
) -> Batch:
    """Make the batch of the valid rows. ``claims`` has a row per claim with texts and typed values, ``history`` its
    events in order."""
    known = history.filter(pl.col("day") <= (about.as_of or about.today))
    all_history, history = _numbered(history), _numbered(known)
    claims = with_keys(claims, secret=about.secret, tenant=about.creditor_key)
    claims = _without_interest_if_paid(_with_default(claims, profile, about), history)
    claims = _with_hash(claims, history)
    claims = claims.with_columns(
        pl.col(LINE).alias("line"),
        pl.col("debtor_number").alias("debtor_external_id"),
        (pl.col("kind") == "person").alias("consumer"),
        *(pl.col(name).fill_null("") for name in _TEXTS if name not in ("email", "phone")),
    ).select(LINE, *CLAIM_COLUMNS)
    return Batch(
        table=table,
        claims=claims,
        history=history,
        all_keys=all_history.select("external_id", "position", "key"),
        problems=problems,
        rejected=0,
        held_back=0,
        later=_later(all_history, about),
        styles={},
        totals=_totals(claims, history),
    )


def _numbered(history: pl.DataFrame) -> pl.DataFrame:
    """Give each event its position in the claim and a key that says what it is, so that the same event is never
    booked twice."""
    history = history.with_columns(position=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("external_id"))
    history = history.select(pl.col(name).cast(kind) for name, kind in HISTORY_SCHEMA.items())
    what = pl.concat_str("verb", "component", pl.col("day").cast(pl.String), "amount_cents", separator=":")
    return history.with_columns(key=pl.col("position").cast(pl.String) + ":" + what)


def _later(history: pl.DataFrame, about: Circumstances) -> Later:
    """What is not booked yet, because on the day the import is made for it had not happened."""
    later = history.filter(pl.col("day") > (about.as_of or about.today))
    payments, charges = later.filter(pl.col("verb") == "payment"), later.filter(pl.col("verb") == "charge")
    return Later(payments.height, int(payments["amount_cents"].sum()), charges.height, int(charges["amount_cents"].sum()))


def _totals(claims: pl.DataFrame, history: pl.DataFrame) -> dict[str, int]:
    """The sums of what is to be booked, in cents: each opened or charged component, and payments."""
    totals = {"opened_principal": int(claims["principal_cents"].sum())}
    by = history.group_by("verb", "component").agg(pl.col("amount_cents").sum()).sort("verb", "component")
    for verb, component, amount in by.iter_rows():
        totals[f"charged_{component}" if verb == "charge" else "paid"] = amount
    return totals


def _with_default(claims: pl.DataFrame, profile: Profile, about: Circumstances) -> pl.DataFrame:
    """Add the rate, the first day of interest and why, by the law of the creditor's country; each different set of facts is asked once.

    ``agreed_bp``, if there, is the yearly rate the contract names.
    """
    if "agreed_bp" not in claims.columns:
        claims = claims.with_columns(agreed_bp=pl.lit(None, dtype=pl.Int64))
    if (profile.interest or about.interest) == "none":
        return claims.with_columns(
            first_interest_day=pl.lit(None, dtype=pl.Date),
            default_reason=pl.lit(""),
            margin_bp=pl.lit(None, dtype=pl.Int32),
            fixed_bp=pl.lit(None, dtype=pl.Int32),
        )
    law = jurisdiction(about.country)
    asked = claims.select(*_ASKED).unique()
    received = pl.lit(None, dtype=pl.Date)
    if profile.default.invoice_received_after_days is not None:
        received = pl.col("invoiced_on") + pl.duration(days=profile.default.invoice_received_after_days)
    answers = []
    for kind, due_on, invoiced_on, land, agreed_bp, received_on in asked.with_columns(received=received).iter_rows():
        start = law.default_start(
            DefaultFacts(
                due_on=due_on,
                consumer=kind == "person",
                calendar_date=due_on if profile.default.due_by_contract else None,
                invoice_received_on=received_on,
                notice_on_invoice=profile.default.notice_on_invoice,
                region=land or "",
            )
        )
        if agreed_bp is None:
            terms = law.interest_terms(consumer=kind == "person", arose_on=invoiced_on)
        else:
            terms = law.agreed_terms(agreed_bp, consumer=kind == "person", arose_on=invoiced_on)
        told = (start.first_interest_day, start.reason.value, terms.margin_bp, terms.fixed_bp)
        answers.append((kind, due_on, invoiced_on, land, agreed_bp, *told))
    schema = {
        **asked.schema,
        "first_interest_day": pl.Date(),
        "default_reason": pl.String(),
        "margin_bp": pl.Int32(),
        "fixed_bp": pl.Int32(),
    }
    frame = pl.DataFrame(answers, schema=schema, orient="row")
    return claims.join(frame, on=_ASKED, how="left", nulls_equal=True, maintain_order="left")


def _without_interest_if_paid(claims: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """A claim that was paid in full before it came to us bears no interest here: the creditor did not claim any."""
    signed = pl.when(pl.col("verb") == "charge").then("amount_cents").otherwise(-pl.col("amount_cents"))
    moved = history.group_by("external_id").agg(signed.sum().alias("moved_cents"))
    claims = claims.join(moved, on="external_id", how="left", maintain_order="left")
    is_open = pl.col("principal_cents") + pl.col("moved_cents").fill_null(0) > 0
    return claims.with_columns(
        pl.when(is_open).then("margin_bp").alias("margin_bp"),
        pl.when(is_open).then("fixed_bp").alias("fixed_bp"),
        pl.when(is_open).then("first_interest_day").alias("first_interest_day"),
    ).drop("moved_cents")


def _with_hash(claims: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Add the content hash: what the file says of a claim and, up to the day it is made for, of its history."""
    happened = history.group_by("external_id").agg(pl.col("key").sort_by("position").str.join(";").alias("happened"))
    claims = claims.join(happened, on="external_id", how="left", maintain_order="left")
    fields = [pl.col(name).cast(pl.String).fill_null("") for name in _HASHED]
    # The separator cannot stand in a field (control characters are refused), so no two contents share a text.
    said = claims.select(pl.concat_str(fields, separator="\x1f") + pl.format("\x1f{}", "agreed_bp").fill_null("")).to_series()
    digests = [
        _digest(content)[:ABOUT_DIGITS] + (_digest(happened) if happened else _NOTHING)[: 64 - ABOUT_DIGITS]
        for content, happened in zip(said, claims["happened"], strict=True)
    ]
    return claims.with_columns(content_hash=pl.Series(digests, dtype=pl.String)).drop("happened")


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


_NOTHING: Final = _digest("")
