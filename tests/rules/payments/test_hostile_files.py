"""Bad input of any kind gets a clear sentence; no reader raises, hangs, fetches anything or eats the memory."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kulanz.payments.readers import ParsedFile, read_statements
from tests.bank import Move, camt053, mt940

GOOD_CAMT = camt053([Move(8490, "RE 2026-00001", "Elif Yılmaz", "DE02120300000000202051", ref="R1"), Move(-100, "Entgelt")])
GOOD_MT940 = mt940([Move(8490, "RE 2026-00001", "Elif Yılmaz", "DE02120300000000202051"), Move(-100, "Entgelt")])

MT_LINES = st.sampled_from(
    [":20:X", ":25:10020030/1234567", ":28C:1/1", ":60F:C260105EUR10,00", ":61:2601060106CR5,50NTRFNONREF", ":61:", ":61:260106",
     ":61:2602300230D1,NMSCNONREF//", ":86:166?00A?20B?", ":86:?", ":86:/IBAN/X/NAME/", ":62F:C260106EUR15,50", ":62F:", ":NS:", ":NS:19",
     "-", "-}", "{4:", "{1:F01}{4::20:Y", ":90D:1EUR", ":13D:x", ":34F:EURD0,", "text", ":99:", ":25:11 Uhr", "\x00\x01", "?20?21", ""]
)  # fmt: skip


def reasons(parsed: ParsedFile) -> list[str]:
    """Every file is either taken without complaint or says in German why not."""
    found = [problem.reason for problem in parsed.all_problems]
    assert parsed.statements or found
    assert all(reason and reason[0].isupper() for reason in found)
    return found


@settings(max_examples=300)
@given(st.binary(max_size=2000))
@example(b"")
@example(b"\x00" * 10)
@example(b"<")
@example(b":20:")
@example(b"PK\x03\x04")
@example(b"PK\x05\x06" + b"\x00" * 18)
@example(b"\xff\xfe<\x00?\x00x\x00m\x00l\x00")
@example("<?xml version='1.0'?><Document/>".encode("utf-16"))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    reasons(read_statements(data, "x"))


@settings(max_examples=300)
@given(st.lists(st.one_of(MT_LINES, st.text(max_size=40)), max_size=25), st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_arrangement_of_mt940_fields_is_read_or_refused(rows: list[str], newline: str) -> None:
    reasons(read_statements(newline.join([":20:S", *rows]).encode("utf-8", "surrogatepass"), "x"))


@settings(max_examples=300)
@given(st.sampled_from([GOOD_CAMT, GOOD_MT940]), st.data())
def test_a_damaged_file_is_read_or_refused_and_never_ties_with_another_sum(good: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(good) - 1))
    length = data.draw(st.integers(0, 40))
    damaged = good[:start] + data.draw(st.binary(max_size=20)) + good[start + length :]
    parsed = read_statements(damaged, "x")
    reasons(parsed)
    for statement in parsed.statements:
        if not statement.refused and statement.difference_cents is not None:
            assert statement.opening_cents is not None
            assert statement.opening_cents + statement.sum_cents == statement.closing_cents


@settings(max_examples=100)
@given(st.sampled_from([GOOD_CAMT, GOOD_MT940]), st.integers(0, 2000))
def test_a_file_that_breaks_off_is_refused(good: bytes, kept: int) -> None:
    # Without its last zero a closing balance is the same amount.
    if kept >= len(good.rstrip(b"-\r\n0")):
        return
    parsed = read_statements(good[:kept], "x")
    assert parsed.problems or all(statement.refused for statement in parsed.statements)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaa">]><Document>&a;</Document>', "DTD"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><Document/>'.encode("utf-16"), "DTD"),
        (b'<?xml version="1.0" encoding="UTF-7"?><Document/>', "Zeichenkodierung"),
        (b'<?xml version="1.0" encoding="IBM037"?><Document/>', "Zeichenkodierung"),
        (b"<Document><BkToCstmrStmt><Stmt>", "beschädigt"),
        (b"<Document><CstmrCdtTrfInitn/></Document>", "kein Kontoauszug"),
        (b"<Document><BkToCstmrStmt></BkToCstmrStmt></Document>", "keinen Auszug"),
        (b"%PDF-1.7", "PDF"),
        (b"Datum;Betrag\n1.1.2026;5,00\n", "weder camt"),
        (b"PK\x03\x04garbage", "ZIP"),
        (b":20:X\n" + b"x" * 30_000 + b"\n:25:1\n", "länger als"),
    ],
)
def test_what_is_wrong_is_said_in_words(data: bytes, words: str) -> None:
    assert any(words in reason for reason in reasons(read_statements(data, "x")))


def zipped(*members: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_zip_of_statements_is_read_and_the_file_inside_is_named() -> None:
    parsed = read_statements(zipped(("a.xml", GOOD_CAMT), ("b.sta", GOOD_MT940), ("liesmich.txt", b"hallo")), "bank.zip")
    assert [statement.sum_cents for statement in parsed.statements] == [8390, 8390]
    assert [problem.file for problem in parsed.problems] == ["bank.zip/liesmich.txt"]


def test_a_zip_in_a_zip_and_too_many_members_are_refused() -> None:
    assert "ZIP im ZIP" in reasons(read_statements(zipped(("innen.zip", zipped(("a.xml", GOOD_CAMT)))), "x.zip"))[0]
    assert "mehr als" in reasons(read_statements(zipped(*((f"{n}.xml", b"x") for n in range(501))), "x.zip"))[0]


HOSTILE = """
import io, pathlib, re, sys, zipfile
from kulanz.payments.readers import read_statements
head = b'<Document><BkToCstmrStmt><Stmt>'
def packed(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.xml", "w", force_zip64=True) as member:
            for _ in range(300):
                member.write(content)
    return buffer.getvalue()
cases = {
    "zip bomb": lambda: packed(b"<" * 1_000_000),
    "one long line": lambda: b":20:X\\n:86:" + b"x" * 60_000_000,
    "one long text": lambda: head + b"<Id>" + b"x" * 60_000_000,
    "many empty elements": lambda: head + b"<a/>" * 15_000_000,
    "deep nesting": lambda: head + b"<a>" * 10_000_000,
    "one entry of many transactions without amounts": lambda: head + b"<Ntry><NtryDtls>" + b"<TxDtls/>" * 400_000,
    "many attributes": lambda: head + b"<Id " + b" ".join(b'a%d="x"' % n for n in range(600_000)) + b"/>",
    "many fields": lambda: b":20:X\\n" * 3_000_000,
    "many movements": lambda: b":20:X\\n" + b":61:260106C1,NMSC\\n" * 1_600_000,
    "many blank rows": lambda: b":20:X" + b"\\n" * 33_000_000,
    "many entries": lambda: head + b'<Ntry><Amt>1</Amt><CdtDbtInd>CRDT</CdtDbtInd><BookgDt><Dt>2026-01-05</Dt></BookgDt></Ntry>' * 900_000,
}
parsed = read_statements(cases[sys.argv[1]](), "x")
assert parsed.problems or all(statement.refused for statement in parsed.statements), parsed.format
# Not ru_maxrss: a child begins with the peak of the process that started it.
print(int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text()).group(1)) // 1024)
"""
HOSTILE_CASES = [
    "zip bomb",
    "one long line",
    "one long text",
    "many empty elements",
    "deep nesting",
    "one entry of many transactions without amounts",
    "many attributes",
    "many fields",
    "many movements",
    "many blank rows",
    "many entries",
]


@pytest.mark.slow
@pytest.mark.parametrize("case", HOSTILE_CASES)
def test_hostile_files_are_refused_within_256_megabytes(case: str) -> None:
    done = subprocess.run([sys.executable, "-c", HOSTILE, case], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) <= 256, done.stdout
