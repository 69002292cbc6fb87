"""The bank's lines about collections: each booked by its end-to-end id, or many at once as one batch credit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection as Many
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from kulanz.claims.commands import lift_holds, touch
from kulanz.claims.models import Hold, HoldReason
from kulanz.failpoints import fp
from kulanz.ledger.models import EntryKind
from kulanz.payments.commands.books import carry_one
from kulanz.payments.commands.settle import Payment, settle_each
from kulanz.payments.models import UNDER_WAY, BankLine, Collection, CollectionState, LineState, OrderFile, OrderKind
from kulanz.payments.rules.identity import paid_on

BATCH_REASON = "Sammelgutschrift eigener Lastschriften"


def expected(end_to_end_ids: Many[str]) -> dict[str, int]:
    """The cases of collections the bank has been asked for, by end-to-end id: a line with such an id is theirs, whoever it names."""
    wanted = Collection.objects.filter(end_to_end_id__in=set(end_to_end_ids), state=CollectionState.SUBMITTED)
    return dict(wanted.values_list("end_to_end_id", "case_id"))


def collected(line_ids: Many[int], *, now: datetime) -> int:
    """Mark the collections whose money these booked lines brought, and end the waiting of their cases; returns how many.

    In the import's transaction, after the lines were booked. Two statements, however many lines; a second call finds nothing.
    """
    if not line_ids:
        return 0
    fp("collected.before_update")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE payments_collection c SET state = 'collected', line_id = l.id, entry_id = l.entry_id FROM payments_bankline l"
            " WHERE l.id = ANY(%s) AND l.state = 'booked' AND l.amount_cents > 0 AND l.return_reason = '' AND l.end_to_end_id <> ''"
            " AND c.end_to_end_id = l.end_to_end_id AND c.case_id = l.case_id AND c.state = 'submitted' RETURNING c.case_id",
            [sorted(line_ids)],
        )
        case_ids = [row[0] for row in cursor.fetchall()]
    fp("collected.after_update")
    _stop_waiting(case_ids, now=now)
    return len(case_ids)


def batch_arrived(line: BankLine, *, now: datetime, day: date) -> bool:
    """Resolve one credit for many collections into the payments it stands for; False if it is none of ours or does not add up.

    The line must name the number of our file, or of one of its groups (due day and kind), and bring exactly what is still awaited of it.
    Every collection is then booked by itself, as if the bank had listed them. The line is stored as booked.
    """
    if line.amount_cents <= 0 or line.state == LineState.BOOKED or line.creditor_id is None:
        return False
    wanted = _meant(line, line.creditor_id)
    if not wanted:
        return False
    touch({collection.case_id for collection in wanted})
    fp("batch.before_book")
    if line.carried_entry_id is None:
        carry_one(line, line.creditor_id, now=now)
    payments = {collection.id: _payment(line, collection, day) for collection in wanted}
    entries = settle_each(list(payments.values()), today=day, now=now, actor="kulanz")
    for collection in wanted:
        collection.entry_id = entries[payments[collection.id].key]
        collection.line_id, collection.state = line.id, CollectionState.COLLECTED
    Collection.objects.bulk_update(wanted, ["entry_id", "line_id", "state"])
    line.splits = [
        {
            "case": collection.case_id,
            "reference": collection.case.reference,
            "claims": [],
            "cents": collection.submitted_cents,
            "reason": BATCH_REASON,
            "entry": collection.entry_id,
        }
        for collection in wanted
    ]
    line.bookings += 1
    line.state, line.confidence = LineState.BOOKED, 100
    line.reason = f"{BATCH_REASON} ({len(wanted)})"
    line.decided_by, line.decided_at = "kulanz", now
    line.save()
    fp("batch.after_book")
    _stop_waiting([collection.case_id for collection in wanted], now=now)
    return True


def _payment(line: BankLine, collection: Collection, day: date) -> Payment:
    return Payment(
        line_id=line.id,
        case_id=collection.case_id,
        claim_ids=(),
        amount_cents=collection.submitted_cents or 0,
        currency=collection.currency,
        paid_on=min(paid_on(line.booked_on, line.value_on), day),
        kind=EntryKind.PAYMENT,
        key=f"collection:{collection.id}:paid",
        source=f"Lastschrift {collection.end_to_end_id}, Bankumsatz {line.id}",
        payer=collection.mandate.holder,
    )


def _meant(line: BankLine, creditor_id: int) -> Sequence[Collection]:
    """The awaited collections a batch line stands for: a whole file or one of its groups, named in the text, equal to the cent."""
    text = f"{line.end_to_end_id} {line.bank_ref} {line.purpose}".replace(" ", "")
    files = OrderFile.objects.filter(creditor_id=creditor_id, kind=OrderKind.DEBIT, account_iban=line.account_iban, day__lte=line.booked_on)
    named = [file for file in files.order_by("-day", "-id")[:_FILES_LOOKED_AT] if file.message_id in text]
    # A shorter number may be the beginning of a longer one ("…-1" in "…-12"): the longest that stands there is meant.
    for file in sorted(named, key=lambda each: -len(each.message_id)):
        rows = list(file.collections.select_related("mandate", "case").order_by("due_on", "sequence", "end_to_end_id"))
        groups: dict[tuple[date, str], list[Collection]] = defaultdict(list)
        for row in rows:
            groups[row.due_on, row.sequence].append(row)
        numbered = {f"{file.message_id}-{number}": group for number, group in enumerate(groups.values(), start=1)}
        spoken_of = [group for name, group in numbered.items() if name in text] or [rows, *groups.values()]
        for group in spoken_of:
            awaited = [row for row in group if row.state == CollectionState.SUBMITTED]
            if awaited and sum(row.submitted_cents or 0 for row in awaited) == line.amount_cents:
                return awaited
    return ()


_FILES_LOOKED_AT = 200


def _stop_waiting(case_ids: Sequence[int], *, now: datetime) -> None:
    """Lift the hold of direct debits where none is under way any more."""
    held = set(Hold.objects.filter(case_id__in=case_ids, reason=HoldReason.COLLECTION, lifted_at=None).values_list("case_id", flat=True))
    waiting = set(Collection.objects.filter(case_id__in=held, state__in=UNDER_WAY).values_list("case_id", flat=True))
    for case_id in sorted(held - waiting):
        lift_holds(case_id, [HoldReason.COLLECTION], because="Die Abbuchung ist angekommen.", actor="kulanz", now=now)
