"""Storing the new lines together with what became of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.frames import copy_frame, frame_of, id_list
from kulanz.payments.commands.take import NewLine
from kulanz.payments.models import LineState
from kulanz.payments.rules.match import Candidate, Match, Split


@dataclass(frozen=True, slots=True)
class Outcome:
    """A new line and what was decided about it. ``stored_proposals`` is the JSON list of `as_proposal` of each: whoever judges writes it,
    so that the transaction that books has less to do.
    """

    line_id: int
    new: NewLine
    creditor_id: int | None
    state: LineState
    reason: str
    confidence: int = 0
    match: Match | None = None
    proposals: tuple[tuple[Match, Candidate], ...] = ()
    splits: tuple[Split, ...] = ()
    stored_proposals: str = "[]"


def in_json(proposals: Sequence[tuple[Match, Candidate]]) -> str:
    """Proposals as they are stored with their line."""
    return json.dumps([as_proposal(*proposal) for proposal in proposals], ensure_ascii=False)


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


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked for the new lines: the carrying entries and the payment entries by line, and the shares of those for several."""

    carried: Mapping[int, int]
    entries: Mapping[int, int]
    splits: Mapping[int, Sequence[Mapping[str, Any]]]


def store_lines(cursor: CursorWrapper, outcomes: Sequence[Outcome], booked: Booked, *, actor: str, now: datetime) -> None:
    """Store new lines with what became of them, by COPY."""
    looked = newest_claim(cursor)
    rows = [(*_row(outcome, booked, actor=actor, now=now), looked) for outcome in outcomes]
    fp("statement.before_lines")
    copy_frame(cursor, "payments_bankline", frame_of(rows, _SCHEMA))
    fp("statement.after_lines")


def _row(outcome: Outcome, what: Booked, *, actor: str, now: datetime) -> tuple[object, ...]:
    new, line, entry_id = outcome.new, outcome.new.line, what.entries.get(outcome.line_id)
    booked = outcome.state == LineState.BOOKED
    return (
        outcome.line_id,
        new.statement_id,
        outcome.creditor_id,
        new.account,
        line.booked_on,
        line.value_on,
        line.amount_cents,
        line.currency,
        line.purpose,
        line.counterparty_name,
        line.counterparty_iban,
        line.end_to_end_id,
        line.bank_ref,
        new.key,
        line.on_behalf_of,
        line.return_reason,
        line.reversal,
        line.charges_cents,
        line.instructed,
        line.line,
        outcome.state.value,
        outcome.reason[:200],
        outcome.confidence,
        outcome.stored_proposals,
        outcome.match.case_id if outcome.match and booked else None,
        id_list(outcome.match.claim_ids) if outcome.match else "[]",
        json.dumps(what.splits[outcome.line_id], ensure_ascii=False) if outcome.line_id in what.splits else "[]",
        what.carried.get(outcome.line_id),
        entry_id,
        1 if booked else 0,
        actor if booked else "",
        now.isoformat() if booked else None,
    )


_SCHEMA: Final = {
    "id": pl.Int64,
    "statement_id": pl.Int64,
    "creditor_id": pl.Int64,
    "account_iban": pl.String,
    "booked_on": pl.Date,
    "value_on": pl.Date,
    "amount_cents": pl.Int64,
    "currency": pl.String,
    "purpose": pl.String,
    "counterparty_name": pl.String,
    "counterparty_iban": pl.String,
    "end_to_end_id": pl.String,
    "bank_ref": pl.String,
    "key": pl.String,
    "on_behalf_of": pl.String,
    "return_reason": pl.String,
    "reversal": pl.Boolean,
    "charges_cents": pl.Int64,
    "instructed": pl.String,
    "line_number": pl.Int64,
    "state": pl.String,
    "reason": pl.String,
    "confidence": pl.Int64,
    "proposals": pl.String,
    "case_id": pl.Int64,
    "claim_ids": pl.String,
    "splits": pl.String,
    "carried_entry_id": pl.Int64,
    "entry_id": pl.Int64,
    "bookings": pl.Int64,
    "decided_by": pl.String,
    "decided_at": pl.String,
    "looked_claim_id": pl.Int64,
}


def newest_claim(cursor: CursorWrapper) -> int:
    """The newest claim there is: an undecided line is looked at again as soon as there are newer ones."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM claims_claim")
    return int(cursor.fetchone()[0])


_DECIDED: Final = (
    "creditor_id",
    "state",
    "reason",
    "confidence",
    "proposals",
    "case_id",
    "claim_ids",
    "splits",
    "entry_id",
    "bookings",
    "decided_by",
    "decided_at",
    "looked_claim_id",
)


def rewrite_lines(cursor: CursorWrapper, outcomes: Sequence[Outcome], booked: Booked, *, actor: str, now: datetime) -> None:
    """Store what became of lines that were there already, in one statement."""
    looked = newest_claim(cursor)
    rows = [(*_row(outcome, booked, actor=actor, now=now), looked) for outcome in outcomes]
    cursor.execute("CREATE TEMP TABLE lines_again (LIKE payments_bankline) ON COMMIT DROP")
    copy_frame(cursor, "lines_again", frame_of(rows, _SCHEMA))
    fp("statement.before_lines")
    cursor.execute(
        f"UPDATE payments_bankline l SET {', '.join(f'{name} = a.{name}' for name in _DECIDED)},"  # noqa: S608  (names of this file)
        " carried_entry_id = coalesce(l.carried_entry_id, a.carried_entry_id) FROM lines_again a WHERE a.id = l.id"
    )
    fp("statement.after_lines")
    cursor.execute("DROP TABLE lines_again")
