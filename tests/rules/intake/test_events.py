"""Event logs: a case is taken whole or not at all, and its sums are the file's."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kulanz.intake.rules.batch import Batch
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.profile import Profile, read_profile
from tests.rules.intake.making import about, reasons, table

HEADER = "case,event,day,amount,cost,paid"
LOG = (
    "A1,open,2020-01-10,35.0,,",
    "A1,send,2020-02-10,,11.0,",
    "A1,notify,2020-02-12,,,",
    "A1,penalty,2020-05-10,71.5,,",
    "A1,pay,2020-06-01,,,50.0",
    "A2,open,2020-01-11,20.0,,",
)


def _profile(**changes: Any) -> Profile:
    document: dict[str, Any] = {
        "name": "log",
        "layout": "events",
        "columns": {"invoice_number": "case", "debtor_number": "case", "event": "event", "event_day": "day"},
        "templates": {"family_name": "Fall {case}"},
        "constants": {"kind": "person", "currency": "EUR"},
        "payment_term_days": 30,
        "interest": "none",
        "events": {
            "open": {"opens": "amount"},
            "send": {"charges": "cost", "component": "expense"},
            "penalty": {"raises_to": "amount"},
            "pay": {"pays": "paid"},
        },
        "ignore": ["notify"],
    }
    return Profile.model_validate(document | changes)


def _read(*rows: str, **changes: Any) -> Batch:
    return judge(table("\n".join((HEADER, *rows)) + "\n"), _profile(), about(**changes))


def test_a_log_becomes_claims_with_their_history() -> None:
    batch = _read(*LOG)
    assert batch.claims.select("external_id", "principal_cents", "due_on").rows() == [
        ("A1", 3500, date(2020, 2, 9)),
        ("A2", 2000, date(2020, 2, 10)),
    ]
    assert batch.history.select("verb", "component", "amount_cents").rows() == [
        ("charge", "expense", 1100),
        ("charge", "principal", 3650),
        ("payment", "", 5000),
    ]
    assert batch.totals == {"opened_principal": 5500, "charged_expense": 1100, "charged_principal": 3650, "paid": 5000}


def test_the_order_of_rows_in_the_file_does_not_matter_only_the_days_do() -> None:
    assert _read(*reversed(LOG)).history.drop("line").equals(_read(*LOG).history.drop("line"))


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("A1,verzaubert,2020-07-01,,,", "event_unknown"),
        ("A1,open,2020-07-01,35.0,,", "case_opened_twice"),
        ("A1,pay,2019-07-01,,,5.0", "event_before_opening"),
        ("A1,penalty,2020-07-01,60.0,,", "total_below_before"),
        ("A1,pay,2020-07-01,,,", "amount_missing"),
        ("A1,pay,2020-07-01,,,-5.0", "amount_negative"),
        ("A1,pay,2027-01-01,,,5.0", "paid_in_future"),
        ("A1,pay,irgendwann,,,5.0", "date_not_readable"),
    ],
)
def test_a_broken_event_keeps_its_whole_case_out_and_no_other(row: str, code: str) -> None:
    batch = _read(*LOG, row)
    (problem,) = reasons(batch)
    assert (problem.line, problem.code.value) == (8, code)
    assert batch.claims["external_id"].to_list() == ["A2"]
    assert batch.history.is_empty()
    assert batch.held_back == 5


def test_a_case_without_opening_is_named_once() -> None:
    batch = _read(*LOG, "A3,pay,2020-07-01,,,5.0", "A3,pay,2020-07-02,,,5.0")
    assert [(problem.line, problem.code.value) for problem in reasons(batch)] == [(8, "case_not_opened")]
    assert (batch.claims.height, batch.held_back) == (2, 1)


def test_what_happened_later_is_left_out_and_counted() -> None:
    batch = _read(*LOG, as_of=date(2020, 4, 1))
    assert batch.history["component"].to_list() == ["expense"]
    assert (batch.later.payments, batch.later.charges, batch.later.charges_cents) == (1, 1, 3650)


def test_a_case_of_costs_only_is_a_claim_too() -> None:
    batch = _read("A9,open,2020-01-11,0.0,,", "A9,send,2020-01-12,,9.5,")
    assert batch.claims["principal_cents"].to_list() == [0]
    assert batch.totals["charged_expense"] == 950


def test_the_collection_log_adds_up_to_the_cent(shared: Path) -> None:
    example = Path(__file__).resolve().parents[3] / "docs" / "examples" / "rtfmp_events.yaml"
    content = gzip.decompress((shared / "data" / "ar" / "rtfmp_events.csv.gz").read_bytes())
    batch = judge(table(content, name="log.csv"), read_profile(example.read_text(encoding="utf-8")), about())
    assert (batch.claims.height, batch.rejected) == (105_352, 0)
    raw = pl.read_csv(content, infer_schema=False)
    cents = {name: pl.col(name).cast(pl.Decimal(14, 2)).sum() * 100 for name in ("amount", "expense", "paymentAmount")}
    by_event = raw.group_by("concept_name").agg(**cents)
    sums = {name: row for name, *row in by_event.iter_rows()}
    fines = raw.filter(pl.col("concept_name") == "Create Fine").select("case", fine=pl.col("amount").cast(pl.Decimal(14, 2)))
    raised = raw.filter(pl.col("concept_name") == "Add penalty").select("case", total=pl.col("amount").cast(pl.Decimal(14, 2)))
    higher = raised.join(fines, on="case").select((pl.col("total") - pl.col("fine")).sum() * 100).item()
    assert batch.totals == {
        "opened_principal": sums["Create Fine"][0],
        "charged_expense": sums["Send Fine"][1],
        "charged_principal": higher,
        "paid": sums["Payment"][2],
    }
