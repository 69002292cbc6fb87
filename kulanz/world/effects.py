"""What a message does to the chance of being paid: drawn once per world from published, shrunk effect sizes.

All effects are log-odds on the weekly chance of payment. Published effects come from small or selected trials; the means here are the
shrunk ones, and each world draws its own values around them, so that a result never hangs on one lucky number. The sources stand in
docs/explanations/world.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kulanz.world.dice import dice


class Kind(StrEnum):
    """Which world is simulated.

    CENTRAL: shrunk effects. NULL: wording does nothing, being reminded does. OPTIMISTIC: effects as published. DEAD: no message has any
    effect, so whoever claims to have gained something in it is wrong.
    """

    CENTRAL = "central"
    NULL = "null"
    OPTIMISTIC = "optimistic"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Effects:
    """The log-odds one world gives to what a message is or says."""

    before_due: float
    reminded: float
    by_name: float
    simple_words: float
    next_step: float
    talked: float


@dataclass(frozen=True, slots=True)
class _Prior:
    mean: float
    sd: float
    published: float
    wording: bool


_PRIORS: Final = {
    "before_due": _Prior(0.12, 0.06, 0.33, wording=False),
    "reminded": _Prior(0.12, 0.06, 0.14, wording=False),
    "by_name": _Prior(0.09, 0.09, 0.09, wording=True),
    "simple_words": _Prior(0.09, 0.09, 0.15, wording=True),
    "next_step": _Prior(0.10, 0.06, 0.16, wording=True),
    "talked": _Prior(0.80, 0.40, 1.40, wording=False),
}
"""Mean and spread of each effect, and the published value. Reminders: tax trials (meta-analysis of 2025); before the due date: on-time
payment +8 % of a base near 60 %; wording: what nudges do at scale;
talks: borrowers who were reached by an agent instead of an automatic letter."""


def draw_effects(kind: Kind, seed: int) -> Effects:
    """The effects of one world."""

    def value(name: str) -> float:
        prior = _PRIORS[name]
        match kind:
            case Kind.DEAD:
                return 0.0
            case Kind.OPTIMISTIC:
                return prior.published
            case Kind.NULL if prior.wording:
                return 0.0
            case Kind.NULL | Kind.CENTRAL:
                return dice(seed, "effect", name).gauss(prior.mean, prior.sd)

    return Effects(**{name: value(name) for name in _PRIORS})
