"""Storing the new lines together with what became of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring as _quoted
from typing import Any, Final, NamedTuple

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.frames import copy_frame, id_list
from kulanz.payments.commands.take import NewLine
from kulanz.payments.models import LineState
from kulanz.payments.readers.shape import StatementLine
from kulanz.payments.rules.match import Candidate, Match, Split


class Outcome(NamedTuple):
    """A new line and what was decided about it. ``stored_proposals`` is what `in_json` makes of the proposals."""

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
    """Proposals as they are stored with the line: a JSON list, each with its ids, the numbers a person knows, how sure, and why.

    Written as `json.dumps` would, without its machinery for a handful of values a line.
    """
    return f"[{', '.join([_proposal(match, candidate) for match, candidate in proposals])}]"


def _proposal(match: Match, candidate: Candidate) -> str:
    named = [claim.number for claim_id in match.claim_ids for claim in candidate.claims if claim.claim_id == claim_id]
    numbers = ", ".join(map(_quoted, named or [claim.number for claim in candidate.claims]))
    return (
        f'{{"case": {match.case_id}, "reference": {_quoted(candidate.reference)}, "claims": {id_list(match.claim_ids)},'
        f' "numbers": [{numbers}], "confidence": {match.confidence}, "reason": {_quoted(match.reason)}}}'
    )


@dataclass(frozen=True, slots=True)
class Booked:
    """What was booked for the new lines: the payment entries by line, and the shares of those for several cases."""

    entries: Mapping[int, int]
    splits: Mapping[int, Sequence[Mapping[str, Any]]]


def line_frame(outcomes: Sequence[Outcome], carried: Mapping[int, int], *, looked: int, actor: str, now: datetime) -> pl.DataFrame:
    """The lines with what was decided about them, as they are stored, but for what only the booking adds (`_with_booking`).

    ``carried`` are the entries that carry the lines, ``looked`` the newest claim there was when they were judged.
    """
    seen = dict(zip(StatementLine._fields, zip(*(outcome.new.line for outcome in outcomes), strict=True), strict=True))
    booked = [outcome.state == LineState.BOOKED for outcome in outcomes]
    columns: dict[str, Sequence[object]] = {
        **{_CALLED.get(name, name): values for name, values in seen.items()},
        "id": [outcome.line_id for outcome in outcomes],
        "statement_id": [outcome.new.statement_id for outcome in outcomes],
        "creditor_id": [outcome.creditor_id for outcome in outcomes],
        "account_iban": [outcome.new.account for outcome in outcomes],
        "key": [outcome.new.key for outcome in outcomes],
        "state": [outcome.state.value for outcome in outcomes],
        "reason": [outcome.reason[:200] for outcome in outcomes],
        "confidence": [outcome.confidence for outcome in outcomes],
        "proposals": [outcome.stored_proposals for outcome in outcomes],
        "case_id": [outcome.match.case_id if outcome.match and sure else None for outcome, sure in zip(outcomes, booked, strict=True)],
        "claim_ids": [id_list(outcome.match.claim_ids) if outcome.match else "[]" for outcome in outcomes],
        "carried_entry_id": [carried.get(outcome.line_id) for outcome in outcomes],
        "bookings": [int(sure) for sure in booked],
        "decided_by": [actor if sure else "" for sure in booked],
        "decided_at": [now.isoformat() if sure else None for sure in booked],
    }
    frame = pl.DataFrame([pl.Series(name, columns[name], dtype=kind) for name, kind in _SCHEMA.items()])
    return frame.with_columns(looked_claim_id=pl.lit(looked, pl.Int64))


def _with_booking(lines: pl.DataFrame, booked: Booked) -> pl.DataFrame:
    """Add what the booking brought."""
    ids = lines["id"].to_list()
    splits = [json.dumps(booked.splits[line_id], ensure_ascii=False) if line_id in booked.splits else "[]" for line_id in ids]
    return lines.with_columns(pl.Series("splits", splits), pl.Series("entry_id", [booked.entries.get(n) for n in ids], dtype=pl.Int64))


def store_lines(cursor: CursorWrapper, lines: pl.DataFrame, booked: Booked) -> None:
    """Store new lines (of `line_frame`) with what became of them, by COPY."""
    fp("statement.before_lines")
    copy_frame(cursor, "payments_bankline", _with_booking(lines, booked))
    fp("statement.after_lines")


_CALLED: Final = {"line": "line_number"}
"""Fields of `StatementLine` whose column has another name."""

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
    "carried_entry_id": pl.Int64,
    "bookings": pl.Int64,
    "decided_by": pl.String,
    "decided_at": pl.String,
}


def newest_claim(cursor: CursorWrapper) -> int:
    """The newest claim there is: an undecided line is looked at again as soon as there are newer ones."""
    cursor.execute("SELECT coalesce(max(id), 0) FROM claims_claim")
    return int(cursor.fetchone()[0])


def rewrite_lines(cursor: CursorWrapper, lines: pl.DataFrame, booked: Booked) -> None:
    """Store what became of lines that were there already (of `line_frame`), in one statement."""
    cursor.execute("CREATE TEMP TABLE lines_again (LIKE payments_bankline) ON COMMIT DROP")
    copy_frame(cursor, "lines_again", _with_booking(lines, booked))
    fp("statement.before_lines")
    cursor.execute(
        "UPDATE payments_bankline l SET creditor_id = a.creditor_id, state = a.state, reason = a.reason, confidence = a.confidence,"
        " proposals = a.proposals, case_id = a.case_id, claim_ids = a.claim_ids, splits = a.splits, entry_id = a.entry_id,"
        " bookings = a.bookings, decided_by = a.decided_by, decided_at = a.decided_at, looked_claim_id = a.looked_claim_id,"
        " carried_entry_id = coalesce(l.carried_entry_id, a.carried_entry_id) FROM lines_again a WHERE a.id = l.id"
    )
    fp("statement.after_lines")
    cursor.execute("DROP TABLE lines_again")
