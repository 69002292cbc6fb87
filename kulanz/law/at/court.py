"""GGG and ZPO: the court fee, and where an order to pay is asked for."""

from __future__ import annotations

from datetime import date

from kulanz.law.errors import InvalidQuestion, NotInThisCountry, NotVerified
from kulanz.law.fees import Fee
from kulanz.law.money import parse_money
from kulanz.law.tables import in_force, verified


def court_fee(value_cents: int, filed_on: date, procedure: str) -> Fee:
    """The flat fee of first instance; the order for payment is a suit and costs the same (TP 1 GGG, § 244 ZPO)."""
    if procedure not in ("payment_order", "suit"):
        raise NotInThisCountry(f"Das Verfahren „{procedure}“ ist nicht bekannt.", fix="payment_order oder suit.")
    if value_cents <= 0:
        raise InvalidQuestion("Der Streitwert muss größer als null sein.")
    for row in in_force("at_court_fees", filed_on):
        if value_cents <= parse_money(row["value_up_to_eur"]):
            return Fee(parse_money(verified(row, "TP 1 GGG")["fee_eur"]), "TP 1 GGG: Pauschalgebühr erster Instanz")
    raise NotVerified("TP 1 GGG: Die Gebühr über 350.000 Euro ist nicht gesichert (widersprüchliche Quellen).")
