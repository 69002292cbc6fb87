"""Files for the bank: numbered per creditor, kept as they are, marked when somebody has fetched them."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.models import OrderFile, OrderKind
from kulanz.payments.writers import Written

_LETTERS = {OrderKind.DEBIT: "L", OrderKind.REFUND: "E"}


def next_message_id(creditor_id: int, kind: OrderKind, day: date) -> str:
    """The number of the next file of a creditor: kind, creditor, day, and which of the day. Asked under the creditor's lock."""
    number = OrderFile.objects.filter(creditor_id=creditor_id, kind=kind, day=day).count() + 1
    return f"KLZ{_LETTERS[kind]}{creditor_id}-{day:%Y%m%d}-{number}"


def keep_order(
    written: Written, creditor: Creditor, kind: OrderKind, message_id: str, *, day: date, now: datetime, actor: str
) -> OrderFile:
    """Store a file exactly as it will be uploaded."""
    fp("order.before_file")
    file = OrderFile.objects.create(
        creditor=creditor,
        kind=kind,
        message_id=message_id,
        schema=written.schema,
        account_iban=creditor.iban,
        day=day,
        count=written.count,
        sum_cents=written.sum_cents,
        content=written.content,
        sha256=written.sha256,
        created_at=now,
        created_by=actor,
    )
    fp("order.after_file")
    return file


def mark_downloaded(file: OrderFile, *, actor: str, now: datetime) -> None:
    """Note who fetched a file first, so that a second person sees that it may be at the bank already."""
    fp("order.before_download")
    OrderFile.objects.filter(id=file.id, downloaded_at=None).update(downloaded_at=now, downloaded_by=actor)
    fp("order.after_download")
