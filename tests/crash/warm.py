"""Commands of the product as processes that can be killed, without paying a Python start for each.

`python -m tests.crash.warm` imports everything once and then forks a child per order, which runs the real command line. The parent never
opens a database connection and never lets Polars start its pool of workers, so that a fork of it is as good as a fresh process.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

KILLED = -signal.SIGKILL
_HARMLESS_THREADS = {"jemalloc_bg_thd", "polars-ooc-clea"}
"""Threads that `import polars` starts and that a forked child neither has nor misses (the allocator starts its own again)."""


@dataclass(frozen=True, slots=True)
class Order:
    """One process: commands run one after the other, or a function ``module:name``, on a database and a data folder.

    `server` is the home of the database server, if it is not the one of this test run.
    """

    database: str
    home: str
    commands: Sequence[Sequence[str]] = ()
    call: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    now: str = ""
    smtp_url: str = ""
    failpoint: str = ""
    trace: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: exit code (negative: the signal), what it printed, seconds by the clock and of this process's processor time."""

    code: int
    output: str
    seconds: float
    cpu: float

    @property
    def killed(self) -> bool:
        """True if it was killed by SIGKILL."""
        return self.code == KILLED


class Warm:
    """The running parent, seen from a test."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.warm"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).resolve().parents[2],
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "kulanz.site.settings"},
        )
        self._lines = threading.Lock()
        ready = self._read()
        assert not set(ready["threads"]) - _HARMLESS_THREADS, f"the warm parent is not a clean parent: {ready}"

    def start(self, order: Order) -> Running:
        """Fork a child that carries out the order."""
        answer = self._ask({"order": asdict(order)})
        return Running(self, int(answer["pid"]))

    def run(self, order: Order, *, timeout: float = 60.0) -> Ended:
        """Carry out the order and wait for its end."""
        return self.start(order).wait(timeout)

    def wait(self, pid: int, timeout: float) -> Ended:
        """Wait for a child; one that takes longer than `timeout` seconds hangs and fails the test."""
        answer = self._ask({"wait": pid, "timeout": timeout})
        assert not answer["hung"], f"a command hangs:\n{answer['output']}"
        return Ended(answer["code"], answer["output"], answer["seconds"], answer["cpu"])

    def close(self) -> None:
        """End the parent; it has no children any more."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=10)

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin
        with self._lines:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            return self._read()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the warm parent is gone"
        return dict(json.loads(line))


@dataclass(frozen=True, slots=True)
class Running:
    """A child at work."""

    warm: Warm
    pid: int

    def kill_after(self, seconds: float) -> None:
        """Kill -9 after so many seconds, or as soon as it has ended: until it is waited for it is a zombie, which nothing can hurt."""
        if hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(self.pid)
            select.select([handle], [], [], seconds)
            os.close(handle)
        else:
            time.sleep(seconds)
        os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float = 60.0) -> Ended:
        """Wait for the end."""
        return self.warm.wait(self.pid, timeout)


def _serve() -> None:
    import django

    django.setup()
    for room in ("claims", "contact", "intake", "ledger", "law", "payments", "strategy", "runs", "cli"):
        package = importlib.import_module(f"kulanz.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"kulanz.{room}."):
            importlib.import_module(module.name)
    _warm_up()
    _answer({"threads": _threads()})
    children: dict[int, tuple[str, float]] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "order" in request:
            handle, output = tempfile.mkstemp(prefix="kulanz-crash-", suffix=".out")
            started = time.perf_counter()
            pid = os.fork()
            if pid == 0:
                _child(Order(**request["order"]), handle)
            os.close(handle)
            children[pid] = (output, started)
            _answer({"pid": pid})
        else:
            output, started = children.pop(request["wait"])
            _answer(_reap(request["wait"], output, started, request["timeout"]))


def _warm_up() -> None:
    """Import what the commands import only when they need it, and read the migrations, all without a connection."""
    importlib.import_module("holidays.countries")
    from django.db.migrations.loader import MigrationLoader
    from django.urls import get_resolver

    MigrationLoader(None)
    get_resolver().url_patterns  # noqa: B018  (loads the pages' modules)


def _threads() -> list[str]:
    """The names of this process's threads beside the main one, where the system tells them (Linux)."""
    tasks = Path("/proc/self/task")
    others = [task for task in tasks.iterdir() if task.name != str(os.getpid())] if tasks.exists() else []
    return sorted((task / "comm").read_text().strip() for task in others)


def _reap(pid: int, output: str, started: float, timeout: float) -> dict[str, Any]:
    deadline = time.perf_counter() + timeout
    hung = False
    while True:
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            break
        if time.perf_counter() > deadline and not hung:
            hung = True
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)
    seconds, cpu = time.perf_counter() - started, used.ru_utime + used.ru_stime
    text = Path(output).read_text(errors="replace")
    Path(output).unlink()
    return {"code": os.waitstatus_to_exitcode(status), "output": text[-6000:], "seconds": seconds, "cpu": cpu, "hung": hung}


def _answer(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _child(order: Order, output: int) -> None:
    """Become the ordered process. Never returns."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code = 70
    try:
        _set_up(order)
        code = _carry_out(order)
    except BaseException:  # noqa: BLE001  (whatever it was, the test shows it)
        import traceback

        traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _set_up(order: Order) -> None:
    from django.conf import settings
    from django.db import connections

    from kulanz import failpoints
    from kulanz.site import database

    settings.KULANZ_HOME = Path(order.home)
    settings.KULANZ_SMTP_URL = order.smtp_url
    if order.server:
        os.environ["KULANZ_HOME"] = order.server
        connections.databases["default"].update(database.connection_settings())
    connections.databases["default"]["NAME"] = order.database
    if order.now:
        os.environ["KULANZ_NOW"] = order.now
    failpoints.arm(order.failpoint, trace=order.trace)
    if order.trace:
        from tests.crash.writes import trace_writes

        trace_writes(order.trace)


def _carry_out(order: Order) -> int:
    if order.call:
        from django.db import connection

        module, _, name = order.call.partition(":")
        getattr(importlib.import_module(module), name)(**order.arguments)
        connection.close()
        return 0
    from kulanz.cli.main import main

    for command in order.commands:
        sys.argv = ["kulanz", *command]
        try:
            main()
        except SystemExit as ended:
            if ended.code:
                return int(ended.code)
    return 0


if __name__ == "__main__":
    _serve()
