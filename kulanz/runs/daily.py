"""The daily run: facts → decision → outbox, diary and position of each case, part by part, each part in one transaction.

A part that was committed is never done again; one that was not leaves nothing. A second process may run the same day at the same time:
it takes other parts. `--shadow` decides and writes the diary, and nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

from kulanz.contact.commands.queue import queue_messages
from kulanz.failpoints import fp
from kulanz.payments.commands.agreements import check_due
from kulanz.payments.commands.checkouts import providers_of_day
from kulanz.payments.commands.direct_debits import debits_of_day
from kulanz.payments.commands.look_again import look_again
from kulanz.payments.commands.refunds import propose_due
from kulanz.runs.commands import POSITION, advance_cases, finish_part, finish_run, lock_cases, next_part, open_run, refresh_statistics
from kulanz.runs.errors import EngineUnknown
from kulanz.runs.models import Run, RunPart
from kulanz.strategy.ahead import decide_part
from kulanz.strategy.calendar import Calendar, calendar_for
from kulanz.strategy.changed import mark_changed
from kulanz.strategy.commands import ensure_month, ensure_playbook, write_diary
from kulanz.strategy.draws import draws_for
from kulanz.strategy.queries import active_playbook, read_facts
from kulanz.strategy.reasons import Action

KIND = "daily"
TRIES_MAX = 3
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A finished run: what was counted, and whether it had been done before this call.

    `problems` are sentences for a person about what this call could not do besides (a provider that is silent); they stopped nothing.
    """

    run_id: int
    day: date
    shadow: bool
    parts: int
    done_before: bool
    counts: dict[str, Any]
    problems: tuple[str, ...] = ()


def run_day(day: date, *, shadow: bool, engine: str, now: datetime, progress: Progress | None = None) -> RunSummary:
    """Run the day, or what is left of it. Called again for a day that is done, it changes nothing and returns the same counts.

    `progress` is told (parts done, parts in all). Raises `EngineUnknown`, `PlaybookUnknown`, `OutsideTable`.
    """
    if engine != "local":
        raise EngineUnknown(f"„{engine}“ ist keine Rechenart des Tageslaufs.")
    ensure_playbook(now=now)
    ensure_month(day)
    run = open_run(KIND, day, shadow=shadow, engine=engine, now=now)
    total = run.parts.count()
    done_before = run.state == "done"
    calendar = calendar_for(day)
    problems: tuple[str, ...] = ()
    if not done_before:
        if not shadow:
            look_again(day, now)
            problems = providers_of_day(day=day, now=now).problems  # first, so that money that came is no missed instalment
            check_due(day, now)
            debits_of_day(day=day, now=now)
            propose_due(day=day, now=now)
        refresh_statistics()
    while not done_before and _do_next_part(run, calendar, now=now):
        if progress:
            progress(run.parts.filter(state="done").count(), total)
    if not done_before:
        finish_run(run, _sums(run), now=now)
    return RunSummary(run.id, day, shadow, total, done_before, run.counts, problems)


def _do_next_part(run: Run, calendar: Calendar, *, now: datetime) -> bool:
    """Do one part; False when none is left. A deadlock with another command undoes the part, and it is tried again."""
    for attempt in range(1, TRIES_MAX + 1):
        try:
            with next_part(run) as part:
                if part is None:
                    return False
                fp("run.part_taken")
                finish_part(part, _do_part(run, part, calendar, now=now), now=now)
                return True
        except OperationalError as fault:
            if attempt == TRIES_MAX or not isinstance(fault.__cause__, DeadlockDetected):
                raise
    return False


