"""Fees that rise with the value of a claim: the shape that RVG, GKG and other fee laws share."""

from __future__ import annotations

from dataclasses import dataclass

from kulanz.law.errors import InvalidQuestion


@dataclass(frozen=True, slots=True)
class Step:
    """Up to this value every started stretch of `step_cents` adds `amount_cents`; `up_to_cents` None: without end."""

    up_to_cents: int | None
    step_cents: int
    amount_cents: int


@dataclass(frozen=True, slots=True)
class StepFee:
    """A single fee (1.0) by value. The first step is the fee of the smallest values."""

    steps: tuple[Step, ...]

    def of(self, value_cents: int) -> int:
        """The single fee for a value, in cents."""
        return sum(cents for _, _, cents in self.stretches(value_cents))

    def stretches(self, value_cents: int) -> list[tuple[Step, int, int]]:
        """The steps a value reaches: each with how many stretches of it were started, and what they cost together in cents."""
        if value_cents <= 0:
            raise InvalidQuestion("Der Wert muss größer als null sein.")
        first, *others = self.steps
        reached = [(first, 1, first.amount_cents)]
        reached_cents = first.up_to_cents or 0
        for step in others:
            beyond = (value_cents if step.up_to_cents is None else min(value_cents, step.up_to_cents)) - reached_cents
            if beyond <= 0:
                break
            count = -(-beyond // step.step_cents)
            reached.append((step, count, count * step.amount_cents))
            reached_cents += beyond
        return reached


@dataclass(frozen=True, slots=True)
class Fee:
    """One fee and the rule it follows."""

    fee_cents: int
    rule: str
