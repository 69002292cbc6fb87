"""What a process writes, as lines of a trace between the names of the fail points it passes.

``WRITE INSERT contact_message`` for a statement that changes a table that outlives the session, ``COMMIT`` for a commit that makes such
statements last. Temporary tables and locks are no writes: they die with the session.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

import psycopg

WRITE, COMMIT = "WRITE ", "COMMIT"
_CHANGES = re.compile(
    r'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|CREATE\s+TABLE(?:\s+IF\s+NOT\s+EXISTS)?)\s+"?([a-z]+_[a-z_]+)"?', re.IGNORECASE
)
_ROOMS = ("ledger_", "claims_", "contact_", "intake_", "payments_", "strategy_", "runs_")


def changed_table(statement: str) -> str | None:
    """``INSERT contact_message`` if the statement changes a table of ours, else None."""
    if re.match(r"\s*COPY\s*\(", statement, re.IGNORECASE):
        return None
    for verb, table in _CHANGES.findall(statement):
        if table.lower().startswith(_ROOMS) and not re.search(r"FOR\s+(NO\s+KEY\s+)?UPDATE\s*$", statement, re.IGNORECASE):
            return f"{verb.split()[0].upper()} {table.lower()}"
    return None


def trace_writes(trace: str) -> None:
    """From now on this process appends its writes and commits to the trace file."""
    dirty: WeakSet[psycopg.Connection[Any]] = WeakSet()

    def note(line: str) -> None:
        with Path(trace).open("a", encoding="ascii") as file:
            file.write(line + "\n")

    def watched(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
            text = query if isinstance(query, str) else query.as_string(self) if hasattr(query, "as_string") else str(query)
            if change := changed_table(text):
                dirty.add(self.connection)
                note(WRITE + change)
            return original(self, query, *arguments, **options)

        return wrapper

    cursor: Any = psycopg.Cursor
    cursor.execute = watched(cursor.execute)
    cursor.executemany = watched(cursor.executemany)
    cursor.copy = watched(cursor.copy)
    commit = psycopg.Connection.commit

    def committed(self: psycopg.Connection[Any]) -> None:
        if self in dirty:
            note(COMMIT)
        dirty.discard(self)
        commit(self)

    psycopg.Connection.commit = committed  # type: ignore[method-assign]
