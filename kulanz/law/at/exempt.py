"""§§ 290 to 292 EO: attachable income. In Kulanz an estimate of what someone can spare."""

from __future__ import annotations

from datetime import date
from typing import Final

from kulanz.law.errors import InvalidQuestion, NotVerified
from kulanz.law.exempt import Exempt, Period
from kulanz.law.money import parse_money
from kulanz.law.tables import in_force, verified

STEP_CENTS: Final = 2000
EURO: Final = 100


def attachable(net_cents: int, dependants: int, day: date, period: Period, *, special_payments: bool) -> Exempt:
    """How much of a monthly net income is attachable; without 13th and 14th pay the basic amount is higher."""
    if net_cents < 0 or dependants < 0:
        raise InvalidQuestion("Einkommen und Zahl der Unterhaltspflichten können nicht negativ sein.")
    if period is not Period.MONTH:
        raise NotVerified("Existenzminimum: Wochen- und Tagesbeträge sind nicht geprüft.", fix="Bitte je Monat rechnen.")
    (row,) = in_force("at_exempt_income", day)
    reference = parse_money(verified(row, "Existenzminimum")["reference_eur"])
    basic = (reference if special_payments else reference * 7 // 6) // EURO * EURO
    per_dependant = reference // 5 // EURO * EURO
    counted = min(dependants, 5)
    stepped = net_cents // STEP_CENTS * STEP_CENTS
    considered = min(stepped, 4 * reference // STEP_CENTS * STEP_CENTS)
    threshold = basic + per_dependant * counted
    protected = considered if considered <= threshold else threshold + (considered - threshold) * (3 + counted) // 10
    attachable_cents = stepped - protected
    year = row["valid_from"][:4]
    return Exempt(attachable_cents, net_cents - attachable_cents, f"§§ 290a, 291a EO: Existenzminimum {year}")
