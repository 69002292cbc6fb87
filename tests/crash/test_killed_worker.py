"""The send worker, killed at every fail point: nothing is sent twice, nothing is lost, what is in doubt waits for a person."""

from __future__ import annotations

import pytest

from tests.crash.house import House, listed
from tests.crash.log_book import against_the_log, told_by_a_person
from tests.crash.steps import (
    RUDE_STEP,
    SEND_STEP,
    SMTP_STEP,
    TORN_BEFORE_STEP,
    TORN_INBOX_STEP,
    TORN_SMTP_STEP,
    Step,
    every_point,
    kill_and_repeat,
    unbroken,
)

pytestmark = pytest.mark.crash

_ON_THE_WAY = {"send.before_gateway", "smtp.before_data", "write_once.after_link", "send.after_gateway", "send.before_commit_sent"}
"""Points at which messages are on their way: the last of a batch is another case than the first."""


def test_a_worker_whose_mailbox_can_be_asked_ends_as_if_nothing_had_happened(house: House) -> None:
    found = [line for point in every_point(house, SEND_STEP, last=_ON_THE_WAY) for line in kill_and_repeat(house, SEND_STEP, point)]
    assert not found, listed(found)


@pytest.mark.parametrize("step", [TORN_INBOX_STEP, TORN_BEFORE_STEP], ids=["it has it", "it has it not"])
def test_a_worker_killed_while_it_recovers_what_another_left_ends_as_if_nothing_had_happened(house: House, step: Step) -> None:
    here = frozenset(unbroken(house, step).points) & {"recover.before_ask", "recover.after_update"}
    assert here
    found = [line for point in every_point(house, step, only=here) for line in kill_and_repeat(house, step, point)]
    found += unbroken(house, SEND_STEP).state.differences(unbroken(house, step).state)
    assert not found, listed(found)


def test_plain_smtp_parks_what_is_in_doubt_and_a_person_brings_it_to_the_same_end(house: House) -> None:
    found = [line for point in unbroken(house, SMTP_STEP).points for line in _doubt(house, SMTP_STEP, point)]
    assert not found, listed(found)


def test_parking_itself_may_be_killed(house: House) -> None:
    only = frozenset(unbroken(house, TORN_SMTP_STEP).points) - frozenset(unbroken(house, SMTP_STEP).points)
    assert "outcome.before_unknown" in only
    found = [line for point in sorted(only) for line in _doubt(house, TORN_SMTP_STEP, point)]
    assert not found, listed(found)


def test_a_worker_killed_over_a_server_with_bad_manners_sends_nothing_twice(house: House) -> None:
    only = frozenset(unbroken(house, RUDE_STEP).points) - frozenset(unbroken(house, SMTP_STEP).points)
    assert {"outcome.before_retry", "outcome.before_failed", "outcome.before_unknown"} <= only
    found = []
    for point in sorted(only):
        one = RUDE_STEP.begin(house)
        if not RUDE_STEP.perform(one, failpoint=point).killed:
            found.append(f"{point}: was not killed")
        again = RUDE_STEP.perform(one, check=True)
        found += [f"{point}: {line}" for line in (*against_the_log(one), *([again.output] if again.code else []))]
        one.drop()
    assert not found, listed(found)


def _doubt(house: House, step: Step, point: str) -> list[str]:
    """Kill, go on, let a person resolve what is in doubt, go on: everything was delivered once, and the books are as ever."""
    one = step.begin(house)
    first = step.perform(one, failpoint=point)
    found = [] if first.killed else [f"was not killed but ended with {first.code}: {first.output[-600:]}"]
    again = step.perform(one, check=True)
    if again.code:
        found.append(f"the second time ended with {again.code}: {again.output[-1500:]}")
    found += against_the_log(one)
    if one.rows("SELECT count(*) FROM contact_message WHERE state = 'unknown'")[0][0] > (2 if step.torn else 1):
        found.append("more than the one message that was on its way is in doubt")
    found += told_by_a_person(house, one, step)
    one.drop()
    return [f"{step.name} killed at {point}: {line[:600]}" for line in found]
