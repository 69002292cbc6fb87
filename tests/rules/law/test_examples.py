"""What each calculator says, word for word: the whole answer with every line, rule and error sentence of nearly 500 questions.

`examples.jsonl` holds one object a line: the calculator, what the example is about, the question, the answer. The published figures
are proved in their own tests; here the words a person reads are kept, and the edges of every rule (the day before, the cent above).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kulanz.law.calculators import CALCULATORS, answer_line

EXAMPLES: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("examples.jsonl").read_text(encoding="utf-8").splitlines()
]


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_every_answer_is_the_written_one_word_for_word(name: str) -> None:
    told = [example for example in EXAMPLES if example["calculator"] == name]
    assert len(told) >= 20
    for example in told:
        given = json.dumps(example["question"], ensure_ascii=False)
        assert answer_line(name, given) == example["answer"], (example["about"], given)


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_the_examples_know_the_good_answer_and_the_refusal_of_every_calculator(name: str) -> None:
    refused = {"error" in example["answer"] for example in EXAMPLES if example["calculator"] == name}
    assert refused == {True, False}
