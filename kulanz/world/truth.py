"""What really happened: kept by the world in a file of its own, never in the product's tables. The product must find it out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class Truth:
    """The world's diary: one JSON line per fact, appended day by day."""

    file: Path
    _waiting: list[str] = field(default_factory=list)

    def note(self, kind: str, day: date, **facts: Any) -> None:
        """Remember one fact of a day; `flush` writes it."""
        self._waiting.append(json.dumps({"kind": kind, "day": day.isoformat(), **facts}, ensure_ascii=False, sort_keys=True))

    def flush(self) -> None:
        """Append what was noted since the last time."""
        if self._waiting:
            with self.file.open("a", encoding="utf-8") as sink:
                sink.write("\n".join(self._waiting) + "\n")
            self._waiting = []


def read(file: Path) -> Iterator[dict[str, Any]]:
    """The facts in order."""
    with file.open(encoding="utf-8") as source:
        for line in source:
            yield json.loads(line)


def totals(file: Path) -> Counter[str]:
    """Sums in cents to hold against the books, by creditor: `issued:KEY` invoices, `imported:KEY` all that stood in imported statements.

    Of the latter, `meant:KEY` is money that people meant for invoices and `foreign:KEY` everything else on the account.
    """
    sums: Counter[str] = Counter()
    for fact in read(file):
        key = fact.get("creditor", "")
        match fact["kind"]:
            case "invoice":
                sums[f"issued:{key}"] += fact["cents"]
            case "statement" if fact["imported"]:
                for movement in fact["movements"]:
                    sums[f"imported:{key}"] += movement["cents"]
                    sums[f"{'meant' if movement['customer'] else 'foreign'}:{key}"] += movement["cents"]
    return sums
