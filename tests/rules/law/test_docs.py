"""The reference page and the docstrings tell the truth: their examples are run."""

from __future__ import annotations

import doctest
from pathlib import Path

import kulanz.law
import kulanz.law.calculators
import kulanz.law.money

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "law.md"


def test_the_examples_of_the_reference_are_true() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert outcome.attempted >= 5
    assert outcome.failed == 0


def test_the_examples_of_the_docstrings_are_true() -> None:
    for module in (kulanz.law, kulanz.law.calculators, kulanz.law.money):
        outcome = doctest.testmod(module)
        assert outcome.attempted >= 1
        assert outcome.failed == 0
