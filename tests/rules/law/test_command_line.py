"""`kulanz law`: one question by options, many by a batch, and the state of the tables. No database is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kulanz.cli.law import app
from kulanz.errors import KulanzError
from kulanz.law.calculators import CALCULATORS

ROOT = Path(__file__).resolve().parents[3]


def law(*words: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def test_a_question_by_options_is_answered_as_json() -> None:
    words = "interest --principal 3089.00 --first-interest-day 2025-04-17 --last-interest-day 2026-02-20 --debtor consumer --json"
    result = law(*words.split())
    assert result.exit_code == 0
    assert json.loads(result.stdout)["total"] == "170.84"


def test_without_json_people_see_the_lines_and_the_rule() -> None:
    words = "interest --principal 3089.00 --first_interest_day 2025-04-17 --last_interest_day 2026-02-20 --debtor consumer"
    shown = law(*words.split()).stdout
    for figure in ("170.84", "46.14", "97.64", "27.06", "§§ 247, 288 BGB"):
        assert figure in shown


def test_lists_and_truth_values_can_be_given_on_the_command_line() -> None:
    claims = '[{"id": "a", "due_on": "2026-01-01", "principal": "5"}, {"id": "b", "due_on": "2025-01-01", "principal": "5"}]'
    result = law("allocate", "--payment", "6", "--claims", claims, "--debtor-choice", "a,b", "--json")
    assert [part["id"] for part in json.loads(result.stdout)["parts"]] == ["a", "b"]
    disputed = law("costs", "--value", "100", "--mandate-on", "2025-07-01", "--no-undisputed", "--json")
    assert json.loads(disputed.stdout)["fee"] == "66.95"
    fixed = law("default-start", "--due-on", "2026-03-02", "--calendar-date", "true", "--json")
    assert json.loads(fixed.stdout)["first_interest_day"] == "2026-03-03"
    assert "–" in law("limitation", "--arose-on", "2026-01-01", "--events", '[{"kind": "suit", "from": "2027-02-01"}]').stdout


def test_a_wrong_question_is_an_error_in_words_or_as_json() -> None:
    result = law("costs", "--value", "1x", "--mandate-on", "2025-07-01", "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "bad_field"
    spoken = law("costs", "--value", "1x", "--mandate-on", "2025-07-01")
    assert isinstance(spoken.exception, KulanzError)


def test_a_batch_answers_every_line_in_order_and_goes_on_after_a_bad_one(tmp_path: Path) -> None:
    lines = '{"on": "2026-07-01"}\n\n{"on": "2027-01-01"}\nnonsense\n{"on": "2002-01-01"}'
    file = tmp_path / "cases.jsonl"
    file.write_text(lines, encoding="utf-8")
    for result in (law("base-rate", "--batch", str(file)), law("base-rate", "--batch", "-", given=lines)):
        assert result.exit_code == 0
        answers = [json.loads(line) for line in result.stdout.splitlines()]
        assert [answer.get("rate_percent") or answer["error"]["code"] for answer in answers] == [
            "1.52",
            "bad_field",
            "outside_table",
            "bad_field",
            "2.57",
        ]


def test_a_batch_survives_bytes_that_are_no_text() -> None:
    result = law("base-rate", "--batch", "-", given=b'{"on": "2026-07-01", "\\ud800": 1}\n\xff\xfe\n')
    assert [json.loads(line)["error"]["code"] for line in result.stdout.splitlines()] == ["bad_field", "bad_field"]


def test_a_batch_that_cannot_be_read_or_has_options_besides_is_refused(tmp_path: Path) -> None:
    assert isinstance(law("base-rate", "--batch", str(tmp_path / "none.jsonl")).exception, KulanzError)
    assert isinstance(law("base-rate", "--batch", "-", "--on", "2026-07-01").exception, KulanzError)


def test_the_tables_say_when_they_end_and_warn_sixty_days_before() -> None:
    listed = json.loads(law("tables", "--on", "2026-11-01", "--json").stdout)
    base_rate = next(table for table in listed if table["table"] == "de_base_rate")
    assert (base_rate["last_day"], base_rate["days_left"], base_rate["warning"]) == ("2026-12-31", 60, True)
    limits = next(table for table in listed if table["table"] == "de_exempt_income")
    assert (limits["last_day"], limits["warning"]) == ("2027-06-30", False)
    shown = law("tables", "--on", "2026-11-01").stdout
    assert "endet in 60 Tagen" in shown
    assert "abgelaufen" in shown
    assert isinstance(law("tables", "--on", "tomorrow").exception, KulanzError)


def test_the_reference_names_every_calculator_field_and_its_examples_are_true() -> None:
    page = (ROOT / "docs" / "reference" / "law.md").read_text(encoding="utf-8")
    for calculator in CALCULATORS.values():
        assert f"### `{calculator.name}`" in page
        for field in calculator.fields:
            assert f"`{field.name}`" in page, (calculator.name, field.name)
    examples = [block.split("```")[0].strip().split("\n") for block in page.split("```console\n")[1:]]
    assert len(examples) >= len(CALCULATORS)
    for command, *printed in examples:
        words = command.removeprefix("$ kulanz law ")
        if command.startswith("$ echo "):
            question, words = command.removeprefix("$ echo '").split("' | kulanz law ")
            result = law(*words.split(), given=question)
        else:
            result = law(*words.split())
        assert json.loads(result.stdout) == json.loads("".join(printed)), command


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_every_calculator_explains_its_options(name: str) -> None:
    result = law(name, "--help")
    assert result.exit_code == 0
    assert "--batch" in result.stdout
