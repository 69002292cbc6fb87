"""One row, one invoice: every reason a row is not taken, and what a taken row becomes."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from kulanz.intake.errors import AmbiguousFormat
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.problems import SENTENCES, ProblemCode, defused, problem_file
from kulanz.intake.rules.profile import read_profile
from tests.rules.intake.making import about, judged, lines, profile, reasons, table

GOOD = "0001;K1;Weber;05.01.2026;04.02.2026;1.234,50;;"


def test_a_good_row_becomes_a_claim() -> None:
    batch = judged(GOOD, "2;K2;Groß;06.01.2026;05.02.2026;9,99;10.02.2026;5,00")
    first, second = batch.claims.iter_rows(named=True)
    assert (first["external_id"], first["principal_cents"], first["due_on"]) == ("0001", 123450, date(2026, 2, 4))
    assert (first["consumer"], first["margin_bp"], first["first_interest_day"]) == (True, 500, None)
    assert second["search_key"].startswith("gross")
    assert batch.history.select("external_id", "verb", "amount_cents").rows() == [("2", "payment", 500)]
    assert batch.styles["Betrag"].startswith("Dezimalkomma") and batch.styles["Datum"] == "Datum wie 31.12.2024"


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("2;K2;X;31.02.2026;05.03.2026;9,99;;", "date_impossible", "Datum"),
        ("2;K2;X;2026-01-06;05.03.2026;9,99;;", "date_not_readable", "Datum"),
        ("2;K2;X;;05.03.2026;9,99;;", "date_missing", "Datum"),
        ("2;K2;X;06.01.2026;;9,99;;", "date_missing", "Faellig"),
        ("2;K2;X;06.01.1900;05.02.2026;9,99;;", "date_implausible", "Datum"),
        ("2;K2;X;06.01.2036;05.02.2036;9,99;;", "date_implausible", "Datum"),
        ("2;K2;X;06.01.2026;05.01.2026;9,99;;", "due_before_invoice", "Faellig"),
        ("2;K2;X;06.01.2026;05.02.2026;;;", "amount_missing", "Betrag"),
        ("2;K2;X;06.01.2026;05.02.2026;zwölf;;", "amount_not_a_number", "Betrag"),
        ("2;K2;X;06.01.2026;05.02.2026;-9,99;;", "amount_negative", "Betrag"),
        ("2;K2;X;06.01.2026;05.02.2026;0,00;;", "amount_zero", "Betrag"),
        ("2;K2;X;06.01.2026;05.02.2026;9,995;;", "amount_below_cent", "Betrag"),
        ("2;K2;X;06.01.2026;05.02.2026;99999999999999,00;;", "amount_too_large", "Betrag"),
        ("0001;K2;X;06.01.2026;05.02.2026;9,99;;", "number_twice", "Nr"),
        (";K2;X;06.01.2026;05.02.2026;9,99;;", "value_missing", "Nr"),
        ("2;;X;06.01.2026;05.02.2026;9,99;;", "value_missing", "Kunde"),
        ("2;K2;;06.01.2026;05.02.2026;9,99;;", "name_missing", "Name"),
        ("2;K2;X;06.01.2026;05.02.2026;9,99;05.01.2026;9,99", "paid_before_invoice", "Bezahlt am"),
        ("2;K2;X;06.01.2026;05.02.2026;9,99;05.05.2026;9,99", "paid_in_future", "Bezahlt am"),
        ("2;K2;X;06.01.2026;05.02.2026;9,99;;9,99", "paid_without_date", "Bezahlt am"),
        ("2;K2;X;06.01.2026;05.02.2026;9,99;10.02.2026;", "paid_without_amount", "Bezahlt"),
        ("2;K2;X;06.01.2026;05.02.2026", "wrong_field_count", ""),
        (f"2;K2;{'X' * 101};06.01.2026;05.02.2026;9,99;;", "value_too_long", "Name"),
    ],
)
def test_each_kind_of_broken_row_has_its_own_reason_and_the_others_are_taken(row: str, code: str, column: str) -> None:
    more = [f"{number};K{number};Y;07.01.2026;06.02.2026;{number},50;08.02.2026;1,50" for number in range(100, 140)]
    batch = judged(GOOD, row, *more)
    (problem,) = reasons(batch)
    assert (problem.line, problem.code.value, problem.column) == (3, code, column)
    assert batch.claims.height + batch.rejected == batch.table.rows == 42


def test_a_number_that_stands_twice_names_the_line_that_counts() -> None:
    batch = judged(GOOD, "2;K2;Y;07.01.2026;06.02.2026;8,50;;", "0001;K3;X;06.01.2026;05.02.2026;9,99;;")
    (problem,) = reasons(batch)
    assert problem.line == 4
    assert "steht schon in Zeile 2" in problem.reason


@pytest.mark.parametrize(
    ("extra", "value", "code"),
    [
        ({"email": "X"}, "keine-adresse", "email_invalid"),
        ({"email": "X"}, "a@b", "email_invalid"),
        ({"phone": "X"}, "ruf mich an", "phone_invalid"),
        ({"street": "Name", "postcode": "X"}, "1067", "postcode_invalid"),
        ({"country": "X"}, "Deutschland", "country_unknown"),
        ({"salutation": "X"}, "Dr.", "value_unknown"),
        ({"land": "X"}, "Bayern", "value_unknown"),
    ],
)
def test_ways_to_reach_someone_are_checked_where_they_are_mapped(extra: dict[str, str], value: str, code: str) -> None:
    given = profile()
    columns = {key.value: name for key, name in given.columns.items()} | extra
    content = lines(GOOD).replace("Bezahlt\n", "Bezahlt;X\n").replace(";;\n", f";;;{value}\n")
    batch = judge(table(content), profile(columns=columns), about())
    assert [problem.code.value for problem in reasons(batch)] == [code]


def test_a_currency_we_cannot_write_to_people_in_is_refused() -> None:
    batch = judged(GOOD, constants={"kind": "person", "currency": "USD"})
    assert [problem.code.value for problem in reasons(batch)] == ["currency_unsupported"]


def test_german_phone_numbers_get_their_country() -> None:
    given = profile()
    columns = {key.value: name for key, name in given.columns.items()} | {"phone": "X"}
    content = lines(GOOD).replace("Bezahlt\n", "Bezahlt;X\n").replace(";;\n", ";;;(0431) 55 50-10\n")
    assert judge(table(content), profile(columns=columns), about()).claims["phone"].to_list() == ["+49431555010"]


def test_payments_after_the_day_it_is_made_for_are_left_out_and_counted() -> None:
    rows = lines(GOOD.replace(";;", ";10.02.2026;100,00"), "2;K2;Y;07.01.2026;06.02.2026;5,50;20.02.2026;5,50")
    batch = judge(table(rows), profile(), about(as_of=date(2026, 2, 15)))
    assert batch.history["external_id"].to_list() == ["0001"]
    assert (batch.later.payments, batch.later.payments_cents) == (1, 550)
    assert batch.totals == {"opened_principal": 124000, "paid": 10000}


def test_an_invoice_paid_in_full_before_it_came_to_us_bears_no_interest() -> None:
    paid = judged(GOOD.replace(";;", ";10.02.2026;1234,50")).claims
    assert paid["margin_bp"].to_list() == [None]


def test_the_start_of_default_needs_facts_the_profile_states() -> None:
    firm = {"constants": {"kind": "person", "currency": "EUR"}, "default": {"due_by_contract": True}}
    assert judged(GOOD, **firm).claims["first_interest_day"].to_list() == [date(2026, 2, 5)]
    assert judged(GOOD).claims["default_reason"].to_list() == ["not_in_default"]


def test_dates_that_read_both_ways_stop_the_file_until_the_profile_says_which() -> None:
    row = "1;K1;X;05/01/2026;06/02/2026;9,99;;"
    with pytest.raises(AmbiguousFormat, match="Tag und Monat"):
        judged(row)
    stated = judged(row, dates={"Datum": "d/m/Y", "Faellig": "d/m/Y"})
    assert stated.claims["invoiced_on"].to_list() == [date(2026, 1, 5)]


def test_debtors_without_number_are_told_apart_by_address_or_refused() -> None:
    columns = {key.value: name for key, name in profile().columns.items() if key != "debtor_number"}
    with_address = columns | {"street": "Kunde", "postcode": "Nr"}
    row = "50667;Domstraße 1;Weber;05.01.2026;04.02.2026;1.234,50;;"
    claims = judge(table(lines(row, row.replace("50667", "50668"))), profile(columns=with_address), about()).claims
    assert claims["debtor_external_id"].n_unique() == 2
    assert claims["debtor_external_id"].str.starts_with("auto-").all()
    refused = judge(table(lines(GOOD)), profile(columns=columns), about())
    assert [problem.code for problem in reasons(refused)] == [ProblemCode.DEBTOR_NOT_IDENTIFIABLE]


def test_the_same_person_has_one_identity_in_two_spellings_and_namesakes_do_not() -> None:
    columns = {key.value: name for key, name in profile().columns.items() if key != "debtor_number"}
    given = profile(columns=columns | {"street": "Kunde", "postcode": "Nr"})
    rows = ("50667;Domstr. 1;Müller;05.01.2026;04.02.2026;1,50;;", "50667;DOMSTRASSE 1;Mueller;05.01.2026;04.02.2026;1,50;;")
    keys = [judge(table(lines(row)), given, about()).claims["identity_key"].item() for row in rows]
    assert keys[0] == keys[1]
    other = judge(table(lines(rows[0].replace("50667", "50668"))), given, about()).claims["identity_key"].item()
    assert other != keys[0]


def test_a_kind_that_changes_within_the_file_is_a_contradiction() -> None:
    content = lines(GOOD, GOOD.replace("0001", "2")).replace("Bezahlt\n", "Bezahlt;Art\n").replace(";;\n", ";;;person\n", 1)
    content = content.replace(";;\n", ";;;company\n")
    columns = {key.value: name for key, name in profile().columns.items()} | {"kind": "Art", "company_name": "Kunde"}
    batch = judge(table(content), profile(columns=columns, constants={"currency": "EUR"}), about())
    assert [(problem.line, problem.code.value) for problem in reasons(batch)] == [(3, "debtor_contradictory")]


def test_the_problem_file_can_be_corrected_and_imported_and_holds_no_formula() -> None:
    bad = '2;K2;=cmd|X;31.02.2026;05.03.2026;"9,99";;'
    batch = judged(GOOD, bad)
    text = problem_file(batch.table, batch.problems).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text), delimiter=";")
    assert header[-2:] == ["Kulanz-Zeile", "Kulanz-Grund"] and row[2] == "'=cmd|X" and row[-2] == "3"
    again = judge(table(text.replace("31.02.2026", "28.02.2026").encode("utf-8-sig")), profile(), about())
    assert again.claims["family_name"].to_list() == ["=cmd|X"]
    assert again.problems.is_empty()


def test_amounts_keep_their_sign_in_the_problem_file() -> None:
    assert defused("-12,50") == "-12,50"
    assert defused("+49 431 1") == "'+49 431 1"
    assert defused("@SUM(A1)") == "'@SUM(A1)"


def test_every_code_has_a_german_sentence() -> None:
    assert set(SENTENCES) == set(ProblemCode)


def test_the_late_payment_file_is_read_row_by_row(shared: Path) -> None:
    example = Path(__file__).resolve().parents[3] / "docs" / "examples" / "ibm_late_payment.yaml"
    given = read_profile(example.read_text(encoding="utf-8"))
    content = (shared / "data" / "ar" / "ibm_late_payment.csv.gz").read_bytes()
    batch = judge(table(content, name="ibm.csv.gz"), given, about())
    assert (batch.claims.height, batch.rejected, batch.table.rows) == (1655, 0, 1655)
    first = batch.claims.row(0, named=True)
    assert (first["external_id"], first["invoiced_on"]) == ("0000611365", date(2013, 1, 2))
    assert first["email"] == "0379-NEVHP@example.com"
    assert batch.totals["opened_principal"] == batch.totals["paid"] == 9_892_868
