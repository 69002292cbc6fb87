"""A long file is judged ahead: while one piece of it is being booked, a second connection finds out whose the lines of the next one are."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction

from kulanz.frames import draw_ids
from kulanz.payments.commands.judge_lines import Ready, make_ready
from kulanz.payments.commands.take import NewLine

BY_INDEX: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off"
)
"""A few thousand lines against tables of millions: every look-up has its index. The planner, which sees the temporary tables for the first
time, would now and then read a whole table instead, or compile a statement that is over in milliseconds."""

PIECE_LINES: Final = 5_000
"""Lines worked off at a time."""

_FIRST_LINES: Final = 500
"""Lines of a short first piece."""

_AHEAD: Final = 1
"""Pieces judged and not yet booked: more would only cost memory."""

_TURN_S: Final = 0.00002
"""Both sides mostly wait for the database. One whose answer has come should not wait for the other's arithmetic as long as Python's usual
turn lasts (5 ms)."""

Piece = Sequence[tuple[int, NewLine]]
"""Lines with their ids."""


def in_pieces(batches: Iterable[Sequence[NewLine]], *, short_first: bool) -> Iterator[Piece]:
    """Lines that come in batches of any size, with their ids, in pieces to be worked off.

    With ``short_first`` the first piece is short, because nothing can be booked while it is judged; each next one is twice as long.
    """
    held: list[NewLine] = []
    size = min(_FIRST_LINES, PIECE_LINES) if short_first else PIECE_LINES
    for batch in batches:
        held += batch
        while len(held) >= size:
            piece, held = held[:size], held[size:]
            yield _numbered(piece)
            size = min(2 * size, PIECE_LINES)
    if held:
        yield _numbered(held)


def _numbered(lines: Sequence[NewLine]) -> Piece:
    with connection.cursor() as cursor:
        return list(zip(draw_ids(cursor, "payments_bankline", len(lines)), lines, strict=True))


def fills_pieces(lines: Sequence[NewLine]) -> bool:
    """Are there so many that judging them apart pays?"""
    return len(lines) > PIECE_LINES


@contextmanager
def judged(pieces: Iterable[Piece], *, actor: str, now: datetime, day: date, apart: bool) -> Iterator[Iterator[Ready]]:
    """What becomes of the lines, piece by piece, in order.

    With ``apart``, the pieces are fetched and judged by a thread with a connection of its own, one piece ahead of the caller. It sees the
    database as it was before the file, just as the lines of one piece do not see each other. What only this connection sees (an outer
    transaction) must not be judged apart. An error of the thread is raised here; at the end of the block thread and connection are gone.
    """
    if not apart:
        yield (_judge(piece, actor, now, day) for piece in pieces)
        return
    turn = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_S)
    judge = ThreadPoolExecutor(max_workers=1, thread_name_prefix="judge")
    waiting: deque[Future[Ready | None]] = deque()
    try:
        yield _ahead(judge, waiting, iter(pieces), actor, now, day)
    finally:
        for piece in waiting:
            piece.cancel()
        try:
            judge.submit(_leave).result()
        finally:
            judge.shutdown()
            sys.setswitchinterval(turn)  # nobody else's: `IMPORT_LOCK` lets one import at a time come here


def _judge(piece: Piece, actor: str, now: datetime, day: date) -> Ready:
    with connection.cursor() as cursor:
        return make_ready(cursor, [line_id for line_id, _ in piece], [line for _, line in piece], actor=actor, now=now, day=day)


def _judge_apart(pieces: Iterator[Piece], actor: str, now: datetime, day: date) -> Ready | None:
    """In the thread: fetch the next piece and judge it; None if there is none. Its `connection` is another one than the caller's, opened
    when first used. The pieces share it, since a new session has to learn all tables anew."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_INDEX)
        piece = next(pieces, None)
        return None if piece is None else _judge(piece, actor, now, day)


def _leave() -> None:
    """In the thread: end its session."""
    connection.close()


def _ahead(
    judge: ThreadPoolExecutor, waiting: deque[Future[Ready | None]], pieces: Iterator[Piece], actor: str, now: datetime, day: date
) -> Iterator[Ready]:
    def fetch() -> Ready | None:
        while len(waiting) <= _AHEAD:
            waiting.append(judge.submit(_judge_apart, pieces, actor, now, day))
        return waiting.popleft().result()

    return iter(fetch, None)
