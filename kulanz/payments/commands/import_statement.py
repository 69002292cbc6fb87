"""Taking in one bank file: read, store what is new, find whose it is, book what is safe, freeze what may be: one transaction."""

from __future__ import annotations

import gc
import hashlib
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.db import connection, transaction

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.commands.import_ahead import HasToBeWhole, import_ahead, is_long
from kulanz.payments.commands.imported import Imported, statement_result
from kulanz.payments.commands.judge_ahead import fills_pieces
from kulanz.payments.commands.take import Shown, mark_gaps, shown, store_statements, take_lines
from kulanz.payments.commands.work_off import Taken, lock_imports, owners_of, work_off
from kulanz.payments.models import StatementFile
from kulanz.payments.readers import ParsedFile, read_statements


def import_statement(data: bytes, name: str, *, actor: str, now: datetime, day: date) -> Imported:
    """Take in a bank file. All of it that can be read is booked in one transaction; what cannot is named and leaves nothing behind.

    The same file again, overlapping files and parts of files in any order book every payment once. ``day`` is the legal day of ``now``.
    Runs as the installation, not inside `viewing`: a file may hold accounts of several creditors, and what is known must be seen in full.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    with _without_collector():
        if is_long(data, name) and not connection.in_atomic_block:
            with tempfile.TemporaryFile() as file:
                file.write(data)
                file.seek(0)
                del data  # as big as all that is read from it
                try:
                    return import_ahead(file, name, sha256, actor=actor, now=now, day=day)
                except HasToBeWhole:
                    file.seek(0)
                    data = file.read()
        parsed = read_statements(data, name)
        del data
        gc.freeze()
        return _import(parsed, sha256, actor=actor, now=now, day=day)


@contextmanager
def _without_collector() -> Iterator[None]:
    """A long statement is some million small objects without cycles; looking through all of them again and again costs a tenth.

    `work_off` sees to it that no piece outlives its booking.
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
    apart = not connection.in_atomic_block
    stored: Mapping[str, int] = {}
    taken: Taken = {}
    with transaction.atomic():
        fp("statement.before_lock")
        owners = owners_of({item.statement.account for item in accepted})
        if accepted:
            stored, taken = _take(parsed, accepted, owners, sha256, actor=actor, now=now, day=day, apart=apart)
        result = _result(parsed, items, stored, taken, owners)
        fp("statement.before_commit")
    fp("statement.after_commit")
    return result


def _take(
    parsed: ParsedFile,
    accepted: Sequence[Shown],
    owners: Mapping[str, tuple[int, ...]],
    sha256: str,
    *,
    actor: str,
    now: datetime,
    day: date,
    apart: bool,
) -> tuple[Mapping[str, int], Taken]:
    """Store what is new and decide what becomes of it; returns the rows of new statements by identity, and what became of their lines.

    A file that brings nothing new leaves no trace at all.
    """
    with connection.cursor() as cursor:
        lock_imports(cursor)
        savepoint = transaction.savepoint()
        fp("statement.before_file")
        problems = [problem.reason for problem in parsed.all_problems]
        file = StatementFile.objects.create(
            name=parsed.name[:255], sha256=sha256, format=parsed.format[:20], created_at=now, created_by=actor, problems=problems
        )
        fp("statement.after_file")
        stored = store_statements(file, accepted, owners)
        lines = take_lines(cursor, [(item, stored[item.identity]) for item in accepted if item.identity in stored], owners)
        if not stored:
            transaction.savepoint_rollback(savepoint)
            return {}, {}
        transaction.savepoint_commit(savepoint)
        mark_gaps(item.statement.account for item in accepted)
        return stored, work_off(cursor, [lines], actor=actor, now=now, day=day, apart=apart and fills_pieces(lines))


def _result(
    parsed: ParsedFile,
    items: Sequence[Shown | None],
    stored: Mapping[str, int],
    taken: Taken,
    owners: Mapping[str, tuple[int, ...]],
) -> Imported:
    """Count per statement of the file; a new line counts where the file shows it first."""
    names = dict(Creditor.objects.filter(id__in={i for ids in owners.values() for i in ids}).values_list("id", "key"))
    counted: set[str] = set()
    results = []
    for statement, item in zip(parsed.statements, items, strict=True):
        creditor = ", ".join(names[i] for i in owners.get(statement.account, ()))
        row = stored.get(item.identity) if item and item.identity not in counted else None
        results.append(statement_result(statement, creditor, taken.get(row, Counter()) if row else Counter()))
        counted |= {item.identity} if item else set()
    return Imported(parsed.name, parsed.format, tuple(results), parsed.problems)
