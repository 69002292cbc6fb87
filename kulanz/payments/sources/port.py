"""The port: something that has files of a bank and wants to know what became of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetched:
    """One complete file. ``handle`` is the source's own name for it, given back when it is put away."""

    name: str
    data: bytes
    handle: str


class StatementSource(Protocol):
    """What a way to bank files must do.

    `fetch` yields complete files only, each until it was put away: a crash between the two brings the same file again, and the import
    books nothing twice. A file that is too large or unreadable is not yielded but put away by the source with its reason.
    """

    def fetch(self) -> Iterator[Fetched]:
        """The files that wait, one at a time."""
        ...

    def done(self, file: Fetched, report: str) -> None:
        """The file is booked. ``report`` says in German what it brought."""
        ...

    def refuse(self, file: Fetched, reason: str) -> None:
        """Nothing of the file was taken, or not all of it; ``reason`` says why."""
        ...