def _do_part(run: Run, part: RunPart, calendar: Calendar, *, now: datetime) -> dict[str, Any]:
    """Read, decide and write one part; returns its counts."""
    facts = read_facts(bucket_from=part.bucket_from, bucket_to=part.bucket_to, day=run.day)
    saved = {key: active_playbook(key) for key in facts["playbook_key"].unique().sort()}
    playbooks = {key: each.playbook for key, each in saved.items()}
    draws = draws_for(facts["case_id"], seed=f"{KIND} {run.day}")
    counts: Counter[str] = Counter()
    if playbooks:
        facts, decisions = decide_part(facts, playbooks, calendar, day=run.day, draws=draws)
        versions = [each.version_id for each in saved.values()]
        version = facts["playbook_key"].replace_strict(list(saved), versions, return_dtype=pl.Int64)
        decisions = decisions.with_columns(version.alias("playbook_version_id"))
        if not run.shadow:
            decisions = _act(run, facts, decisions, counts, now=now)
        write_diary(facts, decisions, run_id=run.id, day=run.day, shadow=run.shadow)
        _count(decisions, counts)
    return dict(sorted(counts.items()))


def _act(run: Run, facts: pl.DataFrame, decisions: pl.DataFrame, counts: Counter[str], *, now: datetime) -> pl.DataFrame:
    """Lock the cases that move, leave out those that changed meanwhile, queue messages and write down positions."""
    moves = _moves(facts, decisions)
    locked = lock_cases(moves["case_id"])
    fresh = moves.join(locked, on="case_id").filter(pl.col("revision") == pl.col("now_revision"))
    changed = moves.join(fresh, on="case_id", how="anti")["case_id"]
    if len(changed):
        decisions = mark_changed(decisions, changed)
    queued = queue_messages(_messages(facts, decisions), day=run.day, run_id=run.id, now=now)
    counts["moved"] += advance_cases(fresh, now=now)
    counts["queued"] += queued.queued
    counts["known"] += queued.known
    counts["changed"] += len(changed)
    return decisions


def _moves(facts: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The cases whose position or next day changes, as rows of `POSITION`."""
    before = facts.select("case_id", "revision", "step", "step_on", "anchor_on", "next_step_on")
    after = decisions.select(
        "action",
        "ask_human",
        "playbook_version_id",
        pl.col("position").alias("new_step"),
        pl.col("position_on").alias("new_step_on"),
        pl.col("anchor_on").alias("new_anchor_on"),
        pl.col("next_step_on").alias("new_next_step_on"),
    )
    same = [pl.col(name).eq_missing(pl.col(f"new_{name}")) for name in ("step", "step_on", "anchor_on", "next_step_on")]
    contact = pl.col("action") == Action.CONTACT.value
    return (
        pl.concat([before, after], how="horizontal")
        .filter(~pl.all_horizontal(same) | contact | pl.col("ask_human"))
        .with_columns(pl.col(f"new_{name}").alias(name) for name in ("step", "step_on", "anchor_on", "next_step_on"))
        .select(list(POSITION))
    )


def _messages(facts: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The rows of the outbox for the decisions to contact."""
    wanted = pl.concat([facts.select("revision", "email", "open_cents"), decisions], how="horizontal").filter(
        pl.col("action") == Action.CONTACT.value
    )
    later = pl.col("reason") == "step_due_after_quiet_day"
    params = pl.struct("open_cents", "next_step_on").struct.json_encode()
    return wanted.select(
        "case_id",
        "revision",
        "channel",
        "step",
        "template",
        to=pl.when(pl.col("channel") == "email").then(pl.col("email")).otherwise(pl.lit("")),
        not_before=pl.when(later).then(pl.col("send_on")),
        params=params,
    )


def _count(decisions: pl.DataFrame, counts: Counter[str]) -> None:
    """Count cases, actions, reasons, vetoes; and of the contacts steps and channels."""
    counts["cases"] += decisions.height
    contacts = decisions.filter(pl.col("action") == Action.CONTACT.value)
    for frame, name in ((decisions, "action"), (decisions, "reason"), (contacts, "step"), (contacts, "channel")):
        counts.update({f"{name}:{value}": number for value, number in frame[name].value_counts().iter_rows()})
    vetoes = decisions["vetoes"].str.split(" ").explode()
    counts.update({f"veto:{value}": number for value, number in vetoes.value_counts().iter_rows() if value})


def _sums(run: Run) -> dict[str, Any]:
    """The counts of all parts together."""
    sums: Counter[str] = Counter()
    for counts in run.parts.values_list("counts", flat=True):
        sums.update(counts)
    return dict(sorted(sums.items()))
