"""Deciding a whole part: each case by its creditor's playbook, and contacts of one person counted across creditors.

One person may owe several creditors. What the same run gives them from one creditor counts for the others, so that the cap holds for the
person and not for each file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from kulanz.strategy.calendar import Calendar
from kulanz.strategy.decide import DECISION_SCHEMA, decide
from kulanz.strategy.playbook import Playbook
from kulanz.strategy.reasons import Action


def decide_part(
    facts: pl.DataFrame, playbooks: Mapping[str, Playbook], calendar: Calendar, *, day: date, draws: pl.Series
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Decide all cases of a frame that has `identity_key` and `playbook_key` beside the facts.

    Whoever is longest overdue comes first, then the lower case number. Returns the facts with `contacts_ahead_today` filled in, and the
    decisions in the same order.
    """
    first = _each_by_its_playbook(facts, playbooks, calendar, day=day, draws=draws)
    ahead = (
        facts.select("case_id", "identity_key", "oldest_due_on")
        .filter(first["action"] == Action.CONTACT.value)
        .sort("identity_key", "oldest_due_on", "case_id")
        .select("case_id", ahead=pl.int_range(pl.len()).over("identity_key"))
        .filter(pl.col("ahead") > 0)
    )
    if ahead.is_empty():
        return facts, first
    facts = (
        facts.join(ahead, on="case_id", how="left", maintain_order="left")
        .with_columns(contacts_ahead_today=pl.col("ahead").fill_null(0).cast(pl.Int64))
        .drop("ahead")
    )
    return facts, _each_by_its_playbook(facts, playbooks, calendar, day=day, draws=draws)


def _each_by_its_playbook(
    facts: pl.DataFrame, playbooks: Mapping[str, Playbook], calendar: Calendar, *, day: date, draws: pl.Series
) -> pl.DataFrame:
    if len(playbooks) == 1:
        return decide(facts, next(iter(playbooks.values())), calendar, day=day, draws=draws)
    numbered = facts.with_columns(draws.alias("draw")).with_row_index("place")
    decided = []
    for (key,), group in numbered.group_by("playbook_key", maintain_order=True):
        found = decide(group, playbooks[str(key)], calendar, day=day, draws=group["draw"])
        decided.append(found.with_columns(group["place"]))
    return pl.concat(decided).sort("place").drop("place") if decided else pl.DataFrame(schema=DECISION_SCHEMA)
