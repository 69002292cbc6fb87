"""`costs`, `rvg-fee`, `court-fee`, `court`: what collection and courts cost, and which court is competent."""

from __future__ import annotations

from decimal import Decimal

from kulanz.law import jurisdiction
from kulanz.law.calculators.calculator import COUNTRY, Calculator, country_of
from kulanz.law.calculators.fields import Field, Given, Kind
from kulanz.law.costs import Contractor, CostsQuestion
from kulanz.law.courts import Seat
from kulanz.law.fees import Fee
from kulanz.law.money import format_money

_COSTS = (
    Field("value", Kind.MONEY, "Wert der Forderung ohne Nebenforderungen", required=True),
    Field("mandate_on", Kind.DATE, "Tag des Auftrags", required=True),
    Field("undisputed", Kind.FLAG, "unbestritten (Vorgabe: ja)"),
    Field("settled_on_first_letter", Kind.FLAG, "auf das erste Schreiben bezahlt (Vorgabe: nein)"),
    Field("rate", Kind.DECIMAL, "anderer Gebührensatz"),
    Field("expenses_flat", Kind.FLAG, "Auslagenpauschale (Vorgabe: ja)"),
    Field("vat", Kind.FLAG, "Umsatzsteuer, weil der Gläubiger sie nicht abziehen kann (Vorgabe: nein)"),
    Field("instalment_agreement", Kind.FLAG, "Zahlungsvereinbarung geschlossen (Vorgabe: nein)"),
    Field("debtor", Kind.CHOICE, "Schuldnerseite (Vorgabe: consumer)", choices=("consumer", "business")),
    Field("contractor", Kind.CHOICE, "wer einzieht (Vorgabe: agency)", choices=tuple(member.value for member in Contractor)),
    COUNTRY,
)


def costs(given: Given) -> dict[str, object]:
    """What out-of-court collection may cost the debtor."""
    question = CostsQuestion(
        value_cents=given.need_money("value"),
        mandate_on=given.need_day("mandate_on"),
        undisputed=given.flag("undisputed", default=True),
        settled_on_first_letter=given.flag("settled_on_first_letter", default=False),
        rate=given.decimal("rate"),
        expenses_flat=given.flag("expenses_flat", default=True),
        vat=given.flag("vat", default=False),
        instalment_agreement=given.flag("instalment_agreement", default=False),
        consumer=given.text("debtor") != "business",
        contractor=Contractor(given.text("contractor") or Contractor.AGENCY),
    )
    answer = jurisdiction(country_of(given)).collection_costs(question)
    return {
        "fee": format_money(answer.fee_cents),
        "expenses": format_money(answer.expenses_cents),
        "instalment_fee": format_money(answer.instalment_fee_cents),
        "vat": format_money(answer.vat_cents),
        "lump_sum": format_money(answer.lump_sum_cents),
        "total": format_money(answer.total_cents),
        "cap": format_money(answer.cap_cents),
        "rule": answer.rule,
    }


def rvg_fee(given: Given) -> dict[str, object]:
    """A lawyer's fee by value; rate 1.0 if none is named."""
    rate = given.decimal("rate") or Decimal(1)
    return _fee(jurisdiction(country_of(given)).lawyer_fee(given.need_money("value"), given.need_day("on"), rate))


def court_fee(given: Given) -> dict[str, object]:
    """The court's fee, or in Switzerland the enforcement office's."""
    law = jurisdiction(country_of(given))
    return _fee(law.court_fee(given.need_money("value"), given.need_day("filed_on"), given.need_text("procedure")))


def _fee(fee: Fee) -> dict[str, object]:
    return {"fee": format_money(fee.fee_cents), "rule": fee.rule}


def court(given: Given) -> dict[str, object]:
    """Where a court order to pay is asked for."""
    seat = Seat(
        postcode=given.text("postcode") or "",
        region=given.text("land") or "",
        higher_regional_court=given.text("higher_regional_court") or "",
    )
    found = jurisdiction(country_of(given)).dunning_court(seat)
    return {"court": found.court, "rule": found.rule}


CALCULATORS = (
    Calculator("costs", "Inkassokosten", _COSTS, costs),
    Calculator(
        "rvg-fee",
        "Gebühr nach dem RVG",
        (
            Field("value", Kind.MONEY, "Gegenstandswert", required=True),
            Field("on", Kind.DATE, "Tag des Auftrags", required=True),
            Field("rate", Kind.DECIMAL, "Gebührensatz (Vorgabe: 1.0)"),
            COUNTRY,
        ),
        rvg_fee,
    ),
    Calculator(
        "court-fee",
        "Gerichtsgebühr",
        (
            Field("value", Kind.MONEY, "Streitwert", required=True),
            Field("filed_on", Kind.DATE, "Tag der Einreichung", required=True),
            Field("procedure", Kind.CHOICE, "Verfahren", required=True, choices=("payment_order", "suit")),
            COUNTRY,
        ),
        court_fee,
    ),
    Calculator(
        "court",
        "Zuständiges Mahngericht",
        (
            Field("postcode", Kind.TEXT, "Postleitzahl des Gläubigers"),
            Field("land", Kind.TEXT, "Bundesland des Gläubigers: BW bis TH, oder abroad"),
            Field("higher_regional_court", Kind.TEXT, "nur in Nordrhein-Westfalen: Hamm, Düsseldorf oder Köln"),
            COUNTRY,
        ),
        court,
    ),
)
