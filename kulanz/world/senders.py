"""Two send workers, as a larger installation has them: this process and one beside it take turns at the outbox.

The second one (`python -m kulanz.world.second_worker`) reads a moment a line, sends everything due then, and writes a line with counts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from django.db.models import Q

from kulanz.contact.models import Message, MessageState
from kulanz.contact.sending.gateways.base import Gateway
from kulanz.contact.sending.gateways.configured import gateways
from kulanz.contact.sending.worker import send_due
from kulanz.world.dice import dice


class SecondWorker(Protocol):
    """Somebody who sends at the same time: told when, asked later how many went out."""

    def begin(self, now: datetime) -> None: ...

    def finish(self) -> tuple[int, int]: ...


class Beside:
    """The second worker as a process of its own; it ends when its input ends, so it never outlives this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kulanz.world.second_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PGOPTIONS": "-c synchronous_commit=off"},
        )

    def begin(self, now: datetime) -> None:
        """Start sending what is due."""
        if self._process.stdin is None:
            raise AssertionError("the second worker has no input")
        self._process.stdin.write(now.isoformat() + "\n")
        self._process.stdin.flush()

    def finish(self) -> tuple[int, int]:
        """Wait until it has nothing more to do; returns how many were sent and how many were not."""
        answer = self._process.stdout.readline() if self._process.stdout else ""
        if not answer:
            raise AssertionError("the second send worker has gone")
        sent, lost = json.loads(answer)
        return int(sent), int(lost)

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)


@contextmanager
def beside() -> Iterator[Beside]:
    """A second worker for as long as the block lasts."""
    worker = Beside()
    try:
        yield worker
    finally:
        worker.close()


def send_all(ways: Mapping[str, Gateway], second: SecondWorker | None, *, now: datetime, seed: int) -> tuple[int, int]:
    """Send everything due at `now`; returns how many were sent and how many failed or stayed unclear."""
    sent = lost = 0
    while _anything_due(now):
        if second is not None:
            second.begin(now)
        mine = send_due(ways, now=now, dice=dice(seed, "retries", now))
        sent, lost = sent + mine.sent, lost + mine.failed + mine.unknown
        if second is not None:
            theirs = second.finish()
            sent, lost = sent + theirs[0], lost + theirs[1]
    return sent, lost


def _anything_due(now: datetime) -> bool:
    return Message.objects.filter(Q(not_before=None) | Q(not_before__lte=now), state=MessageState.QUEUED).exists()


def answer_moments() -> None:
    """Answer each moment on the standard input until it ends. An empty hand means the other one holds the rest: look again."""
    ways = gateways()
    for line in sys.stdin:
        now = datetime.fromisoformat(line.strip())
        sent = lost = 0
        while _anything_due(now):
            counts = send_due(ways, now=now, dice=dice(0, "second worker", now))
            sent, lost = sent + counts.sent, lost + counts.failed + counts.unknown
        print(json.dumps([sent, lost]), flush=True)
