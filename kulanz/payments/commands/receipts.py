"""A thank-you for each payment of a file: many at once, in the channel the payer can be reached on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.db import connection

from kulanz.contact.commands import queue_receipt
from kulanz.contact.commands.queue import WANTED, queue_wanted
from kulanz.failpoints import fp
from kulanz.frames import id_array, id_list, text_array


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
    if not fresh:
        return
    with connection.cursor() as cursor:
        fp("statement.before_receipts")
        cursor.execute(WANTED)
        lists = [id_list(sorted(ids)) for ids in fresh.values()]
        cursor.execute(_RECEIPTS, [id_array(fresh), id_array(map(min, fresh.values())), text_array(lists)])
        queue_wanted(cursor, day=day, run_id=None, now=now, locked=True)
        fp("statement.after_receipts")


# The same choice as `contact.commands.queue.best_channel`: a preferred point first, then e-mail, then letter.
_RECEIPTS: Final = """
    INSERT INTO wanted_messages SELECT DISTINCT ON (c.id) c.id, c.revision, p.channel, 'receipt-' || w.first_entry, 'receipt',
      CASE WHEN p.channel = 'email' THEN p.value ELSE '' END, NULL::date, jsonb_build_object('entry_ids', w.entries::jsonb)
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS w(case_id, first_entry, entries) JOIN claims_case c ON c.id = w.case_id
    JOIN claims_contactpoint p ON p.debtor_id = c.debtor_id AND p.state = 'usable' AND p.channel IN ('email', 'letter')
    ORDER BY c.id, p.preferred DESC, p.channel, p.id"""
