"""§ 850c ZPO: attachable income. In Kulanz an estimate of what someone can spare, never a duty to disclose."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Final

from kulanz.law.errors import InvalidQuestion
from kulanz.law.exempt import Exempt, Period
from kulanz.law.money import parse_money, round_half_up
from kulanz.law.tables import in_force, verified

STEP_CENTS: Final = {Period.MONTH: 1000, Period.WEEK: 250, Period.DAY: 50}
"""Income is rounded down to these steps before anything else (§ 850c (5))."""
TENTHS_ATTACHABLE: Final = (7, 5, 4, 3, 2, 1)
"""Of what is over the protected amount, by number of dependants; five and more count alike."""


def attachable(net_cents: int, dependants: int, day: date, period: Period) -> Exempt:
    """How much of a net income is attachable on a day (§ 850c (1) to (3), (5) ZPO)."""
    if net_cents < 0 or dependants < 0:
        raise InvalidQuestion("Einkommen und Zahl der Unterhaltspflichten können nicht negativ sein.")
    (row,) = in_force("de_exempt_income", day, period=period.value)
    verified(row, "§ 850c ZPO")
    base, first, further, cap = (parse_money(row[f"{name}_eur"]) for name in ("base", "first_dependant", "further_dependant", "cap"))
    counted = min(dependants, 5)
    over_cents = max(0, net_cents - cap)
    stepped_cents = min(net_cents, cap) // STEP_CENTS[period] * STEP_CENTS[period]
    free_cents = base + first * min(counted, 1) + further * max(0, counted - 1)
    share = Fraction(TENTHS_ATTACHABLE[counted], 10)
    attachable_cents = round_half_up(max(0, stepped_cents - free_cents) * share) + over_cents
    year = row["valid_from"][:4]
    return Exempt(attachable_cents, net_cents - attachable_cents, f"§ 850c ZPO, Freigrenzen ab 1. Juli {year}")
