"""Storing statements and their lines so that nothing is stored twice and nothing is lost. Runs under the import lock."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple, TypeAlias, cast

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.frames import copy_frame, frame_of, text_array
from kulanz.payments.models import BankLine, BankStatement, StatementFile
from kulanz.payments.readers.shape import ParsedStatement, StatementLine
from kulanz.payments.rules.identity import Part, payments_shown, row_key, statement_identity

_StatementRow: TypeAlias = tuple[int, str, str, str, int | None, int | None, date | None, date | None]

IMPORT_LOCK: Final = 0x6B756C616E7A  # "kulanz": one statement file at a time, so that counting equal rows is safe


@dataclass(frozen=True, slots=True)
class Shown:
    """A statement of the file with the key of each of its lines, and its row in the database once it is there."""

    statement: ParsedStatement
    keys: tuple[str, ...]
    identity: str


class NewLine(NamedTuple):
    """A line that was not known before: which statement shows it, its content, its key with its number among equals."""

    statement_id: int
    account: str
    creditor_ids: tuple[int, ...]
    line: StatementLine
    key: str


def shown(statement: ParsedStatement) -> Shown:
    """Compute the keys of a statement's lines and its identity."""
    keys = tuple(row_key(statement.account, line) for line in statement.lines)
    return Shown(statement, keys, statement_identity(statement, keys))


def take_lines(cursor: CursorWrapper, fresh: Sequence[tuple[Shown, int]], owners: Mapping[str, tuple[int, ...]]) -> list[NewLine]:
    """The lines of new statements, each given with its row, that nobody has seen before, in their order; and lines of older ones that only
    these tell apart."""
    _store_sightings(cursor, fresh)
    wanted = _payments_proven(cursor, fresh)
    existing = lines_known(cursor, wanted)
    return _new_lines(fresh, wanted, existing, owners)


def store_statements(file: StatementFile, items: Sequence[Shown], owners: Mapping[str, tuple[int, ...]]) -> dict[str, int]:
    """Insert statements with a new identity; returns their ids by identity.

    ``owners`` gives the creditors of each account; a statement of an account with exactly one belongs to it.
    """
    distinct = {item.identity: item for item in items}
    known = set(BankStatement.objects.filter(identity__in=distinct).values_list("identity", flat=True))
    fp("statement.before_statements")
    rows = BankStatement.objects.bulk_create(
        statement_row(file, item.statement, identity, owners.get(item.statement.account, ()))
        for identity, item in distinct.items()
        if identity not in known
    )
    fp("statement.after_statements")
    return {row.identity: row.id for row in rows}


def statement_row(file: StatementFile, statement: ParsedStatement, identity: str, creditors: Sequence[int]) -> BankStatement:
    """A statement as it is stored; ``creditors`` are those of its account."""
    return BankStatement(
        file=file,
        creditor_id=creditors[0] if len(creditors) == 1 else None,
        account_iban=statement.account,
        identity=identity,
        line_number=statement.line,
        intraday=statement.intraday,
        number=statement.number,
        sequence=statement.sequence,
        currency=statement.currency,
        opening_cents=None if statement.intraday else statement.opening_cents,
        closing_cents=None if statement.intraday else statement.closing_cents,
        from_on=statement.from_on,
        to_on=statement.to_on,
    )


def _distinct(fresh: Iterable[tuple[Shown, int]]) -> list[tuple[Shown, int]]:
    """A statement that stands in the file twice counts once."""
    return list({statement_id: (item, statement_id) for item, statement_id in fresh}.values())


def _store_sightings(cursor: CursorWrapper, fresh: Sequence[tuple[Shown, int]]) -> None:
    rows = []
    for item, statement_id in _distinct(fresh):
        days = {key: line.booked_on for key, line in zip(item.keys, item.statement.lines, strict=True) if not line.bank_ref}
        counts = Counter(key for key in item.keys if key in days)
        rows += [(statement_id, key, days[key], count) for key, count in counts.items()]
    schema = {"statement_id": pl.Int64, "row_key": pl.String, "booked_on": pl.Date, "count": pl.Int64}
    fp("statement.before_sightings")
    copy_frame(cursor, "payments_sighting", frame_of(rows, schema))
    fp("statement.after_sightings")


