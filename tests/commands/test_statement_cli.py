"""`kulanz import statement` and `kulanz matches`: what a clerk sees, and what a program reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from kulanz.claims.models import Claim
from kulanz.cli import import_statement, matches
from kulanz.payments.models import BankLine
from kulanz.payments.readers.shape import euros
from tests import factories
from tests.bank import Move, camt053, mt940

pytestmark = pytest.mark.django_db(transaction=True)

app = typer.Typer()
app.command("statement")(import_statement.statement)
app.command("matches")(matches.matches)


@pytest.fixture(autouse=True)
def a_day_in_march(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_NOW", "2026-03-02T09:00:00+01:00")


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "220"})
    assert result.exit_code == code, result.output
    return result.output


def as_json(*words: str, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code))


@pytest.fixture
def paid(tmp_path: Path) -> tuple[Claim, Path]:
    claim = factories.claim()
    path = tmp_path / "auszug.xml"
    path.write_bytes(camt053([Move(8490, claim.external_id, "Elif Yılmaz1"), Move(1234, "Strom", "Wer Anders")]))
    return claim, path


def test_import_reports_counts_sums_and_balances_per_statement(paid: tuple[Claim, Path]) -> None:
    _, path = paid
    [file] = as_json("statement", str(path))
    [statement] = file["statements"]
    wanted = {"entries": 2, "sum": "97.24", "opening": "0.00", "closing": "97.24", "new": 2, "known": 0, "booked": 1, "unmatched": 1}
    assert {key: statement[key] for key in wanted} == wanted
    assert (file["format"], statement["creditor"], statement["problems"]) == ("camt.053.001.08", "nordlicht", [])
    [again] = as_json("statement", str(path))[0]["statements"]
    assert (again["new"], again["known"]) == (0, 2)


def test_matches_shows_state_claim_case_reason_and_proposals_of_every_line(paid: tuple[Claim, Path]) -> None:
    claim, path = paid
    run("statement", str(path))
    booked, other = as_json("matches")
    assert (booked["state"], booked["claim"], booked["case"]) == ("booked", claim.external_id, claim.case.reference)
    assert (booked["reason"], booked["confidence"]) == ("Rechnungsnummer stimmt, Betrag stimmt, Name stimmt", 91)
    assert (other["state"], other["claim"], other["proposals"]) == ("unmatched", None, [])
    assert claim.case.reference in run("matches")


def test_a_refused_file_names_line_and_reason_and_ends_with_1(tmp_path: Path) -> None:
    factories.creditor()
    good, broken = tmp_path / "gut.sta", tmp_path / "kaputt.xml"
    good.write_bytes(mt940([Move(100, "x")]))
    broken.write_bytes(camt053([Move(100, "x")], closing_cents=5))
    output = run("statement", str(good), str(broken), str(tmp_path / "fehlt.xml"), code=1)
    assert "kaputt.xml" in output
    assert "Der Auszug geht nicht auf" in output
    assert "Die Datei gibt es nicht" in output
    assert BankLine.objects.count() == 1


@pytest.mark.slow
def test_every_real_file_is_taken_or_refused_and_twice_is_once(shared: Path) -> None:
    factories.creditor()
    paths = [str(path) for folder in ("mt940", "camt") for path in sorted((shared / "data" / "formats" / folder).iterdir())]
    first = as_json("statement", *paths, code=1)
    lines = BankLine.objects.count()
    assert lines == sum(statement["new"] for file in first for statement in file["statements"]) > 100
    assert all(file["problems"] or file["statements"] for file in first)
    again = as_json("statement", *paths, code=1)
    assert BankLine.objects.count() == lines
    assert sum(statement["new"] for file in again for statement in file["statements"]) == 0


def test_amounts_for_people_are_written_the_german_way() -> None:
    assert (euros(123456789, "EUR"), euros(-5, "EUR"), euros(0, "")) == ("1.234.567,89 EUR", "-0,05 EUR", "0,00")
