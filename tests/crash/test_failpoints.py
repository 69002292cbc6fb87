"""The contract of the fail points: every one in the code is passed by something here, and no two writes follow each other without one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.crash.house import House, listed
from tests.crash.steps import (
    FIRST_RUN_STEP,
    LATE_STEP,
    NIGHT_STEP,
    RUDE_STEP,
    RUN_STEP,
    SEND_STEP,
    SHADOW_STEP,
    SMTP_STEP,
    TORN_BEFORE_STEP,
    TORN_INBOX_STEP,
    TORN_SMTP_STEP,
    UNPRINTABLE_STEP,
    Step,
    act_step,
    agreement_step,
    ahead_step,
    checkout_step,
    claims_step,
    debit_step,
    every_point,
    kill_and_repeat,
    money_out_step,
    statement_step,
    unbroken,
)
from tests.crash.writes import COMMIT

pytestmark = pytest.mark.crash

KULANZ = Path(__file__).resolve().parents[2] / "kulanz"
CODE = {name for file in KULANZ.rglob("*.py") for name in re.findall(r'\bfp\(\s*f?"([^"]+)"', file.read_text(encoding="utf-8"))}
ACTS = {
    "lift": "run",
    "paid_already": "run",
    "something_wrong": "run",
    "decided": "run",
    "relieve_much": "run",
    "agree": "run",
    "recompute_case": "run",
    "undo_cost": "run",
    "join": "run",
    "wrong_answer": "run",
    "agency_writes": "run",
    "assign_line": "paid",
    "share_line": "paid",
    "change_settings": "run",
    "ignore_line": "paid",
    "undo_line": "paid",
    "resolve_sent": "doubt",
    "resolve_again": "doubt",
}
DEBIT_ACTS = (
    *("give_mandate", "offer_a_mandate", "take_mandate_back", "mandates_lapse", "hand_in_and_return"),
    *("transfer_goes_back", "batch_comes", "pay_back"),
)
DEBIT_POINTS = (
    *("collector.", "mandate.", "collection.", "submit.", "order.", "collected.", "batch.", "returned."),
    *("refund.", "refund_order.", "untell."),
)
AGREEMENT_ACTS = ("agree_plan", "keep_plan", "miss_and_catch_up", "miss_and_end", "settle_by_agreement")
AGREEMENT_POINTS = ("agreement.", "budget.", "policy.")
MONEY_OUT_ACTS = {"pay_out": "paid", "paid_elsewhere": "run", "hand_to_accounts": "paid"}
MONEY_OUT_POINTS = ("remit.", "direct.", "datev.")
CHECKOUT_ACTS = (
    "pay_by_card",
    "pay_an_odd_amount",
    "provider_pays_out",
    "card_money_goes_back",
    "provider_is_odd",
    "settlement_file_comes",
)
CHECKOUT_POINTS = ("checkout.", "payout.", "refund_back.", "refund_heard.", "provider_problem.", "settlement_file.")
RUN_STEPS = (RUN_STEP, SHADOW_STEP, FIRST_RUN_STEP)
SEND_STEPS = (
    *(SEND_STEP, SMTP_STEP, TORN_INBOX_STEP, TORN_BEFORE_STEP, TORN_SMTP_STEP),
    *(LATE_STEP, NIGHT_STEP, RUDE_STEP, UNPRINTABLE_STEP),
)


def _fenced(house: House) -> list[Step]:
    """The daily run, the send worker and the statement import in all their moods."""
    files = ("statement.sta", "statement.xml")
    statements = [statement_step(name, house.shared / name) for name in files]
    return [*RUN_STEPS, *SEND_STEPS, *statements, ahead_step(house.shared / "statement.xml")]


def _whole(house: House) -> list[Step]:
    """The claims import and what people do: one transaction each."""
    profile = house.shared / "profile.yaml"
    first = claims_step("first", "empty", house.shared / "nordlicht.csv", profile)
    changed = claims_step("changed", "imported", house.shared / "changed.csv", profile)
    people = [act_step(name, stage) for name, stage in ACTS.items()]
    money = [money_out_step(name, stage) for name, stage in MONEY_OUT_ACTS.items()]
    return [
        first,
        changed,
        *people,
        *money,
        *map(debit_step, DEBIT_ACTS),
        *map(agreement_step, AGREEMENT_ACTS),
        *map(checkout_step, CHECKOUT_ACTS),
    ]


def test_every_fail_point_in_the_code_is_passed_by_something_here(house: House) -> None:
    passed = {name for step in (*_fenced(house), *_whole(house)) for name in unbroken(house, step).points}
    never = {name for name in CODE if not any(re.fullmatch(re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(name)), point) for point in passed)}
    assert len(CODE) > 60
    assert not never, f"never passed: {sorted(never)}"


def test_no_two_writes_of_run_worker_and_statement_import_follow_each_other_without_a_fail_point_between(house: House) -> None:
    found = {f"{step.name}: {place}" for step in _fenced(house) for place in unbroken(house, step).unfenced()}
    assert not found, listed(sorted(found))


def test_everything_else_that_writes_is_one_transaction(house: House) -> None:
    commits = {step.name: unbroken(house, step).trace.count(COMMIT) for step in _whole(house)}
    assert set(commits.values()) == {1}, commits


@pytest.mark.parametrize("name", sorted(ACTS))
def test_what_a_person_does_happens_wholly_or_not_at_all(house: House, name: str) -> None:
    step = act_step(name, ACTS[name])
    points = list(unbroken(house, step).points)
    found = [
        line for point in dict.fromkeys((points[0], points[len(points) // 2], points[-1])) for line in kill_and_repeat(house, step, point)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("step", [FIRST_RUN_STEP, LATE_STEP, NIGHT_STEP, UNPRINTABLE_STEP], ids=lambda step: step.name)
def test_points_that_only_special_days_pass_are_killed_too(house: House, step: Step) -> None:
    usual = frozenset(unbroken(house, RUN_STEP).points) | frozenset(unbroken(house, SEND_STEP).points)
    only = frozenset(unbroken(house, step).points) - usual
    found = [line for point in every_point(house, step, only=only) for line in kill_and_repeat(house, step, point)]
    assert not found, listed(found)


@pytest.mark.parametrize("name", DEBIT_ACTS)
def test_direct_debits_and_refunds_happen_wholly_or_not_at_all(house: House, name: str) -> None:
    step = debit_step(name)
    points = [point for point in unbroken(house, step).points if point.startswith(DEBIT_POINTS)]
    found = [
        line for point in dict.fromkeys((points[0], points[len(points) // 2], points[-1])) for line in kill_and_repeat(house, step, point)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("name", AGREEMENT_ACTS)
def test_agreements_happen_wholly_or_not_at_all(house: House, name: str) -> None:
    step = agreement_step(name)
    points = [point for point in unbroken(house, step).points if point.startswith(AGREEMENT_POINTS)]
    found = [
        line for point in dict.fromkeys((points[0], points[len(points) // 2], points[-1])) for line in kill_and_repeat(house, step, point)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("name", MONEY_OUT_ACTS)
def test_money_goes_out_wholly_or_not_at_all(house: House, name: str) -> None:
    step = money_out_step(name, MONEY_OUT_ACTS[name])
    points = [point for point in unbroken(house, step).points if point.startswith(MONEY_OUT_POINTS)]
    found = [
        line for point in dict.fromkeys((points[0], points[len(points) // 2], points[-1])) for line in kill_and_repeat(house, step, point)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("name", CHECKOUT_ACTS)
def test_payments_through_providers_happen_wholly_or_not_at_all(house: House, name: str) -> None:
    step = checkout_step(name)
    points = [point for point in unbroken(house, step).points if point.startswith(CHECKOUT_POINTS)]
    found = [
        line for point in dict.fromkeys((points[0], points[len(points) // 2], points[-1])) for line in kill_and_repeat(house, step, point)
    ]
    assert not found, listed(found)
