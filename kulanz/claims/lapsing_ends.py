"""When the claims of many cases lapse, by column: the twin of `lapsing.lapse_of` for a whole portfolio.

Only the day is wanted here, not the story. A claim's day follows from its country, the day it fell due, and the days money came and
stayed: each different combination is asked of the law once. Where a deferral, a plan or negotiations were noted, the story itself decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

import polars as pl
from django.db import connection

from kulanz.claims.lapsing import AGREED, KIND, NOTED, PAYING, PAYMENT, STANDSTILL, ends_by_story
from kulanz.frames import id_array, read_frame
from kulanz.law import jurisdiction
from kulanz.law.limitation import LimitationEvent

_CLAIMS: Final = """
    WITH asked AS (
      SELECT c.id, c.case_id, c.account_id, c.due_on, r.country FROM claims_claim c JOIN claims_creditor r ON r.id = c.creditor_id
      WHERE c.case_id = ANY(%(cases)s::bigint[]) AND c.invoiced_on <= %(day)s),
    booked AS (
      SELECT a.id, sum(p.amount_cents) FILTER (WHERE p.component = 'principal') AS principal_cents,
        string_agg(DISTINCT e.occurred_on::text, ' ') FILTER (
          WHERE e.kind = ANY(%(paying)s) AND p.amount_cents < 0 AND e.occurred_on >= a.due_on
          AND NOT EXISTS (SELECT FROM ledger_entry b WHERE b.reverses_id = e.id AND b.occurred_on <= %(day)s)) AS paid_on
      FROM asked a JOIN ledger_posting p ON p.account_id = a.account_id
      JOIN ledger_entry e ON e.id = p.entry_id AND e.occurred_on <= %(day)s GROUP BY a.id)
    SELECT a.id, a.case_id, lower(a.country), a.due_on, coalesce(b.paid_on, ''),
      EXISTS (SELECT FROM claims_hold h WHERE h.case_id = a.case_id AND h.reason = ANY(%(standstill)s) AND h.source NOT LIKE %(agreed)s)
      OR EXISTS (SELECT FROM claims_caseevent n WHERE n.case_id = a.case_id AND n.kind = %(noted)s)
    FROM asked a JOIN booked b ON b.id = a.id WHERE b.principal_cents > 0"""
_CLAIM: Final = pl.Schema(
    {"id": pl.Int64(), "case_id": pl.Int64(), "country": pl.String(), "due_on": pl.Date(), "paid_on": pl.String(), "told": pl.Boolean()}
)


def ends_of_cases(case_ids: Iterable[int], day: date) -> dict[int, date | None]:
    """The day on which the first open claim of each case lapses, with restarts and standstills (None: no clock runs).

    Cases without open principal are left out. With what is booked up to and including `day`.
    """
    given: dict[str, Any] = {
        "cases": id_array(case_ids),
        "day": day,
        "paying": [kind.value for kind in PAYING],
        "standstill": [reason.value for reason in STANDSTILL],
        "agreed": f"{AGREED}%",
        "noted": NOTED,
    }
    with connection.cursor() as cursor:
        claims = read_frame(cursor, _CLAIMS, _CLAIM, given)
    told = ends_by_story(claims.filter("told")["id"].to_list(), until=day)
    plain = claims.filter(~pl.col("told"))
    asked = plain.select("country", "due_on", "paid_on").unique()
    days = pl.Series("ends_on", [_end(*one) for one in asked.iter_rows()], dtype=pl.Date)
    found = pl.concat(
        [
            plain.join(asked.with_columns(days), on=["country", "due_on", "paid_on"]).select("case_id", "ends_on"),
            pl.DataFrame(told, schema={"case_id": pl.Int64, "ends_on": pl.Date}, orient="row"),
        ]
    )
    return dict(found.group_by("case_id").agg(pl.min("ends_on")).iter_rows())


def _end(country: str, due_on: date, paid_on: str) -> date | None:
    """The last day of a claim that fell due on a day and on which money came on some days since."""
    events = [LimitationEvent(PAYMENT[country], date.fromisoformat(on)) for on in sorted(paid_on.split())]
    return jurisdiction(country).limitation(KIND[country], due_on, events=events).ends_on
