"""The new lines of a bank file, worked off piece by piece: booked, stored with what became of them, frozen where it is a question."""

from __future__ import annotations

import gc
import weakref
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TypeAlias

from django.db.backends.utils import CursorWrapper

from kulanz.claims.models import Creditor
from kulanz.payments.commands.judge_ahead import BY_INDEX, in_pieces, judged
from kulanz.payments.commands.judge_lines import Ready, book_ready
from kulanz.payments.commands.maybe_paid import freeze, thaw
from kulanz.payments.commands.own_lines import book_own_lines
from kulanz.payments.commands.remit.lines import book_orders
from kulanz.payments.commands.returned_lines import book_returns
from kulanz.payments.commands.states import store_lines
from kulanz.payments.commands.take import IMPORT_LOCK, NewLine
from kulanz.payments.models import LineState

Taken: TypeAlias = dict[int, Counter[LineState]]
"""The new lines of each statement (by its row) counted by what became of them."""


def lock_imports(cursor: CursorWrapper) -> None:
    """One file at a time until the transaction ends, and look-ups by index."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
    cursor.execute(BY_INDEX)


def owners_of(accounts: set[str]) -> dict[str, tuple[int, ...]]:
    """The creditors behind each account. Several may share one (an agency's account): then only a match tells whose a line is."""
    owners: dict[str, list[int]] = defaultdict(list)
    for creditor_id, iban in Creditor.objects.filter(iban__in=accounts).order_by("id").values_list("id", "iban"):
        owners[iban].append(creditor_id)
    return {iban: tuple(creditor_ids) for iban, creditor_ids in owners.items()}


def work_off(
    cursor: CursorWrapper,
    batches: Iterable[Sequence[NewLine]],
    *,
    actor: str,
    now: datetime,
    day: date,
    apart: bool,
    before_each: Callable[[], None] = lambda: None,
) -> Taken:
    """Decide what becomes of new lines, book what is safe and store them, in pieces, so that memory does not grow with the file.

    ``apart``: see `judged`; then ``batches`` are fetched by the thread that judges. ``before_each`` piece is the time to write the rows
    that its lines point to.
    """
    taken: Taken = defaultdict(Counter)
    with judged(in_pieces(batches, short_first=apart), actor=actor, now=now, day=day, apart=apart) as pieces:
        for ready in pieces:
            before_each()
            _work_off(cursor, ready, actor=actor, now=now, day=day)
            for outcome in ready.outcomes:
                taken[outcome.new.statement_id][outcome.state] += 1
            piece = weakref.ref(ready)
            del ready, outcome
            if piece() is not None:
                # An error caught deep in a library holds every frame above it, and with it the piece.
                gc.collect(1)
    return taken


def _work_off(cursor: CursorWrapper, ready: Ready, *, actor: str, now: datetime, day: date) -> None:
    outcomes = ready.outcomes
    booked = book_ready(ready, actor=actor, now=now, day=day)
    store_lines(cursor, ready.lines, booked)
    thaw([payment.case_id for payment in ready.payments], because="Die Zahlung ist gebucht.", actor=actor, now=now)
    freeze([outcome for outcome in outcomes if outcome.state == LineState.PROPOSED], day=day, now=now)
    book_orders(outcomes, now=now, day=day)
    book_own_lines(outcomes, now=now, day=day)
    book_returns(outcomes, now=now, day=day)
