"""The way to an answer ends at the answer, and names the rows of the tables it rests on."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from kulanz.law.calculators import answer
from kulanz.law.calculators.derivation import Derivation, StepKind, derive
from kulanz.law.money import parse_money
from tests.rules.law.test_examples import EXAMPLES

ANSWERED = [example for example in EXAMPLES if "error" not in example["answer"]]


def derived(name: str, **question: object) -> Derivation:
    return derive(name, question, answer(name, question))


def told(derivation: Derivation) -> list[tuple[str, int]]:
    return [(step.kind.value, step.cents) for step in derivation.steps]


def origins(derivation: Derivation) -> list[tuple[str, str, date | None, date | None]]:
    return [(origin.title, origin.value, origin.valid_from, origin.ends_on) for origin in derivation.origins]


def ends(example: dict[str, Any], derivation: Derivation) -> list[tuple[int, int]]:
    """What the steps come to, beside what the answer says."""
    said, steps = example["answer"], derivation.steps
    match example["calculator"]:
        case "interest" if example["question"].get("rounding") != "total":
            return [(sum(step.cents for step in steps), parse_money(said["total"]))]
        case "rvg-fee" | "court-fee" | "costs" if steps:
            return [(steps[-1].cents, parse_money(said["fee"]))]
        case "attachable" if steps:
            taken = sum(step.cents for step in steps if step.kind in (StepKind.SHARE, StepKind.OVER_CAP))
            return [(taken, parse_money(said["attachable"]))]
    return []


@pytest.mark.parametrize("name", sorted({example["calculator"] for example in ANSWERED}))
def test_the_steps_of_every_example_end_at_its_answer(name: str) -> None:
    for example in ANSWERED:
        if example["calculator"] == name:
            derivation = derive(name, example["question"], example["answer"])
            for come_to, said in ends(example, derivation):
                assert come_to == said, example
            assert all(origin.source and origin.value and origin.title for origin in derivation.origins)


def test_interest_names_each_half_year_it_used() -> None:
    shown = derived("interest", principal="3089.00", first_interest_day="2025-04-17", last_interest_day="2026-02-20", debtor="consumer")
    assert told(shown) == [("segment", 4614), ("segment", 9764), ("segment", 2706)]
    assert dict(shown.steps[0].values) == {
        "from": date(2025, 4, 17), "to": date(2025, 6, 30), "days": 75, "year_days": 365, "rate_bp": 727, "base_bp": 227,
        "principal_cents": 308_900,
    }  # fmt: skip
    title, end = "Basiszinssatz (§ 247 BGB)", date(2026, 12, 31)
    assert origins(shown) == [
        (title, "2.27 %", date(2025, 1, 1), end),
        (title, "1.27 %", date(2025, 7, 1), end),
        (title, "1.27 %", date(2026, 1, 1), end),
    ]


def test_a_fixed_rate_rests_on_no_table() -> None:
    days = {"principal": "100", "first_interest_day": "2025-01-01", "last_interest_day": "2025-12-31"}
    fixed = derived("interest", **days, rate_percent="4")
    assert (fixed.origins, fixed.steps[0].values["base_bp"]) == ((), 0)
    assert derived("interest", **days, debtor="consumer", country="at").origins == ()
    assert derived("interest", **days, debtor="business", country="at").origins[0].value == "2.53 %"
    swiss = derived("interest", **days, debtor="consumer", country="ch")
    assert (swiss.origins, swiss.steps[0].values["year_days"]) == ((), 360)
    assert derived("interest", **days, debtor="consumer", day_count="30E_360").steps[0].values["year_days"] == 360


def test_a_fee_is_told_stretch_by_stretch() -> None:
    shown = derived("rvg-fee", value="3089.00", on="2025-07-01", rate="1.3")
    assert told(shown) == [("value_fee", 5150), ("value_fee", 12450), ("value_fee", 11900), ("single_fee", 29500), ("rate", 38350)]
    assert [dict(step.values) for step in shown.steps[:3]] == [
        {"count": 1, "step_cents": 0, "each_cents": 5150, "up_to_cents": 50_000},
        {"count": 3, "step_cents": 50_000, "each_cents": 4150, "up_to_cents": 200_000},
        {"count": 2, "step_cents": 100_000, "each_cents": 5950, "up_to_cents": 1_000_000},
    ]
    assert dict(shown.steps[-1].values) == {"rate": Fraction(13, 10), "single_cents": 29500}
    assert origins(shown) == [("Wertgebühren (§ 13 RVG, § 34 GKG)", "RVG", date(2025, 6, 1), None)]
    beyond = derived("rvg-fee", value="600000", on="2025-07-01")
    assert (beyond.steps[-3].values["up_to_cents"], dict(beyond.steps[-2].values)) == (0, {})
    least = derived("rvg-fee", value="100", on="2025-07-01", rate="0.1")
    assert dict(least.steps[-1].values) == {}
    assert told(least)[-2:] == [("rate", 515), ("least", 1500)]
    assert least.origins[-1].value == "15.00 EUR"


def test_collection_costs_name_every_amount_they_used() -> None:
    case = {"value": "3089.00", "mandate_on": "2025-07-01"}
    values = [origin.value for origin in derived("costs", **case, vat=True, instalment_agreement=True).origins]
    assert values == ["RVG", "0.90 ×", "20.00 %", "20.00 EUR", "50.00 %", "0.70 ×", "19.00 %"]
    assert [origin.value for origin in derived("costs", **case, rate="0.5", expenses_flat=False).origins] == ["RVG"]
    assert [origin.value for origin in derived("costs", **case, undisputed=False, expenses_flat=False).origins] == ["RVG", "1.30 ×"]
    assert [origin.value for origin in derived("costs", **case, settled_on_first_letter=True).origins][1] == "0.50 ×"
    small = derived("costs", value="50", mandate_on="2025-07-01")
    assert told(small) == [("single_fee", 3150), ("rate", 2835)]
    assert small.origins[0].value == "31.50 EUR"
    business = derived("costs", value="50", mandate_on="2025-07-01", debtor="business", settled_on_first_letter=True)
    assert business.origins[-1].value == "40.00 EUR"
    himself = derived("costs", **case, contractor="creditor", debtor="business")
    assert [origin.value for origin in himself.origins] == ["40.00 EUR"]
    assert derived("costs", **case, contractor="creditor") == Derivation()
    assert derived("costs", **case, country="ch") == Derivation()
    austria = derived("costs", value="5000", mandate_on="2024-07-01", country="at")
    assert [origin.value for origin in austria.origins] == ["8 %", "50.87", "58.14", "1.91"]


def test_court_fees_rest_on_their_row() -> None:
    case = {"value": "500", "procedure": "payment_order"}
    germany = derived("court-fee", **case, filed_on="2025-07-01")
    assert told(germany) == [("value_fee", 4000), ("single_fee", 4000), ("rate", 2000), ("least", 3800)]
    assert [origin.value for origin in germany.origins] == ["GKG", "0.50 ×", "38.00 EUR"]
    assert all("GKG" in origin.source for origin in germany.origins)
    assert [origin.value for origin in derived("court-fee", **case, filed_on="2025-07-01", country="at").origins] == ["84.00"]
    assert [origin.value for origin in derived("court-fee", **case, filed_on="2025-07-01", country="ch").origins] == ["20.00"]


def test_protected_income_is_told_from_the_stepped_income_on() -> None:
    shown = derived("attachable", net="5004.99", on="2026-07-01", dependants=3)
    assert told(shown) == [("stepped_income", 486_000), ("free", 285_048), ("share", 60_286), ("over_cap", 13_869)]
    assert dict(shown.steps[0].values) == {"net_cents": 486_630, "step_cents": 1000}
    assert dict(shown.steps[1].values) == {"base_cents": 158_740, "first_cents": 59_742, "further_cents": 33_283, "further": 2}
    assert dict(shown.steps[2].values) == {"tenths": 3, "over_cents": 200_952}
    assert dict(shown.steps[3].values) == {"cap_cents": 486_630}
    assert origins(shown) == [("Pfändungsfreigrenzen (§ 850c ZPO)", "1587.40", date(2026, 7, 1), date(2027, 6, 30))]
    assert derived("attachable", net="2000", on="2026-01-01", country="at").origins[0].value == "1308.39"


def test_a_base_rate_names_where_it_was_published() -> None:
    assert derived("base-rate", on="2026-08-01").origins[0].source.startswith("Bundesbank")
    austrian = derived("base-rate", on="2025-12-01", country="at")
    assert origins(austrian) == [("Basiszinssatz der OeNB", "1.53 %", date(2025, 6, 11), date(2026, 7, 1))]
    assert derived("court", land="BY") == Derivation()


def test_edges_of_the_way_are_those_of_the_rule() -> None:
    first_day = derived("costs", value="50", mandate_on="2021-10-01")
    assert told(first_day)[0] == ("single_fee", 3000)
    before = derived("costs", value="50", mandate_on="2021-09-30", rate="0.9")
    assert told(before)[0] == ("value_fee", 4900)
    at_the_cap = derived("attachable", net="4866.30", on="2026-07-01")
    assert [step.kind.value for step in at_the_cap.steps] == ["stepped_income", "free", "share"]
    for period, base in (("week", "365.33"), ("day", "73.06")):
        shown = derived("attachable", net="600", on="2026-07-01", period=period)
        assert [origin.value for origin in shown.origins] == [base]


def test_a_way_without_steps_still_has_a_list_of_them() -> None:
    case = {"value": "500", "procedure": "payment_order", "filed_on": "2025-07-01"}
    for shown in (
        derived("base-rate", on="2026-07-01"),
        derived("court-fee", **case, country="at"),
        derived("court-fee", **case, country="ch"),
        derived("costs", value="5000", mandate_on="2024-07-01", country="at"),
        derived("attachable", net="2000", on="2026-01-01", country="at"),
    ):
        assert shown.steps == ()
        assert len(shown.origins) >= 1
    dear = derived("court-fee", value="700", procedure="suit", filed_on="2025-07-01", country="at")
    assert [origin.value for origin in dear.origins] == ["84.00"]
    dearer = derived("court-fee", value="3000", procedure="suit", filed_on="2025-07-01", country="at")
    assert [origin.value for origin in dearer.origins] == ["224.00"]
