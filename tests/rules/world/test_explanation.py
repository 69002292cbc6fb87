"""The page that explains the world states its numbers as they are."""

from __future__ import annotations

import re
from pathlib import Path

from kulanz.world.effects import _PRIORS
from kulanz.world.paying_later import _ASKS, _BY_DEBIT, _COMES_BACK, _COMES_BACK_USUALLY, _KEEPS, _KEEPS_USUALLY
from kulanz.world.temper import TRAITS, Temper

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "explanations" / "world.md").read_text(encoding="utf-8")
EFFECTS = {
    "notice before the due date": "before_due",
    "being reminded": "reminded",
    "by name": "by_name",
    "simple words": "simple_words",
    "naming the next step": "next_step",
    "a talk with an agent": "talked",
}


def test_the_table_of_types_is_that_of_the_code() -> None:
    for temper, traits in TRAITS.items():
        words = str(temper).replace("_", " ")
        row = re.search(rf"^\| {words} \| (\d+) % \| (\d+) % \| (\d+) % \|", PAGE, re.MULTILINE)
        assert row is not None, words
        written = [int(number) for number in row.groups()]
        assert written == [round(100 * value) for value in (traits.share, traits.pays_by_due, traits.pays_weekly)], words


def test_the_table_of_effects_is_that_of_the_code() -> None:
    assert set(EFFECTS.values()) == set(_PRIORS)
    for words, name in EFFECTS.items():
        row = re.search(rf"^\| {words} \| ([\d.]+) \(([\d.]+)\) \| ([\d.]+) \|", PAGE, re.MULTILINE)
        assert row is not None, words
        prior = _PRIORS[name]
        assert [float(number) for number in row.groups()] == [prior.mean, prior.sd, prior.published], words


def test_the_shares_of_who_pays_later_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    asks, keeps = (f"{round(100 * each)} %" for each in (_ASKS[Temper.SHORT_OF_CASH], _KEEPS_USUALLY))
    assert f"({asks} of those short of cash, {round(100 * _ASKS[Temper.HARDSHIP])} % in hardship" in words
    assert f"with {keeps} (hardship {round(100 * _KEEPS[Temper.HARDSHIP])} %, strategic {round(100 * _KEEPS[Temper.STRATEGIC])} %)" in words


def test_the_shares_of_direct_debits_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    assert f"{round(100 * _BY_DEBIT)} % of those who agree instalments sign a SEPA mandate" in words
    short, hardship, strategic = (round(100 * _COMES_BACK[each]) for each in (Temper.SHORT_OF_CASH, Temper.HARDSHIP, Temper.STRATEGIC))
    shares = f"(short of cash {short} %, hardship {hardship} %, strategic {strategic} %)"
    assert f"and {round(100 * _COMES_BACK_USUALLY)} % come back two bank days later {shares}" in words
