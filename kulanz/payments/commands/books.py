"""Every bank line of a creditor stands in its books: bank against suspense on import, suspense against a case when it is assigned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection

from kulanz.failpoints import fp
from kulanz.frames import draw_ids, frame_of
from kulanz.ledger.commands import ENTRY_SCHEMA, POSTING_SCHEMA, Line, NewEntry, post, post_frames, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine


def carrying_key(line_id: int) -> str:
    """The idempotency key of the entry that carries a line."""
    return f"bankline:{line_id}:carried"


def carry(outcomes: Sequence[Outcome], *, now: datetime) -> dict[int, int]:
    """Carry new lines in the books of their creditor, by COPY; returns the entry of each line that has one.

    Lines of unknown accounts have no books until they are assigned.
    """
    owned = [outcome for outcome in outcomes if outcome.creditor_id is not None and outcome.new.line.amount_cents]
    if not owned:
        return {}
    accounts = _accounts({(outcome.creditor_id or 0, outcome.new.line.currency) for outcome in owned})
    with connection.cursor() as cursor:
        ids = draw_ids(cursor, "ledger_entry", len(owned))
    entries: list[tuple[object, ...]] = []
    postings: list[tuple[object, ...]] = []
    for entry_id, outcome in zip(ids, owned, strict=True):
        line, creditor_id = outcome.new.line, outcome.creditor_id or 0
        bank, suspense = accounts[creditor_id, line.currency]
        source, key = f"Bankumsatz {outcome.line_id}", carrying_key(outcome.line_id)
        entries.append((entry_id, creditor_id, line.booked_on, EntryKind.PAYMENT_UNMATCHED.value, source, key, "{}", None, None))
        postings.append((entry_id, bank, creditor_id, Component.CASH.value, line.amount_cents))
        postings.append((entry_id, suspense, creditor_id, Component.CASH.value, -line.amount_cents))
    fp("statement.before_carry")
    post_frames(
        frame_of(entries, ENTRY_SCHEMA),
        frame_of(postings, POSTING_SCHEMA),
        now=now,
    )
    fp("statement.after_carry")
    return {outcome.line_id: entry_id for entry_id, outcome in zip(ids, owned, strict=True)}


def carry_one(line: BankLine, creditor_id: int, *, now: datetime) -> None:
    """Carry a line whose creditor has only now become known."""
    bank, suspense = _accounts([(creditor_id, line.currency)])[creditor_id, line.currency]
    lines = (Line(bank, Component.CASH, line.amount_cents), Line(suspense, Component.CASH, -line.amount_cents))
    entry = NewEntry(creditor_id, line.booked_on, EntryKind.PAYMENT_UNMATCHED, f"Bankumsatz {line.id}", carrying_key(line.id), lines)
    line.carried_entry_id = post([entry], now=now)[0]


def _accounts(wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], tuple[int, int]]:
    return {
        (creditor_id, currency): (
            tenant_account(creditor_id, AccountKind.BANK, currency),
            tenant_account(creditor_id, AccountKind.SUSPENSE, currency),
        )
        for creditor_id, currency in wanted
    }
