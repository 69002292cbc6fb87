"""Two workers at once, and a worker against a payment or a stop. Each race has a twin without the protection that
must show the damage."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection, transaction

from kulanz.claims.commands import place_hold
from kulanz.claims.models import Case, HoldReason
from kulanz.contact import links
from kulanz.contact.commands import cancel_queued, silence
from kulanz.contact.errors import LinkLocked
from kulanz.contact.models import Message, MessageState, PortalLink
from kulanz.contact.rules import CONTACTS_PER_WEEK_MAX
from kulanz.contact.sending import worker
from kulanz.contact.sending.gateways.base import Parcel
from tests import factories
from tests.commands.outbox import DAY, MONDAY_MORNING, MemoryGateway, overdue_case, pay, queued, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]

SECONDS_MAX = 20


class CountingGateway(MemoryGateway):
    """Counts every handing over, also of a key it has already: what a printer or a mail server that forgets would
    do."""

    def deliver(self, parcel: Parcel) -> str:
        self.sent.append(parcel)
        return "kept"


def at_once(*jobs: Callable[[], object]) -> None:
    """Run jobs in threads with database sessions of their own and wait for all; a failed job fails the test."""

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        for done in [pool.submit(run, job) for job in jobs]:
            done.result(SECONDS_MAX)


def meet(barrier: threading.Barrier, seconds: float) -> None:
    """Wait for the other side at the barrier; whoever comes alone goes on after a moment."""
    with suppress(threading.BrokenBarrierError):
        barrier.wait(seconds)


def claim_without_locks(channel: str, size: int, now: datetime) -> list[Message]:
    """What the worker's `_claim` would be without its locks: the control."""
    due = Message.objects.filter(state=MessageState.QUEUED, channel=channel).order_by("id")[:size]
    return list(due.select_related("case__creditor", "debtor"))


def waiting_at(barrier: threading.Barrier, inner: Callable[..., list[Message]]) -> Callable[..., list[Message]]:
    """`inner`, but both workers have read before either goes on. One that comes alone goes on after a moment."""

    def claim(channel: str, size: int, now: datetime) -> list[Message]:
        found = inner(channel, size, now)
        meet(barrier, 0.5)
        return found

    return claim


def outbox_of(number: int) -> list[Case]:
    owner = factories.creditor()
    cases = [overdue_case(owner=owner, number=n) for n in range(1, number + 1)]
    with transaction.atomic():
        for n, case in enumerate(cases, 1):
            queued(case, to=f"k{n}@example.com")
    return cases


def two_workers(monkeypatch: pytest.MonkeyPatch, claim: Callable[..., list[Message]]) -> Counter[str]:
    """Deliveries by key after two workers have emptied the same outbox, reading it at the same moment."""
    gateway = CountingGateway(batch_size=4)
    monkeypatch.setattr(worker, "_claim", waiting_at(threading.Barrier(2), claim))
    at_once(lambda: send(gateway), lambda: send(gateway))
    return Counter(parcel.key for parcel in gateway.sent)


