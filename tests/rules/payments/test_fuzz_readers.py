"""Mutated bank files of every kind: no reader raises, and none takes more memory than a small machine has."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.cli.import_statement import _take
from kulanz.payments.readers import ParsedFile, read_statements
from kulanz.payments.readers.shape import INPUT_BYTES_MAX
from kulanz.payments.sources import FolderSource
from tests.bank import Move, camt053, mt940
from tests.rules.payments.test_bank_csv import PAYPAL, SPARKASSE, STRIPE, VOLKSBANK, sparkasse, volksbank

MOVES = [Move(8490, "RE 2026-00001 Müller", "Elif Yılmaz", "DE02120300000000202051", ref="R1"), Move(-100, "Entgelt")]
SEEDS = {
    "camt": camt053(MOVES),
    "mt940": mt940(MOVES),
    "sparkasse": (SPARKASSE + sparkasse() + sparkasse("-1.234,56")).encode("cp1252"),
    "volksbank": (VOLKSBANK + volksbank("10,00", "110,00") + volksbank("-5,00", "105,00")).encode("utf-8-sig"),
    "paypal": (
        PAYPAL + '"20.02.2026","10:00","CET","E","Z","Abgeschlossen","EUR","84,90","-2,47","82,43","a","b","9AB","1","","","Haben"\n'
    ).encode(),
    "stripe": (STRIPE + "txn_1,2026-02-20 10:00:00,2026-02-25 00:00:00,eur,84.90,1.52,83.38,charge,ch_1,RE 2026-00001\n").encode(),
}
TOKENS = st.sampled_from(
    [b"\x00", b'"', b'""', b";", b",", b"\n", b"\r", b"\r\n", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe2\x88\x92", b"-", b"+", b"1e9", b"NaN",
     b"9" * 40, b"-" + b"9" * 20 + b",99", b"0,001", b"99.99.9999", b"00.00.0000", b"31.02.2026", b"<!DOCTYPE x>", b"]]>", b"<![CDATA[",
     b"&a;", b"Infinity",
     b"<Ntry>", b"</Stmt>", b"<Amt>", b":61:", b":86:", b"?20", b"{4:", b"PK\x03\x04", b"=cmd()", b"\xc3",
     b"\xf0\x9f\x98\x80", "١٢٣".encode()]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file with a few things done to it: cut, doubled, sprinkled with what breaks parsers, or recoded."""
    data = draw(st.sampled_from(sorted(SEEDS.items())))[1]
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, max(0, len(data) - 1)))
        end = min(len(data), start + draw(st.integers(0, 120)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:start] + data[end:]
            case 1:
                data = data[:end] + data[start:end] * draw(st.integers(1, 4)) + data[end:]
            case 2:
                data = data[:start] + draw(TOKENS) + data[start:]
            case 3:
                data = data[:start] + draw(st.binary(max_size=12)) + data[end:]
            case _:
                codec = draw(st.sampled_from(["utf-16", "utf-16-be", "utf-32", "cp037", "utf-7"]))
                data = data.decode("latin-1").encode(codec, "replace")
    return data


def sound(parsed: ParsedFile) -> None:
    """Every file is taken or refused with a reason, nothing of it is beyond all bounds, and what ties, ties."""
    assert parsed.statements or parsed.problems
    for statement in parsed.statements:
        assert all(abs(line.amount_cents) < 10**18 for line in statement.lines)
        assert all("\x00" not in line.purpose + line.counterparty_name + line.counterparty_iban + line.bank_ref for line in statement.lines)
        if not statement.refused and statement.opening_cents is not None and statement.closing_cents is not None and not statement.intraday:
            assert statement.opening_cents + statement.sum_cents == statement.closing_cents


@settings(max_examples=600)
@given(mutated())
def test_no_mutation_of_a_good_file_makes_a_reader_raise(data: bytes) -> None:
    sound(read_statements(data, "x"))


@settings(max_examples=150)
@given(st.lists(mutated(), min_size=1, max_size=3), st.integers(0, 10**6), st.binary(max_size=6))
def test_no_damaged_zip_makes_the_reader_raise(members: list[bytes], at: int, junk: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(members):
            archive.writestr(f"{number}.csv", data)
    packed = buffer.getvalue()
    place = at % len(packed)
    sound(read_statements(packed[:place] + junk + packed[place + len(junk) :], "x.zip"))


@pytest.mark.parametrize("encoding", ["utf-32", "cp037", "utf-7", "shift_jis", "koi8-r"])
def test_a_csv_in_an_encoding_no_bank_uses_is_refused_or_read_never_raised(encoding: str) -> None:
    sound(read_statements((SPARKASSE + sparkasse()).encode(encoding, "replace"), "x.csv"))


@pytest.mark.parametrize("cents", ["-0,00", "0,00", "999999999999999,99", "-999999999999999,99"])
def test_the_largest_and_smallest_amounts_are_read_exactly(cents: str) -> None:
    (statement,) = read_statements((SPARKASSE + sparkasse(cents)).encode(), "x.csv").statements
    assert statement.lines[0].amount_cents == int(cents.replace(",", ""))


def test_an_amount_beyond_all_bounds_is_a_bad_row() -> None:
    parsed = read_statements((SPARKASSE + sparkasse("9999999999999999,00") + sparkasse()).encode(), "x.csv")
    assert [problem.line for problem in parsed.problems] == [2]
    assert len(parsed.statements[0].lines) == 1


def huge(folder: Path) -> Path:
    """A file of 1 GB that takes no room on the disk."""
    path = folder / "auszug.xml"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)
    return path


def test_a_gigabyte_in_a_folder_is_put_away_unread(tmp_path: Path) -> None:
    huge(tmp_path)
    assert list(FolderSource(tmp_path, settled_seconds=0).fetch()) == []
    assert "100 MB" in (tmp_path / "refused" / "auszug.xml.reason").read_text()


def test_a_gigabyte_on_the_command_line_is_refused_unread(tmp_path: Path) -> None:
    (problem,) = _take(huge(tmp_path)).problems
    assert problem.code == "statement_too_large"
    assert INPUT_BYTES_MAX < 1_000_000_000


HOSTILE = """
import io, pathlib, re, sys, zipfile
from kulanz.payments.readers import read_statements
from tests.rules.payments.test_bank_csv import SPARKASSE, sparkasse
head = SPARKASSE.encode()
row = sparkasse().encode()
short = b'"DE89370400440532013000";"20.02.26";"";"";"";"";"";"";"";"";"";"";"";"";"1,00";"EUR";"x"\\n'
def packed(content, times, name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(name, "w", force_zip64=True) as member:
            for _ in range(times):
                member.write(content)
    return buffer.getvalue()
cases = {
    "a line of 1 GB in a zip": lambda: packed(b"x" * 1_000_000, 1_000, "a.csv"),
    "a quoted field of 60 MB": lambda: head + b'"' + b"x" * 60_000_000,
    "a quoted field of 19 MB": lambda: head + b'"' + b"x" * 19_000_000,
    "a header of a million columns": lambda: b";".join(b"a%d" % n for n in range(1_000_000)) + b"\\n1;2;3\\n",
    "a row of many million cells": lambda: head + b";" * 19_000_000,
    "many rows": lambda: head + row * 110_000,
    "many short rows": lambda: head + short * 220_000,
    "many accounts": lambda: head + b"".join(row.replace(b"DE89370400440532013000", b"DE%020d" % n, 1) for n in range(60_000)),
    "many bad rows": lambda: head + row.replace(b"20.02.26", b"xx") * 110_000,
    "many blank rows": lambda: head + b"\\n" * 19_000_000,
    "many quotes": lambda: head + b'""' * 9_000_000,
    "emoji": lambda: head + row.replace(b"GUTSCHR.", chr(128512).encode() * 40) * 60_000,
    "utf-16": lambda: (SPARKASSE + sparkasse() * 40_000).encode("utf-16"),
    "entities in utf-16": lambda: (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY b "' + "x" * 1000 + '">]><Document>' + "&b;" * 100_000 + "</Document>"
    ).encode("utf-16"),
    "numbers without end": lambda: b"<Document><BkToCstmrStmt><Stmt><Ntry><Amt>" + b"9" * 3_000_000 + b"</Amt></Ntry></Stmt>"
    + b"</BkToCstmrStmt></Document>",
}
parsed = read_statements(cases[sys.argv[1]](), "x")
assert parsed.statements or parsed.problems
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text()).group(1)) // 1024)
"""
HOSTILE_CASES = [
    "a line of 1 GB in a zip", "a quoted field of 60 MB", "a quoted field of 19 MB", "a header of a million columns",
    "a row of many million cells", "many rows", "many short rows", "many accounts", "many bad rows", "many blank rows", "many quotes",
    "emoji", "utf-16", "entities in utf-16", "numbers without end",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE_CASES)
def test_hostile_files_stay_within_256_megabytes(case: str) -> None:
    done = subprocess.run([sys.executable, "-c", HOSTILE, case], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) <= 256, done.stdout
