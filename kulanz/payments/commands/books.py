"""Every bank line of a creditor stands in its books: bank against suspense on import, suspense against a case when it is assigned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.failpoints import fp
from kulanz.frames import draw_ids
from kulanz.ledger.commands import ENTRY_SCHEMA, Line, NewEntry, post, post_frames, tenant_account
from kulanz.ledger.models import AccountKind, Component, EntryKind
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine


def carrying_key(line_id: int) -> str:
    """The idempotency key of the entry that carries a line."""
    return f"bankline:{line_id}:carried"


@dataclass(frozen=True, slots=True)
class Carried:
    """Entries that carry lines, ready to be booked: by line, as `post_frames` takes them, and `entry_id`, `tenant_id`, `currency`,
    `amount_cents` of each, from which its postings are made once the accounts are known."""

    by_line: Mapping[int, int]
    entries: pl.DataFrame
    amounts: pl.DataFrame


def carrying(cursor: CursorWrapper, outcomes: Sequence[Outcome]) -> Carried:
    """Draw up the entries that carry new lines in the books of their creditor. Nothing is booked.

    Lines of unknown accounts have no books until they are assigned.
    """
    owned = [outcome for outcome in outcomes if outcome.creditor_id is not None and outcome.new.line.amount_cents]
    ids = draw_ids(cursor, "ledger_entry", len(owned))
    line_ids = [outcome.line_id for outcome in owned]
    amounts = pl.DataFrame(
        [
            pl.Series("entry_id", ids, dtype=pl.Int64),
            pl.Series("tenant_id", [outcome.creditor_id for outcome in owned], dtype=pl.Int64),
            pl.Series("currency", [outcome.new.line.currency for outcome in owned], dtype=pl.String),
            pl.Series("amount_cents", [outcome.new.line.amount_cents for outcome in owned], dtype=pl.Int64),
        ]
    )
    columns: dict[str, pl.Expr | pl.Series] = {
        "id": pl.col("entry_id"),
        "tenant_id": pl.col("tenant_id"),
        "occurred_on": pl.Series([outcome.new.line.booked_on for outcome in owned], dtype=pl.Date),
        "kind": pl.lit(EntryKind.PAYMENT_UNMATCHED.value),
        "source": pl.Series([f"Bankumsatz {line_id}" for line_id in line_ids], dtype=pl.String),
        "idempotency_key": pl.Series([carrying_key(line_id) for line_id in line_ids], dtype=pl.String),
        "asked": pl.lit("{}"),
        "reverses_id": pl.lit(None),
        "corrects_id": pl.lit(None),
    }
    entries = amounts.select(columns[name].cast(kind).alias(name) for name, kind in ENTRY_SCHEMA.items())
    return Carried(dict(zip(line_ids, ids, strict=True)), entries, amounts)


def carry(carried: Carried, *, now: datetime) -> None:
    """Book the entries that carry new lines: bank against suspense."""
    if carried.entries.is_empty():
        return
    own = carried.amounts.select("tenant_id", "currency").unique(maintain_order=True)
    bank, suspense = zip(*_accounts(own.iter_rows()).values(), strict=True)
    accounts = own.with_columns(pl.Series("bank", bank, dtype=pl.Int64), pl.Series("suspense", suspense, dtype=pl.Int64))
    amounts = carried.amounts.join(accounts, on=["tenant_id", "currency"], maintain_order="left")
    sides = [
        amounts.select("entry_id", "tenant_id", account_id=account, component=pl.lit(Component.CASH.value), amount_cents=cents)
        for account, cents in (("bank", pl.col("amount_cents")), ("suspense", -pl.col("amount_cents")))
    ]
    fp("statement.before_carry")
    post_frames(carried.entries, pl.concat(sides).sort("entry_id", maintain_order=True), now=now)
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
