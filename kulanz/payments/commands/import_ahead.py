"""A long camt file is taken in while it is still being read, in one transaction all the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.commands.imported import Imported, StatementResult, statement_result
from kulanz.payments.commands.take import NewLine, Shown, lines_known, mark_gaps, statement_row, take_lines
from kulanz.payments.commands.work_off import Taken, lock_imports, owners_of, work_off
from kulanz.payments.models import BankStatement, StatementFile
from kulanz.payments.readers import ParsedStatement
from kulanz.payments.readers.ahead import Finished, HandedOver, Message, ReadingBroke, Unreferenced, reading_ahead
from kulanz.payments.readers.detect import is_camt

LONG_BYTES: Final = 8 * 1024 * 1024
"""From this size on (some 8,000 entries) a process that reads pays: it takes a tenth of a second to begin."""


class HasToBeWhole(Exception):
    """Something is the matter with the file; nothing is taken before all of it was read."""


def is_long(data: bytes, name: str) -> bool:
    """Is this a file to be read ahead? One with fewer references of the bank than entries is not: it would have to be read again."""
    return len(data) >= LONG_BYTES and is_camt(data, name) and data.count(b"AcctSvcrRef>") >= data.count(b"Ntry>")


def import_ahead(file: BinaryIO, name: str, sha256: str, *, actor: str, now: datetime, day: date) -> Imported:
    """Do what `import_statement` does, in one transaction of its own, with a file that `is_long`.

    Only the end of a file tells whether it can be taken: whether it is complete, and opening and entries make up the closing balance.
    Raises `HasToBeWhole` if it cannot, or not for sure; nothing is left behind then. Whoever reads the whole file first knows what to say.
    """
    taking = _Taking(StatementFile(name=name[:255], sha256=sha256, created_at=now, created_by=actor))
    try:
        with reading_ahead(file, name) as messages, transaction.atomic(), connection.cursor() as cursor:
            fp("statement.before_lock")
            lock_imports(cursor)
            taken = work_off(cursor, taking.batches(cursor, messages), actor=actor, now=now, day=day, apart=True)
            mark_gaps(statement.account for statement, _ in taking.statements)
            results = taking.results(taken)
            fp("statement.before_commit")
    except ReadingBroke as error:
        raise HasToBeWhole from error
    fp("statement.after_commit")
    return Imported(name, taking.file.format, results, ())


class _Taking:
    """Statements as they come. ``statements`` are those read to their end, each with its row if it was not known."""

    def __init__(self, file: StatementFile) -> None:
        self.file = file
        self.statements: list[tuple[ParsedStatement, int | None]] = []
        self._current: BankStatement | None = None
        self._stored = 0
        self._owners: dict[str, tuple[int, ...]] = {}

    def batches(self, cursor: CursorWrapper, messages: Iterator[Message]) -> Iterator[Sequence[NewLine]]:
        """The lines nobody has seen before, as they come; at the end lines of older statements that only these tell apart."""
        fresh: list[tuple[Shown, int]] = []
        for message in messages:
            if isinstance(message, HandedOver):
                yield self._new(cursor, message)
            elif isinstance(message, Finished):
                row_id = self._finish(message)
                if row_id is not None:
                    fresh.append((Shown(message.statement, (), message.identity), row_id))
            elif isinstance(message, Unreferenced) or message.problems:
                raise HasToBeWhole
        self._note_problems()
        if fresh:
            yield take_lines(cursor, fresh, self._owners)

    def results(self, taken: Taken) -> tuple[StatementResult, ...]:
        names = dict(Creditor.objects.filter(id__in={i for ids in self._owners.values() for i in ids}).values_list("id", "key"))
        return tuple(
            statement_result(statement, ", ".join(names[i] for i in self._owners[statement.account]), taken.get(row_id or 0, Counter()))
            for statement, row_id in self.statements
        )

    def _new(self, cursor: CursorWrapper, handed: HandedOver) -> Sequence[NewLine]:
        """Each number of a row key that is not stored yet is a payment; those of this file count in vain, since they have lower numbers.

        A statement is stored with its first new line.
        """
        self.file.format = handed.format[:20]
        known = lines_known(cursor, set(handed.keys))
        new = [
            (line, f"{key}:{number}")
            for line, key, number in zip(handed.lines, handed.keys, handed.numbers, strict=True)
            if number > known.get(key, 0)
        ]
        if not new:
            return ()
        owners = self._owners_of(handed.account)
        if self._current is None:
            # What else there is to say about it, its identity above all, only its end tells.
            self._current = BankStatement(account_iban=handed.account)
            self._store(self._current)
        return [NewLine(self._current.id, handed.account, owners, line, key) for line, key in new]

    def _finish(self, message: Finished) -> int | None:
        """Store what is known of the statement now; returns its row if it is a new one."""
        current, self._current = self._current, None
        known = BankStatement.objects.filter(identity=message.identity).exists()
        if message.statement.refused or (known and current is not None):
            raise HasToBeWhole
        row = statement_row(self.file, message.statement, message.identity, self._owners_of(message.statement.account))
        row.id = current.id if current is not None else None
        if not known:
            self._store(row)
        self.file.problems += [problem.reason for problem in message.statement.problems]
        self.statements.append((message.statement, row.id))
        return row.id

    def _store(self, row: BankStatement) -> None:
        if self.file.id is None:
            fp("statement.before_file")
            self.file.save()
            fp("statement.after_file")
        row.file = self.file
        row.identity = row.identity or f"{self.file.id}.{self._stored}"
        fp("statement.before_statements")
        row.save()
        fp("statement.after_statements")
        self._stored += 1

    def _note_problems(self) -> None:
        """What is no reason to refuse the file is noted with it."""
        if self.file.id is not None and self.file.problems:
            fp("statement.before_notes")
            self.file.save(update_fields=["problems"])
            fp("statement.after_notes")

    def _owners_of(self, account: str) -> tuple[int, ...]:
        if account not in self._owners:
            self._owners[account] = owners_of({account}).get(account, ())
        return self._owners[account]
