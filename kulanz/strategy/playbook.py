"""The playbook: a versioned YAML document that says which step comes when, under which condition, on which channel.

A step is scheduled from the anchor (the oldest open due date), never from the day of the last run; between two steps
lies a minimum of days, so a late start walks the ladder step by step. What the law forbids stands outside, in
:mod:`kulanz.strategy.guardrails`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kulanz.strategy.conditions import Condition, compile_condition
from kulanz.strategy.errors import ConditionInvalid, PlaybookInvalid
from kulanz.strategy.facts import BY_NAME, Unit

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Days = Annotated[int, Field(ge=-60, le=3650)]
ExampleValue = bool | int | date | str | None
_PYTHON_TYPES: dict[Unit, tuple[type, ...]] = {Unit.TRUTH: (bool,), Unit.DATE: (date,), Unit.WORD: (str,)}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Strict):
    """A text in German and English."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Limits(_Strict):
    """What a creditor allows at most. The guardrails read these; none of them can be switched off."""

    minimum_open_cents: int = Field(ge=0, le=100_000)
    contacts_per_7_days_max: int = Field(ge=1, le=3)
    contacts_per_28_days_max: int = Field(ge=1, le=8)
    days_between_contacts_min: int = Field(ge=1, le=90)


class When(_Strict):
    """A condition with a set of facts for which it holds and one for which it does not; both are tried on saving."""

    condition: str
    holds_for: dict[str, ExampleValue]
    fails_for: dict[str, ExampleValue]
    otherwise: Literal["skip", "wait", "human"] = "wait"


class Step(_Strict):
    """One rung: earliest (and perhaps latest) day counted from the anchor, channels in order of choice, templates to
    draw from.
    """

    key: Key
    name: Words
    action: Literal["contact", "human"] = "contact"
    from_day: Days
    until_day: Days | None = None
    days_after_previous_min: int = Field(ge=0, le=365)
    channels: tuple[Literal["email", "letter"], ...] = ()
    templates: tuple[Key, ...] = ()
    when: When | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.action == "contact" and not (self.channels and self.templates):
            raise ValueError("ein Schritt mit Kontakt braucht channels und templates")
        if self.action == "human" and (self.channels or self.templates):
            raise ValueError("ein Schritt für einen Menschen hat weder channels noch templates")
        if self.until_day is not None and self.until_day < self.from_day:
            raise ValueError("until_day liegt vor from_day")
        return self


class Document(_Strict):
    """The document as written."""

    key: Key
    name: Words
    currency: Literal["EUR"]
    limits: Limits
    steps: tuple[Step, ...] = Field(min_length=1, max_length=20)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise ValueError("zwei Schritte haben denselben Namen")
        days = [step.from_day for step in self.steps]
        if days != sorted(days):
            raise ValueError("die Schritte stehen nicht in der Reihenfolge ihrer from_day")
        return self


@dataclass(frozen=True, slots=True)
class Playbook:
    """A checked document, ready to decide: its steps, their compiled conditions (None: always), and the hash of its
    text.
    """

    document: Document
    conditions: tuple[Condition | None, ...]
    sha256: str

    @property
    def key(self) -> str:
        return self.document.key

    @property
    def limits(self) -> Limits:
        return self.document.limits

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.document.steps

    def step_name(self, key: str, language: Literal["de", "en"]) -> str:
        """The step's name for people; the key itself if the step is not of this playbook."""
        for step in self.steps:
            if step.key == key:
                return step.name.de if language == "de" else step.name.en
        return key


def read_playbook(text: str) -> Playbook:
    """Check a playbook document completely and compile it. Raises :class:`PlaybookInvalid` with all problems found."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as fault:
        raise PlaybookInvalid([f"kein lesbares YAML: {' '.join(str(fault).split())}"]) from fault
    if not isinstance(raw, dict):
        raise PlaybookInvalid(["das Dokument ist keine Liste von Namen und Werten"])
    try:
        document = Document.model_validate(raw)
    except ValidationError as fault:
        raise PlaybookInvalid([_place(error["loc"]) + error["msg"] for error in fault.errors()]) from fault
    problems: list[str] = []
    conditions = tuple(_checked(step, problems) for step in document.steps)
    if problems:
        raise PlaybookInvalid(problems)
    return Playbook(document, conditions, hashlib.sha256(text.encode()).hexdigest())


def builtin_text(key: str = "kulant") -> str:
    """The text of a playbook that comes with Kulanz."""
    return (resources.files("kulanz.strategy") / "playbooks" / f"{key}.yaml").read_text(encoding="utf-8")


def _checked(step: Step, problems: list[str]) -> Condition | None:
    if step.when is None:
        return None
    try:
        condition = compile_condition(step.when.condition)
    except ConditionInvalid as fault:
        problems.append(f"Schritt {step.key}: {fault.message}")
        return None
    for example, expected in ((step.when.holds_for, True), (step.when.fails_for, False)):
        name = "holds_for" if expected else "fails_for"
        wrong = _example_problems(example, condition)
        problems += [f"Schritt {step.key}, {name}: {problem}" for problem in wrong]
        if not wrong and condition.holds(dict(example)) is not expected:
            problems.append(f"Schritt {step.key}, {name}: die Bedingung ist dort {'nicht ' if expected else ''}erfüllt")
    return condition


def _example_problems(example: dict[str, ExampleValue], condition: Condition) -> list[str]:
    problems = [f"„{name}“ kommt in der Bedingung nicht vor" for name in example if name not in condition.facts]
    for name in condition.facts:
        value = example.get(name)
        types = _PYTHON_TYPES.get(BY_NAME[name].unit, (int,))
        if name not in example:
            problems.append(f"„{name}“ fehlt")
        elif value is None and not BY_NAME[name].nullable:
            problems.append(f"„{name}“ kann nicht unbekannt sein")
        elif value is not None and (not isinstance(value, types) or (isinstance(value, bool) and bool not in types)):
            problems.append(f"„{name}“ hat den falschen Typ ({value!r})")
    return problems


def _place(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location) + ": " if location else ""
