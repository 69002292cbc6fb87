"""Conditions of a playbook: SQL boolean expressions over documented facts, checked word by word before Polars
compiles them.

Polars' SQL reader accepts far more than a condition needs (sub-selects, casts, pattern matching). So every word of
the text must be on a closed list first; a manager can read the rule, and the rule cannot call anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import polars as pl
from polars.exceptions import PolarsError

from kulanz.strategy.errors import ConditionInvalid
from kulanz.strategy.facts import BY_NAME, SCHEMA, Unit

KEYWORDS = frozenset({"AND", "OR", "NOT", "IN", "IS", "NULL", "TRUE", "FALSE", "BETWEEN", "DATE"})
FUNCTIONS = frozenset({"ABS", "COALESCE"})
_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_][A-Za-z_0-9]*)|(?P<number>\d{1,15}(?![0-9]))|(?P<word>'[^']*')|(?P<sign><>|<=|>=|[=<>()+,*]|-(?!-)))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A checked condition: its text, the facts it reads, and the compiled expression (true, false, or null where a
    fact is unknown).
    """

    text: str
    facts: tuple[str, ...]
    expression: pl.Expr

    def holds(self, values: dict[str, object]) -> bool:
        """Evaluate the condition for one set of facts (used for the examples); facts left out are unknown."""
        row = {name: [values.get(name)] for name in self.facts}
        frame = pl.DataFrame(row, schema={name: SCHEMA[name] for name in self.facts}, strict=True)
        answer = frame.select(self.expression.alias("holds"))["holds"][0] if row else pl.select(self.expression).item()
        return answer is True


def compile_condition(text: str) -> Condition:
    """Check and compile a condition.

    Raises :class:`ConditionInvalid` naming the first word that is not allowed and its column.
    """
    facts = _check_words(text)
    try:
        expression = pl.sql_expr(text)
        # Run it on an empty frame as well: some type faults (a number compared with a word) appear only when it is
        # evaluated.
        dtype = pl.DataFrame(schema=SCHEMA).select(expression.alias("holds")).schema["holds"]
        # One row of nulls makes Polars evaluate every branch with values of the right types.
        pl.DataFrame({name: [None] for name in SCHEMA}, schema=SCHEMA).select(expression.alias("holds"))
    except PolarsError as fault:
        raise ConditionInvalid(f"„{text}“ lässt sich nicht auswerten: {str(fault).splitlines()[0]}.") from fault
    if dtype != pl.Boolean:
        raise ConditionInvalid(f"„{text}“ ergibt keinen Wahrheitswert, sondern {dtype}.")
    return Condition(text, facts, expression)


def _check_words(text: str) -> tuple[str, ...]:
    """Every word must be a fact, a keyword, an allowed function, a whole number, a known word, or a sign.

    Returns the facts used.
    """
    facts: dict[str, None] = {}
    words: list[tuple[str, int]] = []
    position, previous = 0, ""
    stripped = text.rstrip()
    if not stripped:
        raise ConditionInvalid("Die Bedingung ist leer.")
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise ConditionInvalid(f"„{text}“: Zeichen {position + 1} („{stripped[position:].strip()[:10]}“) ist hier nicht erlaubt.")
        if name := match["name"]:
            _check_name(name, previous, is_call=stripped[match.end() :].lstrip().startswith("("), text=text)
            if name in BY_NAME:
                facts[name] = None
        elif word := match["word"]:
            if previous == "DATE":
                _check_date(word.strip("'"), text)
            else:
                words.append((word.strip("'"), match.start("word") + 1))
        previous = match.group().strip().upper()
        position = match.end()
    _check_words_known(words, tuple(facts), text)
    return tuple(facts)


def _check_name(name: str, previous: str, *, is_call: bool, text: str) -> None:
    if previous == "DATE":
        raise ConditionInvalid(f"„{text}“: nach DATE folgt ein Tag in Hochkommas, etwa DATE '2026-01-31'.")
    known_call = name.upper() in FUNCTIONS
    if known_call and is_call:
        return
    if known_call or (is_call and name.upper() not in KEYWORDS):
        raise ConditionInvalid(f"„{text}“: „{name}“ ist keine erlaubte Funktion. Erlaubt: {', '.join(sorted(FUNCTIONS))}.")
    if name not in BY_NAME and name.upper() not in KEYWORDS:
        raise ConditionInvalid(f"„{text}“: „{name}“ ist keine dokumentierte Angabe.")


def _check_date(word: str, text: str) -> None:
    try:
        date.fromisoformat(word)
    except ValueError as fault:
        raise ConditionInvalid(f"„{text}“: „{word}“ ist kein Kalendertag (JJJJ-MM-TT).") from fault


def _check_words_known(words: list[tuple[str, int]], facts: tuple[str, ...], text: str) -> None:
    """A word that no used fact can take is a typing error: the condition would silently never hold."""
    used = [BY_NAME[name] for name in facts if BY_NAME[name].unit is Unit.WORD]
    if any(not fact.values for fact in used):
        return
    allowed = {value for fact in used for value in fact.values}
    for word, column in words:
        if word not in allowed:
            possible = ", ".join(sorted(allowed)) or "nichts"
            raise ConditionInvalid(f"„{text}“: Zeichen {column}: „{word}“ kommt nicht vor. Möglich: {possible}.")
