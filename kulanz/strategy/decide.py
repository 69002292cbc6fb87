"""The decision: one frame of facts in, one frame of decisions out. Pure: no clock, no database, no dice of its own.

Order of thought for a case: what forbids every step → which rung of the ladder is next → is it due, and does its
condition hold → is it a person's turn → what forbids a message → contact. The twin that walks row by row lives with
the tests and must agree on every case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from kulanz.strategy.calendar import Calendar, send_on
from kulanz.strategy.facts import CHANNELS, check_facts
from kulanz.strategy.guardrails import GUARDRAILS, Guardrail, Stage
from kulanz.strategy.playbook import Limits, Playbook, Step
from kulanz.strategy.reasons import Action, Reason

ENGINE_VERSION = "1"

DECISION_SCHEMA: pl.Schema = pl.Schema(
    {
        "case_id": pl.Int64(),
        "action": pl.String(),
        "reason": pl.String(),
        "step": pl.String(),
        "channel": pl.String(),
        "template": pl.String(),
        "send_on": pl.Date(),
        "next_step_on": pl.Date(),
        "position": pl.String(),
        "position_on": pl.Date(),
        "anchor_on": pl.Date(),
        "ask_human": pl.Boolean(),
        "candidates": pl.String(),
        "vetoes": pl.String(),
        "draw": pl.Int64(),
    }
)
"""`step` is the rung considered ('' if none is left); `position`, `position_on`, `anchor_on` and `next_step_on` are
where the case stands after the decision; `ask_human` says that a person is to decide from now on. `candidates` and
`vetoes` are codes with a space between.
"""


def decide(facts: pl.DataFrame, playbook: Playbook, calendar: Calendar, *, day: date, draws: pl.Series) -> pl.DataFrame:
    """Choose the next step of every case.

    `facts` has the columns of `facts.SCHEMA`; `draws` holds one number ≥ 0 per row, in the same order. Returns
    `DECISION_SCHEMA`, one row per case in the same order. Raises `FactsIncomplete` if a fact is missing or mistyped.
    """
    ladder = _Ladder(playbook.steps, day)
    limits = playbook.limits
    frame = (
        check_facts(facts)
        .lazy()
        .with_columns(draws.cast(pl.Int64).alias("draw"), send_day=send_on(calendar, day))
        .with_columns(_position(playbook))
        .with_columns(_conditions(playbook))
        .with_columns(rung=_next_rung(playbook.steps))
        .with_columns(
            due_on=ladder.each(ladder.due_on),
            met=ladder.each(lambda step: pl.col(f"met_{ladder.index(step)}")),
            to_human=ladder.each(lambda step: pl.lit(step.action == "human")),
            unmet_to_human=ladder.each(lambda step: pl.lit(step.when is not None and step.when.otherwise == "human")),
            chosen_channel=ladder.each(_channel),
            chosen_template=ladder.each(_template),
            step_key=ladder.each(lambda step: pl.lit(step.key)),
            after=ladder.each(ladder.successor_on),
            tried=ladder.each(_candidates),
        )
        .with_columns(_vetoes(limits, day))
        .with_columns(outcome=_outcome(day))
    )
    return _written(frame, playbook, day).collect()


@dataclass(frozen=True, slots=True)
class _Ladder:
    """The steps with what depends on the day; `each` makes one column from an expression per step, chosen by `rung`."""

    steps: Sequence[Step]
    day: date

    def each(self, value: Callable[[Step], pl.Expr]) -> pl.Expr:
        rung = pl.col("rung")
        return pl.coalesce([pl.when(rung == index).then(value(step)) for index, step in enumerate(self.steps)])

    def index(self, step: Step) -> int:
        return self.steps.index(step)

    def due_on(self, step: Step) -> pl.Expr:
        """The first day on which the step may be taken: by the anchor, and long enough after the step before it."""
        by_anchor = pl.col("oldest_due_on") + timedelta(days=step.from_day)
        by_gap = pl.when(pl.col("started") & ~pl.col("step_undelivered")).then(
            pl.col("step_on") + timedelta(days=step.days_after_previous_min)
        )
        return pl.max_horizontal(by_anchor, by_gap)

    def successor_on(self, step: Step) -> pl.Expr:
        """When the rung after `step` comes, if `step` is taken today; null after the last one."""
        later = [other for other in self.steps[self.index(step) + 1 :] if other.until_day is None]
        if not later:
            return pl.lit(None, dtype=pl.Date)
        by_anchor = pl.col("oldest_due_on") + timedelta(days=later[0].from_day)
        return pl.max_horizontal(by_anchor, pl.lit(self.day + timedelta(days=later[0].days_after_previous_min)))


def _position(playbook: Playbook) -> list[pl.Expr]:
    """Where the case stands: `started` is false at the beginning and after the anchor moved, which is a new story."""
    keys = [step.key for step in playbook.steps]
    # Null where either day is unknown; then the anchor did not move.
    moved = (pl.col("anchor_on") != pl.col("oldest_due_on")).fill_null(value=False)
    started = (pl.col("step") != "") & ~moved
    reached = pl.col("step").replace_strict(keys, list(range(len(keys))), default=None, return_dtype=pl.Int64)
    return [
        started.alias("started"),
        moved.alias("moved"),
        # A step whose message never left has not been taken: it is the next one again.
        pl.when(started).then(reached - pl.col("step_undelivered").cast(pl.Int64)).otherwise(-1).alias("reached"),
        (pl.col("send_day") - pl.col("oldest_due_on")).dt.total_days().alias("days_at_sending"),
    ]


def _conditions(playbook: Playbook) -> list[pl.Expr]:
    """One truth per step; a comparison with an unknown fact counts as not met."""
    return [
        (pl.lit(value=True) if condition is None else condition.expression.fill_null(value=False)).alias(f"met_{index}")
        for index, condition in enumerate(playbook.conditions)
    ]


def _next_rung(steps: Sequence[Step]) -> pl.Expr:
    """The first step after the one reached that is neither too late nor left out by its condition; null if none is."""
    choices = []
    for index, step in enumerate(steps):
        possible = pl.col("reached") < index
        if step.until_day is not None:
            possible &= pl.col("days_at_sending") <= step.until_day
        if step.when is not None and step.when.otherwise == "skip":
            possible &= pl.col(f"met_{index}")
        choices.append(pl.when(possible).then(pl.lit(index, dtype=pl.Int64)))
    return pl.coalesce(choices)


def _usable(channel: str) -> pl.Expr:
    return pl.col(f"has_{channel}")


def _channel(step: Step) -> pl.Expr:
    """The debtor's wish if the step allows it and it can be used, else the step's order."""
    allowed = [channel for channel in step.channels if channel in CHANNELS]
    if not allowed:
        return pl.lit(None, dtype=pl.String)
    wish = pl.col("preferred_channel")
    wished = [pl.when((wish == channel) & _usable(channel)).then(pl.lit(channel)) for channel in allowed]
    in_order = [pl.when(_usable(channel)).then(pl.lit(channel)) for channel in allowed]
    return pl.coalesce(wished + in_order)


def _template(step: Step) -> pl.Expr:
    """One of the step's templates, drawn."""
    if not step.templates:
        return pl.lit(None, dtype=pl.String)
    drawn = pl.col("draw") % len(step.templates)
    return pl.coalesce([pl.when(drawn == index).then(pl.lit(name)) for index, name in enumerate(step.templates)])


