"""The playbook document: checked completely, with every problem named."""

from __future__ import annotations

import pytest

from kulanz.strategy.errors import PlaybookInvalid
from kulanz.strategy.playbook import builtin_text, read_playbook

STEP = """
key: small
name: {de: Klein, en: Small}
currency: EUR
limits: {minimum_open_cents: 250, contacts_per_7_days_max: 1, contacts_per_28_days_max: 3, days_between_contacts_min: 7}
steps:
  - key: ask
    name: {de: Fragen, en: Ask}
    from_day: 5
    days_after_previous_min: 0
    channels: [email]
    templates: [reminder_1]
    when:
      condition: open_cents >= 1000
      holds_for: {open_cents: 1000}
      fails_for: {open_cents: 999}
"""


def problems(text: str) -> str:
    with pytest.raises(PlaybookInvalid) as refused:
        read_playbook(text)
    return " | ".join(refused.value.problems)


def test_the_builtin_playbook_is_valid_and_each_condition_is_flipped_by_its_examples() -> None:
    playbook = read_playbook(builtin_text())
    assert [step.key for step in playbook.steps] == ["friendly_notice", "reminder_1", "reminder_2", "last_notice", "human_decision"]
    for step, condition in zip(playbook.steps, playbook.conditions, strict=True):
        if step.when is not None and condition is not None:
            assert condition.holds(dict(step.when.holds_for)) and not condition.holds(dict(step.when.fails_for))


def test_a_small_valid_document_is_read() -> None:
    assert read_playbook(STEP).key == "small"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("fails_for: {open_cents: 999}", "fails_for: {open_cents: 1000}", "fails_for: die Bedingung ist dort erfüllt"),
        ("holds_for: {open_cents: 1000}", "holds_for: {open_cents: 1}", "holds_for: die Bedingung ist dort nicht erfüllt"),
        ("holds_for: {open_cents: 1000}", "holds_for: {open_cents: '1000'}", "hat den falschen Typ"),
        ("holds_for: {open_cents: 1000}", "holds_for: {open_cents: true}", "hat den falschen Typ"),
        ("holds_for: {open_cents: 1000}", "holds_for: {open_cents: null}", "kann nicht unbekannt sein"),
        ("holds_for: {open_cents: 1000}", "holds_for: {}", "„open_cents“ fehlt"),
        ("holds_for: {open_cents: 1000}", "holds_for: {open_cents: 1000, land: BY}", "„land“ kommt in der Bedingung nicht vor"),
        ("open_cents >= 1000", "open_money >= 1000", "„open_money“ ist keine dokumentierte Angabe"),
        ("channels: [email]", "channels: [fax]", "steps.0.channels.0"),
        ("channels: [email]", "channels: []", "braucht channels und templates"),
        ("contacts_per_7_days_max: 1", "contacts_per_7_days_max: 30", "limits.contacts_per_7_days_max"),
        ("from_day: 5", "from_day: 5\n    until_day: 1", "until_day liegt vor from_day"),
        ("from_day: 5", "from_days: 5", "steps.0.from_days"),
        ("key: small", "key: Klein!", "key"),
        ("currency: EUR", "currency: USD", "currency"),
        ("steps:", "steps: [", "kein lesbares YAML"),
    ],
)
def test_a_faulty_document_is_refused_with_the_place_of_the_fault(old: str, new: str, told: str) -> None:
    assert old in STEP
    assert told in problems(STEP.replace(old, new, 1))


def test_a_document_that_is_no_mapping_is_refused() -> None:
    assert "keine Liste von Namen" in problems("- just\n- a list\n")


def test_yaml_cannot_make_objects() -> None:
    assert "kein lesbares YAML" in problems("key: !!python/object/apply:os.getcwd []")


def test_two_steps_of_one_name_or_out_of_order_are_refused() -> None:
    second = STEP.split("steps:")[1]
    assert "denselben Namen" in problems(STEP + second)
    assert "Reihenfolge" in problems(STEP + second.replace("key: ask", "key: later").replace("from_day: 5", "from_day: 4"))
