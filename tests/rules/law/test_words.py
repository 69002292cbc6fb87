"""What the law says where no calculator asks: each verb's own words, its edges, and its refusals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from kulanz.errors import KulanzError
from kulanz.law import jurisdiction
from kulanz.law.allocation import Component, Debt
from kulanz.law.calculators import answer, read_question
from kulanz.law.costs import CostsQuestion
from kulanz.law.days import DayCount, half_year_start
from kulanz.law.de import fees
from kulanz.law.duties import Occasion
from kulanz.law.errors import InvalidQuestion, LawError
from kulanz.law.exempt import Period
from kulanz.law.fees import Fee, Step, StepFee
from kulanz.law.grounds import Ground, RateOrigin
from kulanz.law.holidays import holidays_of
from kulanz.law.interest import InterestTerms
from kulanz.law.limitation import LimitationEvent
from kulanz.law.money import format_percent, parse_money, parse_percent
from kulanz.law.reminders import ReminderQuestion
from kulanz.law.tables import table_of

DE, AT, CH = jurisdiction("de"), jurisdiction("at"), jurisdiction("ch")
DAY = date(2025, 7, 1)


def said(error: pytest.ExceptionInfo[LawError]) -> tuple[str, str]:
    return error.value.message, error.value.remedy


def reminder(**changes: object) -> ReminderQuestion:
    return ReminderQuestion(**{"causes_default": False, "by_letter": True, "material_cents": 85, **changes})  # type: ignore[arg-type]


def test_a_german_reminder_costs_what_a_letter_costs_up_to_the_cap() -> None:
    letter = "§§ 280, 286 BGB: nur Sachkosten (BGH VIII ZR 95/18)"
    assert DE.reminder_fee(reminder()) == Fee(85, letter)
    assert DE.reminder_fee(reminder(material_cents=250)) == Fee(100, letter)
    assert DE.reminder_fee(reminder(material_cents=250, cap_cents=200)) == Fee(200, letter)
    first = "§ 286 BGB: Die Mahnung, die den Verzug erst begründet, ist kein Verzugsschaden"
    assert DE.reminder_fee(reminder(causes_default=True)) == Fee(0, first)
    assert DE.reminder_fee(reminder(by_letter=False)) == Fee(0, "§ 280 BGB: Eine elektronische Mahnung verursacht keine Sachkosten")


def test_an_austrian_reminder_costs_the_least_of_what_was_agreed_and_spent() -> None:
    rule = "§ 1333 Abs. 2 ABGB, § 6 Abs. 1 Z 15 KSchG: nur gesondert vereinbarte, angemessene Kosten"
    assert AT.reminder_fee(reminder()) == Fee(0, rule)
    assert AT.reminder_fee(reminder(agreed_cents=70)) == Fee(70, rule)
    assert AT.reminder_fee(reminder(agreed_cents=500)) == Fee(85, rule)
    assert AT.reminder_fee(reminder(agreed_cents=500, material_cents=400)) == Fee(100, rule)


def test_a_swiss_reminder_costs_what_the_terms_say_in_figures() -> None:
    assert CH.reminder_fee(reminder(agreed_cents=2000)) == Fee(2000, "Art. 106 OR: nur betragsmäßig vereinbarte Mahngebühren")


@pytest.mark.parametrize("field", ["material_cents", "agreed_cents", "cap_cents"])
def test_a_reminder_never_costs_less_than_nothing(field: str) -> None:
    with pytest.raises(InvalidQuestion) as caught:
        reminder(**{field: -1})
    assert said(caught) == ("Mahnkosten können nicht negativ sein.", "")
    assert getattr(reminder(**{field: 0}), field) == 0


def refused(call: object) -> tuple[str, str, str]:
    """Code, sentence and remedy of a refusal."""
    with pytest.raises(LawError) as caught:
        call()  # type: ignore[operator]
    return caught.value.code, caught.value.message, caught.value.remedy


CHECK = "Bitte die genannte Quelle prüfen lassen und die Tabelle ergänzen."
ADD = "Bitte die Tabelle um den fehlenden, amtlich veröffentlichten Wert ergänzen; geraten wird nicht."


def test_what_a_country_does_not_have_or_nobody_checked_is_refused_in_words() -> None:
    rvg = ("not_in_this_country", "Die Gebührentabelle des RVG gilt nur in Deutschland.", "")
    assert refused(lambda: AT.lawyer_fee(100, DAY, Decimal(1))) == rvg
    assert refused(lambda: CH.lawyer_fee(100, DAY, Decimal(1))) == rvg
    unchecked = "Ob Österreich Informationspflichten wie § 13a RDG kennt, ist nicht geprüft."
    assert refused(lambda: AT.information_duties(Occasion.FIRST_LETTER)) == ("not_verified", unchecked, CHECK)
    none = "Die Schweiz kennt keine Informationspflichten wie § 13a RDG."
    assert refused(lambda: CH.information_duties(Occasion.FIRST_LETTER)) == ("not_in_this_country", none, "")
    assert refused(lambda: jurisdiction("fr")) == (
        "unknown_country", "Für das Land „fr“ kennt Kulanz kein Recht.", "Möglich sind de, at und ch."
    )  # fmt: skip
    assert refused(lambda: DE.court_fee(100, DAY, "duel")) == (
        "not_in_this_country", "Das Verfahren „duel“ ist nicht bekannt.", "payment_order oder suit."
    )  # fmt: skip
    for law in (AT, CH):
        assert refused(lambda law=law: law.court_fee(100, DAY, "duel"))[1:] == (
            "Das Verfahren „duel“ ist nicht bekannt.", "payment_order oder suit."
        )  # fmt: skip
    assert refused(lambda: DE.allocate(1, [], scheme="at")) == (
        "not_in_this_country", "Die Anrechnung „at“ gibt es in Deutschland nicht.", "Möglich sind: 367, 497."
    )  # fmt: skip


def test_an_agreed_rate_keeps_the_countrys_way_of_counting_days() -> None:
    assert DE.agreed_terms(300, consumer=True) == InterestTerms(fixed_bp=300)
    assert CH.agreed_terms(700, consumer=True, arose_on=DAY) == InterestTerms(fixed_bp=700, day_count=DayCount.THIRTY_E_360)
    assert AT.agreed_terms(900, consumer=False, arose_on=DAY) == InterestTerms(fixed_bp=900)
    assert AT.agreed_terms(400, consumer=True) == InterestTerms(fixed_bp=400)
    assert refused(lambda: AT.agreed_terms(401, consumer=True)) == (
        "not_verified",
        "Ein vereinbarter Zins über 4 % kann bei Verbrauchern unwirksam sein (§ 6 Abs. 1 Z 13 KSchG).",
        "Bitte die Klausel prüfen lassen; bis dahin gelten die gesetzlichen 4 %.",
    )


OLD = date(2014, 7, 28)


@pytest.mark.parametrize(
    ("law", "terms", "consumer", "arose_on", "origin", "rule"),
    [
        (DE, InterestTerms(margin_bp=500), True, None, RateOrigin.STATUTORY, "§ 288 Abs. 1, § 247 BGB"),
        (DE, InterestTerms(margin_bp=400), True, None, RateOrigin.LOWER, "§ 288 Abs. 1, § 247 BGB"),
        (DE, InterestTerms(margin_bp=501), True, None, RateOrigin.AGREED, "§ 288 Abs. 3, § 247 BGB"),
        (DE, InterestTerms(margin_bp=900), False, None, RateOrigin.STATUTORY, "§ 288 Abs. 2, § 247 BGB"),
        (DE, InterestTerms(margin_bp=800), False, OLD, RateOrigin.STATUTORY, "§ 288 Abs. 2, § 247 BGB"),
        (DE, InterestTerms(margin_bp=900), False, OLD, RateOrigin.AGREED, "§ 288 Abs. 3, § 247 BGB"),
        (DE, InterestTerms(fixed_bp=300), True, None, RateOrigin.AGREED, "§ 288 Abs. 3 BGB"),
        (AT, InterestTerms(fixed_bp=400), True, None, RateOrigin.STATUTORY, "§§ 1000, 1333 ABGB"),
        (AT, InterestTerms(fixed_bp=300), True, None, RateOrigin.LOWER, "§§ 1000, 1333 ABGB"),
        (AT, InterestTerms(fixed_bp=500), True, None, RateOrigin.AGREED, ""),
        (AT, InterestTerms(margin_bp=920), False, None, RateOrigin.STATUTORY, "§ 456 UGB"),
        (AT, InterestTerms(margin_bp=800), False, date(2013, 3, 15), RateOrigin.STATUTORY, "§ 456 UGB"),
        (AT, InterestTerms(margin_bp=920), False, date(2013, 3, 15), RateOrigin.AGREED, ""),
        (CH, InterestTerms(fixed_bp=500), False, None, RateOrigin.STATUTORY, "Art. 104 Abs. 1 OR"),
        (CH, InterestTerms(fixed_bp=450), True, None, RateOrigin.LOWER, "Art. 104 Abs. 1 OR"),
        (CH, InterestTerms(fixed_bp=600), True, None, RateOrigin.AGREED, "Art. 104 Abs. 2 OR"),
    ],
)
def test_a_rate_rests_on_the_paragraph_of_its_origin(
    law: object, terms: InterestTerms, consumer: bool, arose_on: date | None, origin: RateOrigin, rule: str
) -> None:
    assert law.rate_origin(terms, consumer=consumer, arose_on=arose_on) is origin  # type: ignore[attr-defined]
    assert law.interest_rule(terms, consumer=consumer, arose_on=arose_on) == rule  # type: ignore[attr-defined]


def test_every_country_names_what_default_and_payments_rest_on() -> None:
    for law in (DE, AT, CH):
        assert all(law.grounds[ground] for ground in (Ground.DEFAULT, Ground.PAID, Ground.SEVERAL_PAID))


def test_a_duty_has_its_item_its_words_and_its_rule() -> None:
    (agreement,) = DE.information_duties(Occasion.INSTALMENT_AGREEMENT)
    assert agreement.rule.startswith("§ 13a Abs. ")
    assert agreement.item.isascii()
    assert "Zahlungsvereinbarung" in agreement.text or "Einigung" in agreement.text or "Kosten" in agreement.text


def test_where_an_amount_stands_in_the_law_depends_on_the_day() -> None:
    assert fees.source("payment_order_minimum", date(2025, 5, 31)) == "KV GKG 1100 in der Fassung bis 31.05.2025"
    assert fees.source("payment_order_minimum", date(2025, 6, 1)) == "KV GKG 1100"
    assert fees.amount("vat", DAY) == Fraction(19, 100)
    assert fees.amount("rate_simple", DAY) == Fraction(1, 2)
    assert fees.amount("lump_sum", DAY) == 4000
    assert refused(lambda: fees.amount("lump_sum", date(2014, 7, 28)))[2] == ADD


def test_a_value_at_the_edge_of_a_step_starts_no_further_stretch() -> None:
    table = StepFee((Step(100, 100, 10), Step(300, 100, 7), Step(None, 500, 3)))
    assert [table.of(value) for value in (1, 100, 101, 200, 201, 300, 301, 800, 801)] == [10, 10, 17, 17, 24, 24, 27, 27, 30]
    assert [(count, cents) for _, count, cents in table.stretches(801)] == [(1, 10), (2, 14), (2, 6)]
    assert StepFee((Step(None, 1, 9), Step(None, 10, 1))).of(11) == 11
    assert refused(lambda: table.of(0)) == ("invalid_question", "Der Wert muss größer als null sein.", "")


def test_holidays_are_asked_without_a_region_too() -> None:
    corpus_christi, labour_day = date(2026, 6, 4), date(2026, 5, 1)
    assert DE.is_holiday(corpus_christi)
    assert not DE.is_working_day(corpus_christi)
    assert DE.is_working_day(corpus_christi, "BE")
    assert DE.next_working_day(corpus_christi) == date(2026, 6, 5)
    assert DE.next_working_day(corpus_christi, "BE") == corpus_christi
    assert AT.next_working_day(labour_day, "9") == date(2026, 5, 4)
    assert CH.is_holiday(labour_day)
    assert holidays_of("de", "BW", 2026) != holidays_of("de", "BW", 2025)


def test_percentages_are_read_and_written_with_two_places() -> None:
    assert (parse_percent("7.27"), parse_percent("-0.88"), format_percent(-88)) == (727, -88, "-0.88")
    for text in ("7,27", "7.275", "", "x" * 60):
        assert refused(lambda text=text: parse_percent(text)) == (
            "unreadable_money",
            f"Der Zinssatz „{text[:40]}“ ist nicht lesbar.",
            "Bitte in Prozent mit höchstens zwei Nachkommastellen angeben.",
        )
    assert refused(lambda: parse_money("y" * 60))[1] == f"Der Betrag „{'y' * 40}“ ist nicht lesbar."
    large = "92233720368547758.08"
    assert refused(lambda: parse_money(large))[:2] == ("amount_too_large", f"Der Betrag {large} ist größer, als Kulanz rechnen kann.")
    assert parse_money("92233720368547758.07") == 2**63 - 1


def test_terms_are_either_a_margin_or_a_fixed_rate() -> None:
    both = "Ein Zins hat entweder einen Aufschlag auf den Basiszins oder einen festen Satz, nicht beides."
    assert refused(lambda: InterestTerms(margin_bp=0, fixed_bp=0)) == ("invalid_question", both, "")
    assert refused(lambda: InterestTerms(fixed_bp=-1)) == ("invalid_question", "Ein fester Zinssatz kann nicht negativ sein.", "")
    assert InterestTerms(fixed_bp=0).fixed_bp == 0
    disordered = [(DAY, 100), (date(2025, 6, 30), 50)]
    assert refused(lambda: DE.default_interest(disordered, DAY, DAY, InterestTerms(margin_bp=500))) == (
        "invalid_question", "Der Verlauf der Hauptforderung ist nicht nach Tagen geordnet.", ""
    )  # fmt: skip


@pytest.mark.parametrize(
    ("day", "start"),
    [
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 6, 30), date(2026, 1, 1)),
        (date(2026, 7, 1), date(2026, 7, 1)),
        (date(2026, 12, 31), date(2026, 7, 1)),
    ],
)
def test_a_half_year_starts_in_january_or_july(day: date, start: date) -> None:
    assert half_year_start(day) == start


def test_each_table_describes_itself() -> None:
    assert (table_of("ch_enforcement_fees").country, table_of("de_exempt_income").title) == ("ch", "Pfändungsfreigrenzen (§ 850c ZPO)")


def test_a_question_that_is_no_object_says_so() -> None:
    for text, message in (
        ("[1]", "Die Zeile ist kein JSON-Objekt."),
        ("{", "Die Zeile ist kein lesbares JSON."),
        ('{"a": NaN}', "Die Zeile ist kein lesbares JSON."),
    ):
        with pytest.raises(KulanzError) as caught:
            read_question(text)
        assert caught.value.message == message
    with pytest.raises(KulanzError) as unknown:
        answer("weather", {})
    assert unknown.value.message == "Den Rechner „weather“ gibt es nicht."
    assert unknown.value.remedy.startswith("Es gibt: interest, base-rate, costs, ")


def test_income_is_counted_with_special_payments_unless_told_otherwise() -> None:
    usual = AT.exempt_income(200_000, 0, DAY, Period.MONTH)
    assert usual == AT.exempt_income(200_000, 0, DAY, Period.MONTH, special_payments=True)
    assert usual.attachable_cents > AT.exempt_income(200_000, 0, DAY, Period.MONTH, special_payments=False).attachable_cents


def test_collection_costs_have_the_cheapest_normal_case_as_default() -> None:
    assert DE.collection_costs(CostsQuestion(308_900, DAY)).total_cents == 28_550
    question = CostsQuestion(308_900, DAY)
    assert (question.undisputed, question.expenses_flat, question.vat, question.consumer) == (True, True, False, True)


def test_a_debt_that_is_not_due_yet_waits() -> None:
    debts = [Debt("later", date(2025, 7, 2), principal_cents=10, rate_bp=900), Debt("due", DAY, principal_cents=10)]
    for law in (DE, AT, CH):
        (part,) = law.allocate(10, debts, paid_on=DAY).parts
        assert (part.id, part.component) == ("due", Component.PRINCIPAL)
    with pytest.raises(InvalidQuestion):
        LimitationEvent("suit", DAY, date(2025, 6, 30))
    assert LimitationEvent("suit", DAY, DAY).to_on == DAY
