"""Lines that belonged to nobody are asked again when new claims have come in: the money may have been here before its invoice."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.payments.commands.judge_lines import book_ready, make_ready
from kulanz.payments.commands.maybe_paid import freeze, thaw
from kulanz.payments.commands.states import newest_claim, rewrite_lines
from kulanz.payments.commands.take import IMPORT_LOCK, NewLine
from kulanz.payments.models import LineState
from kulanz.payments.readers.shape import StatementLine

PIECE_LINES: Final = 2_000
DAYS_BACK: Final = 400
"""Money older than this waits for a person: the books of its year are closed."""

ACTOR: Final = "kulanz"

# Incoming lines nobody has decided, last looked at before the newest claim was there. What a person has taken back stays with people.
_UNDECIDED: Final = """
    SELECT l.id, l.statement_id, l.account_iban, o.creditors, l.carried_entry_id, l.key, l.proposals::text,
      l.booked_on, l.value_on, l.amount_cents, l.currency, l.purpose, l.counterparty_name, l.counterparty_iban, l.end_to_end_id, l.bank_ref,
      l.line_number, l.on_behalf_of
    FROM payments_bankline l JOIN (
      SELECT iban, array_agg(id ORDER BY id) AS creditors FROM claims_creditor WHERE iban <> '' GROUP BY iban) o ON o.iban = l.account_iban
    WHERE l.state IN ('proposed', 'unmatched') AND l.amount_cents > 0 AND l.bookings = 0 AND l.decided_by = ''
      AND l.looked_claim_id < %s AND l.booked_on >= %s
    ORDER BY l.id LIMIT %s FOR UPDATE OF l"""


def look_again(day: date, now: datetime) -> int:
    """Ask once more whose the undecided lines are if claims have come in since; returns how many lines were looked at.

    What is sure now is booked, where it is a question contact is frozen: before the daily run decides whom to write to. Piece by piece,
    each in a transaction of its own; lines that were looked at are not looked at again until there are newer claims.
    """
    looked = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
            fp("look_again.before_piece")
            count = _piece(cursor, day, now)
        looked += count
        if count < PIECE_LINES:
            return looked


def _piece(cursor: CursorWrapper, day: date, now: datetime) -> int:
    cursor.execute(_UNDECIDED, [newest_claim(cursor), day - timedelta(days=DAYS_BACK), PIECE_LINES])
    rows = cursor.fetchall()
    if not rows:
        return 0
    lines, carried, asked = [], set(), set()
    for line_id, statement_id, account, creditors, carried_id, key, proposals, *content in rows:
        lines.append(NewLine(statement_id, account, tuple(creditors), _content(*content), key))
        asked |= {int(proposal["case"]) for proposal in json.loads(proposals)}
        if carried_id is not None:
            carried.add(line_id)
    ready = make_ready(cursor, [row[0] for row in rows], lines, actor=ACTOR, now=now, day=day, carried=carried)
    rewrite_lines(cursor, ready.lines, book_ready(ready, actor=ACTOR, now=now, day=day))
    thaw([*asked, *(payment.case_id for payment in ready.payments)], because="Der Bankumsatz ist zugeordnet.", actor=ACTOR, now=now)
    freeze([outcome for outcome in ready.outcomes if outcome.state == LineState.PROPOSED], day=day, now=now)
    return len(rows)


def _content(
    booked_on: date,
    value_on: date | None,
    amount_cents: int,
    currency: str,
    purpose: str,
    name: str,
    iban: str,
    end_to_end_id: str,
    bank_ref: str,
    line: int,
    on_behalf_of: str,
) -> StatementLine:
    return StatementLine(booked_on, value_on, amount_cents, currency, purpose, name, iban, end_to_end_id, bank_ref, line, on_behalf_of)
