"""The calculators' contract: field names in and out, strict reading, and a batch that survives any line."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.law.calculators import CALCULATORS, answer, answer_line, read_question
from kulanz.law.calculators.fields import BadField
from kulanz.law.errors import InvalidQuestion, LawError, NotInThisCountry

# The published contract: name, an example question with every field of the contract, and the fields of the answer.
CONTRACT: list[tuple[str, dict[str, object], set[str]]] = [
    (
        "interest",
        {
            "principal": "3089.00",
            "first_interest_day": "2025-04-17",
            "last_interest_day": "2026-02-20",
            "debtor": "consumer",
            "day_count": "act_act",
            "rounding": "segment",
            "payments": [{"on": "2025-12-01", "amount": "89.00"}],
            "country": "de",
        },
        {"total", "segments", "rule"},
    ),
    ("base-rate", {"on": "2026-07-01"}, {"rate_percent", "valid_from", "valid_until", "rule"}),
    (
        "costs",
        {
            "value": "3089.00",
            "mandate_on": "2025-07-01",
            "undisputed": True,
            "settled_on_first_letter": False,
            "rate": "0.9",
            "expenses_flat": True,
            "vat": False,
            "instalment_agreement": True,
            "debtor": "consumer",
            "contractor": "agency",
        },
        {"fee", "expenses", "instalment_fee", "vat", "lump_sum", "total", "cap", "rule"},
    ),
    ("rvg-fee", {"value": "3089.00", "on": "2025-07-01", "rate": "1.3"}, {"fee", "rule"}),
    ("court-fee", {"value": "3089.00", "filed_on": "2025-07-01", "procedure": "payment_order"}, {"fee", "rule"}),
    (
        "attachable",
        {"net": "2500.00", "dependants": 1, "on": "2026-07-01", "period": "month"},
        {"attachable", "protected", "rule"},
    ),
    (
        "limitation",
        {
            "kind": "regular",
            "arose_on": "2022-03-15",
            "known_on": "2022-03-15",
            "events": [{"kind": "part_payment", "from": "2024-06-10", "to": "2024-06-10"}],
        },
        {"ends_on", "story"},
    ),
    (
        "allocate",
        {
            "payment": "100.00",
            "scheme": "497",
            "debtor_choice": ["a"],
            "claims": [
                {
                    "id": "a",
                    "due_on": "2026-01-01",
                    "secured": False,
                    "costs": "10.00",
                    "interest": "5.00",
                    "principal": "80.00",
                    "contractual_interest": "3.00",
                }
            ],
        },
        {"parts", "rest", "rule"},
    ),
    (
        "default-start",
        {
            "due_on": "2026-03-02",
            "invoice_received_on": "2026-02-20",
            "performance_received_on": "2026-02-20",
            "consumer": True,
            "notice_on_invoice": True,
            "calendar_date": None,
            "reminder_received_on": None,
            "refused_on": None,
            "land": "NW",
        },
        {"in_default_from", "first_interest_day", "reason", "rule"},
    ),
    ("court", {"postcode": "80331"}, {"court", "rule"}),
]


@pytest.mark.parametrize(("name", "question", "fields"), CONTRACT, ids=[name for name, _, _ in CONTRACT])
def test_each_calculator_answers_with_the_fields_of_the_contract(name: str, question: dict[str, object], fields: set[str]) -> None:
    assert answer(name, question).keys() == fields
    assert answer_line(name, json.dumps(question)) == answer(name, question)


def test_there_is_a_contract_for_every_calculator() -> None:
    assert {name for name, _, _ in CONTRACT} == set(CALCULATORS)


def test_the_answers_hold_the_right_figures() -> None:
    questions = {name: question for name, question, _ in CONTRACT}
    interest = answer("interest", questions["interest"])
    assert interest["total"] == "169.59"
    assert interest["segments"][1] == {  # type: ignore[index]
        "from": "2025-07-01",
        "to": "2025-11-30",
        "days": 153,
        "rate_percent": "6.27",
        "principal": "3089.00",
        "amount": "81.19",
    }
    assert answer("base-rate", questions["base-rate"]) | {"rule": ""} == {
        "rate_percent": "1.52",
        "valid_from": "2026-07-01",
        "valid_until": "2026-12-31",
        "rule": "",
    }
    assert answer("costs", questions["costs"])["total"] == "408.70"
    assert answer("rvg-fee", questions["rvg-fee"])["fee"] == "383.50"
    assert answer("rvg-fee", {"value": "3089", "on": "2025-07-01"})["fee"] == "295.00"
    assert answer("court-fee", questions["court-fee"])["fee"] == "74.00"
    assert answer("attachable", questions["attachable"])["attachable"] == "157.59"
    assert answer("limitation", questions["limitation"])["ends_on"] == "2027-06-10"
    assert answer("allocate", questions["allocate"])["parts"] == [
        {"id": "a", "component": "costs", "amount": "10.00"},
        {"id": "a", "component": "principal", "amount": "80.00"},
        {"id": "a", "component": "contractual_interest", "amount": "3.00"},
        {"id": "a", "component": "interest", "amount": "5.00"},
    ]
    assert answer("allocate", questions["allocate"])["rest"] == "2.00"
    assert answer("default-start", questions["default-start"])["first_interest_day"] == "2026-04-02"


@pytest.mark.parametrize(
    ("name", "question", "error"),
    [
        ("interest", {"principal": "1", "first_interest_day": "2026-01-01", "last_interest_day": "2026-01-02"}, BadField),
        ("base-rate", {}, BadField),
        ("base-rate", {"on": "01.07.2026"}, BadField),
        ("base-rate", {"on": "20260701"}, BadField),
        ("base-rate", {"on": "1899-12-31"}, BadField),
        ("base-rate", {"on": "2026-02-30"}, BadField),
        ("base-rate", {"on": "2026-07-01", "typo": 1}, BadField),
        ("base-rate", {"on": True}, BadField),
        ("base-rate", {"on": "2026-07-01", "country": "fr"}, BadField),
        ("base-rate", {"on": "2026-07-01", "country": "ch"}, NotInThisCountry),
        ("rvg-fee", {"value": "1,00", "on": "2026-01-01"}, BadField),
        ("rvg-fee", {"value": 1.5, "on": "2026-01-01"}, BadField),
        ("rvg-fee", {"value": "1", "on": "2026-01-01", "rate": "NaN"}, BadField),
        ("rvg-fee", {"value": "1", "on": "2026-01-01", "rate": "-1"}, BadField),
        ("rvg-fee", {"value": "1", "on": "2026-01-01", "rate": "1e9"}, BadField),
        ("costs", {"value": "1", "mandate_on": "2026-01-01", "vat": "yes"}, BadField),
        ("attachable", {"net": "1", "on": "2026-07-01", "dependants": -1}, BadField),
        ("attachable", {"net": "1", "on": "2026-07-01", "dependants": "two"}, BadField),
        ("limitation", {"arose_on": "2026-07-01", "events": {"kind": "suit"}}, BadField),
        ("limitation", {"arose_on": "2026-07-01", "events": [{"kind": "suit"}]}, BadField),
        ("limitation", {"arose_on": "2026-07-01", "events": [{"kind": "reminder", "from": "2026-08-01"}]}, InvalidQuestion),
        ("allocate", {"payment": "1", "claims": [], "component_order": ["fees"]}, BadField),
        ("allocate", {"payment": "1", "claims": [], "debtor_choice": [{}]}, BadField),
        ("court", {}, InvalidQuestion),
        ("weather", {}, BadField),
    ],
)
def test_an_unreadable_question_is_an_error_with_a_sentence(name: str, question: dict[str, object], error: type[LawError]) -> None:
    with pytest.raises(error) as caught:
        answer(name, question)
    assert caught.value.message


def interest_of(**changes: object) -> dict[str, object]:
    question = {
        "principal": "1000.00",
        "first_interest_day": "2025-01-01",
        "last_interest_day": "2025-12-31",
        "debtor": "consumer",
    }
    return answer("interest", {name: value for name, value in {**question, **changes}.items() if value is not None})


def test_interest_takes_one_rate_of_three() -> None:
    assert interest_of()["total"] == "67.66"
    assert interest_of(debtor=None, margin_pp="5")["total"] == "67.66"
    assert interest_of(debtor=None, rate_percent="4.00")["total"] == "40.00"
    assert interest_of(debtor="business")["total"] == "107.66"
    with pytest.raises(BadField):
        interest_of(margin_pp="5")
    with pytest.raises(InvalidQuestion):
        interest_of(debtor=None, margin_pp="-5")
    with pytest.raises(InvalidQuestion):
        interest_of(debtor=None, rate_percent="-5")


def test_interest_says_which_choices_it_made() -> None:
    rule = str(interest_of(day_count="30E_360", rounding="total", payment_day_counts=True)["rule"])
    assert "360" in rule
    assert "nur die Summe" in rule
    assert "Zahltag zählt mit" in rule
    assert "§ 1335 ABGB" in str(interest_of(country="at", first_interest_day="1990-01-01")["rule"])
    paid = [{"on": "2025-03-01", "amount": "1000.00"}]
    for country in ("de", "at"):
        assert "§ 1335" not in str(interest_of(country=country, payments=paid)["rule"])
    assert interest_of(country="ch")["total"] == "50.00"


def test_payments_in_any_order_lower_the_principal_and_overpaying_ends_the_interest() -> None:
    payments = [{"on": "2025-07-01", "amount": "900.00"}, {"on": "2024-12-01", "amount": "100"}]
    answered = interest_of(payments=payments)
    assert [(line["from"], line["principal"]) for line in answered["segments"]] == [("2025-01-01", "900.00")]  # type: ignore[attr-defined]
    assert interest_of(payments=[{"on": "2025-01-01", "amount": "2000.00"}])["total"] == "0.00"
    for amount in ("0.00", "-5.00"):
        with pytest.raises(InvalidQuestion):
            interest_of(payments=[{"on": "2025-02-01", "amount": amount}])
    with pytest.raises(InvalidQuestion):
        interest_of(last_interest_day="2024-12-31")
    with pytest.raises(InvalidQuestion):
        interest_of(principal="0")


def test_a_fixed_day_of_payment_may_be_named_or_said_to_be_the_due_date() -> None:
    for calendar_date in (True, "2026-03-02"):
        started = answer("default-start", {"due_on": "2026-03-02", "calendar_date": calendar_date})
        assert (started["first_interest_day"], started["reason"]) == ("2026-03-03", "calendar_date")
    assert answer("default-start", {"due_on": "2026-03-02", "calendar_date": False})["reason"] == "not_in_default"


def test_the_scheme_names_its_country_and_one_claim_may_be_chosen_by_name() -> None:
    claims = [{"id": 1, "due_on": "2026-01-01", "principal": "5"}, {"id": 2, "due_on": "2020-01-01", "principal": "5"}]
    chosen = answer("allocate", {"payment": "5", "scheme": "ch", "claims": claims, "debtor_choice": 1})
    assert chosen["parts"] == [{"id": "1", "component": "principal", "amount": "5.00"}]
    assert "OR" in str(chosen["rule"])


def test_the_debtor_may_choose_a_component_if_the_creditor_accepts_it() -> None:
    claims = [{"id": "a", "due_on": "2026-01-01", "costs": "10", "interest": "5", "principal": "100"}]
    chosen = answer("allocate", {"payment": "104", "claims": claims, "debtor_choice": ["principal"]})
    assert [(part["component"], part["amount"]) for part in chosen["parts"]] == [("principal", "100.00"), ("costs", "4.00")]  # type: ignore[attr-defined]
    assert answer("allocate", {"payment": "104", "claims": claims, "component_order": ["principal"]}) == chosen


def test_fractions_in_json_stay_decimal() -> None:
    assert read_question('{"rate": 0.9}') == {"rate": Decimal("0.9")}
    assert answer_line("rvg-fee", '{"value": 100.00, "on": "2025-07-01", "rate": 0.9}')["fee"] == "46.35"


@pytest.mark.parametrize("line", ["", "{", "[]", "null", "1", '{"on": NaN}', "[" * 100_000, '{"on": ' + "9" * 5000 + "}", "\ud800"])
def test_a_line_that_is_no_question_is_an_error_object(line: str) -> None:
    error = answer_line("base-rate", line)["error"]
    assert isinstance(error, dict)
    assert error.keys() == {"code", "message"}
    assert error["code"] == "bad_field"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["2026-01-01", "100.00", "at", "ch"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
def test_no_question_whatever_breaks_a_batch(data: st.DataObject) -> None:
    name, question, _ = data.draw(st.sampled_from(CONTRACT))
    changed = data.draw(st.dictionaries(st.sampled_from([*question, "country", "other"]), json_values, max_size=3))
    result = answer_line(name, json.dumps({**question, **changed}))
    assert isinstance(json.dumps(result), str)
    if "error" in result:
        assert result["error"]["code"]  # type: ignore[index]
