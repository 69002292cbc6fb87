"""The list of a collective payment: what a clerk pastes is read row by row, and every row that cannot be read says why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.payments.readers.remittance_list import BYTES_MAX, ROWS_MAX, ListedRow, read_remittance_list


def rows(text: str | bytes) -> list[tuple[int, str, int]]:
    read = read_remittance_list(text, "Liste")
    assert read.problems == ()
    return [(row.line, row.number, row.cents) for row in read.rows]


@pytest.mark.parametrize(
    "text",
    [
        "RE-17;84,90\nRE-23;1.012,00",
        "RE-17\t84,90\r\nRE-23\t1.012,00\r\n",
        "RE-17  84,90 EUR\nRE-23 1.012,00 €",
        "\ufeffRE-17;84.90;\nRE-23;1012",
    ],
)
def test_semicolons_tabs_and_blanks_separate_alike(text: str) -> None:
    assert rows(text) == [(1, "RE-17", 8490), (2, "RE-23", 101200)]


def test_a_head_row_names_the_columns_in_any_order_and_a_row_of_totals_is_left_out() -> None:
    text = "Betrag;Name;Rechnungsnummer\n84,90;Elif;RE 17\n12,00;Ben;RE 23\n96,90;;Summe\n"
    assert rows(text.encode("cp1252")) == [(2, "RE 17", 8490), (3, "RE 23", 1200)]


def test_a_number_with_blanks_keeps_them() -> None:
    assert rows("RF18 5390 0754 7034 12,00") == [(1, "RF18 5390 0754 7034", 1200)]


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("RE-17", "fehlt die Nummer oder der Betrag"),
        ("RE-17;viel", "kein eindeutiger Betrag"),
        ("RE-17;1.234", "kein eindeutiger Betrag"),
        ("RE-17;-5,00", "kein eindeutiger Betrag"),
        ("RE-17;0,00", "kein eindeutiger Betrag"),
        (";5,00", "Es fehlt das Aktenzeichen"),
        ("a;b;5,00", "Mehr als zwei Spalten"),
        ("x" * 101 + ";5,00", "zu lang"),
    ],
)
def test_a_row_that_cannot_be_read_says_why_and_where(line: str, word: str) -> None:
    read = read_remittance_list(f"RE-1;1,00\n{line}\nRE-2;2,00", "Liste")
    assert [row.number for row in read.rows] == ["RE-1", "RE-2"], "the others are read all the same"
    assert [(problem.line, word in problem.reason) for problem in read.problems] == [(2, True)]


def test_what_is_no_list_is_refused_whole() -> None:
    for content in ("", " \n ;; \n", b"PK\x03\x04\x00\x00", "RE;1,00\n" * (ROWS_MAX + 1), b"x" * (BYTES_MAX + 1)):
        read = read_remittance_list(content, "Liste")
        assert read.rows == () and [problem.line for problem in read.problems] == [0]


@settings(max_examples=150)
@given(st.one_of(st.binary(max_size=400), st.text(max_size=400)))
def test_whatever_comes_every_row_is_read_or_named_once(content: bytes | str) -> None:
    read = read_remittance_list(content, "Liste")
    lines = [one.line for one in (*read.rows, *read.problems)]
    assert len(lines) == len(set(lines))
    assert all(row.cents > 0 and row.number for row in read.rows)


@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=20))
def test_amounts_survive_to_the_cent(cents: list[int]) -> None:
    text = "\n".join(f"RE-{n};{value // 100},{value % 100:02d}" for n, value in enumerate(cents))
    assert read_remittance_list(text, "Liste").rows == tuple(ListedRow(n + 1, f"RE-{n}", value) for n, value in enumerate(cents))
