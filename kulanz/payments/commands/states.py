"""Writing down what became of each line: one statement for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import copy_frame
from kulanz.payments.commands.take import NewLine
from kulanz.payments.models import LineState
from kulanz.payments.rules.match import Candidate, Match


@dataclass(frozen=True, slots=True)
class Outcome:
    """A new line and what was decided about it."""

    line_id: int
    new: NewLine
    creditor_id: int | None
    state: LineState
    reason: str
    confidence: int = 0
    match: Match | None = None
    proposals: tuple[tuple[Match, Candidate], ...] = ()


def as_proposal(match: Match, candidate: Candidate) -> dict[str, Any]:
    """One proposal as it is stored with the line: ids, the numbers a person knows, how sure, and why."""
    numbers = {claim.claim_id: claim.number for claim in candidate.claims}
    named = [numbers[claim_id] for claim_id in match.claim_ids if claim_id in numbers]
    return {
        "case": match.case_id,
        "reference": candidate.reference,
        "claims": list(match.claim_ids),
        "numbers": named or list(numbers.values()),
        "confidence": match.confidence,
        "reason": match.reason,
    }


def write_outcomes(outcomes: Sequence[Outcome], entries: Mapping[int, int], *, actor: str, now: datetime) -> None:
    """Store states, reasons, proposals and bookings. ``entries`` are the payment entries by line."""
    if not outcomes:
        return
    rows = [
        (
            outcome.line_id,
            outcome.creditor_id,
            outcome.state.value,
            outcome.reason,
            outcome.confidence,
            json.dumps([as_proposal(*proposal) for proposal in outcome.proposals], ensure_ascii=False),
            outcome.match.case_id if outcome.match and outcome.state == LineState.BOOKED else None,
            json.dumps(list(outcome.match.claim_ids) if outcome.match else []),
            entries.get(outcome.line_id),
        )
        for outcome in outcomes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE line_outcomes (line_id bigint, creditor_id bigint, state text, reason text, confidence int, proposals jsonb,"
            " case_id bigint, claim_ids jsonb, entry_id bigint) ON COMMIT DROP"
        )
        copy_frame(cursor, "line_outcomes", pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
        fp("statement.before_states")
        cursor.execute(
            "UPDATE payments_bankline l SET creditor_id = o.creditor_id, state = o.state, reason = left(o.reason, 200),"
            " confidence = o.confidence, proposals = o.proposals, case_id = o.case_id, claim_ids = o.claim_ids, entry_id = o.entry_id,"
            " bookings = CASE WHEN o.entry_id IS NULL THEN 0 ELSE 1 END,"
            " decided_by = CASE WHEN o.entry_id IS NULL THEN '' ELSE %s END,"
            " decided_at = CASE WHEN o.entry_id IS NULL THEN NULL ELSE %s END"
            " FROM line_outcomes o WHERE o.line_id = l.id",
            [actor, now],
        )
        cursor.execute("DROP TABLE line_outcomes")
        fp("statement.after_states")


_SCHEMA: Final = {
    "line_id": pl.Int64,
    "creditor_id": pl.Int64,
    "state": pl.String,
    "reason": pl.String,
    "confidence": pl.Int64,
    "proposals": pl.String,
    "case_id": pl.Int64,
    "claim_ids": pl.String,
    "entry_id": pl.Int64,
}
