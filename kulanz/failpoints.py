"""Named points at which a test may kill the process. Outside tests a pass is two comparisons and nothing else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_wanted = ""
_left = 0
_trace = ""


def arm(wanted: str, *, trace: str = "") -> None:
    """Make the process kill itself (SIGKILL) at the n-th pass of a point, `wanted` being ``name`` or ``name:n``.

    `trace` names a file to which each passed name is appended, so that a test learns which points a command has. Processes are armed
    at their start by ``KULANZ_FAILPOINT`` and ``KULANZ_FAILPOINT_TRACE``; a test that forks calls this instead.
    """
    global _wanted, _left, _trace
    _wanted, _, nth = wanted.partition(":")
    _left = int(nth or "1")
    _trace = trace


def fp(name: str) -> None:
    """Pass the fail point `name`."""
    global _left
    if _trace:
        with Path(_trace).open("a", encoding="ascii") as trace:
            trace.write(name + "\n")
    if name == _wanted:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


arm(os.environ.get("KULANZ_FAILPOINT", ""), trace=os.environ.get("KULANZ_FAILPOINT_TRACE", ""))
