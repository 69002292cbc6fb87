"""Every bank line of a creditor stands in its books: bank against suspense on import, suspense against a case when it is assigned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import polars as pl
from django.db import connection

from kulanz.failpoints import fp
from kulanz.ledger.commands import Line, NewEntry, post, post_bulk, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine


def carrying_key(line_id: int) -> str:
    """The idempotency key of the entry that carries a line."""
    return f"bankline:{line_id}:carried"


def carry(outcomes: Sequence[Outcome], *, now: datetime) -> None:
    """Carry new lines in the books of their creditor, by COPY. Lines of unknown accounts have no books until they are assigned."""
    owned = [outcome for outcome in outcomes if outcome.creditor_id is not None and outcome.new.line.amount_cents]
    if not owned:
        return
    accounts = _accounts({(outcome.creditor_id or 0, outcome.new.line.currency) for outcome in owned})
    entries, postings = [], []
    for outcome in owned:
        line, key, creditor_id = outcome.new.line, carrying_key(outcome.line_id), outcome.creditor_id or 0
        bank, suspense = accounts[creditor_id, line.currency]
        entries.append((key, creditor_id, line.booked_on, EntryKind.PAYMENT_UNMATCHED.value, f"Bankumsatz {outcome.line_id}"))
        postings += [(key, bank, Component.CASH.value, line.amount_cents), (key, suspense, Component.CASH.value, -line.amount_cents)]
    fp("statement.before_carry")
    post_bulk(
        pl.DataFrame(
            entries,
            schema={"idempotency_key": pl.String, "tenant_id": pl.Int64, "occurred_on": pl.Date, "kind": pl.String, "source": pl.String},
            orient="row",
        ),
        pl.DataFrame(
            postings,
            schema={"idempotency_key": pl.String, "account_id": pl.Int64, "component": pl.String, "amount_cents": pl.Int64},
            orient="row",
        ),
        now=now,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_bankline l SET carried_entry_id = e.id FROM unnest(%s::bigint[], %s::text[]) AS o(line_id, key)"
            " JOIN ledger_entry e ON e.idempotency_key = o.key WHERE l.id = o.line_id",
            [[outcome.line_id for outcome in owned], [carrying_key(outcome.line_id) for outcome in owned]],
        )
    fp("statement.after_carry")


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
