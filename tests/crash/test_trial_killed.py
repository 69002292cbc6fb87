"""A trial of the matching that is killed takes its throw-away database with it. (That a server outlives who started it: test_database.)"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.crash
PATIENCE_S = 40.0


def _until(there: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _places(folder: Path) -> list[Path]:
    """The data folder of a trial, and where its server may live outside it."""
    tag = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return [folder, Path(f"/var/tmp/kulanz-{tag}"), Path(f"/tmp/kulanz-{tag}")]


def _server(folder: Path) -> int | None:
    for place in _places(folder):
        try:
            return int((place / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            continue
    return None


def _child_of(pid: int) -> int:
    """The inner half of the trial: it runs the same command, the keeper another."""
    for entry in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"kulanz.cli.main" in Path(f"/proc/{entry}/cmdline").read_bytes():
            return int(entry)
    raise AssertionError("the trial has no inner process")


@pytest.mark.parametrize("half", ["outer", "inner"])
def test_a_killed_trial_leaves_no_server_and_no_folder(half: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"} | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "kulanz.cli.main", "match-trial", "--lines", "20000", "--json"]
    trial = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _until(lambda: any(_server(folder) for folder in tmp_path.glob("kulanz-trial-*")))
    (folder,) = tmp_path.glob("kulanz-trial-*")
    server, inner = _server(folder), _child_of(trial.pid)
    assert server is not None
    os.kill(trial.pid if half == "outer" else inner, signal.SIGKILL)
    assert trial.wait() != 0
    _until(lambda: not _alive(inner) and not _alive(server))
    _until(lambda: not any(place.exists() for place in _places(folder)))
