"""The product with one protection taken out, each in a process of its own. If these did no damage, the tests would be worthless.

The switches are here and not in the product: each twin replaces one function of the process it runs in.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from kulanz.contact.models import Message, MessageState
from kulanz.contact.sending import worker
from kulanz.contact.sending.gateways.configured import gateways
from kulanz.payments.commands import import_statement, work_off
from kulanz.runs import daily
from kulanz.site import clock
from tests.crash import acts


def resending_worker(at: str) -> None:
    """A worker that simply sends again what is stuck in `sending`."""
    Message.objects.filter(state=MessageState.SENDING).update(state=MessageState.QUEUED)
    now = datetime.fromisoformat(at).replace(tzinfo=clock.LEGAL_ZONE)
    worker.send_due(gateways(), now=now, dice=random.SystemRandom())


def hasty_run(day: str) -> None:
    """A run that commits what it did before it notes that the part is done."""
    daily._act = _committing(daily._act)
    daily.run_day(date.fromisoformat(day), shadow=False, engine="local", now=clock.now())


def hasty_import(file: str) -> None:
    """A statement import that commits what it booked before it stores the lines."""
    work_off.book_ready = _committing(work_off.book_ready)
    path = Path(file)
    import_statement(path.read_bytes(), path.name, actor="cli", now=clock.now(), day=clock.today())


def hasty_import_ahead(file: str) -> None:
    """The same of a file that is read ahead."""
    work_off.book_ready = _committing(work_off.book_ready)
    acts.take_ahead(file)


def _committing(function: Callable[..., Any]) -> Callable[..., Any]:
    def committing(*arguments: Any, **options: Any) -> Any:
        result = function(*arguments, **options)
        connection.connection.commit()
        return result

    return committing