def test_two_workers_send_each_message_once(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox_of(16)
    deliveries = two_workers(monkeypatch, worker._claim)
    assert len(deliveries) == 16 and set(deliveries.values()) == {1}
    assert Message.objects.filter(state=MessageState.SENT).count() == 16


def test_without_the_locks_two_workers_send_messages_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    outbox_of(4)
    assert max(two_workers(monkeypatch, claim_without_locks).values()) == 2


@contextmanager
def half_done(act: Callable[[], object]) -> Iterator[threading.Event]:
    """Run `act` in another session and keep its transaction open for the block; afterwards it commits."""
    begun, go_on = threading.Event(), threading.Event()

    def job() -> None:
        with transaction.atomic():
            act()
            begun.set()
            assert go_on.wait(SECONDS_MAX)

    def run() -> None:
        try:
            job()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert begun.wait(SECONDS_MAX)
        yield go_on
    finally:
        go_on.set()
        thread.join(SECONDS_MAX)


def paying(case: Case) -> Callable[[], object]:
    def act() -> None:
        pay(case, 8490)
        cancel_queued(case.id, "bezahlt", now=MONDAY_MORNING)

    return act


def stopping(case: Case) -> Callable[[], object]:
    return lambda: silence(case.id, HoldReason.DISPUTE, day=DAY, now=MONDAY_MORNING, source="test")


ACTS = {"payment": paying, "stop": stopping}


def sent_while(act: Callable[[], object]) -> Sequence[Parcel]:
    """What a worker sends while `act` is half done, and after it is done."""
    gateway = CountingGateway()
    with half_done(act):
        send(gateway)
    send(gateway)
    return gateway.sent


@pytest.mark.parametrize("kind", ACTS)
def test_whoever_is_paying_or_objecting_this_moment_gets_no_reminder(kind: str) -> None:
    (case,) = outbox_of(1)
    assert sent_while(ACTS[kind](case)) == []
    assert Message.objects.get().state == MessageState.CANCELLED


def both_at_the_last_moment(monkeypatch: pytest.MonkeyPatch, kind: str) -> tuple[int, int]:
    """The payment or stop comes after the worker has read the facts and before it commits `sending`.

    Returns how many messages were handed over, and how many the payment or stop believes it has cancelled in time.
    """
    (case,) = outbox_of(1)
    cancelled: list[int] = []
    real = links.issue

    def act() -> None:
        with transaction.atomic():
            if kind == "payment":
                pay(case, 8490)
            else:
                place_hold(case.id, HoldReason.DISPUTE, day=DAY, now=MONDAY_MORNING, source="test", actor="test")
            cancelled.append(cancel_queued(case.id, "zu spät?", now=MONDAY_MORNING))
        connection.close()

    other = threading.Thread(target=act)

    def issue(*args: Any, **values: Any) -> None:
        other.start()
        other.join(1)
        real(*args, **values)

    monkeypatch.setattr(links, "issue", issue)
    gateway = CountingGateway()
    send(gateway)
    other.join(SECONDS_MAX)
    return len(gateway.sent), sum(cancelled)


@pytest.mark.parametrize("kind", ["payment", "stop"])
def test_what_a_payment_or_stop_has_cancelled_is_never_sent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert both_at_the_last_moment(monkeypatch, kind) == (1, 0), "it was being sent already, and the other side knows"


@pytest.mark.parametrize("kind", ["payment", "stop"])
def test_without_the_case_lock_a_cancelled_message_is_sent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_claim", claim_without_locks)
    assert both_at_the_last_moment(monkeypatch, kind) == (1, 1)


def reminders_to_one_person(monkeypatch: pytest.MonkeyPatch, *, locked: bool) -> int:
    """How many of six creditors' reminders to the same person two workers send when they count at the same moment."""
    identity = sha256(b"one person").hexdigest()
    for n in range(6):
        case = overdue_case(owner=factories.creditor(key=f"c{n}"), identity_key=identity)
        with transaction.atomic():
            queued(case)
    barrier = threading.Barrier(2)
    real_issue = links.issue

    def issue(*args: Any, **values: Any) -> None:
        """Both have counted before either commits, unless a lock lets only one of them come this far."""
        meet(barrier, 1)
        real_issue(*args, **values)

    monkeypatch.setattr(links, "issue", issue)
    if not locked:
        monkeypatch.setattr(worker, "lock_identities", lambda keys: None)
    gateway = CountingGateway(batch_size=3)
    at_once(lambda: send(gateway), lambda: send(gateway))
    return len(gateway.sent)


def test_two_workers_together_keep_the_weekly_limit_of_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reminders_to_one_person(monkeypatch, locked=True) == CONTACTS_PER_WEEK_MAX


def test_without_the_person_lock_two_workers_break_the_weekly_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reminders_to_one_person(monkeypatch, locked=False) > CONTACTS_PER_WEEK_MAX


def test_a_living_worker_is_not_taken_for_a_dead_one() -> None:
    outbox_of(1)
    in_gateway, go_on = threading.Event(), threading.Event()

    class SlowGateway(CountingGateway):
        def deliver(self, parcel: Parcel) -> str:
            in_gateway.set()
            assert go_on.wait(SECONDS_MAX)
            return super().deliver(parcel)

    slow, second = SlowGateway(), CountingGateway(askable=False)

    def late() -> None:
        assert in_gateway.wait(SECONDS_MAX)
        counts = send(second)
        go_on.set()
        assert (counts.recovered, counts.unknown) == (0, 0)

    at_once(lambda: send(slow), late)
    assert Message.objects.get().state == MessageState.SENT and len(slow.sent) == 1 and second.sent == []


def test_ten_wrong_answers_at_once_are_ten_tries() -> None:
    outbox_of(1)
    send(MemoryGateway())
    link = PortalLink.objects.get()
    locked: list[bool] = []

    def guess() -> None:
        try:
            with transaction.atomic():
                links.check_second_factor(link.id, "00000", now=MONDAY_MORNING)
        except LinkLocked:
            locked.append(True)

    at_once(*[guess] * 10)
    link.refresh_from_db()
    assert link.wrong_factors == 5 and len(locked) == 5
