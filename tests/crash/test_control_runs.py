"""Control runs: with a protection taken out the same kills do show damage, so the other tests here can fail."""

from __future__ import annotations

import pytest

from tests.crash.house import RUN, SEND, House
from tests.crash.portfolio import DAY
from tests.crash.steps import RUN_STEP, SMTP_STEP, ahead_step, statement_step, unbroken

pytestmark = pytest.mark.crash


def test_a_worker_that_sends_again_what_is_stuck_sends_twice_and_ours_does_not(house: House) -> None:
    twice = {}
    for name in ("twin", "ours"):
        one = SMTP_STEP.begin(house)
        assert one.run(*SEND, askable=False, failpoint="send.before_commit_sent:2").killed
        if name == "twin":
            one.must_call("tests.crash.twins:resending_worker", {"at": f"{DAY}T10:00:00"}, askable=False)
        else:
            one.must(*SEND, askable=False)
        house.log.settle()
        twice[name] = [key for key, number in house.log.accepted.items() if number > 1]
        one.drop()
    assert len(twice["twin"]) == 1
    assert twice["ours"] == []


def test_a_run_that_commits_before_its_part_is_done_ends_in_another_state(house: House) -> None:
    one = RUN_STEP.begin(house)
    assert one.call("tests.crash.twins:hasty_run", {"day": DAY.isoformat()}, failpoint="run.before_part_done:2").killed
    one.run(*RUN)
    assert unbroken(house, RUN_STEP).state.differences(RUN_STEP.state(one))
    one.drop()


def test_an_import_that_commits_its_bookings_before_its_lines_books_twice(house: House) -> None:
    file = house.shared / "statement.sta"
    step = statement_step("statement.sta", file)
    one = step.begin(house)
    assert one.call("tests.crash.twins:hasty_import", {"file": str(file)}, failpoint="statement.before_lines").killed
    step.perform(one)
    twice = unbroken(house, step).state.differences(step.state(one))
    assert any("ledger_entry" in line for line in twice)
    one.drop()


def test_an_import_that_is_read_ahead_and_commits_its_bookings_before_its_lines_loses_lines_and_ours_does_not(house: House) -> None:
    file = house.shared / "statement.xml"
    step = ahead_step(file)
    lost = {}
    for name, call in (("twin", "tests.crash.twins:hasty_import_ahead"), ("ours", step.call)):
        one = step.begin(house)
        assert one.call(call, {"file": str(file)}, failpoint="statement.before_lines").killed
        one.rewind()
        assert step.perform(one).code == 0
        lost[name] = unbroken(house, step).state.differences(step.state(one))
        one.drop()
    assert any("payments_bankline" in line for line in lost["twin"])
    assert lost["ours"] == []


def test_one_missing_row_is_noticed(house: House) -> None:
    expected = unbroken(house, RUN_STEP).state
    one = RUN_STEP.begin(house)
    one.must(*RUN)
    assert not expected.differences(one.state())
    one.execute("DELETE FROM contact_message WHERE id = (SELECT max(id) FROM contact_message)")
    assert len(expected.differences(one.state())) == 1
    one.drop()
