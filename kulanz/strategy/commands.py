"""Saving playbooks and writing the decision diary: the only place in this room that writes."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
from django.db import connection, transaction

from kulanz.failpoints import fp
from kulanz.frames import copy_frame
from kulanz.strategy.decide import ENGINE_VERSION
from kulanz.strategy.facts import SCHEMA
from kulanz.strategy.models import PlaybookVersion
from kulanz.strategy.playbook import builtin_text, read_playbook

CASES_PER_RUN = 10**10
"""The number of a decision is `run × CASES_PER_RUN + case`: it names both, and needs no counter."""


def save_playbook(text: str, *, by: str, now: datetime) -> PlaybookVersion:
    """Check a playbook document and make it the active version of its key. The same text again is the same version.

    Raises `PlaybookInvalid`. Decisions keep the version they were made with; nothing that was decided changes.
    """
    playbook = read_playbook(text)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kulanz.playbook'))")
        versions = PlaybookVersion.objects.filter(key=playbook.key)
        active = versions.filter(active=True).first()
        if active is not None and active.sha256 == playbook.sha256:
            return active
        newest = versions.order_by("-version").first()
        fp("playbook.before_save")
        versions.update(active=False)
        fp("playbook.between_old_and_new")
        saved = PlaybookVersion.objects.create(
            key=playbook.key,
            version=1 if newest is None else newest.version + 1,
            document=text,
            sha256=playbook.sha256,
            created_at=now,
            created_by=by,
            active=True,
        )
        fp("playbook.after_save")
    return saved


def ensure_playbook(*, now: datetime) -> None:
    """Save the playbook that comes with Kulanz, if this installation has none of its key yet."""
    if not PlaybookVersion.objects.filter(key="kulant").exists():
        save_playbook(builtin_text("kulant"), by="kulanz", now=now)


def ensure_month(day: date) -> None:
    """Make the partition of the diary that holds `day`, if there is none. Two processes at once wait for each other."""
    first = day.replace(day=1)
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('kulanz.diary'))")
        fp("diary.before_month")
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS strategy_decision_{first:%Y_%m} PARTITION OF strategy_decision"
            f" FOR VALUES FROM ('{first}') TO ('{after}')"
        )
        fp("diary.after_month")


def write_diary(facts: pl.DataFrame, decisions: pl.DataFrame, *, run_id: int, day: date, shadow: bool) -> None:
    """Append the decisions with the facts they were made from, by COPY, in the caller's transaction.

    `facts` and `decisions` have the same cases in the same order; `decisions` names the `playbook_version_id` of each.
    """
    rows = diary_rows(facts, decisions, run_id=run_id, day=day, shadow=shadow)
    fp("diary.before_copy")
    with connection.cursor() as cursor:
        copy_frame(cursor, "strategy_decision", rows)
    fp("diary.after_copy")


def diary_rows(facts: pl.DataFrame, decisions: pl.DataFrame, *, run_id: int, day: date, shadow: bool) -> pl.DataFrame:
    """The rows of the diary: facts, candidates and vetoes as JSON text, the rest as columns of the table."""
    fixed = {"run_id": run_id, "shadow": shadow, "day": day, "engine_version": ENGINE_VERSION}
    plain = ("action", "step", "channel", "template", "reason", "draw", "next_step_on", "playbook_version_id")
    return decisions.select(
        pl.lit(run_id * CASES_PER_RUN, dtype=pl.Int64).add(pl.col("case_id")).alias("id"),
        "case_id",
        facts["creditor_id"],
        *plain,
        facts.select(pl.struct(SCHEMA.names()).struct.json_encode().alias("facts"))["facts"],
        *(_json_list(name) for name in ("candidates", "vetoes")),
        *(pl.lit(value).alias(name) for name, value in fixed.items()),
    )


def _json_list(name: str) -> pl.Expr:
    """Codes with a space between as a JSON list of words."""
    words = pl.lit('["') + pl.col(name).str.replace_all(" ", '","', literal=True) + pl.lit('"]')
    return pl.when(pl.col(name) == "").then(pl.lit("[]")).otherwise(words).alias(name)
