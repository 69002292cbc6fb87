"""§ 1333 (2) ABGB with the regulation of 1996: maxima for agency costs. They are caps, never claims of their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from kulanz.law.costs import CollectionCosts, Contractor, CostsQuestion
from kulanz.law.errors import InvalidQuestion, NotVerified
from kulanz.law.fees import Fee
from kulanz.law.money import parse_money, round_half_up
from kulanz.law.reminders import ReminderQuestion
from kulanz.law.tables import in_force, verified

LUMP_SUM_CENTS = parse_money("40.00")


def collection_costs(question: CostsQuestion) -> CollectionCosts:
    """The most a debtor may be asked for: processing and one first letter, plus an agreement fee if there is one.

    Between businesses at least 40 EUR (§ 458 UGB). Rates other than the law's, and VAT, are not computed.
    """
    if question.value_cents <= 0:
        raise InvalidQuestion("Der Wert der Forderung muss größer als null sein.")
    if question.rate is not None or question.vat or question.contractor is Contractor.LAWYER:
        raise NotVerified("Rechtsanwaltstarif und Umsatzsteuer sind für Österreich nicht geprüft.")
    if question.contractor is Contractor.CREDITOR:
        fee = agreement = 0
    else:
        fee = maximum_cents("general_processing", question) + maximum_cents("first_reminder", question)
        agreement = maximum_cents("second_and_further_reminder", question) if question.instalment_agreement else 0
    lump_sum = 0 if question.consumer else max(0, LUMP_SUM_CENTS - fee - agreement)
    rule = "BGBl. 141/1996 § 3 (Höchstsätze, indexiert); nur notwendige, verhältnismäßige Kosten, § 1333 Abs. 2 ABGB"
    if lump_sum:
        rule = f"{rule}; mindestens 40 Euro zwischen Unternehmen, § 458 UGB"
    return CollectionCosts(fee, 0, agreement, 0, lump_sum, fee + agreement + lump_sum, rule)


def maximum_cents(item: str, question: CostsQuestion) -> int:
    """The regulation's maximum for one item, with the year's index on the amounts fixed in euro."""
    for row in in_force("at_collection_fees", question.mandate_on, item=item):
        up_to = row["claim_up_to_eur"]
        if not up_to or question.value_cents <= parse_money(up_to):
            verified(row, f"BGBl. 141/1996, {item}")
            if row["percent"]:
                return round_half_up(Fraction(question.value_cents * parse_money(row["percent"]), 10_000))
            return round_half_up(parse_money(row["amount_eur"]) * index_factor(question.mandate_on))
    raise NotVerified(f"BGBl. 141/1996, {item}: kein Wert für diese Höhe bekannt.")


def index_factor(day: date) -> Fraction:
    """The yearly factor on the euro amounts (consumer prices over 125.6)."""
    (row,) = in_force("at_fee_index", day)
    return Fraction(Decimal(verified(row, "Wertsicherung")["factor"]))


def reminder_fee(question: ReminderQuestion) -> Fee:
    """Nothing, unless the contract itemises a proportionate amount (§ 6 (1) no. 15 KSchG); never above the real
    cost."""
    fee_cents = min(question.agreed_cents, question.material_cents, question.cap_cents)
    return Fee(fee_cents, "§ 1333 Abs. 2 ABGB, § 6 Abs. 1 Z 15 KSchG: nur gesondert vereinbarte, angemessene Kosten")
