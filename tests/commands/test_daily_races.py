"""The daily run beside others: a second worker on the same day, a worker that dies, and a debtor who acts while the run decides."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection, transaction

from kulanz.claims.commands import open_claims
from kulanz.claims.models import Case, HoldReason
from kulanz.contact.commands.silence import silence
from kulanz.contact.models import Message
from kulanz.runs.commands import next_part, open_run
from kulanz.runs.daily import run_day
from kulanz.runs.models import Run, RunPart
from kulanz.strategy.models import Decision
from kulanz.strategy.replay import replay
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
DAY = date(2026, 3, 2)
PATIENCE_S = 20


def run() -> None:
    run_day(DAY, shadow=False, engine="local", now=NOW)


def portfolio(size: int) -> None:
    rows = [factories.claim_row(number) for number in range(1, size + 1)]
    with transaction.atomic():
        open_claims(factories.frame(*rows), factories.creditor(), day=DAY, now=NOW, dice=random.Random(1))


def in_thread(job: Callable[[], None]) -> Callable[[], None]:
    """The job with a database session of its own, closed at its end."""

    def run_and_close() -> None:
        try:
            job()
        finally:
            connection.close()

    return run_and_close


def someone_waits_for_a_lock() -> bool:
    """True as soon as another session stands at a lock; False after some seconds."""
    for _ in range(PATIENCE_S * 20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.05)
    return False


def test_two_workers_share_the_parts_and_do_each_once() -> None:
    portfolio(60)
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(in_thread(run)) for _ in range(3)]:
            done.result(PATIENCE_S * 3)
    assert Run.objects.get().state == "done"
    assert {part.state for part in RunPart.objects.all()} == {"done"}
    assert Decision.objects.count() == Message.objects.count() == 60
    assert Run.objects.get().counts["cases"] == Run.objects.get().counts["queued"] == 60
    assert set(Case.objects.values_list("step", flat=True)) == {"reminder_1"}


def test_a_part_whose_worker_died_is_done_by_the_one_who_waits_for_it() -> None:
    portfolio(20)
    taken = threading.Event()
    run_row = open_run("daily", DAY, shadow=False, engine="local", now=NOW)

    def take_and_die() -> None:
        with next_part(run_row) as part:
            assert part is not None
            taken.set()
            assert someone_waits_for_a_lock()
            transaction.set_rollback(True)

    with ThreadPoolExecutor(1) as pool:
        dying = pool.submit(in_thread(take_and_die))
        assert taken.wait(PATIENCE_S)
        run()
        dying.result(PATIENCE_S)
    assert Run.objects.get().state == "done" and Message.objects.count() == 20


def test_whoever_objects_while_the_run_decides_is_not_written_to() -> None:
    case = factories.case()
    said = threading.Event()

    def object_slowly() -> None:
        with transaction.atomic():
            silence(case.id, HoldReason.DISPUTE, day=DAY, now=NOW, source="test", actor="test")
            said.set()
            assert someone_waits_for_a_lock(), "the run must stand at the case's lock here"

    with ThreadPoolExecutor(1) as pool:
        objecting = pool.submit(in_thread(object_slowly))
        assert said.wait(PATIENCE_S)
        run()
        objecting.result(PATIENCE_S)
    decision = Decision.objects.get()
    assert not Message.objects.exists()
    assert (decision.action, decision.reason, decision.vetoes) == ("wait", "changed_meanwhile", ["changed_meanwhile"])
    assert decision.facts["hold_reason"] is None, "the facts were read before the objection was there"
    assert replay(decision).same
    case.refresh_from_db()
    assert (case.step, case.next_step_on) == ("", None)
    assert Run.objects.get().counts["changed"] == 1
