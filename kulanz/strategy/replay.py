"""Replay: decide once more from what the diary holds, and say whether the answer is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from kulanz.strategy.calendar import calendar_for
from kulanz.strategy.changed import mark_changed
from kulanz.strategy.decide import ENGINE_VERSION, decide
from kulanz.strategy.facts import SCHEMA
from kulanz.strategy.models import Decision
from kulanz.strategy.queries import playbook_version
from kulanz.strategy.queries.diary import facts_of
from kulanz.strategy.reasons import Reason

_COMPARED = ("action", "reason", "step", "channel", "template", "next_step_on", "candidates", "vetoes", "draw")


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision decided again. `differences` has (field, written, now) where the answers differ; empty means the same."""

    number: int
    engine_version: str
    engine_now: str
    differences: tuple[tuple[str, Any, Any], ...]

    @property
    def same(self) -> bool:
        return not self.differences


def replay(decision: Decision) -> Replay:
    """Recompute a decision from its facts, its playbook version, its draw and its day. Reads nothing about the case of today."""
    facts = pl.DataFrame([facts_of(decision)], schema=SCHEMA)
    playbook = playbook_version(decision.playbook_version_id).playbook
    again = decide(facts, playbook, calendar_for(decision.day), day=decision.day, draws=pl.Series([decision.draw]))
    if decision.reason == Reason.CHANGED_MEANWHILE:
        again = mark_changed(again, pl.Series([decision.case_id]))
    now = again.row(0, named=True)
    now |= {name: now[name].split() for name in ("candidates", "vetoes")}
    differences = tuple((name, getattr(decision, name), now[name]) for name in _COMPARED if getattr(decision, name) != now[name])
    return Replay(decision.id, decision.engine_version, ENGINE_VERSION, differences)
