"""A thank-you for each payment of a file: many at once, in the channel the payer can be reached on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import connection

from kulanz.contact.commands import queue_messages, queue_receipt
from kulanz.contact.commands.queue import SCHEMA
from kulanz.failpoints import fp
from kulanz.frames import frame_of, id_array, id_list


def queue_receipts(entries: Mapping[int, Sequence[int]], *, day: date, now: datetime) -> None:
    """Queue a receipt for each case's booked entries. In the caller's transaction, after `touch` of the cases.

    A case whose last receipt still waits gets its payments added to that one; the others are queued together. A debtor without a usable
    channel gets none.
    """
    with connection.cursor() as cursor:
        # The state is asked so that the index of waiting messages, which grows with every receipt of the file, is not read for each.
        cursor.execute(
            "SELECT DISTINCT case_id FROM contact_message"
            " WHERE case_id = ANY(%s::bigint[]) AND template = 'receipt' AND state || '' = 'queued'",
            [id_array(entries)],
        )
        waiting = {case_id for (case_id,) in cursor.fetchall()}
    for case_id in sorted(waiting):
        queue_receipt(case_id, entry_ids=entries[case_id], day=day, now=now)
    fresh = {case_id: ids for case_id, ids in entries.items() if case_id not in waiting}
    with connection.cursor() as cursor:
        cursor.execute(_CHANNELS, [id_array(sorted(fresh))])
        rows = [
            (
                case_id,
                revision,
                channel,
                f"receipt-{min(fresh[case_id])}",
                "receipt",
                address,
                None,
                f'{{"entry_ids": {id_list(sorted(fresh[case_id]))}}}',
            )
            for case_id, revision, channel, address in cursor.fetchall()
        ]
    if rows:
        fp("statement.before_receipts")
        queue_messages(frame_of(rows, SCHEMA), day=day, run_id=None, now=now, locked=True)
        fp("statement.after_receipts")


# The same choice as `contact.commands.queue.best_channel`: a preferred point first, then e-mail, then letter.
_CHANNELS = """
    SELECT DISTINCT ON (c.id) c.id, c.revision, p.channel, CASE WHEN p.channel = 'email' THEN p.value ELSE '' END
    FROM claims_case c JOIN claims_contactpoint p ON p.debtor_id = c.debtor_id AND p.state = 'usable' AND p.channel IN ('email', 'letter')
    WHERE c.id = ANY(%s::bigint[]) ORDER BY c.id, p.preferred DESC, p.channel, p.id"""
