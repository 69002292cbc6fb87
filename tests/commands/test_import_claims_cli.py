"""`kulanz import claims` as one types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from kulanz.claims.models import Claim, Creditor
from kulanz.cli import imports
from tests.factories import creditor
from tests.rules.intake.making import lines, profile

pytestmark = pytest.mark.django_db

ONE = "0001;K1;Weber;05.01.2026;04.02.2026;100,50;;"
BROKEN = "0002;K2;=Groß;31.02.2026;05.03.2026;9,99;;"


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    """The test profile as a file."""
    file = tmp_path / "profil.yaml"
    plain = json.loads(profile().model_dump_json(exclude_defaults=True))
    file.write_text(yaml.safe_dump(plain, allow_unicode=True), encoding="utf-8")
    return file


def _run(*arguments: object) -> Any:
    app = typer.Typer()
    app.command()(imports.claims)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _file(folder: Path, *rows: str, name: str = "rechnungen.csv") -> Path:
    file = folder / name
    file.write_text(lines(*rows), encoding="utf-8")
    return file


def test_counts_reasons_and_what_was_detected_are_in_the_json(tmp_path: Path, mapping: Path) -> None:
    creditor()
    told = _run(_file(tmp_path, ONE, BROKEN), "--creditor", "nordlicht", "--mapping", mapping, "--json")
    (result,) = json.loads(told.stdout)
    assert told.exit_code == 1
    assert {key: result[key] for key in ("rows", "new", "known", "changed", "problems")} == {
        "rows": 2, "new": 1, "known": 0, "changed": 0, "problems": 1
    }  # fmt: skip
    (reason,) = result["reasons"]
    assert (reason["line"], reason["column"], reason["code"]) == (3, "Datum", "date_impossible")
    assert result["detected"]["delimiter"] == ";" and "Betrag" in result["detected"]["styles"]


def test_the_corrected_problem_file_imports_as_it_is(tmp_path: Path, mapping: Path) -> None:
    creditor()
    out = tmp_path / "probleme.csv"
    _run(_file(tmp_path, ONE, BROKEN), "--creditor", "nordlicht", "--mapping", mapping, "--problems", out)
    out.write_text(out.read_text(encoding="utf-8-sig").replace("31.02.2026", "28.02.2026"), encoding="utf-8")
    told = _run(out, "--creditor", "nordlicht", "--mapping", mapping, "--json")
    assert (told.exit_code, json.loads(told.stdout)[0]["new"]) == (0, 1)
    assert Claim.objects.count() == 2


def test_one_refused_file_does_not_stop_the_next(tmp_path: Path, mapping: Path) -> None:
    creditor()
    bad = tmp_path / "kaputt.csv"
    bad.write_bytes(b"%PDF-1.7")
    told = _run(bad, tmp_path / "fehlt.csv", _file(tmp_path, ONE), "--creditor", "nordlicht", "--mapping", mapping, "--json")
    results = json.loads(told.stdout)
    assert [result["refused"] for result in results] == [True, True, False]
    assert [result["new"] for result in results] == [0, 0, 1]
    assert "PDF" in results[0]["reasons"][0]["reason"]
    assert told.exit_code == 1


def test_a_dry_run_keeps_nothing_and_says_so(tmp_path: Path, mapping: Path) -> None:
    creditor()
    told = _run(_file(tmp_path, ONE), "--creditor", "nordlicht", "--mapping", mapping, "--dry-run")
    assert told.exit_code == 0 and "Probelauf" in told.stdout
    assert not Claim.objects.exists()


def test_an_unknown_creditor_is_refused_unless_the_profile_says_who_it_is(tmp_path: Path, mapping: Path) -> None:
    told = _run(_file(tmp_path, ONE), "--creditor", "neu", "--mapping", mapping)
    assert told.exit_code != 0 and not Creditor.objects.exists()
    mapping.write_text(mapping.read_text(encoding="utf-8") + "creditor: {name: Neue GmbH}\n", encoding="utf-8")
    assert _run(_file(tmp_path, ONE), "--creditor", "neu", "--mapping", mapping).exit_code == 0
    assert Creditor.objects.get().name == "Neue GmbH"
