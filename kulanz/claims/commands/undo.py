"""Taking back what a person booked, by a counter-entry. The ledger keeps both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.commands.case import close_if_settled, record_event, touch
from kulanz.claims.errors import CannotBeUndone
from kulanz.claims.models import Claim
from kulanz.claims.story import BROUGHT_IN
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.replay import FactKind

UNDOABLE: Final = {
    EntryKind.WAIVER: "Verzicht",
    EntryKind.CREDIT_NOTE: "Gutschrift",
    EntryKind.WRITE_OFF: "Ausbuchung",
    EntryKind.CHARGE: "Kosten",
}
"""What a person may take back here; payments are taken back where money is matched."""


def undo_booking(case_id: int, entry_id: int, *, reason: str, actor: str, day: date, now: datetime) -> int:
    """Book the mirror of an entry, effective on its own day, so that the account stands as if it had never been; returns its id.

    Everything after it is shared out anew. Twice does it once. Raises `CannotBeUndone` for what is not there to be undone.
    """
    case = touch([case_id])[case_id]
    accounts = Claim.objects.filter(case_id=case_id).values("account_id")
    entry = Entry.objects.filter(id=entry_id, postings__account_id__in=accounts).distinct().first()
    if entry is None or entry.kind not in UNDOABLE or entry.idempotency_key.startswith(BROUGHT_IN):
        raise CannotBeUndone
    word = UNDOABLE[EntryKind(entry.kind)]
    known = Entry.objects.filter(reverses_id=entry.id).values_list("id", flat=True).first()
    if known is not None:
        return known
    fact = NewFact(
        case_id,
        FactKind.CHARGEBACK,
        entry.occurred_on,
        f"undo:{entry.id}",
        f"{word} zurückgenommen: {reason}",
        payment_entry_id=entry.id,
        entry_kind=EntryKind.REVERSAL,
    )
    (undone,) = book([fact], now=now)
    record_event(
        case, "booking_undone", f"{word} zurückgenommen: {reason}", actor=actor, now=now, data={"entry": undone, "undoes": entry.id}
    )
    close_if_settled(case, day=day, now=now)
    return undone