def _candidates(step: Step) -> pl.Expr:
    """What could be done: each usable channel of the step, or the person's turn; to wait is always possible."""
    if step.action == "human":
        return pl.lit(f"{step.key}/person wait")
    usable = [pl.when(_usable(channel)).then(pl.lit(f"{step.key}/{channel}")) for channel in step.channels]
    return pl.concat_str([*usable, pl.lit("wait")], separator=" ", ignore_nulls=True)


def _applies(guardrail: Guardrail) -> str:
    return f"veto_{guardrail.reason.value}"


def _vetoes(limits: Limits, day: date) -> list[pl.Expr]:
    about_message = pl.col("rung").is_not_null() & ~pl.col("to_human").fill_null(value=False)
    columns = []
    for guardrail in GUARDRAILS:
        applies = guardrail.forbids(limits, day).fill_null(value=False)
        if guardrail.stage is Stage.CONTACT:
            applies &= about_message
        columns.append(applies.alias(_applies(guardrail)))
    return columns


def _outcome(day: date) -> pl.Expr:
    """`action reason` of each case: the first line that applies."""

    def outcome(action: Action, reason: Reason) -> pl.Expr:
        return pl.lit(f"{action.value} {reason.value}")

    def vetoed(stage: Stage) -> list[pl.Expr]:
        return [pl.when(pl.col(_applies(g))).then(outcome(g.action, g.reason)) for g in GUARDRAILS if g.stage is stage]

    lines = [
        *vetoed(Stage.CASE),
        pl.when(pl.col("reached").is_null()).then(outcome(Action.HUMAN, Reason.STEP_UNKNOWN)),
        pl.when(pl.col("rung").is_null()).then(outcome(Action.WAIT, Reason.LADDER_AT_END)),
        pl.when(pl.col("due_on") > day).then(outcome(Action.WAIT, Reason.STEP_NOT_DUE)),
        pl.when(~pl.col("met") & pl.col("unmet_to_human")).then(outcome(Action.HUMAN, Reason.CONDITION_NOT_MET)),
        pl.when(~pl.col("met")).then(outcome(Action.WAIT, Reason.CONDITION_NOT_MET)),
        pl.when(pl.col("to_human")).then(outcome(Action.HUMAN, Reason.PERSON_DECIDES)),
        *vetoed(Stage.CONTACT),
        pl.when(pl.col("send_day") > day).then(outcome(Action.CONTACT, Reason.STEP_DUE_AFTER_QUIET_DAY)),
        outcome(Action.CONTACT, Reason.STEP_DUE),
    ]
    return pl.coalesce(lines)


