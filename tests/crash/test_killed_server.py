"""kill -9 of the PostgreSQL server under a run and a worker: it comes back, nothing is lost, and the end is the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kulanz.site import database
from tests.crash.house import RUN, SEND, Experiment, House, listed
from tests.crash.log_book import against_the_log
from tests.crash.steps import SEND_STEP, unbroken

pytestmark = pytest.mark.crash

SEED, KILLS = 20260304, 3


@pytest.fixture
def own_server(house: House, server_home: Path) -> Iterator[Experiment]:
    """A server with a data folder of its own, which holds the state before the day; as safe against lost power as in production."""
    home = server_home
    dump = home / "before.dump"
    with dump.open("wb") as sink:
        subprocess.run([database.binary("pg_dump"), "-Fc", f"--dbname={database.conninfo(house.stage('before'))}"], stdout=sink, check=True)
    shutil.copytree(house.shared / "before", home / "data")
    _python(home, f"from pathlib import Path; from kulanz.site import database; database.restore(Path({str(dump)!r}))")
    conninfo = _python(home, "from kulanz.site import database; print(database.conninfo())")
    yield Experiment(house, database.NAME, home / "data", server=str(home), address=conninfo)
    _python(home, "from kulanz.site import database; database.stop()")


def test_the_server_killed_under_runs_and_workers_comes_back_to_the_same_end(house: House, own_server: Experiment) -> None:
    dice, one = random.Random(SEED), own_server
    house.log.begin(one.home / "mail")
    postmaster = Path(_python(Path(one.server), "from kulanz.site import database; print(database.data_folder())")) / "postmaster.pid"
    for commands in (RUN, SEND):
        for _ in range(KILLS):
            running = one.start(*commands)
            time.sleep(dice.uniform(0.1, 0.6))
            os.kill(_living(postmaster), signal.SIGKILL)
            running.wait(120)
        one.must(*commands)
    one.must(("check",))
    found = unbroken(house, SEND_STEP).state.differences(SEND_STEP.state(one)) + against_the_log(one)
    assert not found, f"seed {SEED}:\n{listed(found)}"


def _living(postmaster: Path) -> int:
    """The process id of the server, once it is up: the process under test may be just bringing it back."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if postmaster.exists() and (text := postmaster.read_text()).count("\n") >= 1:
            return int(text.splitlines()[0])
        time.sleep(0.01)
    raise AssertionError("the server did not come back")


def _python(home: Path, code: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {"KULANZ_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
