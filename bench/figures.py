"""One measured figure, with the floor it is compared to."""

from __future__ import annotations

import json
import os
import resource
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a benchmark. `floor` is the physical limit measured in the same run in the same unit, `ratio` value to floor."""

    name: str
    size: int
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    peak_rss_mb: int = 0

    def line(self) -> str:
        """The figure as one JSON line."""
        return json.dumps(asdict(self))


def peak_rss_mb() -> int:
    """Peak resident memory of this process so far, in MiB.

    Linux counts what the parent held at the start of a child towards the child's `ru_maxrss`; `VmHWM` begins anew with each program.
    """
    return _status(os.getpid()).get("VmHWM", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024


class ChildrenPeak:
    """Looks at the children of this process four times a second; ``mb`` is the largest sum of their peaks, in MiB.

    Linux only; elsewhere it stays 0.
    """

    _EVERY_S = 0.25

    def __init__(self) -> None:
        self.mb = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(self._EVERY_S):
            children = [child for task in Path("/proc/self/task").glob("*/children") for child in task.read_text(encoding="ascii").split()]
            self.mb = max(self.mb, sum(_status(int(child)).get("VmHWM", 0) for child in children) // 1024)


def _status(pid: int) -> dict[str, int]:
    """The numbers of a process's status that matter here; none if it is gone or the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {}
    words = (line.split() for line in lines if line.startswith("VmHWM:"))
    return {name.rstrip(":"): int(value) for name, value, *_ in words}
