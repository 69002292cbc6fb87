"""A long camt file is taken in while it is still being read, in one transaction all the same."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, Final

import structlog
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.frames import draw_ids
from kulanz.payments.commands.imported import Imported, StatementResult, statement_result
from kulanz.payments.commands.take import NewLine, Shown, lines_known, mark_gaps, statement_row, take_lines
from kulanz.payments.commands.work_off import Taken, lock_imports, owners_of, work_off
from kulanz.payments.models import BankStatement, StatementFile
from kulanz.payments.readers import ParsedStatement
from kulanz.payments.readers.ahead import Finished, HandedOver, Message, ReadingBroke, Unreferenced, reading_ahead
from kulanz.payments.readers.detect import is_camt

log = structlog.get_logger()

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
            batches = taking.batches(messages)
            taken = work_off(cursor, batches, actor=actor, now=now, day=day, apart=True, before_each=taking.store)
            work_off(cursor, [taking.end(cursor)], actor=actor, now=now, day=day, apart=False)
            mark_gaps(statement.account for statement, _ in taking.statements)
            results = taking.results(taken)
            fp("statement.before_commit")
    except ReadingBroke as error:
        log.warning("statement_reading_broke", how=str(error))
        raise HasToBeWhole from error
    fp("statement.after_commit")
    return Imported(name, taking.file.format, results, ())


class _Taking:
    """Statements as they come. ``statements`` are those read to their end, each with its row if it was not known.

    `batches` runs in the thread that judges, which sees nothing of this file in the database; the caller stores what it finds.
    """

    def __init__(self, file: StatementFile) -> None:
        self.file = file
        self.statements: list[tuple[ParsedStatement, int | None]] = []
        self._current: BankStatement | None = None
        self._found: deque[BankStatement] = deque()
        self._stored: set[int] = set()
        self._fresh: dict[str, tuple[Shown, int]] = {}
        self._owners: dict[str, tuple[int, ...]] = {}

    def batches(self, messages: Iterator[Message]) -> Iterator[Sequence[NewLine]]:
        """The lines nobody has seen before, as they come."""
        for message in messages:
            if isinstance(message, HandedOver):
                yield self._new(message)
            elif isinstance(message, Finished):
                self._finish(message)
            elif isinstance(message, Unreferenced) or message.problems:
                raise HasToBeWhole

    def store(self) -> None:
        """Store the statements found so far, with what is known of them so far."""
        while self._found:
            row = self._found.popleft()
            if not self._stored:
                fp("statement.before_file")
                self.file.save()
                fp("statement.after_file")
            row.file = self.file
            fp("statement.before_statements")
            row.save(force_insert=row.id not in self._stored, force_update=row.id in self._stored)
            fp("statement.after_statements")
            self._stored.add(row.id)

    def end(self, cursor: CursorWrapper) -> Sequence[NewLine]:
        """When all is read: store the rest, and return lines of older statements that only these statements tell apart."""
        self.store()
        if not self._stored:
            return ()
        if self.file.problems:  # no reason to refuse the file
            fp("statement.before_notes")
            self.file.save(update_fields=["problems"])
            fp("statement.after_notes")
        return take_lines(cursor, list(self._fresh.values()), self._owners)

    def results(self, taken: Taken) -> tuple[StatementResult, ...]:
        names = dict(Creditor.objects.filter(id__in={i for ids in self._owners.values() for i in ids}).values_list("id", "key"))
        return tuple(
            statement_result(statement, ", ".join(names[i] for i in self._owners[statement.account]), taken.get(row_id or 0, Counter()))
            for statement, row_id in self.statements
        )

    def _new(self, handed: HandedOver) -> Sequence[NewLine]:
        """Each number of a row key that is not stored yet is a payment. A statement is stored with its first new line."""
        self.file.format = handed.format[:20]
        with connection.cursor() as cursor:
            known = lines_known(cursor, set(handed.keys))
            new = [
                (line, f"{key}:{number}")
                for line, key, number in zip(handed.lines, handed.keys, handed.numbers, strict=True)
                if number > known.get(key, 0)
            ]
            if new and self._current is None:
                (row_id,) = draw_ids(cursor, "payments_bankstatement", 1)
                # What else there is to say about it, its identity above all, only its end tells.
                self._current = BankStatement(id=row_id, account_iban=handed.account, identity=f"being read {row_id}")
                self._found.append(self._current)
        owners = self._owners_of(handed.account)
        return [NewLine(self._current.id, handed.account, owners, line, key) for line, key in new] if self._current else ()

    def _finish(self, message: Finished) -> None:
        """Store what is known of the statement now, if it is a new one."""
        current, self._current = self._current, None
        known = message.identity in self._fresh or BankStatement.objects.filter(identity=message.identity).exists()
        if message.statement.refused or (known and current is not None):
            raise HasToBeWhole
        row_id = None
        if not known:
            row = statement_row(self.file, message.statement, message.identity, self._owners_of(message.statement.account))
            with connection.cursor() as cursor:
                row.id = row_id = current.id if current is not None else draw_ids(cursor, "payments_bankstatement", 1)[0]
            self._found.append(row)
            self._fresh[message.identity] = (Shown(message.statement, (), message.identity), row_id)
        self.file.problems += [problem.reason for problem in message.statement.problems]
        self.statements.append((message.statement, row_id))

    def _owners_of(self, account: str) -> tuple[int, ...]:
        if account not in self._owners:
            self._owners[account] = owners_of({account}).get(account, ())
        return self._owners[account]
