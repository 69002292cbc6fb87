"""Every real bank file of the collection is read to the last entry, or refused with a sentence; the documented table is that reading."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import mt940
import pytest

from kulanz.payments.readers import ParsedFile, read_statements
from kulanz.payments.readers.shape import euros

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reference" / "statements.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def files(shared: Path) -> list[Path]:
    found = [path for folder in ("mt940", "camt") for path in sorted((shared / "data" / "formats" / folder).iterdir())]
    assert len(found) == 61
    return found


def read(path: Path) -> ParsedFile:
    return read_statements(path.read_bytes(), path.name)


def table(shared: Path) -> str:
    """The table of docs/reference/statements.md from a fresh reading."""
    rows = ["| file | format | statements | entries | sum | taken | why not, or what to note |", "|---|---|---:|---:|---:|---|---|"]
    for path in files(shared):
        parsed = read(path)
        taken = sum(not statement.refused for statement in parsed.statements)
        sums: dict[str, int] = {}
        for statement in parsed.statements:
            for line in statement.lines:
                sums[line.currency] = sums.get(line.currency, 0) + line.amount_cents
        pending = sum(statement.pending for statement in parsed.statements)
        notes = [f"{pending} vorgemerkt, nicht gebucht"] if pending else []
        notes += list(dict.fromkeys(problem.reason for problem in parsed.all_problems))
        cells = (
            path.name,
            parsed.format,
            str(len(parsed.statements)),
            str(sum(statement.entries for statement in parsed.statements)),
            ", ".join(euros(cents, currency) for currency, cents in sorted(sums.items())) or "0,00",
            "all" if taken == len(parsed.statements) and taken else f"{taken} of {len(parsed.statements)}",
            " · ".join(notes).replace("|", "\\|"),
        )
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def test_the_documented_table_is_what_a_fresh_reading_gives(shared: Path) -> None:
    written = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()
    assert written == table(shared)


def test_no_entry_of_a_real_file_is_lost(shared: Path) -> None:
    for path in files(shared):
        data = path.read_bytes()
        parts = [data]
        if path.suffix == ".zip":
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = [archive.read(name) for name in archive.namelist()]
        counted = sum(len(re.findall(rb"(?m)^:61:|<Ntry>", part)) for part in parts)
        assert sum(statement.entries for statement in read(path).statements) == counted, path.name


def test_an_independent_library_reads_the_same_amounts_and_days_from_mt940(shared: Path) -> None:
    """`mt-940` is the second opinion: it merges statements, cuts texts and knows no lines, but amounts and value days must agree."""
    for path in files(shared):
        if path.parent.name != "mt940":
            continue
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
        options = mt940.Options.all()
        theirs = [
            (item.data["date"], round(item.data["amount"].amount * 100))
            for item in mt940.parse(text, options=options).transactions
            if "amount" in item.data
        ]
        ours = [(line.value_on, line.amount_cents) for statement in read(path).statements for line in statement.lines]
        assert ours == theirs, path.name


def test_every_refusal_is_one_sentence_for_a_clerk(shared: Path) -> None:
    for path in files(shared):
        for problem in read(path).all_problems:
            assert problem.reason[0].isupper() and problem.reason.endswith((".", "!")), (path.name, problem.reason)
            assert not re.search(r"Error|Exception|None|Traceback|<class", problem.reason), (path.name, problem.reason)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("betterplace_sepa_snippet.txt", (5099005, "KARL KAUFMANN", "DE14508800500194785000", "EndToEndId TFNR 22 004 00001")),
        ("jejik_commerzbank.txt", (-1235, "TESTEREL", "DE50712345600200691329", "A1.200080779.400143254.4961336")),
    ],
)
def test_german_subfields_are_taken_apart(shared: Path, name: str, expected: tuple[int, str, str, str]) -> None:
    line = read(shared / "data" / "formats" / "mt940" / name).statements[0].lines[0]
    assert (line.amount_cents, line.counterparty_name, line.counterparty_iban, line.end_to_end_id) == expected


def test_a_returned_debit_names_reason_charge_original_amount_and_the_debtor(shared: Path) -> None:
    path = shared / "data" / "formats" / "camt" / "hbci4java_test-camt-ruecklastschrift.xml"
    line = read(path).statements[0].lines[0]
    assert (line.amount_cents, line.return_reason, line.charges_cents, line.instructed, line.counterparty_name) == (
        -5300,
        "MS03",
        300,
        "50.00 EUR",
        "Sven Schuldner",
    )


def test_a_collective_entry_becomes_its_payments(shared: Path) -> None:
    statement = read(shared / "data" / "formats" / "camt" / "oca_test-camt053-txdtls.xml").statements[0]
    assert (statement.entries, [line.amount_cents for line in statement.lines]) == (1, [218700, 129600])
    assert statement.difference_cents == 0
