"""Bytes → tables: what is found is shown, what is hostile or unclear is refused with a sentence."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.intake.errors import (
    AmbiguousFormat,
    DamagedFile,
    EmptyFile,
    FileMissing,
    FileTooLarge,
    HeaderProblem,
    IntakeError,
    NotATable,
    UnsafeWorkbook,
)
from kulanz.intake.readers import open_source
from kulanz.intake.readers.table import LINE
from tests.rules.intake.making import repacked, table, workbook


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8 (mit BOM)"),
        ("utf-16", "utf-16 (mit BOM)"),
        ("utf-16-le", "utf-16-le (ohne BOM)"),
        ("utf-16-be", "utf-16-be (ohne BOM)"),
        ("windows-1252", "windows-1252"),
    ],
)
def test_every_usual_encoding_gives_the_same_table_and_is_named(codec: str, shown: str) -> None:
    read = table("Nr;Name\n0001;Jörg Groß\n0002;Anna Weber\n".encode(codec))
    assert read.frame.select("Nr", "Name").rows() == [("0001", "Jörg Groß"), ("0002", "Anna Weber")]
    assert read.detected.encoding == shown


def test_a_file_that_mixes_encodings_is_asked_about_not_guessed() -> None:
    with pytest.raises(AmbiguousFormat, match="Zeile 3"):
        table("Nr;Name\n1;Jörg\n".encode() + "2;Groß\n".encode("windows-1252"))


def test_a_stated_encoding_that_does_not_fit_is_refused_with_its_line() -> None:
    with pytest.raises(DamagedFile, match="Zeile 2"):
        table("Nr;Name\n1;Jörg\n".encode("windows-1252"), encoding="utf-8")


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_even_beside_german_decimals(delimiter: str) -> None:
    rows = [["Nr", "Name", "Betrag"], ["1", "A", "1.234"], ["2", "B", "5.50"]]
    read = table("\n".join(delimiter.join(row) for row in rows))
    assert read.detected.delimiter == delimiter
    assert read.frame["Betrag"].to_list() == ["1.234", "5.50"]


def test_decimal_commas_do_not_make_the_comma_a_delimiter() -> None:
    assert table("Nr;Betrag\n1;2,50\n2;3,75\n").detected.delimiter == ";"


def test_two_possible_delimiters_are_asked_about() -> None:
    with pytest.raises(AmbiguousFormat, match="Semikolon oder Komma"):
        table("a;b,c\n1;2,3\n4;5,6\n")
    assert table("a;b,c\n1;2,3\n4;5,6\n", delimiter=";").columns == ["a", "b,c"]


def test_line_numbers_count_as_an_editor_does_over_blank_lines_and_line_breaks_in_fields() -> None:
    read = table('\nNr;Text\n\n1;"zwei\nZeilen"\n2;x\n')
    assert read.frame.select(LINE, "Nr").rows() == [(4, "1"), (6, "2")]
    assert read.detected.header_line == 2


def test_rows_with_too_many_or_too_few_fields_are_kept_as_ragged_and_count_as_rows() -> None:
    read = table("a;b\n1;2\n3\n4;5;6\n")
    assert [(row.line, row.found) for row in read.ragged] == [(3, 1), (4, 3)]
    assert read.rows == 3


FIELDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters='";,|\t'), max_size=8)


@given(st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=1, max_size=30))
def test_the_columnar_and_the_exact_way_read_the_same(rows: list[list[str]]) -> None:
    """Quotation marks choose the exact reader; the table must not depend on them."""
    plain = "\n".join(["a;b;c", "x;y;z", *(";".join(row) for row in rows)])
    quoted = "\n".join(['"a";"b";"c"', "x;y;z", *(";".join(f'"{cell}"' for cell in row) for row in rows)])
    assert table(plain).frame.equals(table(quoted).frame)


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"", EmptyFile, "leer"),
        (b" \n\n ", EmptyFile, "leer"),
        (b"a;b\n1;\x00\n", NotATable, "Null-Bytes"),
        (b"a;b\n1;\x07\n", NotATable, "Steuerzeichen"),
        (b"%PDF-1.7 ...", NotATable, "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", NotATable, "alte Excel"),
        (b"<?xml version='1.0'?><a/>", NotATable, "XML"),
        (b"a;b\n1;\x81\xff\n", NotATable, "weder UTF-8 noch Windows-1252"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", NotATable, "UTF-32"),
        (b"a;a\n1;2\n", HeaderProblem, "mehrfach: „a“"),
        (b"nur eine Spalte\n1\n", HeaderProblem, "kein Trennzeichen"),
        (b'a;b\n1;"offen\n2;x\n', DamagedFile, "Ab Zeile 2"),
        (gzip.compress(b"a;b\n1;2\n", mtime=0)[:-6], DamagedFile, "gzip"),
        (gzip.compress(gzip.compress(b"a;b\n1;2\n", mtime=0), mtime=0), NotATable, "zweimal"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(content: bytes, error: type[IntakeError], said: str) -> None:
    with pytest.raises(error, match=said):
        table(content)


def test_a_file_that_is_not_there_is_said_so(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FileMissing):
        open_source(tmp_path / "fehlt.csv")
    with pytest.raises(FileMissing):
        open_source(tmp_path)


def test_a_packed_bomb_is_refused_before_it_unfolds() -> None:
    bomb = gzip.compress(b"0" * 50_000_000, mtime=0)
    with pytest.raises(NotATable, match="länger als 1 MB"):
        open_source(bomb, name="bombe.csv.gz")
    lines = gzip.compress(b"a;b\n" * 2_000_000, mtime=0)
    with pytest.raises(FileTooLarge):
        open_source(lines, name="gross.csv.gz", bytes_max=1_000_000)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_refusal_never_a_crash(content: bytes) -> None:
    try:
        read = table(content)
    except IntakeError as refusal:
        assert refusal.message
    else:
        assert read.rows >= 0


def test_excel_keeps_leading_zeros_dates_and_exact_decimals() -> None:
    data = workbook(
        ["Nr", "Datum", "Betrag", "Text"],
        [611365, datetime(2026, 1, 5), 0.1 + 0.2, "0042"],
        [7, date(2026, 2, 1), 1234, None],
        formats={"A2": "0000000000"},
    )
    read = table(data, name="rechnungen.xlsx")
    assert read.frame.rows() == [(2, "0000611365", "2026-01-05", "0.3", "0042"), (3, "7", "2026-02-01", "1234", None)]
    assert {"Datum", "Betrag"} <= read.typed and "Text" not in read.typed


def test_excel_as_gz_and_with_a_wrong_ending_is_read_by_its_content() -> None:
    read = table(gzip.compress(workbook(["a", "b"], [1, 2]), mtime=0), name="export.csv.gz")
    assert read.detected.content == "Excel"
    assert "Inhalt ist Excel" in read.detected.notes[0]


def test_several_filled_sheets_are_asked_about() -> None:
    data = workbook(["a", "b"], [1, 2], sheets=("Mappe2",))
    with pytest.raises(AmbiguousFormat, match="Mappe2"):
        table(data)
    assert table(data, sheet="Sheet").rows == 1


def test_a_workbook_with_entities_is_not_opened() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet>&a;</worksheet>'
    with pytest.raises(UnsafeWorkbook):
        table(repacked(workbook(["a", "b"], [1, 2]), "xl/worksheets/sheet1.xml", evil))


def test_a_workbook_that_declares_a_huge_size_is_not_unpacked() -> None:
    huge = b"<worksheet>" + b" " * 300_000_000
    with pytest.raises(UnsafeWorkbook, match="MB groß"):
        table(repacked(workbook(["a", "b"], [1, 2]), "xl/worksheets/sheet1.xml", huge))


def test_a_zip_that_is_no_workbook_and_a_cut_workbook_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "a;b\n1;2\n")
    with pytest.raises(NotATable, match="ZIP"):
        table(out.getvalue())
    with pytest.raises(DamagedFile):
        table(workbook(["a", "b"], [1, 2])[:-200])


def test_a_name_in_the_header_stands_for_every_column_of_the_file() -> None:
    read = table("a;;c\n1;2;3\n")
    assert read.columns == ["a", "Spalte 2", "c"]
    assert read.frame.schema[LINE] == pl.Int64
