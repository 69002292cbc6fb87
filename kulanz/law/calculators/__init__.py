"""Calculators for everyone: the law room's answers as plain questions and answers, for command line, pages and batch.

>>> from kulanz.law.calculators import answer
>>> answer("base-rate", {"on": "2026-07-01"})["rate_percent"]
'1.52'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

from kulanz.errors import KulanzError
from kulanz.law.calculators import fees, interest, rights
from kulanz.law.calculators.calculator import Calculator
from kulanz.law.calculators.fields import BadField

CALCULATORS: dict[str, Calculator] = {
    calculator.name: calculator for calculator in (*interest.CALCULATORS, *fees.CALCULATORS, *rights.CALCULATORS)
}


def answer(name: str, question: Mapping[str, object]) -> dict[str, object]:
    """Ask a calculator by name. Raises a `LawError` that says what is wrong with the question."""
    calculator = CALCULATORS.get(name)
    if calculator is None:
        raise BadField(f"Den Rechner „{name}“ gibt es nicht.", fix=f"Es gibt: {', '.join(CALCULATORS)}.")
    return calculator.answer(question)


def answer_line(name: str, line: str) -> dict[str, object]:
    """Answer one line of a batch: a JSON object in, the result out, or `{"error": {"code", "message"}}`."""
    try:
        return answer(name, read_question(line))
    except KulanzError as error:
        return error_object(error)


def read_question(text: str) -> Mapping[str, object]:
    """Read a question written as JSON. Fractions stay decimal, so that no amount passes through a binary one."""
    try:
        question = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadField("Die Zeile ist kein lesbares JSON.") from error
    if not isinstance(question, dict):
        raise BadField("Die Zeile ist kein JSON-Objekt.")
    return question


def error_object(error: KulanzError) -> dict[str, object]:
    """An expected error in the shape every edge prints."""
    return {"error": {"code": error.code, "message": str(error)}}


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")
