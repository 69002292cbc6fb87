"""The same verbs for Austria and Switzerland: their figures, and their honest errors."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kulanz.law import jurisdiction
from kulanz.law.allocation import Component, Debt
from kulanz.law.costs import Contractor, CostsQuestion
from kulanz.law.courts import Seat
from kulanz.law.days import DayCount
from kulanz.law.default import DefaultFacts, DefaultReason
from kulanz.law.duties import Occasion
from kulanz.law.errors import InvalidQuestion, NotInThisCountry, NotVerified, OutsideTable, UnknownCountry
from kulanz.law.exempt import Period
from kulanz.law.money import parse_money
from kulanz.law.reminders import ReminderQuestion
from tests.rules.law.facts import fact_rows

DE, AT, CH = jurisdiction("de"), jurisdiction("at"), jurisdiction("CH")

# Base rate of 1 January and 1 July plus 9.2 points, as published.
BUSINESS_RATES = {
    **{(year, half): "9.08" for year in (2014, 2015) for half in (1, 2)},
    **{(year, half): "8.58" for year in range(2017, 2023) for half in (1, 2)},
    (2013, 2): "9.08",
    (2016, 1): "9.08",
    (2016, 2): "8.58",
    (2023, 1): "11.08",
    (2023, 2): "12.58",
    (2024, 1): "13.08",
    (2024, 2): "13.08",
    (2025, 1): "11.73",
    (2025, 2): "10.73",
    (2026, 1): "10.73",
    (2026, 2): "10.73",
}


def test_there_is_no_law_of_a_country_we_do_not_know() -> None:
    with pytest.raises(UnknownCountry):
        jurisdiction("fr")


def test_austrian_businesses_pay_the_published_rate_of_each_half_year() -> None:
    terms = AT.interest_terms(consumer=False)
    for (year, half), percent in BUSINESS_RATES.items():
        day = date(year, 1 if half == 1 else 7, 1)
        (segment,) = AT.default_interest([(day, 100_00)], day, day, terms).segments
        assert segment.rate_bp == parse_money(percent)


def test_old_austrian_business_claims_pay_eight_points() -> None:
    assert AT.interest_terms(consumer=False, arose_on=date(2013, 3, 15)).margin_bp == 800
    assert AT.interest_terms(consumer=False, arose_on=date(2013, 3, 16)).margin_bp == 920
    with pytest.raises(OutsideTable):
        AT.default_interest([(date(2013, 6, 30), 1)], date(2013, 6, 30), date(2013, 7, 1), AT.interest_terms(consumer=False))


def test_austrian_consumers_pay_four_percent() -> None:
    whole_year = AT.default_interest([(date(2025, 1, 1), 100_000)], date(2025, 1, 1), date(2025, 12, 31), AT.interest_terms(consumer=True))
    assert whole_year.total_cents == 40_00


def test_austrian_interest_stops_when_it_has_reached_the_principal() -> None:
    terms = AT.interest_terms(consumer=True)
    whole = AT.default_interest([(date(1990, 1, 1), 100_000)], date(1990, 1, 1), date(2026, 1, 1), terms)
    assert whole.total_cents == 100_000
    assert whole.segments[-1].to_on == date(2014, 12, 31)
    paid_down = AT.default_interest([(date(1990, 1, 1), 100_000), (date(2000, 1, 1), 1)], date(1990, 1, 1), date(2026, 1, 1), terms)
    assert paid_down.segments[-1].to_on == date(1999, 12, 31)
    cut = AT.default_interest([(date(1990, 3, 1), 100_000)], date(1990, 3, 1), date(2026, 1, 1), terms)
    assert 99_980 <= cut.total_cents <= 100_000
    last = cut.segments[-1]
    assert (last.to_on - last.from_on).days + 1 == last.days


def test_swiss_interest_is_five_percent_by_thirty_day_months() -> None:
    terms = CH.interest_terms(consumer=True)
    assert (terms.fixed_bp, terms.day_count) == (500, DayCount.THIRTY_E_360)
    # From the day after 1 January to the day before 20 January there are 18 days, to the 20th (paid) 19 full days have passed.
    history = [(date(2026, 1, 1), 100_000), (date(2026, 1, 20), 0)]
    answer = CH.default_interest(history, date(2026, 1, 1), date(2026, 6, 30), terms)
    assert [(segment.days, segment.amount_cents) for segment in answer.segments] == [(19, 264)]
    years = CH.default_interest([(date(2020, 1, 1), 100_000)], date(2020, 1, 1), date(2024, 12, 31), terms)
    assert [(segment.days, segment.amount_cents) for segment in years.segments] == [(1800, 25_000)]


def test_swiss_interest_by_calendar_years_splits_only_at_new_year() -> None:
    terms = CH.interest_terms(consumer=True)
    actual = type(terms)(fixed_bp=500, day_count=DayCount.ACT_ACT)
    answer = CH.default_interest([(date(2024, 1, 1), 100_000)], date(2024, 1, 1), date(2025, 12, 31), actual)
    assert [segment.days for segment in answer.segments] == [366, 365]
    with pytest.raises(InvalidQuestion):
        CH.default_interest([(date(2024, 1, 1), 1)], date(2024, 1, 1), date(2024, 1, 1), type(terms)(margin_bp=500))


@pytest.mark.parametrize(("law", "region"), [(AT, "9"), (CH, "ZH")])
def test_default_needs_a_fixed_day_or_a_reminder(law: object, region: str) -> None:
    assert law in (AT, CH)
    rules = AT if law is AT else CH
    bill = DefaultFacts(due_on=date(2026, 3, 2), invoice_received_on=date(2026, 2, 1), notice_on_invoice=True, region=region)
    assert rules.default_start(bill).reason is DefaultReason.NOT_IN_DEFAULT
    fixed = DefaultFacts(due_on=date(2026, 3, 1), calendar_date=date(2026, 3, 1), region=region)
    assert rules.default_start(fixed).first_interest_day == date(2026, 3, 3)  # a Sunday moves to Monday
    assert ("§ 903" if rules is AT else "Art. 78") in rules.default_start(fixed).rule
    weekday = DefaultFacts(due_on=date(2026, 3, 2), calendar_date=date(2026, 2, 2), region=region)
    assert rules.default_start(weekday).first_interest_day == date(2026, 3, 3)
    assert ("§ 903" if rules is AT else "Art. 78") not in rules.default_start(weekday).rule
    reminded = DefaultFacts(due_on=date(2026, 3, 2), reminder_received_on=date(2026, 3, 10), region=region)
    assert rules.default_start(reminded).first_interest_day == date(2026, 3, 11)
    early = DefaultFacts(due_on=date(2026, 3, 2), reminder_received_on=date(2026, 3, 2), region=region)
    assert rules.default_start(early).reason is DefaultReason.NOT_IN_DEFAULT


def test_austrian_interest_of_all_claims_comes_before_any_capital() -> None:
    debts = [
        Debt("old", date(2024, 1, 1), interest_cents=10, principal_cents=100),
        Debt("dear", date(2025, 1, 1), costs_cents=5, interest_cents=20, principal_cents=100, rate_bp=1000),
    ]
    parts = AT.allocate(50, debts).parts
    assert [(part.id, part.component, part.amount_cents) for part in parts] == [
        ("dear", Component.COSTS, 5),
        ("dear", Component.INTEREST, 20),
        ("old", Component.INTEREST, 10),
        ("dear", Component.PRINCIPAL, 15),
    ]


def test_swiss_order_is_due_then_enforced_then_older_then_in_proportion() -> None:
    debts = [
        Debt("future, secured", date(2026, 9, 1), principal_cents=10, secured=True),
        Debt("future", date(2026, 8, 1), principal_cents=10),
        Debt("young a", date(2026, 1, 1), principal_cents=30),
        Debt("young b", date(2026, 1, 1), principal_cents=10),
        Debt("enforced", date(2026, 1, 2), principal_cents=10, enforced_on=date(2026, 1, 20)),
        Debt("old", date(2025, 1, 1), principal_cents=10),
    ]
    allocation = CH.allocate(24, debts, paid_on=date(2026, 2, 1))
    assert [(part.id, part.amount_cents) for part in allocation.parts] == [("enforced", 10), ("old", 10), ("young a", 3), ("young b", 1)]
    everything = [part.id for part in CH.allocate(80, debts, paid_on=date(2026, 2, 1)).parts]
    assert everything[-2:] == ["future", "future, secured"]


def test_every_step_of_the_austrian_court_fee() -> None:
    lowest = {date(2021, 5, 1): 1, date(2025, 4, 1): 1}
    for row in fact_rows("at_court_fees"):
        day, highest, fee = date.fromisoformat(row["valid_from"]), parse_money(row["value_up_to_eur"]), parse_money(row["fee_eur"])
        for procedure in ("payment_order", "suit"):
            assert AT.court_fee(lowest[day], day, procedure).fee_cents == fee
            assert AT.court_fee(highest, day, procedure).fee_cents == fee
        lowest[day] = highest + 1


def test_austrian_court_fees_end_where_the_sources_disagree() -> None:
    assert AT.court_fee(parse_money("350000.00"), date(2026, 1, 1), "suit").fee_cents == parse_money("9576.00")
    with pytest.raises(NotVerified):
        AT.court_fee(parse_money("350000.01"), date(2026, 1, 1), "suit")
    with pytest.raises(OutsideTable):
        AT.court_fee(100, date(2021, 4, 30), "suit")
    with pytest.raises(InvalidQuestion):
        AT.court_fee(0, date(2026, 1, 1), "suit")
    with pytest.raises(NotInThisCountry):
        AT.court_fee(100, date(2026, 1, 1), "appeal")


def test_every_step_of_the_swiss_payment_order() -> None:
    lowest = 1
    for row in fact_rows("ch_debt_enforcement_fees"):
        if row["item"] == "payment_order":
            fee = parse_money(row["fee_min_chf"])
            highest = int(row["value_up_to_chf"]) * 100 if row["value_up_to_chf"] else 10**12
            for value in (lowest, highest):
                assert CH.court_fee(value, date(2026, 1, 1), "payment_order").fee_cents == fee
            lowest = highest + 1
    assert lowest > 10**12


def test_swiss_fees_that_are_cantonal_or_unknown_are_not_guessed() -> None:
    for question, error in (
        ((100, date(2026, 1, 1), "suit"), NotVerified),
        ((100, date(2021, 12, 31), "payment_order"), OutsideTable),
        ((0, date(2026, 1, 1), "payment_order"), InvalidQuestion),
        ((100, date(2026, 1, 1), "appeal"), NotInThisCountry),
    ):
        with pytest.raises(error):
            CH.court_fee(*question)


@pytest.mark.parametrize(
    ("year", "basic", "increased", "per_dependant", "highest"), [(2025, 1273, 1486, 254, 5080), (2026, 1308, 1526, 261, 5220)]
)
def test_the_austrian_existence_minimum_follows_the_published_values(
    year: int, basic: int, increased: int, per_dependant: int, highest: int
) -> None:
    def attachable(net: int, dependants: int, *, special: bool = True) -> int:
        answer = AT.exempt_income(net * 100, dependants, date(year, 5, 1), Period.MONTH, special_payments=special)
        assert answer.attachable_cents + answer.protected_cents == net * 100
        return answer.attachable_cents

    assert attachable(basic // 20 * 20, 0) == attachable(0, 0) == 0
    assert AT.exempt_income(0, 0, date(year, 5, 1), Period.MONTH).rule.endswith(str(year))
    income = 3000
    assert attachable(income, 0) == (income - basic) * 70
    assert attachable(income, 0, special=False) == (income - increased) * 70
    assert attachable(income, 2) == (income - basic - 2 * per_dependant) * 50
    assert attachable(income, 7) == attachable(income, 5)
    most = highest * 100 - attachable(highest, 0)
    assert (highest + 1000) * 100 - attachable(highest + 1000, 0) == most


def test_the_austrian_existence_minimum_is_known_per_month_for_two_years() -> None:
    for day in (date(2024, 12, 31), date(2027, 1, 1)):
        with pytest.raises(OutsideTable):
            AT.exempt_income(100, 0, day, Period.MONTH)
    with pytest.raises(NotVerified):
        AT.exempt_income(100, 0, date(2026, 1, 1), Period.WEEK)
    with pytest.raises(InvalidQuestion):
        AT.exempt_income(-1, 0, date(2026, 1, 1), Period.MONTH)


def mandate(value: str, **changes: object) -> CostsQuestion:
    return CostsQuestion(**{"value_cents": parse_money(value), "mandate_on": date(2024, 5, 1), **changes})  # type: ignore[arg-type]


def test_austrian_agency_costs_are_indexed_maxima() -> None:
    large = AT.collection_costs(mandate("1000.00", instalment_agreement=True))
    # 8 % of the claim, one letter of 50.87 and an agreement of 58.14, both times 1.91.
    assert (large.fee_cents, large.instalment_fee_cents) == (80_00 + 97_16, 111_05)
    assert large.total_cents == large.cap_cents
    own = AT.collection_costs(mandate("1000.00", contractor=Contractor.CREDITOR, consumer=False))
    assert (own.total_cents, own.lump_sum_cents, own.cap_cents) == (40_00, 40_00, 40_00)
    assert AT.collection_costs(mandate("727.01", consumer=False)).lump_sum_cents == 0
    with pytest.raises(NotVerified):
        AT.collection_costs(mandate("727.00"))


@pytest.mark.parametrize(
    ("question", "error"),
    [
        (mandate("100.00"), NotVerified),  # the reminder maximum of this bracket was never seen in euro
        (mandate("1000.00", mandate_on=date(2025, 1, 1)), OutsideTable),  # no index factor
        (mandate("1000.00", vat=True), NotVerified),
        (mandate("1000.00", rate=Decimal(1)), NotVerified),
        (mandate("0.00"), InvalidQuestion),
    ],
)
def test_austrian_agency_costs_that_were_not_checked_are_errors(question: CostsQuestion, error: type[Exception]) -> None:
    with pytest.raises(error):
        AT.collection_costs(question)


def test_swiss_agency_costs_are_nothing() -> None:
    assert CH.collection_costs(mandate("1000.00")).total_cents == 0
    with pytest.raises(InvalidQuestion):
        CH.collection_costs(mandate("0.00"))


def test_a_reminder_costs_what_the_countries_allow() -> None:
    letter = ReminderQuestion(causes_default=False, by_letter=True, material_cents=76, agreed_cents=2000)
    assert [law.reminder_fee(letter).fee_cents for law in (DE, AT, CH)] == [76, 76, 2000]
    dear = ReminderQuestion(causes_default=False, by_letter=True, material_cents=500)
    assert [law.reminder_fee(dear).fee_cents for law in (DE, AT, CH)] == [100, 0, 0]
    assert DE.reminder_fee(ReminderQuestion(causes_default=True, by_letter=True, material_cents=76)).fee_cents == 0
    assert DE.reminder_fee(ReminderQuestion(causes_default=False, by_letter=False, material_cents=76)).fee_cents == 0
    with pytest.raises(InvalidQuestion):
        ReminderQuestion(causes_default=False, by_letter=True, material_cents=-1)


def test_what_a_country_does_not_have_is_said_so() -> None:
    for law in (AT, CH):
        with pytest.raises(NotInThisCountry):
            law.lawyer_fee(100, date(2026, 1, 1), Decimal(1))
    with pytest.raises(NotInThisCountry):
        CH.base_rate(date(2026, 1, 1))
    with pytest.raises(NotInThisCountry):
        CH.exempt_income(100, 0, date(2026, 1, 1), Period.MONTH)
    with pytest.raises(NotInThisCountry):
        CH.information_duties(Occasion.FIRST_LETTER)
    with pytest.raises(NotVerified):
        AT.information_duties(Occasion.FIRST_LETTER)
    with pytest.raises(NotVerified):
        AT.dunning_court(Seat(region="9"))
    assert "Betreibungsamt" in CH.dunning_court(Seat()).court
