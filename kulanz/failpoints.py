"""Named points at which a test may kill the process. Outside tests a pass is one dictionary look-up and nothing else."""

from __future__ import annotations

import os
import signal
from pathlib import Path

_wanted, _, _nth = os.environ.get("KULANZ_FAILPOINT", "").partition(":")
_left = int(_nth or "1")
_trace = os.environ.get("KULANZ_FAILPOINT_TRACE", "")


def fp(name: str) -> None:
    """Pass the fail point ``name``: the process kills itself (SIGKILL) at the n-th pass of ``KULANZ_FAILPOINT=name:n``.

    ``KULANZ_FAILPOINT_TRACE=FILE`` appends each passed name to FILE, so that a test learns which points a command has.
    """
    global _left
    if _trace:
        with Path(_trace).open("a", encoding="ascii") as trace:
            trace.write(name + "\n")
    if name == _wanted:
        _left -= 1
        if _left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
