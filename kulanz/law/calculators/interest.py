"""`interest` and `base-rate`: default interest with its lines, and the base rate of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kulanz.law import jurisdiction
from kulanz.law.calculators.calculator import COUNTRY, Calculator, country_of
from kulanz.law.calculators.fields import BadField, Field, Given, Kind
from kulanz.law.days import DayCount, Rounding
from kulanz.law.errors import InvalidQuestion
from kulanz.law.interest import InterestTerms, Segment
from kulanz.law.money import format_money, format_percent

_ONE_OF = ("debtor", "margin_pp", "rate_percent")

FIELDS = (
    Field("principal", Kind.MONEY, "Hauptforderung", required=True),
    Field("first_interest_day", Kind.DATE, "erster Zinstag, zählt mit", required=True),
    Field("last_interest_day", Kind.DATE, "letzter Zinstag, zählt mit", required=True),
    Field("debtor", Kind.CHOICE, "gesetzlicher Zins für", choices=("consumer", "business")),
    Field("margin_pp", Kind.PERCENT, "Prozentpunkte über dem Basiszinssatz"),
    Field("rate_percent", Kind.PERCENT, "fester Zinssatz in Prozent"),
    Field("arose_on", Kind.DATE, "Entstehung der Forderung (nur für alte Forderungen zwischen Unternehmen)"),
    Field("day_count", Kind.CHOICE, "Zinstage", choices=tuple(member.value for member in DayCount)),
    Field("rounding", Kind.CHOICE, "Rundung", choices=tuple(member.value for member in Rounding)),
    Field("payment_day_counts", Kind.FLAG, "Zahltag zählt als Zinstag (Vorgabe: nein)"),
    Field(
        "payments",
        Kind.LIST,
        "Zahlungen auf die Hauptforderung",
        items=(
            Field("on", Kind.DATE, "Tag", required=True),
            Field("amount", Kind.MONEY, "Betrag", required=True),
        ),
    ),
    COUNTRY,
)


def interest(given: Given) -> dict[str, object]:
    """Default interest between two days, both counted."""
    first_day, last_day = given.need_day("first_interest_day"), given.need_day("last_interest_day")
    if last_day < first_day:
        raise InvalidQuestion("Der letzte Zinstag liegt vor dem ersten.")
    terms = _terms(given)
    history = _history(given, first_day)
    law = jurisdiction(country_of(given))
    answer = law.default_interest(history, first_day, last_day, terms)
    cut = law.default_interest(history, first_day, last_day, replace(terms, capped_at_principal=False)) != answer
    return {
        "total": format_money(answer.total_cents),
        "segments": [_segment(segment) for segment in answer.segments],
        "rule": _rule(given, terms, cut=cut),
    }


def _terms(given: Given) -> InterestTerms:
    named = [name for name in _ONE_OF if given.given(name)]
    if len(named) != 1:
        raise BadField(f"Genau eines der Felder {', '.join(_ONE_OF)} ist nötig.", fix="Für Verbraucher: debtor = consumer.")
    law = jurisdiction(country_of(given))
    usual = law.interest_terms(consumer=given.text("debtor") != "business", arose_on=given.day("arose_on"))
    if named != ["debtor"]:
        usual = replace(usual, margin_bp=given.percent("margin_pp"), fixed_bp=given.percent("rate_percent"))
    if usual.margin_bp is not None and usual.margin_bp < 0:
        raise InvalidQuestion("Ein Aufschlag auf den Basiszinssatz kann nicht negativ sein.")
    return replace(
        usual,
        day_count=DayCount(given.text("day_count") or usual.day_count),
        rounding=Rounding(given.text("rounding") or usual.rounding),
        payment_day_counts=given.flag("payment_day_counts", default=usual.payment_day_counts),
    )


def _history(given: Given, first_day: date) -> list[tuple[date, int]]:
    """The principal over time. More paid than owed is a credit balance, which bears no interest."""
    principal_cents = given.need_money("principal")
    payments = sorted((row.need_day("on"), row.need_money("amount")) for row in given.rows("payments"))
    if principal_cents <= 0 or any(amount_cents <= 0 for _, amount_cents in payments):
        raise InvalidQuestion("Hauptforderung und Zahlungen müssen größer als null sein.")
    history = [(min(first_day, *(day for day, _ in payments), first_day), principal_cents)]
    for day, amount_cents in payments:
        principal_cents -= amount_cents
        history.append((day, principal_cents))
    return history


def _segment(segment: Segment) -> dict[str, object]:
    return {
        "from": segment.from_on.isoformat(),
        "to": segment.to_on.isoformat(),
        "days": segment.days,
        "rate_percent": format_percent(segment.rate_bp),
        "principal": format_money(segment.principal_cents),
        "amount": format_money(segment.amount_cents),
    }


_STATUTE = {"de": "§§ 247, 288 BGB", "at": "§§ 1000, 1333 ABGB, § 456 UGB", "ch": "Art. 104 OR"}
_COUNTED = {
    DayCount.ACT_ACT: "tatsächliche Tage durch 365 oder 366 des Kalenderjahres",
    DayCount.ACT_365: "tatsächliche Tage durch 365",
    DayCount.THIRTY_E_360: "30 Tage je Monat durch 360",
}
_ROUNDED = {Rounding.SEGMENT: "jede Zeile gerundet", Rounding.TOTAL: "nur die Summe gerundet"}


def _rule(given: Given, terms: InterestTerms, *, cut: bool) -> str:
    """The statute, and every choice no statute makes, in words."""
    if given.given("rate_percent"):
        basis = "fester Satz"
    elif terms.margin_bp is not None:
        basis = f"{_STATUTE[country_of(given)]}: Basiszinssatz + {format_percent(terms.margin_bp).replace('.', ',')} Prozentpunkte"
    else:
        basis = f"{_STATUTE[country_of(given)]}: gesetzlicher Satz"
    day = "zählt mit" if terms.payment_day_counts else "zählt nicht mit"
    limit = "; begrenzt auf die Hauptforderung, § 1335 ABGB" if cut else ""
    return f"{basis}; {_COUNTED[terms.day_count]}; Zahltag {day}; {_ROUNDED[terms.rounding]}{limit}"


def base_rate(given: Given) -> dict[str, object]:
    """The base rate of a day and how long it holds."""
    rate = jurisdiction(country_of(given)).base_rate(given.need_day("on"))
    return {
        "rate_percent": format_percent(rate.rate_bp),
        "valid_from": rate.valid_from.isoformat(),
        "valid_until": rate.valid_until.isoformat() if rate.valid_until else None,
        "rule": rate.rule,
    }


CALCULATORS = (
    Calculator("interest", "Verzugszinsen", FIELDS, interest),
    Calculator("base-rate", "Basiszinssatz", (Field("on", Kind.DATE, "Tag", required=True), COUNTRY), base_rate),
)
