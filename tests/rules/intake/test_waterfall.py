"""What earlier payments settled: columnar and exact, against the plain loop one would write by hand."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from kulanz.intake.rules.bookings import Tenant, history_bookings
from kulanz.intake.rules.waterfall import ORDER, settle

EVENT = st.tuples(st.sampled_from([*ORDER, "paid"]), st.integers(1, 500))
CLAIMS = st.lists(st.lists(EVENT, min_size=1, max_size=12), min_size=1, max_size=8)


def _by_hand(events: list[tuple[str, int]]) -> list[dict[str, int]]:
    """Costs first, then principal; too much paid waits for the next charge."""
    open_cents, credit, told = dict.fromkeys(ORDER, 0), 0, []
    for what, amount in events:
        if what == "paid":
            credit += amount
        else:
            open_cents[what] += amount
        before = credit - (amount if what == "paid" else 0)
        row: dict[str, int] = {}
        for component in ORDER:
            settled = min(open_cents[component], credit)
            open_cents[component] -= settled
            credit -= settled
            row[component] = settled
        told.append(row | {"overpaid_change": credit - before})
    return told


def _frame(claims: list[list[tuple[str, int]]]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {"claim": number, "paid": 0, **{f"charge:{component}": 0 for component in ORDER}}
        | ({"paid": amount} if what == "paid" else {f"charge:{what}": amount})
        for number, events in enumerate(claims)
        for what, amount in events
    ]
    return pl.DataFrame(rows)


@given(CLAIMS)
def test_all_claims_at_once_settle_as_each_would_by_hand(claims: list[list[tuple[str, int]]]) -> None:
    settled = settle(_frame(claims), "claim")
    expected = [row for events in claims for row in _by_hand(events)]
    assert [row["overpaid_change"] for row in expected] == settled["overpaid_change"].to_list()
    for component in ORDER:
        assert [row[component] for row in expected] == settled[f"settled:{component}"].to_list()


@given(CLAIMS)
def test_every_entry_balances_and_no_component_falls_below_zero(claims: list[list[tuple[str, int]]]) -> None:
    history = pl.DataFrame(
        [
            {"account_id": number, "claim_id": number, "position": place, "key": f"{place}", "line": place, "day": None}
            | {"verb": "payment" if what == "paid" else "charge", "component": "" if what == "paid" else what, "amount_cents": amount}
            for number, events in enumerate(claims)
            for place, (what, amount) in enumerate(events, start=1)
        ],
        schema_overrides={"day": pl.Date},
    )
    standing = pl.DataFrame(
        {
            "account_id": range(len(claims)),
            "claim_id": range(len(claims)),
            **{component: [0] * len(claims) for component in (*ORDER, "overpaid")},
        },
        schema_overrides={"account_id": pl.Int64},
    ).with_columns(principal=pl.lit(100, dtype=pl.Int64))
    bookings = history_bookings(standing, history, Tenant(1, 1001, 1002), source="Import 1")
    assert bookings.entries["idempotency_key"].n_unique() == history.height
    assert bookings.postings.group_by("idempotency_key").agg(pl.col("amount_cents").sum())["amount_cents"].to_list() == [0] * history.height
    on_claims = bookings.postings.filter(pl.col("account_id") < 1000)
    sums = on_claims.group_by("account_id", "component").agg(pl.col("amount_cents").sum())
    start = pl.when(pl.col("component") == "principal").then(100).otherwise(0)
    left = sums.with_columns(left=pl.col("amount_cents") + start)
    assert left.filter((pl.col("component") != "overpaid") & (pl.col("left") < 0)).is_empty()
    assert left.filter((pl.col("component") == "overpaid") & (pl.col("left") > 0)).is_empty()
    paid = sum(amount for events in claims for what, amount in events if what == "paid")
    assert bookings.postings.filter(pl.col("account_id") == 1002)["amount_cents"].sum() == paid