def _written(frame: pl.LazyFrame, playbook: Playbook, day: date) -> pl.LazyFrame:
    """The decision as it is written down: position after it, next day, candidates and vetoes."""
    words = pl.col("outcome").str.split_exact(" ", 1)
    frame = frame.with_columns(action=words.struct.field("field_0"), reason=words.struct.field("field_1")).with_columns(
        is_contact=pl.col("action") == Action.CONTACT.value, asks=pl.col("reason") == Reason.PERSON_DECIDES.value
    )
    contact, taken, reason = pl.col("is_contact"), pl.col("is_contact") | pl.col("asks"), pl.col("reason")
    tomorrow = pl.lit(day + timedelta(days=1))
    answer_by = pl.col("last_contact_on") + timedelta(days=playbook.limits.days_between_contacts_min)
    next_on = (
        pl.when(taken)
        .then(pl.col("after"))
        .when(reason == Reason.STEP_NOT_DUE.value)
        .then(pl.col("due_on"))
        .when(reason == Reason.CONTACTED_RECENTLY.value)
        .then(pl.max_horizontal(answer_by, tomorrow))
        .when(reason.is_in([Reason.CONDITION_NOT_MET.value, Reason.CAP_7_DAYS.value, Reason.CAP_28_DAYS.value]))
        .then(tomorrow)
        .when(reason == Reason.HOLD_STANDS.value)
        .then(pl.col("hold_until") + timedelta(days=1))
    )
    restarted = pl.col("moved") & ~taken
    applying = [pl.when(pl.col(_applies(g))).then(pl.lit(g.reason.value)) for g in GUARDRAILS]
    vetoes = pl.concat_str(applying, separator=" ", ignore_nulls=True)
    return frame.select(
        "case_id",
        "action",
        "reason",
        step=pl.col("step_key").fill_null(""),
        channel=pl.when(contact).then(pl.col("chosen_channel")).otherwise(pl.lit("")),
        template=pl.when(contact).then(pl.col("chosen_template")).otherwise(pl.lit("")),
        send_on=pl.when(contact).then(pl.col("send_day")),
        next_step_on=next_on,
        position=pl.when(taken).then(pl.col("step_key")).when(restarted).then(pl.lit("")).otherwise(pl.col("step")),
        position_on=pl.when(taken).then(pl.lit(day)).when(~restarted).then(pl.col("step_on")),
        anchor_on=pl.coalesce("oldest_due_on", "anchor_on"),
        ask_human="asks",
        candidates=pl.col("tried").fill_null(""),
        vetoes=vetoes,
        draw="draw",
    )
