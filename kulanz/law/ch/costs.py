"""Art. 103, 106 OR and the fee ordinance to the SchKG: what collection and enforcement may cost the debtor."""

from __future__ import annotations

from datetime import date

from kulanz.law.costs import CollectionCosts, CostsQuestion
from kulanz.law.errors import InvalidQuestion, NotInThisCountry, NotVerified
from kulanz.law.fees import Fee
from kulanz.law.money import parse_money
from kulanz.law.reminders import ReminderQuestion
from kulanz.law.tables import in_force, verified


def collection_costs(question: CostsQuestion) -> CollectionCosts:
    """Nothing: an agency's cost is not recoverable without proof of concrete damage, nor in enforcement."""
    if question.value_cents <= 0:
        raise InvalidQuestion("Der Wert der Forderung muss größer als null sein.")
    rule = "Art. 106 OR: ohne Nachweis eines konkreten Schadens keine Inkassokosten; Art. 27 SchKG"
    return CollectionCosts(0, 0, 0, 0, 0, 0, rule)


def reminder_fee(question: ReminderQuestion) -> Fee:
    """Only a fee that the agreed terms state in figures."""
    return Fee(question.agreed_cents, "Art. 106 OR: nur betragsmäßig vereinbarte Mahngebühren")


def court_fee(value_cents: int, filed_on: date, procedure: str) -> Fee:
    """The enforcement office's fee for a payment order (Art. 16 GebV SchKG); a suit's fee is cantonal law."""
    if procedure == "suit":
        raise NotVerified("Gerichtsgebühren einer Klage sind kantonales Recht und nicht erfasst.")
    if procedure != "payment_order":
        raise NotInThisCountry(f"Das Verfahren „{procedure}“ ist nicht bekannt.", fix="payment_order oder suit.")
    if value_cents <= 0:
        raise InvalidQuestion("Die Forderung muss größer als null sein.")
    for row in in_force("ch_enforcement_fees", filed_on, item="payment_order"):
        if not row["value_up_to_chf"] or value_cents <= parse_money(row["value_up_to_chf"]):
            fee_cents = parse_money(verified(row, "GebV SchKG Art. 16")["fee_chf"])
            return Fee(fee_cents, "Art. 16 Abs. 1 GebV SchKG: Zahlungsbefehl, ohne Zustellung und Porto")
    raise NotVerified("GebV SchKG Art. 16: kein Wert für diese Höhe bekannt.")
