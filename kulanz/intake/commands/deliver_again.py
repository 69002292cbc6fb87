"""Claims that are here already and whose content differs: amend, correct, book what is new, or leave to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl

from kulanz.claims.commands.amend_claims import SCHEMA as AMENDED_SCHEMA
from kulanz.claims.commands.amend_claims import amend_claims
from kulanz.claims.models import Creditor
from kulanz.contact.commands import cancel_queued
from kulanz.contact.models import Message, MessageState
from kulanz.intake.commands.tenant import tenant
from kulanz.intake.queries import booked_keys, standing
from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.batch import Batch
from kulanz.intake.rules.bookings import correction_bookings, history_bookings
from kulanz.intake.rules.problems import one_per_field
from kulanz.intake.rules.profile import Profile
from kulanz.intake.rules.redelivery import Redelivery, redeliver
from kulanz.intake.rules.waterfall import ORDER
from kulanz.ledger.commands import post_bulk


@dataclass(frozen=True, slots=True)
class Again:
    """What became of the claims delivered again with other content. ``batch`` carries the problems found."""

    batch: Batch
    changed: int
    refused: int
    cases: pl.Series


def deliver_again(
    batch: Batch,
    status: pl.DataFrame,
    known: pl.DataFrame,
    creditor: Creditor,
    profile: Profile,
    *,
    import_id: int,
    source: str,
    day: date,
    actor: str,
    now: datetime,
) -> Again:
    """Treat the claims `open_claims` reported as changed. Runs inside the caller's transaction."""
    changed = status.filter(pl.col("status") == "changed").select("external_id")
    again = batch.claims.join(changed, on="external_id", how="semi").join(known, on="external_id")
    if again.is_empty():
        return Again(batch, 0, 0, pl.Series(dtype=pl.Int64))
    accounts = again["account_id"]
    answer = redeliver(batch, again, _wide(accounts), booked_keys(accounts), profile)
    _write(answer, creditor, import_id=import_id, source=source, day=day, actor=actor, now=now)
    refused = answer.problems[LINE].n_unique()
    batch = replace(batch, problems=one_per_field([batch.problems, answer.problems]), rejected=batch.rejected + refused)
    return Again(batch, answer.changed.len(), refused, answer.amended["case_id"])


def _wide(accounts: pl.Series) -> pl.DataFrame:
    """Where each account stands: a column per component, overpaid as a positive amount, what it was opened to."""
    long = standing(accounts)
    opened = long.group_by("account_id").agg(pl.col("opened_cents").sum())
    wide = accounts.alias("account_id").to_frame().join(opened, on="account_id", how="left")
    for component in (*ORDER, "overpaid"):
        mine = long.filter(pl.col("component") == component).select("account_id", pl.col("open_cents").alias(component))
        wide = wide.join(mine, on="account_id", how="left")
    return wide.with_columns(pl.col("opened_cents", *ORDER).fill_null(0), overpaid=-pl.col("overpaid").fill_null(0))


def _write(answer: Redelivery, creditor: Creditor, *, import_id: int, source: str, day: date, actor: str, now: datetime) -> None:
    """Amend, correct and book, currency by currency."""
    amend_claims(answer.amended.select(*AMENDED_SCHEMA), actor=actor, now=now)
    for (currency,), mine in answer.amended.group_by("currency"):
        opposite = tenant(creditor, str(currency))
        wrong = answer.corrected.join(mine.select("claim_id"), on="claim_id", how="semi")
        if wrong.height:
            correction = correction_bookings(wrong.with_columns(day=pl.lit(day)), opposite, import_id=import_id, source=source)
            post_bulk(correction.entries, correction.postings, now=now)
        history = answer.history.join(mine.select("claim_id"), on="claim_id", how="semi")
        if history.height:
            bookings = history_bookings(answer.standing, history, opposite, source=source)
            post_bulk(bookings.entries, bookings.postings, now=now)
    _stop_what_waits(answer, actor=actor, now=now)


def _stop_what_waits(answer: Redelivery, *, actor: str, now: datetime) -> None:
    """Cancel queued reminders of cases whose claims changed: they were decided on old facts. The next run decides anew."""
    waiting = Message.objects.filter(case_id__in=answer.amended["case_id"].unique().to_list(), state=MessageState.QUEUED)
    for case_id in sorted(set(waiting.values_list("case_id", flat=True))):
        cancel_queued(case_id, "neuer Stand vom Gläubiger", now=now, actor=actor)
