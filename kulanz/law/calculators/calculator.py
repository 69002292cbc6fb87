"""What a calculator is: a name, a title, its fields, and a pure function from the given fields to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kulanz.law.calculators.fields import Field, Given, Kind

COUNTRY = Field("country", Kind.CHOICE, "Land (Vorgabe: de)", choices=("de", "at", "ch"))


@dataclass(frozen=True, slots=True)
class Calculator:
    """One question everybody may ask. The answer holds only text, whole numbers, lists and objects, ready for JSON."""

    name: str
    title: str
    fields: tuple[Field, ...]
    compute: Callable[[Given], dict[str, object]]

    def answer(self, question: Mapping[str, object]) -> dict[str, object]:
        """Read the question strictly and answer it. Raises a `LawError` with a sentence that says what is wrong."""
        return self.compute(Given(question, self.fields))


def country_of(given: Given) -> str:
    """The country asked for; Germany if none is named."""
    return given.text("country") or "de"
