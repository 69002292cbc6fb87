"""§ 850c ZPO for every year we know, over the whole range of incomes, against a second way to compute it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

import pytest

from kulanz.law import jurisdiction
from kulanz.law.errors import InvalidQuestion, OutsideTable
from kulanz.law.exempt import Period
from kulanz.law.money import parse_money
from tests.rules.law.facts import fact_page, table_after

DE = jurisdiction("de")

# Base amount, first dependant, each of the second to fifth, cap; per month, week, day (official notices 2021 to 2026).
LIMITS = {
    2021: ("1252.64 288.28 57.66", "471.44 108.50 21.70", "262.65 60.45 12.09", "3840.08 883.74 176.75"),
    2022: ("1330.16 306.12 61.22", "500.62 115.21 23.04", "278.90 64.19 12.84", "4077.72 938.43 187.69"),
    2023: ("1402.28 322.72 64.54", "527.76 121.46 24.29", "294.02 67.67 13.54", "4298.81 989.31 197.87"),
    2024: ("1491.75 343.31 68.66", "561.43 129.21 25.84", "312.78 71.99 14.40", "4573.10 1052.43 210.50"),
    2025: ("1555.00 357.87 71.57", "585.23 134.69 26.94", "326.04 75.04 15.01", "4766.99 1097.05 219.42"),
    2026: ("1587.40 365.33 73.06", "597.42 137.50 27.50", "332.83 76.60 15.32", "4866.30 1119.90 223.99"),
}
STEPS = {Period.MONTH: Decimal(10), Period.WEEK: Decimal("2.5"), Period.DAY: Decimal("0.5")}
SHARES = [Decimal("0.7"), Decimal("0.5"), Decimal("0.4"), Decimal("0.3"), Decimal("0.2"), Decimal("0.1")]


def evaluate(net: Decimal, dependants: int, year: int, period: Period) -> Decimal:
    """The statute's formula in decimal euro, dependant by dependant."""
    base, first, further, cap = (Decimal(each.split()[list(Period).index(period)]) for each in LIMITS[year])
    above = max(Decimal(0), net - cap)
    counted = (min(net, cap) / STEPS[period]).to_integral_value(ROUND_DOWN) * STEPS[period]
    free = base
    for number in range(1, min(dependants, 5) + 1):
        free += first if number == 1 else further
    part = max(Decimal(0), counted - free) * SHARES[min(dependants, 5)]
    return part.quantize(Decimal("0.01"), ROUND_HALF_UP) + above


@pytest.mark.parametrize("period", list(Period))
@pytest.mark.parametrize("year", sorted(LIMITS))
def test_every_step_of_every_year_equals_a_second_evaluation(year: int, period: Period) -> None:
    step = int(STEPS[period] * 100)
    cap = parse_money(LIMITS[year][3].split()[list(Period).index(period)])
    nets = sorted({net for start in range(0, cap + 3 * step, step) for net in (start, start + step - 1)} | {cap - 1, cap, cap + 1})
    for dependants in range(7):
        for net in nets:
            answer = DE.exempt_income(net, dependants, date(year, 12, 1), period)
            assert answer.attachable_cents == int(evaluate(Decimal(net) / 100, dependants, year, period) * 100), (net, dependants)
            assert answer.attachable_cents + answer.protected_cents == net


@pytest.mark.parametrize(
    ("day", "net", "dependants", "attachable"),
    [(date(2023, 7, 1), "1410.00", 0, "5.40"), (date(2024, 7, 1), "1500.00", 0, "5.78"), (date(2025, 7, 1), "1560.00", 0, "3.50")],
)
def test_first_rows_of_the_official_tables(day: date, net: str, dependants: int, attachable: str) -> None:
    assert DE.exempt_income(parse_money(net), dependants, day, Period.MONTH).attachable_cents == parse_money(attachable)


def test_the_limits_change_on_the_first_of_july() -> None:
    assert DE.exempt_income(0, 0, date(2026, 7, 1), Period.MONTH).rule.endswith("ab 1. Juli 2026")
    june = DE.exempt_income(200_000, 0, date(2026, 6, 30), Period.MONTH)
    july = DE.exempt_income(200_000, 0, date(2026, 7, 1), Period.MONTH)
    assert (june.attachable_cents, july.attachable_cents) == (31150, 28882)


@pytest.mark.parametrize("day", [date(2021, 6, 30), date(2027, 7, 1)])
def test_no_limit_is_guessed_outside_the_table(day: date) -> None:
    with pytest.raises(OutsideTable):
        DE.exempt_income(200_000, 0, day, Period.MONTH)


def test_a_negative_income_is_refused() -> None:
    for net, dependants in ((-1, 0), (1, -1)):
        with pytest.raises(InvalidQuestion):
            DE.exempt_income(net, dependants, date(2026, 7, 1), Period.MONTH)


def test_the_limits_equal_the_collected_facts() -> None:
    for row in table_after(fact_page("law-de"), "## 8. Garnishment-exempt income"):
        year = int(row[0][:4])
        assert tuple(cell.replace(" / ", " ") for cell in row[2:6]) == LIMITS[year]
