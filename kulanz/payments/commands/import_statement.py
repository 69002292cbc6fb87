"""Taking in one bank file: read, store what is new, find whose it is, book what is safe, freeze what may be: one transaction."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.frames import draw_ids
from kulanz.payments.commands.judge_ahead import BY_INDEX, judged
from kulanz.payments.commands.judge_lines import Ready, book_ready
from kulanz.payments.commands.maybe_paid import freeze, thaw
from kulanz.payments.commands.own_lines import book_own_lines
from kulanz.payments.commands.remit.lines import book_orders
from kulanz.payments.commands.returned_lines import book_returns
from kulanz.payments.commands.states import store_lines
from kulanz.payments.commands.take import IMPORT_LOCK, Shown, mark_gaps, shown, take_statements
from kulanz.payments.models import LineState, StatementFile
from kulanz.payments.readers import ParsedFile, ParsedStatement, Problem, read_statements


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


def import_statement(data: bytes, name: str, *, actor: str, now: datetime, day: date) -> Imported:
    """Take in a bank file. All of it that can be read is booked in one transaction; what cannot is named and leaves nothing behind.

    The same file again, overlapping files and parts of files in any order book every payment once. ``day`` is the legal day of ``now``.
    Runs as the installation, not inside `viewing`: a file may hold accounts of several creditors, and what is known must be seen in full.
    """
    with _without_collector():
        parsed, sha256 = read_statements(data, name), hashlib.sha256(data).hexdigest()
        del data  # as big as all that was read from it
        gc.freeze()
        return _import(parsed, sha256, actor=actor, now=now, day=day)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A long statement is some million small objects without cycles; looking through all of them again and again costs a tenth.

    What piles up beside them is collected after each piece.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if collecting:
            gc.enable()


def _import(parsed: ParsedFile, sha256: str, *, actor: str, now: datetime, day: date) -> Imported:
    items = [None if statement.refused else shown(statement) for statement in parsed.statements]
    accepted = [item for item in items if item is not None]
    taken: list[tuple[str, LineState]] = []
    apart = not connection.in_atomic_block
    with transaction.atomic():
        fp("statement.before_lock")
        owners = _owners({item.statement.account for item in accepted})
        if accepted:
            taken = _take(parsed, accepted, owners, sha256, actor=actor, now=now, day=day, apart=apart)
        result = _result(parsed, items, taken, owners)
        fp("statement.before_commit")
    fp("statement.after_commit")
    return result


def _owners(accounts: set[str]) -> dict[str, tuple[int, ...]]:
    """The creditors behind each account. Several may share one (an agency's account): then only a match tells whose a line is."""
    owners: dict[str, list[int]] = defaultdict(list)
    for creditor_id, iban in Creditor.objects.filter(iban__in=accounts).order_by("id").values_list("id", "iban"):
        owners[iban].append(creditor_id)
    return {iban: tuple(creditor_ids) for iban, creditor_ids in owners.items()}


def _take(
    parsed: ParsedFile,
    accepted: Sequence[Shown],
    owners: dict[str, tuple[int, ...]],
    sha256: str,
    *,
    actor: str,
    now: datetime,
    day: date,
    apart: bool,
) -> list[tuple[str, LineState]]:
    """Store what is new and decide what becomes of it; returns key and state of each new line.

    A file that brings nothing new leaves no trace at all. A long one is worked off in pieces, so that memory does not grow with it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        cursor.execute(BY_INDEX)
        savepoint = transaction.savepoint()
        fp("statement.before_file")
        problems = [problem.reason for problem in parsed.all_problems]
        file = StatementFile.objects.create(
            name=parsed.name[:255], sha256=sha256, format=parsed.format[:20], created_at=now, created_by=actor, problems=problems
        )
        fp("statement.after_file")
        lines = take_statements(cursor, file, accepted, owners)
        if not lines and not file.statements.exists():
            transaction.savepoint_rollback(savepoint)
            return []
        transaction.savepoint_commit(savepoint)
        mark_gaps(item.statement.account for item in accepted)
        taken: list[tuple[str, LineState]] = []
        numbered = list(zip(draw_ids(cursor, "payments_bankline", len(lines)), lines, strict=True))
        with judged(numbered, actor=actor, now=now, day=day, apart=apart) as pieces:
            for ready in pieces:
                _work_off(cursor, ready, actor=actor, now=now, day=day)
                taken += [(outcome.new.key, outcome.state) for outcome in ready.outcomes]
                # An error caught deep in a library holds every frame above it, and with it the piece. The frozen file is not looked at.
                gc.collect(1)
    return taken


def _work_off(cursor: CursorWrapper, ready: Ready, *, actor: str, now: datetime, day: date) -> None:
    """Book what is safe, store the lines with what became of them, freeze where it is a question."""
    outcomes = ready.outcomes
    booked = book_ready(ready, actor=actor, now=now, day=day)
    store_lines(cursor, ready.lines, booked)
    thaw([payment.case_id for payment in ready.payments], because="Die Zahlung ist gebucht.", actor=actor, now=now)
    freeze([outcome for outcome in outcomes if outcome.state == LineState.PROPOSED], day=day, now=now)
    book_orders(outcomes, now=now, day=day)
    book_own_lines(outcomes, now=now, day=day)
    book_returns(outcomes, now=now, day=day)


def _result(
    parsed: ParsedFile, items: Sequence[Shown | None], new: Sequence[tuple[str, LineState]], owners: dict[str, tuple[int, ...]]
) -> Imported:
    """Count per statement of the file; a new line counts where the file shows it first."""
    names = dict(Creditor.objects.filter(id__in={i for ids in owners.values() for i in ids}).values_list("id", "key"))
    by_row: dict[str, list[LineState]] = defaultdict(list)
    for key, state in new:
        by_row[key.rpartition(":")[0]].append(state)
    results = []
    for statement, item in zip(parsed.statements, items, strict=True):
        taken: Counter[LineState] = Counter()
        for key in item.keys if item else ():
            if by_row.get(key):
                taken[by_row[key].pop(0)] += 1
        creditor = ", ".join(names[i] for i in owners.get(statement.account, ()))
        results.append(_statement_result(statement, creditor, taken))
    return Imported(parsed.name, parsed.format, tuple(results), parsed.problems)


def _statement_result(statement: ParsedStatement, creditor: str, taken: Counter[LineState]) -> StatementResult:
    new = sum(taken.values())
    return StatementResult(
        account=statement.account,
        creditor=creditor,
        number=statement.number,
        sequence=statement.sequence,
        currency=statement.currency,
        entries=statement.entries,
        pending=statement.pending,
        lines=len(statement.lines),
        sum_cents=statement.sum_cents,
        opening_cents=statement.opening_cents,
        closing_cents=statement.closing_cents,
        new=new,
        known=0 if statement.refused else len(statement.lines) - new,
        booked=taken[LineState.BOOKED],
        proposed=taken[LineState.PROPOSED],
        unmatched=new - taken[LineState.BOOKED],
        refused=statement.refused,
        problems=statement.problems,
    )