def _payments_proven(cursor: CursorWrapper, fresh: Sequence[tuple[Shown, int]]) -> dict[str, int]:
    """How many payments all statements together prove for each row key this file touches."""
    distinct = _distinct(fresh)
    wanted: dict[str, int] = {}
    for item, _ in distinct:
        referenced = Counter(key for key, line in zip(item.keys, item.statement.lines, strict=True) if line.bank_ref)
        for key, count in referenced.items():
            wanted[key] = max(count, wanted.get(key, 0))
    cursor.execute(_SIGHTED, [[statement_id for _, statement_id in distinct]] * 2)
    seen: dict[str, list[tuple[int, int, str, date]]] = defaultdict(list)
    for key, statement_id, count, account, booked_on in cursor.fetchall():
        seen[key].append((statement_id, count, account, booked_on))
    several = {key: rows for key, rows in seen.items() if len(rows) > 1}
    wanted |= {key: rows[0][1] for key, rows in seen.items() if len(rows) == 1}
    if several:
        parts = _parts_of_days(cursor, {(account, day) for rows in several.values() for _, _, account, day in rows})
        for key, rows in several.items():
            counts = {statement_id: count for statement_id, count, _, _ in rows}
            _, _, account, day = rows[0]
            wanted[key] = payments_shown([_part(row, counts) for row in parts[account, day]])
    return wanted


# Rows of the new statements, and rows of older ones that a new statement may turn out to connect.
_SIGHTED: Final = """
    SELECT g.row_key, g.statement_id, g.count, s.account_iban, g.booked_on
    FROM payments_sighting g JOIN payments_bankstatement s ON s.id = g.statement_id
    WHERE g.row_key IN (
      SELECT row_key FROM payments_sighting WHERE statement_id = ANY(%s)
      UNION SELECT o.row_key FROM payments_bankstatement n JOIN payments_bankstatement t
          ON t.account_iban = n.account_iban AND t.from_on <= n.to_on AND t.to_on >= n.from_on
        JOIN payments_sighting o ON o.statement_id = t.id AND o.booked_on BETWEEN n.from_on AND n.to_on
        WHERE n.id = ANY(%s) AND n.number <> '' AND t.number <> '')
    ORDER BY g.row_key, g.statement_id"""


def _parts_of_days(cursor: CursorWrapper, days: set[tuple[str, date]]) -> dict[tuple[str, date], list[_StatementRow]]:
    """All statements of each account that touch a day."""
    accounts, dates = zip(*sorted(days), strict=True)
    cursor.execute(
        "SELECT d.account, d.day, s.id, s.identity, s.number, s.sequence, s.opening_cents, s.closing_cents, s.from_on, s.to_on"
        " FROM unnest(%s::text[], %s::date[]) AS d(account, day) JOIN payments_bankstatement s ON s.account_iban = d.account"
        " AND (d.day BETWEEN s.from_on AND s.to_on"
        "  OR EXISTS (SELECT FROM payments_sighting g WHERE g.statement_id = s.id AND g.booked_on = d.day))",
        [list(accounts), list(dates)],
    )
    found: dict[tuple[str, date], list[_StatementRow]] = defaultdict(list)
    for account, day, *row in cursor.fetchall():
        found[account, day].append(cast(_StatementRow, tuple(row)))
    return found


def _part(row: _StatementRow, counts: Mapping[int, int]) -> Part:
    statement_id, identity, number, sequence, opening, closing, from_on, to_on = row
    return Part(identity, number, sequence, opening, closing, from_on, to_on, counts.get(statement_id, 0))


