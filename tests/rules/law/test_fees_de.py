"""RVG and GKG: every step of both tables, the flat sums, and the costs a debtor owes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law import jurisdiction
from kulanz.law.costs import CollectionCosts, Contractor, CostsQuestion
from kulanz.law.errors import InvalidQuestion, NotInThisCountry, OutsideTable
from kulanz.law.money import parse_money
from tests.rules.law.facts import fact_page, fact_rows, table_after

DE = jurisdiction("de")
BEFORE, AFTER = date(2025, 5, 31), date(2025, 6, 1)

# Annex 2 of both laws up to 500,000 euro: the values at which the fee steps up, and the single fees.
VALUES = [
    *(500, 1000, 1500, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000, 13_000, 16_000, 19_000, 22_000, 25_000),
    *(30_000, 35_000, 40_000, 45_000, 50_000, 65_000, 80_000, 95_000, 110_000, 125_000, 140_000, 155_000, 170_000),
    *(185_000, 200_000, 230_000, 260_000, 290_000, 320_000, 350_000, 380_000, 410_000, 440_000, 470_000, 500_000),
]
GKG_2021 = """38 58 78 98 119 140 161 182 203 224 245 266 295 324 353 382 411 449 487 525 563 601 733 865 997 1129 1261 1393
1525 1657 1789 1921 2119 2317 2515 2713 2911 3109 3307 3505 3703 3901"""
GKG_2025 = """40 61 82 103 125.5 148 170.5 193 215.5 238 260.5 283 313.5 344 374.5 405 435.5 476 516.5 557 597.5 638 778 918
1058 1198 1338 1478 1618 1758 1898 2038 2248 2458 2668 2878 3088 3298 3508 3718 3928 4138"""
RVG_2021 = """49 88 127 166 222 278 334 390 446 502 558 614 666 718 770 822 874 955 1036 1117 1198 1279 1373 1467 1561 1655
1749 1843 1937 2031 2125 2219 2351 2483 2615 2747 2879 3011 3143 3275 3407 3539"""
RVG_2025 = """51.5 93 134.5 176 235.5 295 354.5 414 473.5 533 592.5 652 707 762 817 872 927 1013 1099 1185 1271 1357 1456.5 1556
1655.5 1755 1854.5 1954 2053.5 2153 2252.5 2352 2492 2632 2772 2912 3052 3192 3332 3472 3612 3752"""


def steps(fees: str) -> list[tuple[int, int, int]]:
    """Lowest value, highest value and fee of each step, in cents."""
    lows = [1, *(value * 100 + 1 for value in VALUES[:-1])]
    return list(zip(lows, (value * 100 for value in VALUES), (parse_money(fee) for fee in fees.split()), strict=True))


@pytest.mark.parametrize(("day", "fees"), [(BEFORE, RVG_2021), (AFTER, RVG_2025)])
def test_every_step_of_the_lawyers_table(day: date, fees: str) -> None:
    for lowest, highest, fee in steps(fees):
        assert DE.lawyer_fee(lowest, day, Decimal(1)).fee_cents == fee
        assert DE.lawyer_fee(highest, day, Decimal(1)).fee_cents == fee


@pytest.mark.parametrize(("day", "fees"), [(BEFORE, GKG_2021), (AFTER, GKG_2025)])
def test_every_step_of_the_court_table(day: date, fees: str) -> None:
    for lowest, highest, fee in steps(fees):
        assert DE.court_fee(lowest, day, "suit").fee_cents == 3 * fee
        assert DE.court_fee(highest, day, "suit").fee_cents == 3 * fee


def test_above_half_a_million_every_started_fifty_thousand_adds_a_step() -> None:
    assert DE.lawyer_fee(parse_money("500000.01"), AFTER, Decimal(1)).fee_cents == parse_money("3927.00")
    assert DE.lawyer_fee(parse_money("550000.00"), AFTER, Decimal(1)).fee_cents == parse_money("3927.00")
    assert DE.lawyer_fee(parse_money("550000.01"), BEFORE, Decimal(1)).fee_cents == parse_money("3869.00")
    assert DE.court_fee(parse_money("1000000.00"), AFTER, "suit").fee_cents == 3 * parse_money("6238.00")


def test_the_lawyers_steps_equal_the_collected_facts() -> None:
    for row in fact_rows("de_rvg_table"):
        day, value = date.fromisoformat(row["valid_from"]), parse_money(row["value_up_to_eur"])
        assert DE.lawyer_fee(value, day, Decimal(1)).fee_cents == parse_money(row["fee_eur"])


@pytest.mark.parametrize(("heading", "law"), [("RVG formula (1.0 fee)", "rvg"), ("GKG 1.0 fee formula:", "gkg")])
def test_the_formulas_equal_the_collected_facts(heading: str, law: str) -> None:
    for column, day in ((2, BEFORE), (3, AFTER)):
        table = table_after(fact_page("law-de"), heading)
        fee = parse_money(table[0][column].replace(",", ""))
        reached = 500
        for up_to, step, *amounts in table[1:]:
            last = 700_000 if up_to == "above" else int(up_to.replace(",", ""))
            while reached < last:
                reached += int(step.replace(",", ""))
                fee += parse_money(amounts[column - 2])
                single = DE.lawyer_fee(reached * 100, day, Decimal(1)).fee_cents
                assert fee == (single if law == "rvg" else DE.court_fee(reached * 100, day, "suit").fee_cents // 3)


def test_the_day_of_the_mandate_and_the_day_of_filing_choose_the_table() -> None:
    assert DE.lawyer_fee(100_00, BEFORE, Decimal(1)).fee_cents == 49_00
    assert DE.lawyer_fee(100_00, AFTER, Decimal(1)).fee_cents == 51_50
    assert DE.court_fee(100_00, BEFORE, "payment_order").fee_cents == 36_00
    assert DE.court_fee(100_00, AFTER, "payment_order").fee_cents == 38_00


def test_a_court_order_to_pay_costs_half_a_fee_above_the_minimum() -> None:
    assert DE.court_fee(308_900, AFTER, "payment_order").fee_cents == 74_00
    assert DE.court_fee(1_000_01, AFTER, "payment_order").fee_cents == 41_00


def test_no_fee_is_guessed_before_2021_for_nothing_or_for_an_unknown_procedure() -> None:
    with pytest.raises(OutsideTable):
        DE.lawyer_fee(100, date(2020, 12, 31), Decimal(1))
    with pytest.raises(InvalidQuestion):
        DE.court_fee(0, AFTER, "suit")
    with pytest.raises(InvalidQuestion):
        DE.lawyer_fee(100, AFTER, Decimal(0))
    with pytest.raises(NotInThisCountry):
        DE.court_fee(100, AFTER, "appeal")


def test_no_fee_is_below_fifteen_euro() -> None:
    assert DE.lawyer_fee(100, AFTER, Decimal("0.2")).fee_cents == 15_00
    assert DE.lawyer_fee(100, AFTER, Decimal("0.3")).fee_cents == 15_45


def costs(value: str, **changes: object) -> CollectionCosts:
    return DE.collection_costs(CostsQuestion(**{"value_cents": parse_money(value), "mandate_on": AFTER, **changes}))  # type: ignore[arg-type]


def amounts(answer: CollectionCosts) -> tuple[int, int, int, int, int, int]:
    return (
        *(answer.fee_cents, answer.expenses_cents, answer.instalment_fee_cents),
        *(answer.vat_cents, answer.lump_sum_cents, answer.total_cents),
    )


@pytest.mark.parametrize(
    ("value", "changes", "expected"),
    [
        ("100.00", {}, (46_35, 9_27, 0, 0, 0, 55_62)),
        ("100.00", {"settled_on_first_letter": True}, (25_75, 5_15, 0, 0, 0, 30_90)),
        ("100.00", {"undisputed": False}, (66_95, 13_39, 0, 0, 0, 80_34)),
        ("100.00", {"expenses_flat": False}, (46_35, 0, 0, 0, 0, 46_35)),
        ("100.00", {"vat": True}, (46_35, 9_27, 0, 10_57, 0, 66_19)),
        ("3089.00", {}, (265_50, 20_00, 0, 0, 0, 285_50)),
        ("3089.00", {"instalment_agreement": True}, (265_50, 20_00, 123_20, 0, 0, 408_70)),
        ("50.00", {}, (28_35, 5_67, 0, 0, 0, 34_02)),
        ("50.01", {}, (46_35, 9_27, 0, 0, 0, 55_62)),
        ("50.00", {"mandate_on": BEFORE}, (27_00, 5_40, 0, 0, 0, 32_40)),
        ("50.00", {"settled_on_first_letter": True}, (15_75, 3_15, 0, 0, 0, 18_90)),
        ("50.00", {"settled_on_first_letter": True, "mandate_on": BEFORE}, (15_00, 3_00, 0, 0, 0, 18_00)),
        ("50.00", {"undisputed": False}, (66_95, 13_39, 0, 0, 0, 80_34)),
        ("50.00", {"consumer": False}, (28_35, 5_67, 0, 0, 5_98, 40_00)),
        ("100.00", {"consumer": False}, (46_35, 9_27, 0, 0, 0, 55_62)),
        ("100.00", {"contractor": Contractor.CREDITOR}, (0, 0, 0, 0, 0, 0)),
        ("100.00", {"contractor": Contractor.CREDITOR, "consumer": False}, (0, 0, 0, 0, 40_00, 40_00)),
        ("100.00", {"contractor": Contractor.LAWYER}, (46_35, 9_27, 0, 0, 0, 55_62)),
    ],
)
def test_what_a_debtor_owes_for_collection(value: str, changes: dict[str, object], expected: tuple[int, ...]) -> None:
    assert amounts(costs(value, **changes)) == expected


def test_an_instalment_agreement_before_october_2021_followed_the_old_rule() -> None:
    old = costs("1000.00", mandate_on=date(2021, 9, 30), rate=Decimal("1.3"), instalment_agreement=True)
    assert old.instalment_fee_cents == parse_money("73.50")  # 1.5 × the fee of a fifth of the claim
    new = costs("1000.00", mandate_on=date(2021, 10, 1), instalment_agreement=True)
    assert new.instalment_fee_cents == parse_money("34.30")  # 0.7 × the fee of half the claim


def test_before_october_2021_the_rate_must_be_named() -> None:
    with pytest.raises(OutsideTable):
        costs("100.00", mandate_on=date(2021, 9, 30))
    assert costs("100.00", mandate_on=date(2021, 9, 30), rate=Decimal("0.9")).fee_cents == 44_10


def test_a_higher_rate_is_possible_but_capped_and_says_what_it_needs() -> None:
    special = costs("100.00", rate=Decimal("1.2"))
    assert (special.fee_cents, special.cap_cents) == (61_80, 80_34)
    assert "besonderen Umfang" in special.rule
    for changes in ({"rate": Decimal("1.4")}, {"rate": Decimal("0.6"), "settled_on_first_letter": True}):
        with pytest.raises(InvalidQuestion):
            costs("100.00", **changes)
    assert costs("100.00", rate=Decimal("2.5"), undisputed=False).fee_cents == parse_money("128.75")
    with pytest.raises(InvalidQuestion):
        costs("100.00", rate=Decimal("2.6"), undisputed=False)


def test_the_rule_says_which_fee_for_which_case() -> None:
    usual = costs("100.00").rule
    assert usual.startswith("0,9-fache Geschäftsgebühr (VV RVG 2300, unbestritten)")
    assert usual.endswith("Obergrenze § 13e RDG")
    assert "besonderen Umfang" not in usual
    assert "einfacher Fall" in costs("100.00", settled_on_first_letter=True).rule
    assert "bestritten" in costs("100.00", undisputed=False).rule
    assert "§ 13 Abs. 2 RVG" in costs("50.00").rule
    assert "§ 13 Abs. 2 RVG" not in costs("50.01").rule
    assert costs("100.00", contractor=Contractor.LAWYER).rule.endswith("Obergrenze RVG")
    assert DE.lawyer_fee(100, AFTER, Decimal(1)).rule.startswith("1,0-fache")
    assert DE.lawyer_fee(100, AFTER, Decimal("1.30")).rule.startswith("1,3-fache")


def test_the_lump_sum_between_businesses_began_on_29_july_2014() -> None:
    for day, lump_sum in ((date(2014, 7, 28), 0), (date(2014, 7, 29), 40_00)):
        answer = costs("100.00", contractor=Contractor.CREDITOR, consumer=False, mandate_on=day)
        assert (answer.lump_sum_cents, answer.cap_cents) == (lump_sum, lump_sum)


def test_a_named_rate_of_october_2021_is_measured_against_the_usual_one() -> None:
    special = costs("100.00", mandate_on=date(2021, 10, 1), rate=Decimal("1.3"))
    assert special.cap_cents == special.total_cents
    assert "besonderen Umfang" in special.rule


def test_a_claim_of_nothing_has_no_costs() -> None:
    with pytest.raises(InvalidQuestion):
        costs("0.00")


@given(
    st.integers(1, 200_000_000),
    st.dates(date(2021, 10, 1), date(2026, 12, 31)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_costs_never_exceed_what_a_lawyer_may_charge(
    value: int, day: date, undisputed: bool, simple: bool, vat: bool, agreement: bool, consumer: bool
) -> None:
    question = CostsQuestion(value, day, undisputed, simple, vat=vat, instalment_agreement=agreement, consumer=consumer)
    answer = DE.collection_costs(question)
    net = answer.fee_cents + answer.expenses_cents + answer.instalment_fee_cents
    assert answer.total_cents == net + answer.vat_cents + answer.lump_sum_cents <= answer.cap_cents
    assert answer.expenses_cents <= 20_00
    assert abs(answer.vat_cents - Fraction(19 * net, 100)) <= Fraction(1, 2) if vat else answer.vat_cents == 0
    assert answer.lump_sum_cents == (0 if consumer else max(0, 40_00 - net - answer.vat_cents))
    assert answer.fee_cents <= DE.lawyer_fee(value, day, Decimal("1.3")).fee_cents
