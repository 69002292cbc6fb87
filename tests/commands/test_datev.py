"""Bookings for the accounts: every cent in one row, nothing twice, nothing forgotten, the same file again."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.claims.models import Claim
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.datev import (
    NewSettings,
    datev_file,
    datev_protocol,
    discard_datev,
    export_datev,
    lock_datev,
    set_datev,
)
from kulanz.payments.errors import AccountsMissing, ExportRefused
from kulanz.payments.exports.datev import LINE_SCHEMA, account_sums, paired, plain_text
from kulanz.payments.exports.datev_columns import COLUMNS
from kulanz.payments.models import DatevExport
from tests import factories
from tests.bank import Move, camt053

NOW, DAY = factories.NOW, factories.DAY
ACCOUNTS = {
    "bank": "1200",
    "suspense": "1590",
    "claim": "1400",
    "income": "8400",
    "income:interest": "2650",
    "writeoff": "2400",
    "direct": "1360",
}
FEBRUARY = (date(2026, 2, 1), date(2026, 2, 28))
DATABASE = pytest.mark.django_db(transaction=True)


def settings(claim: Claim, **values: object) -> None:
    given: dict[str, object] = {"consultant": 29098, "client": 55003, "accounts": ACCOUNTS, "chart": "03"}
    set_datev(claim.creditor_id, NewSettings(**(given | values)))  # type: ignore[arg-type]


def pay(claim: Claim, cents: int, number: int = 1, on: date = date(2026, 2, 20)) -> None:
    data = camt053([Move(cents, claim.case.reference, "Elif Yılmaz1", on=on)], number=number, opening_cents=(number - 1) * 1000)
    import_statement(data, "a.xml", actor="test", now=NOW, day=DAY)


def export(claim: Claim, period: tuple[date, date] = FEBRUARY, *, day: date = DAY) -> DatevExport:
    return export_datev(claim.creditor_id, from_on=period[0], to_on=period[1], actor="anna", now=NOW, day=day)


def rows_of(made: DatevExport) -> list[list[str]]:
    text = datev_file(made)[1].decode("cp1252")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") if row][2:]


@DATABASE
def test_a_payment_is_two_rows_in_the_form_datev_reads() -> None:
    claim = factories.claim()
    settings(claim)
    pay(claim, 8490)
    made = export(claim)
    name, data = datev_file(made)
    assert name.startswith("EXTF_Buchungsstapel_nordlicht_20260201_20260228") and data.endswith(b"\r\n")
    head, columns = data.decode("cp1252").split("\r\n")[:2]
    assert head.startswith(
        '"EXTF";700;21;"Buchungsstapel";13;20260302100000000;;"KZ";"Kulanz";"";29098;55003;20260101;4;20260201;20260228;'
    )
    assert head.endswith(';"";1;0;0;"EUR";;"";;;"03";;;"";""') and len(head.split(";")) == 31
    assert columns == ";".join(COLUMNS)
    rows = rows_of(made)
    assert {len(row) for row in rows} == {125}
    assert [(row[0], row[1], row[6], row[7], row[9]) for row in rows] == [
        ("84,90", "S", "1200", "1590", "2002"),
        ("84,90", "S", "1590", "1400", "2002"),
    ]
    assert rows[1][10] == claim.case.reference


@DATABASE
def test_the_same_period_again_is_the_same_batch_and_the_same_file() -> None:
    claim = factories.claim()
    settings(claim)
    pay(claim, 8490)
    first = export(claim)
    settings(claim, accounts=ACCOUNTS | {"bank": "1800"})
    again = export(claim)
    assert again.id == first.id
    assert datev_file(DatevExport.objects.get(id=first.id)) == datev_file(first)
    assert "1800" not in datev_protocol(DatevExport.objects.get(id=first.id))


@DATABASE
def test_what_comes_late_for_an_exported_period_is_in_the_next_batch() -> None:
    claim = factories.claim()
    settings(claim)
    pay(claim, 1000)
    lock_datev(export(claim).id, actor="anna", now=NOW)
    pay(claim, 2000, number=2, on=date(2026, 2, 25))
    march = export(claim, (date(2026, 3, 1), date(2026, 3, 1)))
    assert (march.entries, march.late) == (2, 2)
    assert {row[9] for row in rows_of(march)} == {"0103"}
    assert all(row[13].startswith("Wert 25.02.2026") for row in rows_of(march))
    with pytest.raises(ExportRefused):
        discard_datev(DatevExport.objects.order_by("id")[0].id)
    discard_datev(march.id)
    assert export(claim, (date(2026, 3, 1), date(2026, 3, 1))).entries == 2


@DATABASE
def test_a_missing_account_is_named_and_nothing_is_stored() -> None:
    claim = factories.claim()
    settings(claim, accounts={"bank": "1200", "claim": "1400"})
    pay(claim, 8490)
    with pytest.raises(AccountsMissing, match="suspense:cash"):
        export(claim)
    assert not DatevExport.objects.exists()
    with pytest.raises(AccountsMissing, match="nicht eingerichtet"):
        export_datev(factories.creditor("leer", iban="").id, from_on=FEBRUARY[0], to_on=FEBRUARY[1], actor="a", now=NOW, day=DAY)


@DATABASE
def test_settings_that_cannot_be_are_refused() -> None:
    claim = factories.claim()
    for wrong in (
        {"consultant": 7},
        {"client": 0},
        {"year_begins": 13},
        {"accounts": {"banc": "1"}},
        {"accounts": {"bank": "12a"}},
        {"chart": "99"},
    ):
        with pytest.raises(AccountsMissing):
            settings(claim, **wrong)


@DATABASE
def test_a_period_must_be_over_and_in_one_fiscal_year() -> None:
    claim = factories.claim()
    settings(claim)
    for period in ((date(2025, 12, 1), date(2026, 1, 31)), (DAY, DAY), (FEBRUARY[1], FEBRUARY[0]), FEBRUARY):
        with pytest.raises(ExportRefused):
            export(claim, period)
    settings(claim, with_claims=True)
    assert export(claim, (date(2026, 1, 1), date(2026, 1, 31))).rows == 1


@DATABASE
def test_the_protocol_adds_up() -> None:
    claim = factories.claim()
    settings(claim)
    pay(claim, 8490)
    text = datev_protocol(export(claim))
    assert "Summe                   169,80            169,80" in text and "Soll und Haben sind gleich." in text
    assert "nicht enthalten" in text


account = st.sampled_from(["bank", "suspense", "claim", "income", "writeoff"])
line = st.tuples(account, st.sampled_from(["cash", "principal", "interest"]), st.integers(-9999, 9999))
lines = st.lists(line, min_size=1, max_size=8)


@given(st.lists(lines, min_size=1, max_size=5))
def test_any_entry_is_cut_into_pairs_that_move_every_account_by_its_sum(entries: list[list[tuple[str, str, int]]]) -> None:
    rows, wanted = [], dict.fromkeys(ACCOUNTS.values(), 0)
    for entry_id, entry in enumerate(entries, start=1):
        whole = [*entry, ("direct", "cash", -sum(cents for *_, cents in entry))]
        for name, component, cents in whole:
            if cents:
                rows.append((entry_id, DAY, DAY, "x", "", name, component, cents))
                wanted[ACCOUNTS.get(f"{name}:{component}", ACCOUNTS[name])] += cents
    pairs = paired(pl.DataFrame(rows, schema=dict(LINE_SCHEMA), orient="row"), ACCOUNTS)
    sums = {one.number: one.debit_cents - one.credit_cents for one in account_sums(pairs)}
    assert {number: sums.get(number, 0) for number in wanted} == wanted
    assert (pairs["cents"] > 0).all()


@given(st.text(max_size=80))
def test_any_text_fits_the_code_page(text: str) -> None:
    plain_text(text).encode("cp1252")


def test_our_columns_are_those_of_published_batches_and_the_newer_ones_behind(shared: Path) -> None:
    sample = (shared / "data" / "formats" / "datev" / "ledermann_EXTF_Buchungsstapel.csv").read_bytes().decode("cp1252")
    theirs = sample.splitlines()[1].split(";")
    fold = {"Basisumsatz": "Basis-Umsatz", "WKZ Basisumsatz": "WKZ Basis-Umsatz"}
    assert [fold.get(name, name) for name in theirs[:14]] == list(COLUMNS[:14])
    for name in ("Buchungstext", "Stück", "Auftragsnummer", "Skontosperre", "Festschreibung", "Leistungsdatum", "Land"):
        assert theirs.index(name) == COLUMNS.index(name), name
