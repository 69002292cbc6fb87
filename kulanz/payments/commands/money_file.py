"""One door for files about money: a provider's settlement file goes to its comparison, everything else is a bank statement."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from kulanz.payments.commands.checkouts.settlement_file import SettlementTaken, take_settlement_file
from kulanz.payments.commands.import_statement import import_statement
from kulanz.payments.commands.imported import Imported, StatementResult
from kulanz.payments.readers.settlement_csv import SettlementFile, read_settlement

_NAMES: Final = {"stripe": "Stripe", "paypal": "PayPal"}


def take_money_file(
    data: bytes, name: str, *, creditor_ids: Collection[int] | None = None, endpoint_id: str = "", actor: str, now: datetime, day: date
) -> Imported:
    """Take a file in, whatever it is; the result reads the same for both kinds. Runs as the installation, not inside `viewing`.

    ``creditor_ids`` and ``endpoint_id`` narrow down whose settlement file it may be.
    """
    settlement = read_settlement(data, name)
    if settlement is None:
        return import_statement(data, name, actor=actor, now=now, day=day)
    taken = take_settlement_file(settlement, endpoint_id=endpoint_id, creditor_ids=creditor_ids, day=day, now=now)
    return Imported(name, f"Abrechnung {_NAMES[taken.provider]}", (_as_statement(settlement, taken),), ())


def _as_statement(file: SettlementFile, taken: SettlementTaken) -> StatementResult:
    """The rows counted like the movements of a statement: matched ones are booked or fit what is booked, the others are open."""
    open_rows = taken.rows - taken.matched
    return StatementResult(
        account=taken.endpoint or file.provider.upper(),
        creditor=taken.creditor,
        number="",
        sequence="",
        currency=file.rows[0].currency if file.rows else "EUR",
        entries=taken.rows,
        pending=0,
        lines=taken.rows,
        sum_cents=taken.net_cents,
        opening_cents=None,
        closing_cents=None,
        new=taken.new,
        known=taken.known,
        booked=taken.matched,
        proposed=0,
        unmatched=open_rows,
        refused=not taken.endpoint,
        problems=taken.problems,
    )
