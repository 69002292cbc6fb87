"""RVG and GKG: the single fee by value, and the rates and flat sums that go with it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal

from kulanz.law.errors import InvalidQuestion, NotInThisCountry
from kulanz.law.fees import Fee, Step, StepFee
from kulanz.law.money import parse_money, round_half_up
from kulanz.law.tables import Row, in_force, verified


def amount(item: str, day: date) -> Fraction:
    """A dated single value: cents for an amount in euro, a number for a rate ("times"), a share for a percentage."""
    row = _row(item, day)
    hundredths = Fraction(parse_money(row["value"]))
    return hundredths if row["unit"] == "eur" else hundredths / (100 if row["unit"] == "times" else 10_000)


def source(item: str, day: date) -> str:
    """Where a dated single value stands in the law."""
    return _row(item, day)["source"]


def _row(item: str, day: date) -> Row:
    (row,) = in_force("de_fee_amounts", day, item=item)
    return verified(row, item)


def single_fee_cents(law: Literal["rvg", "gkg"], value_cents: int, day: date) -> int:
    """The 1.0 fee of a value by the table in force on a day (§ 13 RVG: mandate, § 34 GKG: filing)."""
    return table_on(law, day).of(value_cents)


def table_on(law: Literal["rvg", "gkg"], day: date) -> StepFee:
    """The table of single fees in force on a day."""
    return _table(law, in_force("de_value_fees", day, law=law)[0]["valid_from"])


@cache
def _table(law: str, valid_from: str) -> StepFee:
    rows = in_force("de_value_fees", date.fromisoformat(valid_from), law=law)
    return StepFee(
        tuple(
            Step(
                parse_money(row["value_up_to_eur"]) if row["value_up_to_eur"] else None,
                parse_money(row["step_eur"]),
                parse_money(verified(row, law)["amount_eur"]),
            )
            for row in rows
        )
    )


def rvg_fee(value_cents: int, mandate_on: date, rate: Decimal | Fraction) -> Fee:
    """A lawyer's fee: rate × single fee, rounded to the cent (§ 2 (2) RVG), never below the minimum (§ 13 (3))."""
    return Fee(
        at_least_minimum(single_fee_cents("rvg", value_cents, mandate_on) * Fraction(rate), mandate_on),
        f"{written(rate)}-fache Gebühr nach § 13 Abs. 1 RVG, Tabelle vom Tag des Auftrags (§ 60 RVG)",
    )


def at_least_minimum(fee_cents: Fraction, mandate_on: date) -> int:
    """A fee in whole cents, and at least the minimum of any fee (§ 13 (3) RVG)."""
    if fee_cents <= 0:
        raise InvalidQuestion("Ein Gebührensatz muss größer als null sein.")
    return max(round_half_up(fee_cents), round_half_up(amount("fee_minimum", mandate_on)))


def court_fee(value_cents: int, filed_on: date, procedure: str) -> Fee:
    """The court's fee: 0.5 with a minimum for an order to pay, 3.0 for a suit; table of the filing day (§ 71 GKG)."""
    single = single_fee_cents("gkg", value_cents, filed_on)
    match procedure:
        case "payment_order":
            fee_cents = round_half_up(single * amount("payment_order_rate", filed_on))
            least_cents = round_half_up(amount("payment_order_minimum", filed_on))
            return Fee(max(fee_cents, least_cents), "0,5-fache Gebühr, mindestens der Mindestbetrag (KV GKG 1100)")
        case "suit":
            return Fee(round_half_up(single * amount("suit_rate", filed_on)), "3,0-fache Gebühr (KV GKG 1210)")
        case _:
            raise NotInThisCountry(f"Das Verfahren „{procedure}“ ist nicht bekannt.", fix="payment_order oder suit.")


def written(rate: Decimal | Fraction) -> str:
    """A rate as German law writes it: 0,9."""
    text = format(Decimal(str(float(rate))) if isinstance(rate, Fraction) else rate.normalize(), "f")
    return (text if "." in text else f"{text}.0").replace(".", ",")