def lines_known(cursor: CursorWrapper, row_keys: Iterable[str]) -> dict[str, int]:
    """How many lines there are already for each row key: a range look-up in the unique index of ``key``."""
    cursor.execute(
        "SELECT w.row_key, count(l.id) FROM unnest(%s::text[]) AS w(row_key)"
        " JOIN payments_bankline l ON l.key >= w.row_key || ':' AND l.key < w.row_key || ';' GROUP BY 1",
        [text_array(list(row_keys))],
    )
    return dict(cursor.fetchall())


def _new_lines(
    fresh: Sequence[tuple[Shown, int]],
    wanted: Mapping[str, int],
    existing: Mapping[str, int],
    owners: Mapping[str, tuple[int, ...]],
) -> list[NewLine]:
    missing = {key: count - existing.get(key, 0) for key, count in wanted.items() if count > existing.get(key, 0)}
    new: list[NewLine] = []
    for item, statement_id in _distinct(fresh):
        account = item.statement.account
        seen: Counter[str] = Counter()
        for key, line in zip(item.keys, item.statement.lines, strict=True):
            if missing.get(key, 0) > 0:
                number = wanted[key] - missing[key] + 1
                seen[key] += 1
                if line.bank_ref and seen[key] < number:
                    continue  # one reference for several payments: those that stand first are those that were shown before
                missing[key] -= 1
                new.append(NewLine(statement_id, account, owners.get(account, ()), line, f"{key}:{number}"))
    left = {key: count for key, count in missing.items() if count > 0}
    return new + (_connected(left, wanted, owners) if left else [])


def _connected(left: Mapping[str, int], wanted: Mapping[str, int], owners: Mapping[str, tuple[int, ...]]) -> list[NewLine]:
    """Lines that only now turn out to be payments of their own, because a new statement connects two older ones that show the same row."""
    new = []
    for twin in BankLine.objects.filter(key__in=[f"{key}:1" for key in left]):
        key = twin.key.removesuffix(":1")
        line = StatementLine(
            booked_on=twin.booked_on,
            value_on=twin.value_on,
            amount_cents=twin.amount_cents,
            currency=twin.currency,
            purpose=twin.purpose,
            counterparty_name=twin.counterparty_name,
            counterparty_iban=twin.counterparty_iban,
            end_to_end_id=twin.end_to_end_id,
            line=twin.line_number,
            on_behalf_of=twin.on_behalf_of,
        )
        creditors = owners.get(twin.account_iban, ())
        for number in range(wanted[key] - left[key] + 1, wanted[key] + 1):
            new.append(NewLine(twin.statement_id, twin.account_iban, creditors, line, f"{key}:{number}"))
    return new


def mark_gaps(accounts: Iterable[str]) -> None:
    """Mark each statement that does not open with the balance the one before it closed with. Any file can open or close a gap.

    Statements that overlap the one before them prove nothing about a gap and are not marked.
    """
    with connection.cursor() as cursor:
        fp("statement.before_gaps")
        cursor.execute(
            "UPDATE payments_bankstatement s SET gap = g.gap FROM ("
            " SELECT id, coalesce(opening_cents <> lag(closing_cents) OVER w AND lag(to_on) OVER w <= from_on, false) AS gap"
            "  FROM payments_bankstatement"
            "  WHERE account_iban = ANY(%s) AND opening_cents IS NOT NULL AND closing_cents IS NOT NULL"
            "  WINDOW w AS (PARTITION BY account_iban, currency ORDER BY from_on, to_on,"
            "   CASE WHEN number ~ '^[0-9]{1,15}$' THEN number::bigint END,"
            "   CASE WHEN sequence ~ '^[0-9]{1,15}$' THEN sequence::bigint END, id)"
            ") g WHERE g.id = s.id AND s.gap IS DISTINCT FROM g.gap",
            [sorted(set(accounts))],
        )
        fp("statement.after_gaps")
