"""A long camt file is read ahead: a process of its own reads on while the entries before are judged and booked.

It gets the file and nothing else, neither settings nor database, and hands lines over as soon as they have been read. That goes for files
in which the bank gives each line a reference: it alone tells them apart. A line without one needs its whole statement (`rules.identity`).
"""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from queue import SimpleQueue
from typing import BinaryIO, Final, NamedTuple, TypeAlias, cast

from kulanz.payments.readers.balances import checked
from kulanz.payments.readers.camt import CHUNK_BYTES, Reading
from kulanz.payments.readers.shape import ParsedFile, ParsedStatement, Problem, StatementLine, Totals
from kulanz.payments.rules.identity import row_key, statement_identity

_FIRST_LINES: Final = 500
_MOST_LINES: Final = 2_000
"""Lines handed over at a time: few at first, so that work can begin; twice as many each time, since every hand-over costs."""

_NICE: Final = 10
"""Judging and booking come first: what has not been read yet is needed last."""

_KEPT: Final = ("LANG", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""What of the environment the process needs. Passwords are not among it."""


class HandedOver(NamedTuple):
    """Lines of the statement being read that no earlier statement of the file has shown.

    ``keys`` are their row keys, ``numbers`` say the how-manieth of its key in this statement each one is.
    """

    format: str
    account: str
    lines: list[StatementLine]
    keys: list[str]
    numbers: list[int]


class Finished(NamedTuple):
    """A statement is read; it is without its lines, which came before."""

    statement: ParsedStatement
    identity: str


class Unreferenced(NamedTuple):
    """A line has no reference of the bank: the file has to be read as a whole. Nothing comes after this."""

    line: int


Message: TypeAlias = HandedOver | Finished | Unreferenced | ParsedFile
"""What comes while a file is read. A `ParsedFile` is the last: it has the problems of the file as a whole, and no statements."""


class ReadingBroke(Exception):
    """The process that reads ended before the file did."""


@contextmanager
def reading_ahead(file: BinaryIO, name: str) -> Iterator[Iterator[Message]]:
    """Read a camt file without what `camt.forbidden` finds, from where it stands. At the end of the block the process is gone.

    Raises `ReadingBroke` if it ends too early.
    """
    environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", f"from {__name__} import hand_over; hand_over()"]
    process = subprocess.Popen(command, env=environment, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with process:
        try:
            yield _messages(process, name)
        finally:
            process.kill()


def _messages(process: subprocess.Popen[bytes], name: str) -> Iterator[Message]:
    """What the process hands over. It does not know the name of the file, which everybody could see among its arguments."""
    output = cast(BinaryIO, process.stdout)
    while True:
        try:
            message = _Messages(output).load()
        except (EOFError, pickle.UnpicklingError) as error:
            raise ReadingBroke(f"exit {process.wait()}") from error
        if not isinstance(message, Message):
            raise ReadingBroke("no message")
        if isinstance(message, Finished):
            problems = tuple(replace(problem, file=name) for problem in message.statement.problems)
            message = message._replace(statement=replace(message.statement, problems=problems))
        yield message
        if isinstance(message, ParsedFile | Unreferenced):
            return


class _Messages(pickle.Unpickler):
    """Takes messages and what they consist of, nothing else. The process reads what strangers wrote; whatever it may be brought to say, it
    cannot have this one call anything."""

    def find_class(self, module: str, name: str) -> type:
        known = _PARTS.get((module, name))
        if known is None:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a message")
        return known


_PARTS: Final[dict[tuple[str, str], type]] = {
    (part.__module__, part.__qualname__): part
    for part in (HandedOver, Finished, Unreferenced, ParsedFile, ParsedStatement, Problem, StatementLine, Totals, date)
}


def hand_over() -> None:
    """The process: read standard input, write messages to standard output.

    Reading never waits for the taker: what it has not fetched yet is kept packed, an eighth of the file at most.
    """
    gc.disable()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    waiting: SimpleQueue[bytes] = SimpleQueue()
    writer = threading.Thread(target=_write, args=(waiting,))
    writer.start()
    try:
        for message in messages(iter(partial(sys.stdin.buffer.read, CHUNK_BYTES), b""), ""):
            waiting.put(pickle.dumps(message, pickle.HIGHEST_PROTOCOL))
    finally:
        waiting.put(b"")
        writer.join()


def _write(waiting: SimpleQueue[bytes]) -> None:
    while packed := waiting.get():
        sys.stdout.buffer.write(packed)
        sys.stdout.buffer.flush()


def messages(chunks: Iterable[bytes], name: str) -> Iterator[Message]:
    """Read a camt file (see `reading_ahead`) and hand over what has been read so far."""
    reading, ahead, finished = Reading(name), _Ahead(), 0
    for _ in reading.steps(chunks):
        draft = reading.draft
        ends = len(reading.statements) > finished
        if ends:
            account, lines = reading.statements[-1].account, reading.statements[-1].lines
        elif draft is not None and len(draft.lines) >= ahead.size:
            account, lines, draft.lines = draft.account or "", tuple(draft.lines), []
            draft.handed_over = draft.handed_over.with_lines(lines)
        else:
            continue
        lost = next((line for line in lines if not line.bank_ref), None)
        if lost is not None:
            yield Unreferenced(lost.line)
            return
        yield ahead.hand_over(reading.format, account, lines)
        if ends:
            finished += 1
            statement = reading.statements[-1]
            reading.statements[-1] = replace(statement, lines=(), handed_over=statement.totals)
            yield ahead.finish(checked(reading.statements[-1], name))
    parsed = reading.finish()
    yield ParsedFile(parsed.name, parsed.format, (), parsed.problems)


class _Ahead:
    """What has to be remembered of lines that are gone: how often the statement, and the statements before it, have shown each row key."""

    def __init__(self) -> None:
        self.size = _FIRST_LINES
        self._before: dict[str, int] = {}
        self._shown: Counter[str] = Counter()

    def hand_over(self, file_format: str, account: str, lines: Iterable[StatementLine]) -> HandedOver:
        self.size = min(2 * self.size, _MOST_LINES)
        handed = HandedOver(file_format, account, [], [], [])
        for line in lines:
            key = row_key(account, line)
            self._shown[key] = number = self._shown[key] + 1
            if number > self._before.get(key, 0):
                handed.lines.append(line)
                handed.keys.append(key)
                handed.numbers.append(number)
        return handed

    def finish(self, statement: ParsedStatement) -> Finished:
        finished = Finished(statement, statement_identity(statement, self._shown.elements()))
        self._before |= {key: number for key, number in self._shown.items() if number > self._before.get(key, 0)}
        self._shown = Counter()
        return finished
