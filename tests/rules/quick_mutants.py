"""Runs the mutants that mutmut made, with the tests mutmut chose for each, without starting pytest anew five thousand times.

``python -m tests.rules.quick_mutants`` inside the folder ``mutants`` that ``mutmut run`` has filled. The tests are collected once; each
mutant gets its own process, forked before any test has run, which stops at the first test that notices it. Every mutant meets the quick
tests first; only those that outlive them meet the slow ones. Verdicts are written where mutmut keeps its own (the ``.meta`` files), so
``mutmut results`` and ``mutmut show`` know them, and a run that was stopped goes on with the mutants without a verdict.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from holidays import country_holidays
from mutmut.mutation.trampoline import set_mutant_under_test

KILLED, SURVIVED, NO_TESTS, TIMEOUT = 1, 0, 33, -24
SELECTION = ["tests/rules/law", "tests/rules/ledger"]
SAVE_EVERY = 50
SLOW_SECONDS = 0.03


class OneProcessPerMutant:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self) -> None:
        stats = json.loads(Path("mutmut-stats.json").read_text())
        self.tests: dict[str, list[str]] = stats["tests_by_mangled_function_name"]
        self.seconds: dict[str, float] = stats["duration_by_test"]
        self.counts = {KILLED: 0, SURVIVED: 0, NO_TESTS: 0, TIMEOUT: 0}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every mutant that has no verdict yet: first by the quick tests, then those left by the slow ones."""
        items = {item.nodeid: item for item in session.items}
        for country in ("DE", "AT", "CH"):
            country_holidays(country, years=2026)  # loads what every child would load again; nothing of ours is called or cached
        gc.freeze()
        if self._judge("kulanz.law.x_nothing__mutmut_0", list(items.values())) != SURVIVED:
            raise pytest.UsageError("a test fails without any mutant, so no verdict would mean anything")
        for slow in (False, True):
            for path, verdicts in metas():
                known: dict[str, int | None] = verdicts["exit_code_by_key"]
                for number, name in enumerate([name for name, verdict in known.items() if verdict is None], 1):
                    tests = [test for test in self.tests.get(name.rpartition("__mutmut_")[0], []) if test in items]
                    now = sorted((test for test in tests if self._is_slow(test) == slow), key=lambda test: self.seconds.get(test, 0))
                    known[name] = self._verdict(
                        name, [items[test] for test in now], last=slow or len(now) == len(tests), tested=bool(tests)
                    )
                    if number % SAVE_EVERY == 0:
                        path.write_text(json.dumps(verdicts, indent=4))
                path.write_text(json.dumps(verdicts, indent=4))
                print(f"{'slow' if slow else 'quick'} tests, {path.name}: {self.counts[KILLED]} killed, {self.counts[SURVIVED]} survived, "
                      f"{self.counts[NO_TESTS]} untested, {self.counts[TIMEOUT]} timed out", file=sys.__stderr__, flush=True)  # fmt: skip
        return True

    def _is_slow(self, test: str) -> bool:
        return self.seconds.get(test, 0) > SLOW_SECONDS

    def _verdict(self, name: str, items: list[pytest.Item], *, last: bool, tested: bool) -> int | None:
        """None: the quick tests did not notice, the slow ones must still be asked."""
        verdict = self._judge(name, items) if items else SURVIVED if tested else NO_TESTS
        if verdict == SURVIVED and not last:
            return None
        self.counts[verdict] += 1
        return verdict

    def _judge(self, name: str, chosen: list[pytest.Item]) -> int:
        limit = 20 + round(15 * sum(self.seconds.get(item.nodeid, 0) for item in chosen))
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit))
            null = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(null, descriptor)
            set_mutant_under_test(name)
            noticed = any(report.failed for item in chosen for report in runtestprotocol(item, log=False, nextitem=None))
            os._exit(KILLED if noticed else SURVIVED)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return TIMEOUT if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else KILLED
        return KILLED if os.WEXITSTATUS(status) else SURVIVED


def metas() -> Iterator[tuple[Path, dict[str, Any]]]:
    """mutmut's file of verdicts beside each mutated file."""
    for path in sorted(Path("kulanz").rglob("*.py.meta")):
        yield path, json.loads(path.read_text())


def main() -> int:
    """Run every mutant that has no verdict yet."""
    os.environ["MUTANT_UNDER_TEST"] = ""
    # Nobody reads why a test failed here, so nothing is spent on saying it.
    options = ["-c", "tests/rules/mutation.ini", "--rootdir=.", "-q", "--assert=plain", "--tb=no", *SELECTION]
    return int(pytest.main(options, plugins=[OneProcessPerMutant()]))


if __name__ == "__main__":
    sys.exit(main())
