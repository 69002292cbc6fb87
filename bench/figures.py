"""One measured figure, with the floor it is compared to."""

from __future__ import annotations

import json
import resource
from dataclasses import asdict, dataclass
from pathlib import Path


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
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
