"""The reader of settlement files takes anything: rows or reasons, never an exception."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.payments.readers.settlement_csv import read_settlement

STRIPE = "balance_transaction_id,created_utc,currency,gross,fee,net,reporting_category,source_id,description,payment_intent_id\n"
GOOD = "txn_1,2026-03-02 09:30:00,eur,84.90,1.52,83.38,charge,ch_1,x,pi_1\n"
PAYPAL = (
    "Datum,Name,Typ,Status,Währung,Brutto,Gebühr,Netto,Absender E-Mail-Adresse,Empfänger E-Mail-Adresse,Transaktionscode,"
    "Zugehöriger Transaktionscode,Auswirkung auf Guthaben\n"
)
CELLS = ("", "1,00", "-1.234,56", "9" * 40, "heute", "02.03.2026", "31.02.2026", "EUR", "eur", "Haben", "Soll", '"', "🙂")


@given(st.binary(max_size=400))
@settings(max_examples=200)
def test_any_bytes_are_rows_or_reasons_or_no_settlement(data: bytes) -> None:
    read_settlement(data, "x.csv")
    for head in (STRIPE, PAYPAL):
        found = read_settlement(head.encode() + data, "x.csv")
        assert found is None or all(row.ref and row.currency for row in found.rows)


@given(st.lists(st.lists(st.sampled_from(CELLS), min_size=9, max_size=14), max_size=6))
@settings(max_examples=200)
def test_any_cells_are_rows_or_reasons(rows: list[list[str]]) -> None:
    for head in (STRIPE, PAYPAL):
        data = head + "".join(",".join(cells) + "\n" for cells in rows)
        found = read_settlement(data.encode(), "x.csv")
        assert found is not None and len(found.rows) + len(found.problems) <= len(rows) + 1


@given(st.integers(0, len(GOOD) - 2), st.characters(codec="utf-8", exclude_characters="\r\n\x00"))
@settings(max_examples=200)
def test_one_wrong_sign_changes_one_row_and_not_its_neighbour(at: int, sign: str) -> None:
    broken = GOOD[:at] + sign + GOOD[at + 1 :]
    found = read_settlement((STRIPE + GOOD.replace("txn_1", "txn_2") + broken).encode(), "x.csv")
    assert found is not None
    assert any(row.ref == "txn_2" and row.gross_cents == 8490 for row in found.rows) or any(problem.refuses for problem in found.problems)
