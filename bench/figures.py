"""One measured figure, with the floor it is compared to."""

from __future__ import annotations

import json
import resource
from dataclasses import asdict, dataclass


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
    """Peak resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
