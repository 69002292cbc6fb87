"""What someone can pay without going short: an estimate from what they say, explained, and never a duty to say it. Pure.

The law protects an income (§ 850c ZPO); we ask for less than even a court could take. The suggestion is a ceiling for kindness, not a
demand: whoever says less is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from kulanz.law.exempt import Period
from kulanz.law.jurisdiction import Jurisdiction

ROUND_TO_CENTS: Final = 500
KEEP_FREE_PERCENT: Final = 30
"""Of what is left after the necessities at least this share stays: something always breaks."""
STEADY_PERCENT: Final = 50
"""Of what the law would let a court take, we suggest at most this share."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What the debtor says, by month, in cents. Everything but the income may be left out."""

    net_income_cents: int
    dependants: int = 0
    needs_cents: int | None = None
    """Rent, heating, food, way to work, insurance, together."""
    other_instalments_cents: int = 0


class Advice(StrEnum):
    """What the estimate says."""

    AFFORDABLE = "affordable"
    PROTECTED = "protected"
    """The whole income is protected by law: no rate is suggested."""
    NOTHING_LEFT = "nothing_left"
    """The necessities take everything: no rate is suggested."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation: what it is, and how much."""

    what: str
    cents: int


@dataclass(frozen=True, slots=True)
class Affordable:
    """A monthly rate that is safe (0: none is), how it was found, and the rule of the protected income."""

    advice: Advice
    safe_cents: int
    attachable_cents: int
    protected_cents: int
    steps: tuple[Step, ...]
    rule: str

    @property
    def needs_counsel(self) -> bool:
        """True where free debt counselling helps more than any plan of ours."""
        return self.advice is not Advice.AFFORDABLE


def affordable(budget: Budget, *, day: date, law: Jurisdiction, owed_cents: int) -> Affordable:
    """Suggest a safe monthly rate: half of what § 850c ZPO leaves attachable, less if the necessities leave less, never more than is owed.

    Raises `OutsideTable` for a day without table and `InvalidQuestion` for negative numbers.
    """
    exempt = law.exempt_income(budget.net_income_cents, budget.dependants, day, Period.MONTH)
    steps = [
        Step("income", budget.net_income_cents),
        Step("protected", -exempt.protected_cents),
        Step("attachable", exempt.attachable_cents),
    ]
    ceilings = [exempt.attachable_cents * STEADY_PERCENT // 100]
    advice = Advice.AFFORDABLE if exempt.attachable_cents > 0 else Advice.PROTECTED
    if budget.needs_cents is not None:
        left = budget.net_income_cents - budget.needs_cents - budget.other_instalments_cents
        steps += [Step("needs", -budget.needs_cents), Step("left", left)]
        ceilings.append(max(0, left) * (100 - KEEP_FREE_PERCENT) // 100)
        if left <= 0:
            advice = Advice.NOTHING_LEFT
    elif budget.other_instalments_cents:
        steps.append(Step("other", -budget.other_instalments_cents))
        ceilings = [max(0, ceilings[0] - budget.other_instalments_cents)]
    safe = min(_rounded(min(ceilings)), max(0, owed_cents))
    if safe == 0 and advice is Advice.AFFORDABLE:
        advice = Advice.NOTHING_LEFT
    safe = safe if advice is Advice.AFFORDABLE else 0
    return Affordable(advice, safe, exempt.attachable_cents, exempt.protected_cents, (*steps, Step("safe", safe)), exempt.rule)


def _rounded(cents: int) -> int:
    """Down to a round amount: a suggestion of 43.27 looks like knowledge we do not have."""
    return cents // ROUND_TO_CENTS * ROUND_TO_CENTS
