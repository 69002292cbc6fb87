"""Mapping profiles: every mistake is named, unknown keys come with a suggestion."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from kulanz.intake.errors import HeaderProblem, ProfileInvalid
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.profile import Target, read_profile
from tests.rules.intake.making import about, lines, profile, table

GOOD = """
name: shop
columns: {invoice_number: Nr, debtor_number: Kunde, family_name: Name, invoiced_on: Datum, amount: Betrag}
constants: {kind: person, currency: EUR}
payment_term_days: 14
"""
EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


def test_a_good_profile_is_read() -> None:
    assert read_profile(GOOD).payment_term_days == 14


@pytest.mark.parametrize(
    "file", [*sorted(EXAMPLES.glob("*_*.yaml")), files("kulanz.intake") / "profiles" / "standard.yaml"], ids=lambda f: f.name
)
def test_every_profile_that_comes_with_kulanz_is_valid(file: Path) -> None:
    assert read_profile(file.read_text(encoding="utf-8")).name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"colums": {}}, "gemeint ist vielleicht „columns“"),
        ({"columns": {"invoice_numbr": "Nr"}}, "gemeint ist vielleicht „invoice_number“"),
        ({"constants": {"kind": "person"}}, "currency fehlt"),
        ({"payment_term_days": None}, "due_on oder payment_term_days fehlt"),
        ({"templates": {"email": "{Kunde.__class__}@example.com"}}, "nur {Spaltenname}"),
        ({"templates": {"email": "{Kunde!r}@example.com"}}, "nur {Spaltenname}"),
        ({"templates": {"email": "{Kunde"}}, "offene Klammer"),
        ({"templates": {"kind": "person"}}, "nur an einer Stelle"),
        ({"dates": {"Datum": "dd.mm.yyyy"}}, "möglich: Y-m-d"),
        ({"file": {"encoding": "ebcdic"}}, "nicht vorgesehen"),
        ({"events": {"x": {"opens": "Betrag"}}}, "nur in layout: events"),
        ({"constants": {"kind": "person", "currency": "EUR", "paid_on": "x"}}, "paid_on"),
        ({"layout": "events"}, "event"),
        ({"name": 5}, "muss ein Text sein"),
    ],
)
def test_every_mistake_is_named(change: dict[str, object], said: str) -> None:
    document = yaml.safe_load(GOOD) | change
    with pytest.raises(ProfileInvalid) as refusal:
        read_profile(yaml.safe_dump(document, allow_unicode=True))
    assert said in refusal.value.message


@pytest.mark.parametrize("text", ["", "- a", "a: [", "name: x\nname: y", "? [a]\n: b", "!!python/object:os.system {}", "x" * 70_000])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ProfileInvalid):
        read_profile(text)


def test_a_missing_column_is_named_with_the_nearest_one_of_the_file() -> None:
    with pytest.raises(HeaderProblem, match=r"„Betrag“ .ähnlich: „Betraege“"):
        judge(table(lines().replace("Betrag;", "Betraege;")), profile(), about())


def test_the_profile_in_the_docs_is_valid_and_shows_every_part() -> None:
    text = (EXAMPLES.parent / "how-to" / "import-claims.md").read_text(encoding="utf-8")
    shown = text.split("```yaml")[1].split("```")[0]
    assert read_profile(shown).payment_term_days == 14
    for target in Target:
        if target.value not in ("event", "event_day"):
            assert target.value in text, target
