"""Two hundred kill -9 at random moments of runs and workers, alone and beside others: the same end, nothing sent twice."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from tests.crash.house import RUN, SEND, Experiment, House, listed
from tests.crash.log_book import against_the_log, told_by_a_person
from tests.crash.steps import RUN_STEP, SEND_STEP, SMTP_STEP, Step, unbroken
from tests.crash.warm import Running

pytestmark = pytest.mark.crash

SEED, LONGEST = 20260303, 2.5
RUN_KILLS, INBOX_KILLS, SMTP_KILLS, PAIR_KILLS, BESIDE_KILLS = 70, 60, 30, 20, 20


class Killer:
    """Kills at random moments until it has killed often enough, and notes how far the work had come each time.

    The moments are spread over the time such a process takes, which is learned on the way, because a busy machine changes it: longer
    after each kill, no more than it took after an unbroken end. `progress` is a query that says how far the work has come.
    """

    def __init__(self, house: House, seed: str, kills: int, *steps: Step, progress: str) -> None:
        self.dice, self.left = random.Random(f"{SEED} {seed}"), kills
        self.longest = min(max(unbroken(house, step).seconds for step in steps), LONGEST)
        self.progress = progress
        self.levels: set[int] = set()

    def lets_live(self, one: Experiment, running: Running) -> bool:
        """Kill a process at a random moment, unless it was done before or enough were killed; True if it ended by itself."""
        if self.left:
            running.kill_after(self.dice.uniform(0.02, self.longest))
        ended = running.wait()
        if ended.killed:
            self.left -= 1
            self.longest = min(self.longest * 1.15, LONGEST)
            self.levels.add(one.rows(self.progress)[0][0])
            return False
        assert ended.code == 0, f"ended with {ended.code}:\n{ended.output}"
        self.longest = min(self.longest, ended.seconds)
        return True


PARTS_DONE = "SELECT count(*) FROM runs_runpart WHERE state = 'done'"
MESSAGES_GONE = "SELECT count(*) FROM contact_message WHERE state IN ('sending', 'sent', 'unknown')"


def _until_done(killer: Killer, one: Experiment, *commands: Sequence[str]) -> None:
    while not killer.lets_live(one, one.start(*commands)):
        pass


def _compared(house: House, one: Experiment, step_name: str) -> list[str]:
    step = {"run": RUN_STEP, "send": SEND_STEP}[step_name]
    found = unbroken(house, step).state.differences(step.state(one)) + against_the_log(one)
    one.must(("check",))
    one.drop()
    return [line[:500] for line in found]


def test_daily_runs_killed_at_random(house: House) -> None:
    killer, found = Killer(house, "run", RUN_KILLS, RUN_STEP, progress=PARTS_DONE), []
    while killer.left:
        one = RUN_STEP.begin(house)
        _until_done(killer, one, *RUN)
        found += _compared(house, one, "run")
    assert not found, f"seed {SEED}:\n{listed(found)}"
    assert len(killer.levels) >= 2, f"the kills did not hit the work: {killer.levels}"


def test_two_daily_runs_at_once_one_killed_at_random(house: House) -> None:
    killer, found = Killer(house, "pair", PAIR_KILLS, RUN_STEP, progress=PARTS_DONE), []
    while killer.left:
        one = RUN_STEP.begin(house)
        finished = False
        while not finished:
            first, second = one.start(*RUN), one.start(*RUN)
            finished = killer.lets_live(one, first)
            finished = killer.lets_live(one, second) or finished
        found += _compared(house, one, "run")
    assert not found, f"seed {SEED}:\n{listed(found)}"
    assert len(killer.levels) >= 2, f"the kills did not hit the work: {killer.levels}"


def test_workers_killed_at_random_with_a_mailbox_that_can_be_asked(house: House) -> None:
    killer, found = Killer(house, "inbox", INBOX_KILLS, SEND_STEP, progress=MESSAGES_GONE), []
    while killer.left:
        one = SEND_STEP.begin(house)
        _until_done(killer, one, *SEND)
        found += _compared(house, one, "send")
    assert not found, f"seed {SEED}:\n{listed(found)}"
    assert len(killer.levels) >= 2, f"the kills did not hit the work: {killer.levels}"


def test_workers_killed_at_random_over_plain_smtp_two_at_a_time(house: House) -> None:
    killer, found = Killer(house, "smtp", SMTP_KILLS, SMTP_STEP, progress=MESSAGES_GONE), []
    while killer.left:
        one, before = SMTP_STEP.begin(house), killer.left
        finished = False
        while not finished:
            first, second = one.start(*SEND, askable=False), one.start(*SEND, askable=False)
            finished = killer.lets_live(one, first)
            finished = killer.lets_live(one, second) and finished
        found += against_the_log(one)
        in_doubt = one.rows("SELECT count(*) FROM contact_message WHERE state = 'unknown'")[0][0]
        if in_doubt > before - killer.left:
            found.append(f"{in_doubt} in doubt after {before - killer.left} kills")
        found += told_by_a_person(house, one, SMTP_STEP)
        one.drop()
    assert not found, f"seed {SEED}:\n{listed(found)}"
    assert len(killer.levels) >= 2, f"the kills did not hit the work: {killer.levels}"


def test_a_run_and_a_worker_at_once_both_killed_at_random(house: House) -> None:
    runs = Killer(house, "run beside", BESIDE_KILLS, RUN_STEP, progress=PARTS_DONE)
    workers = Killer(house, "worker beside", BESIDE_KILLS, SEND_STEP, progress=MESSAGES_GONE)
    found = []
    while runs.left:
        one = RUN_STEP.begin(house)
        finished = False
        while not finished:
            run, worker = one.start(*RUN), one.start(*SEND)
            finished = runs.lets_live(one, run)
            workers.lets_live(one, worker)
        one.must(*SEND)
        found += unbroken(house, SEND_STEP).state.differences(SEND_STEP.state(one)) + against_the_log(one)
        one.must(("check",))
        one.drop()
    assert not found, f"seed {SEED}:\n{listed(found)}"
    assert len(runs.levels) >= 2, f"the kills did not hit the work: {runs.levels}"
