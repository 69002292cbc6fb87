"""The commands around the daily run as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from kulanz.cli import run
from kulanz.strategy.errors import PlaybookInvalid
from kulanz.strategy.models import Decision, PlaybookVersion
from kulanz.strategy.playbook import builtin_text
from tests import factories

pytestmark = pytest.mark.django_db


def kulanz(*words: str) -> Result:
    app = typer.Typer()
    app.add_typer(run.app, name="run")
    app.add_typer(run.playbook_app, name="playbook")
    app.command("decisions")(run.decisions)
    app.command("replay")(run.replay)
    return CliRunner().invoke(app, words)


def test_the_day_is_told_as_json_and_a_second_time_as_known() -> None:
    factories.case()
    told = json.loads(kulanz("run", "daily", "--date", "2026-03-02", "--json").stdout)
    assert told["counts"]["action"] == {"contact": 1} and told["counts"]["queued"] == 1
    assert (told["day"], told["done_before"]) == ("2026-03-02", False)
    assert json.loads(kulanz("run", "daily", "--date", "2026-03-02", "--json").stdout)["done_before"] is True


def test_the_day_is_told_as_a_table_for_people() -> None:
    factories.case(email=None, street="")
    text = kulanz("run", "daily", "--date", "2026-03-02").stdout
    assert "Tageslauf 02.03.2026" in text and "kein Kontaktweg bekannt: Kontakt ermitteln" in text
    assert "schon gerechnet" in kulanz("run", "daily", "--date", "2026-03-02").stdout


def test_a_shadow_run_says_that_nothing_was_done() -> None:
    factories.case()
    assert "Probelauf: nichts wurde veranlasst" in kulanz("run", "daily", "--date", "2026-03-02", "--shadow").stdout
    assert "2026-00001" in kulanz("decisions", "--date", "2026-03-02", "--shadow").stdout
    assert "gibt es keine Entscheidungen" in kulanz("decisions", "--date", "2026-03-02").stdout


def test_each_open_overdue_claim_is_one_line_of_json() -> None:
    case = factories.case()
    kulanz("run", "daily", "--date", "2026-03-02")
    (line,) = kulanz("decisions", "--date", "2026-03-02", "--json").stdout.splitlines()
    told = json.loads(line)
    assert (told["claim"], told["case"]) == ("2026-00001", case.reference)
    assert (told["action"], told["step"], told["channel"], told["reason"]) == ("contact", "reminder_1", "email", "step_due")


def test_a_replay_explains_the_decision_and_ends_with_zero_if_the_answer_is_the_same() -> None:
    factories.case()
    kulanz("run", "daily", "--date", "2026-03-02")
    number = str(Decision.objects.get().id)
    again = kulanz("replay", number)
    assert again.exit_code == 0
    assert "Der Schritt „Erinnerung“ ist an der Reihe" in again.stdout and "derselben Antwort" in again.stdout
    assert json.loads(kulanz("replay", number, "--json").stdout)["same"] is True


def test_a_playbook_is_checked_and_saved(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(builtin_text(), encoding="utf-8")
    assert "Der Ablaufplan ist gültig." in kulanz("playbook", "check", str(file)).stdout
    assert not PlaybookVersion.objects.exists()
    assert "Fassung 1" in kulanz("playbook", "save", str(file)).stdout
    file.write_text(builtin_text().replace("has_email AND", "has_fax AND"), encoding="utf-8")
    refused = kulanz("playbook", "check", str(file)).exception
    assert isinstance(refused, PlaybookInvalid) and "has_fax" in refused.message
