"""Runs the mutants that mutmut made, with the tests mutmut chose for each, without starting pytest anew five thousand times.

``python -m tests.rules.quick_mutants [NAMES-FILE]`` inside the folder ``mutants`` that ``mutmut run`` has filled. The tests are collected
once; each mutant gets a process of its own that is forked before any test has run, and stops at the first test that notices it. Verdicts
are written where mutmut keeps its own (the ``.meta`` files), so ``mutmut results`` and ``mutmut show`` know them.
"""

from __future__ import annotations

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
from mutmut.mutation.trampoline import set_mutant_under_test

KILLED, SURVIVED, NO_TESTS, TIMEOUT = 1, 0, 33, -24
SELECTION = ["tests/rules/law", "tests/rules/ledger"]
SAVE_EVERY = 100


class OneProcessPerMutant:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self, wanted: set[str]) -> None:
        stats = json.loads(Path("mutmut-stats.json").read_text())
        self.tests: dict[str, list[str]] = stats["tests_by_mangled_function_name"]
        self.seconds: dict[str, float] = stats["duration_by_test"]
        self.wanted = wanted

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge every wanted mutant."""
        items = {item.nodeid: item for item in session.items}
        counts = {KILLED: 0, SURVIVED: 0, NO_TESTS: 0, TIMEOUT: 0}
        for path, verdicts in metas():
            asked = [name for name in verdicts["exit_code_by_key"] if name in self.wanted or not self.wanted]
            for number, name in enumerate(asked, 1):
                known = self.tests.get(name.rpartition("__mutmut_")[0], [])
                chosen = sorted((test for test in known if test in items), key=lambda test: self.seconds.get(test, 0))
                verdict = self._judge(name, [items[test] for test in chosen]) if chosen else NO_TESTS
                verdicts["exit_code_by_key"][name] = verdict
                counts[verdict] += 1
                if number % SAVE_EVERY == 0 or number == len(asked):
                    path.write_text(json.dumps(verdicts, indent=4))
                    print(f"{sum(counts.values())}: {counts[KILLED]} killed, {counts[SURVIVED]} survived, {counts[NO_TESTS]} untested, "
                          f"{counts[TIMEOUT]} timed out", file=sys.__stderr__, flush=True)  # fmt: skip
        return True

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


def main(arguments: list[str]) -> int:
    """Run the mutants named in a file, or all."""
    os.environ["MUTANT_UNDER_TEST"] = ""
    wanted = set(Path(arguments[0]).read_text().split()) if arguments else set()
    options = ["-c", "tests/rules/mutation.ini", "--rootdir=.", "-q", *SELECTION]
    return int(pytest.main(options, plugins=[OneProcessPerMutant(wanted)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
