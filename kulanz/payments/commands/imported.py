"""What became of a bank file, counted per statement."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from kulanz.payments.models import LineState
from kulanz.payments.readers import ParsedStatement, Problem


@dataclass(frozen=True, slots=True)
class StatementResult:
    """What one statement of the file brought.

    ``new`` + ``known`` = ``lines`` and ``booked`` + ``unmatched`` = ``new``; ``proposed`` are those unmatched lines that have proposals.
    """

    account: str
    creditor: str
    number: str
    sequence: str
    currency: str
    entries: int
    pending: int
    lines: int
    sum_cents: int
    opening_cents: int | None
    closing_cents: int | None
    new: int
    known: int
    booked: int
    proposed: int
    unmatched: int
    refused: bool
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What one file brought. ``problems`` concern the file as a whole, each statement has its own."""

    file: str
    format: str
    statements: tuple[StatementResult, ...]
    problems: tuple[Problem, ...]

    @property
    def new(self) -> int:
        return sum(statement.new for statement in self.statements)


def statement_result(statement: ParsedStatement, creditor: str, taken: Counter[LineState]) -> StatementResult:
    """Count what a statement brought; ``taken`` are the states of its new lines."""
    new = sum(taken.values())
    return StatementResult(
        account=statement.account,
        creditor=creditor,
        number=statement.number,
        sequence=statement.sequence,
        currency=statement.currency,
        entries=statement.entries,
        pending=statement.pending,
        lines=statement.count,
        sum_cents=statement.sum_cents,
        opening_cents=statement.opening_cents,
        closing_cents=statement.closing_cents,
        new=new,
        known=0 if statement.refused else statement.count - new,
        booked=taken[LineState.BOOKED],
        proposed=taken[LineState.PROPOSED],
        unmatched=new - taken[LineState.BOOKED],
        refused=statement.refused,
        problems=statement.problems,
    )
