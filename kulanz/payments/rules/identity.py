"""When are two rows of bank files the same payment, and when are they two?

A row with the bank's own reference is that reference on its booking day. A row without one is its content on its booking day, and equal
rows are told apart by counting: a file that shows the same row twice reports two payments. Across files the larger count holds (the files
overlap), unless statements are provably parts of one sequence: numbered, one after the other, the second opening with the balance
the first closed with. Then their counts add up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from kulanz.payments.readers.shape import ParsedStatement, StatementLine
from kulanz.payments.rules.text import compact


def row_key(account: str, line: StatementLine) -> str:
    """What makes two rows candidates for being the same payment: 32 hex digits, stable across formats of one bank."""
    common = (account, line.booked_on.isoformat(), str(line.amount_cents), line.currency)
    parts: tuple[str, ...]
    if line.bank_ref:
        parts = ("ref", *common, compact(line.bank_ref))
    else:
        texts = (line.purpose, line.counterparty_name, line.counterparty_iban, line.end_to_end_id)
        parts = ("row", *common, *(compact(text) for text in texts))
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def statement_identity(statement: ParsedStatement, row_keys: Iterable[str]) -> str:
    """The same statement in another file has the same identity; it adds nothing."""
    parts = (
        statement.account,
        statement.number,
        statement.sequence,
        statement.currency,
        str(statement.intraday),
        str(statement.opening_cents),
        str(statement.closing_cents),
        *sorted(row_keys),
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Part:
    """A statement that touches a day, and how often it shows the row in question there."""

    identity: str
    number: str
    sequence: str
    opening_cents: int | None
    closing_cents: int | None
    from_on: date | None
    to_on: date | None
    count: int

    @property
    def position(self) -> tuple[int, int] | None:
        """Its place in the bank's own numbering; None if it has none that can be trusted."""
        if self.opening_cents is None or self.closing_cents is None or not self.number.isdigit():
            return None
        return int(self.number), int(self.sequence) if self.sequence.isdigit() else 0


def payments_shown(parts: Sequence[Part]) -> int:
    """How many payments the statements together prove for one row: the best chain of connected statements.

    Order and repetition of ``parts`` do not matter; adding a statement never lowers the result.
    """
    distinct = {part.identity: part for part in parts}.values()
    numbered = sorted(
        ((part.position, part.identity, part) for part in distinct if part.position is not None), key=lambda item: (item[0], item[1])
    )
    best: list[int] = []
    for index, (position, _, part) in enumerate(numbered):
        before = [
            best[earlier]
            for earlier, (earlier_position, _, other) in enumerate(numbered[:index])
            if earlier_position < position and other.closing_cents == part.opening_cents and _in_order(other, part)
        ]
        best.append(part.count + max(before, default=0))
    alone = [part.count for part in distinct if part.position is None]
    return max(best + alone, default=0)


def _in_order(earlier: Part, later: Part) -> bool:
    """A statement of an earlier year may carry a lower number and the same balance by chance; then the days give it away."""
    return earlier.to_on is None or later.from_on is None or earlier.from_on is None or earlier.from_on <= later.from_on


def paid_on(booked_on: date, value_on: date | None) -> date:
    """The day a payment counts: the earlier of booking and value day, so that nobody owes interest for the bank's time."""
    return booked_on if value_on is None else min(booked_on, value_on)
