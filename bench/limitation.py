"""Which claims have lapsed: for the daily run and for the list, beside bare reading of the same claims and bookings.

Of the portfolio of the daily run a quarter is four years old, so that its early day is over and its story decides; a fifth of the
claims was partly paid since, which begins the period anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

import polars as pl
from django.db import connection, transaction

from bench.daily import DAY, build
from bench.figures import Figure, peak_rss_mb
from kulanz.claims.lapsing import lapsing
from kulanz.claims.viewer import Viewer
from kulanz.frames import read_frame
from kulanz.strategy.queries.limitation import with_limitation

SIZE = 200_000
_AGED_DAYS = 1_500
_OLD = f"case_id % 4 = 0 AND invoiced_on < '{DAY - timedelta(days=_AGED_DAYS)}'"

_CASES = """
    SELECT case_id, 'DE' AS law_country, min(due_on) AS oldest_due_on, NULL::date AS limitation_on FROM claims_claim
    GROUP BY case_id ORDER BY case_id"""
_CASE = pl.Schema({"case_id": pl.Int64(), "law_country": pl.String(), "oldest_due_on": pl.Date(), "limitation_on": pl.Date()})


def run(size: int) -> list[Figure]:
    """The daily run's column over all cases in one frame, and the list of everything that lapses within 60 days or has."""
    build(size)
    _age()
    with connection.cursor() as cursor:
        cases = read_frame(cursor, _CASES, _CASE)
    floor = min(_timed(_bare) for _ in range(2))
    column = _timed(lambda: with_limitation(cases, DAY))
    listed = _timed(lambda: lapsing(Viewer.system(), DAY + timedelta(days=60)))
    return [
        Figure(name, size, round(seconds, 2), "s", round(floor, 2), round(seconds / floor, 2), peak_rss_mb())
        for name, seconds in (("limitation_column", column), ("limitation_list", listed))
    ]


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    with transaction.atomic():
        act()
    return time.perf_counter() - started


def _bare() -> None:
    """COPY out of the old claims and their bookings, a join, a sum, a comparison."""
    claims = {name: pl.Int64() for name in ("id", "case_id", "account_id")} | {name: pl.Date() for name in ("invoiced_on", "due_on")}
    lines = {"account_id": pl.Int64(), "amount_cents": pl.Int64(), "kind": pl.String(), "component": pl.String(), "occurred_on": pl.Date()}
    booked = f"""SELECT p.account_id, p.amount_cents, e.kind, p.component, e.occurred_on FROM claims_claim
        JOIN ledger_posting p USING (account_id) JOIN ledger_entry e ON e.id = p.entry_id WHERE {_OLD}"""
    with connection.cursor() as cursor:
        old = read_frame(cursor, f"SELECT {', '.join(claims)} FROM claims_claim WHERE {_OLD}", pl.Schema(claims))
        sums = read_frame(cursor, booked, pl.Schema(lines)).group_by("account_id").agg(pl.sum("amount_cents"), pl.max("occurred_on"))
    old.join(sums, on="account_id").filter(pl.col("due_on") + pl.duration(days=1_095) < DAY).sort("due_on")


def _age() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # the books of a portfolio that is made up may be made older
        cursor.execute(
            "UPDATE claims_claim SET invoiced_on = invoiced_on - %s, due_on = due_on - %s,"
            " first_interest_day = first_interest_day - %s WHERE case_id %% 4 = 0",
            [_AGED_DAYS] * 3,
        )
        cursor.execute(
            "UPDATE ledger_entry e SET occurred_on = c.invoiced_on FROM claims_claim c JOIN ledger_posting p USING (account_id)"
            " WHERE c.case_id %% 4 = 0 AND e.id = p.entry_id AND e.kind = 'claim_opened'",
            [],
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE claims_claim, ledger_entry")
