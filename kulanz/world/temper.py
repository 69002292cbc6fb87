"""Hidden types: why people pay late, and what they do when they are written to. The product never sees them.

Shares follow what people and firms say about late payment (see docs/explanations/world.md); every number here is an assumption of
the simulation, none is a measurement.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Temper(StrEnum):
    """A hidden type of debtor."""

    PROMPT = "prompt"
    FORGETFUL = "forgetful"
    BUSY = "busy"
    SHORT_OF_CASH = "short_of_cash"
    HARDSHIP = "hardship"
    DISPUTER = "disputer"
    WRONG_ADDRESS = "wrong_address"
    STRATEGIC = "strategic"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True)
class Traits:
    """How a type behaves, all as probabilities unless said otherwise.

    `share` is the type's part of the population. `pays_weekly` is the chance per week to pay without being written to, once the invoice
    is due; `pays_by_due` the chance to pay by the due date. `responds` are the two parameters of the Beta distribution responsiveness is
    drawn from: it scales what a message does. `reads_mail` and `reads_letter` say whether a message is noticed at all, `fears_next_step`
    scales the effect of naming an honest next step, `disputes` is the chance per noticed message to object.
    """

    share: float
    pays_by_due: float
    pays_weekly: float
    responds: tuple[float, float]
    reads_mail: float = 0.85
    reads_letter: float = 0.93
    waits_for_payday: float = 0.3
    pays_part: float = 0.03
    disputes: float = 0.006
    says_hardship: float = 0.0
    fears_next_step: float = 1.0


TRAITS: Final = {
    Temper.PROMPT: Traits(0.30, 0.93, 0.60, (4, 3), disputes=0.003),
    Temper.FORGETFUL: Traits(0.24, 0.28, 0.22, (6, 2)),
    Temper.BUSY: Traits(0.12, 0.32, 0.28, (4, 3), reads_mail=0.7, reads_letter=0.8),
    Temper.SHORT_OF_CASH: Traits(0.12, 0.12, 0.10, (2, 4), waits_for_payday=0.85, pays_part=0.40, says_hardship=0.02),
    Temper.HARDSHIP: Traits(
        0.04, 0.03, 0.012, (1, 6), reads_mail=0.6, reads_letter=0.6, waits_for_payday=0.9, pays_part=0.7, says_hardship=0.15
    ),
    Temper.DISPUTER: Traits(0.04, 0.10, 0.05, (2, 3), disputes=0.33),
    Temper.WRONG_ADDRESS: Traits(0.03, 0.02, 0.01, (1, 8), reads_mail=0.0, reads_letter=0.0),
    Temper.STRATEGIC: Traits(0.04, 0.02, 0.05, (2, 5), waits_for_payday=0.0, fears_next_step=4.0, disputes=0.02),
    Temper.BUSINESS: Traits(0.07, 0.35, 0.40, (3, 3), waits_for_payday=0.1, disputes=0.012),
}
