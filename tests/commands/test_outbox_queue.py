"""What gets into the outbox, and what takes it out again before it is sent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulanz.claims.commands import touch
from kulanz.claims.models import Case, CaseEvent, ContactPoint, Hold, HoldReason
from kulanz.contact.commands import (
    hear_paid_already,
    hear_something_wrong,
    queue_messages,
    queue_receipt,
    silence,
)
from kulanz.contact.errors import StatementUnreadable
from kulanz.contact.models import Message, MessageState, Utterance
from tests import factories
from tests.commands.outbox import DAY, MONDAY_MORNING, MemoryGateway, frame, overdue_case, pay, plain, queued, row, send

pytestmark = pytest.mark.django_db


def test_many_messages_are_queued_at_once_and_a_second_time_changes_nothing() -> None:
    owner = factories.creditor()
    cases = [overdue_case(owner=owner, number=n) for n in (1, 2, 3)]
    wanted = frame(*(row(case, to=f"k{n}@example.com") for n, case in enumerate(cases, 1)))
    first = queue_messages(wanted, day=DAY, run_id=7, now=MONDAY_MORNING)
    again = queue_messages(wanted, day=DAY, run_id=8, now=MONDAY_MORNING)
    assert (first.queued, first.known, first.stale) == (3, 0, 0)
    assert (again.queued, again.known, again.stale) == (0, 3, 0)
    message = Message.objects.get(case=cases[0])
    assert (message.run_id, message.state, message.to, message.body_html) == (7, "queued", "k1@example.com", "")
    assert message.provider_key == f"{cases[0].reference}-reminder_1-email-20260302"


def test_a_case_that_changed_since_the_facts_were_read_gets_no_message() -> None:
    case = overdue_case()
    wish = row(case)
    touch([case.id])
    made = queue_messages(frame(wish), day=DAY, run_id=None, now=MONDAY_MORNING)
    assert (made.queued, made.stale) == (0, 1)
    assert not Message.objects.exists()


def test_an_empty_frame_queues_nothing() -> None:
    assert queue_messages(frame(), day=DAY, run_id=None, now=MONDAY_MORNING).queued == 0


def test_a_message_may_wait_for_a_day_and_waits_for_its_morning() -> None:
    message = queued(overdue_case(), not_before=date(2026, 7, 6))
    assert message.not_before is not None
    assert message.not_before.isoformat() == "2026-07-06T06:00:00+00:00", "eight o'clock in Berlin in summer"
    gateway = MemoryGateway()
    assert send(gateway, now=MONDAY_MORNING).handled == 0


def test_silence_cancels_what_is_queued_in_the_same_breath() -> None:
    case = overdue_case()
    message = queued(case)
    silence(case.id, HoldReason.MANUAL, day=DAY, now=MONDAY_MORNING, source="desk", actor="agent")
    message.refresh_from_db()
    assert (message.state, message.cancelled_because) == ("cancelled", "Sperre: von Hand gesetzt")
    assert CaseEvent.objects.filter(case=case, kind="messages_cancelled").count() == 1
    gateway = MemoryGateway()
    send(gateway)
    assert gateway.sent == []


def test_paid_already_is_heard_once_stops_everything_and_is_confirmed() -> None:
    case = overdue_case()
    reminder = queued(case)
    for _ in range(2):
        heard = hear_paid_already(
            case.id,
            day=DAY,
            now=MONDAY_MORNING,
            via="portal",
            idempotency_key="form-1",
            paid_on=DAY - timedelta(days=2),
            amount_cents=8490,
            text="Am Freitag überwiesen.",
        )
    reminder.refresh_from_db()
    assert reminder.state == MessageState.CANCELLED
    assert Utterance.objects.count() == 1
    assert heard.data == {"paid_on": "2026-02-28", "amount_cents": 8490}
    hold = Hold.objects.get(case=case)
    assert (hold.reason, hold.until_on) == ("paid_claimed", DAY + timedelta(days=14))
    gateway = MemoryGateway()
    assert send(gateway).sent == 1
    text = plain(gateway.sent[0].text)
    assert "84,90 € am 28. Februar 2026" in text and "mindestens bis zum 16. März 2026" in text


@pytest.mark.parametrize(("paid_on", "cents"), [(DAY + timedelta(days=1), 100), (None, 0), (None, -5)])
def test_an_impossible_payment_is_refused_and_nothing_is_kept(paid_on: date | None, cents: int) -> None:
    case = overdue_case()
    with pytest.raises(StatementUnreadable):
        hear_paid_already(case.id, day=DAY, now=MONDAY_MORNING, via="portal", idempotency_key="x", paid_on=paid_on, amount_cents=cents)
    assert not Utterance.objects.exists() and not Hold.objects.exists()


@pytest.mark.parametrize(
    ("topic", "reason", "answered"),
    [("amount", "dispute", True), ("goods", "dispute", True), ("other", "dispute", True), ("person", "wrong_person", False)],
)
def test_an_objection_stops_everything_until_a_person_has_answered(topic: str, reason: str, answered: bool) -> None:
    case = overdue_case()
    queued(case)
    heard = hear_something_wrong(
        case.id, topic=topic, day=DAY, now=MONDAY_MORNING, via="portal", idempotency_key="f", text="So nicht.\nWirklich."
    )
    hold = Hold.objects.get(case=case)
    assert (hold.reason, hold.until_on) == (reason, None)
    assert Case.objects.get(id=case.id).needs_human and heard.answered_at is None
    gateway = MemoryGateway()
    assert send(gateway).sent == int(answered)
    if answered:
        assert "So nicht. Wirklich." in gateway.sent[0].text


def test_an_unknown_objection_is_refused() -> None:
    with pytest.raises(StatementUnreadable):
        hear_something_wrong(overdue_case().id, topic="x", day=DAY, now=MONDAY_MORNING, via="portal", idempotency_key="f")


def test_two_payments_of_a_day_share_a_receipt_and_a_third_after_it_went_out_gets_its_own() -> None:
    case = overdue_case()
    first, second = pay(case, 3000), pay(case, 2000)
    queue_receipt(case.id, entry_ids=[first], day=DAY, now=MONDAY_MORNING)
    queue_receipt(case.id, entry_ids=[second], day=DAY, now=MONDAY_MORNING)
    gateway = MemoryGateway()
    assert send(gateway).sent == 1
    assert "Ihre Zahlung über 50,00 €" in plain(gateway.sent[0].text) and "Offen sind noch" in gateway.sent[0].text
    queue_receipt(case.id, entry_ids=[pay(case, 1000)], day=DAY, now=MONDAY_MORNING)
    assert send(gateway).sent == 1
    assert "Ihre Zahlung über 10,00 €" in plain(gateway.sent[1].text)


def test_whoever_has_no_address_gets_no_answer_and_no_error() -> None:
    case = overdue_case()
    ContactPoint.objects.all().delete()
    assert queue_receipt(case.id, entry_ids=[pay(case, 1000)], day=DAY, now=MONDAY_MORNING) is None


def test_an_answer_goes_by_letter_to_whoever_has_no_email() -> None:
    case = overdue_case(email=None)
    message = queue_receipt(case.id, entry_ids=[pay(case, 1000)], day=DAY, now=MONDAY_MORNING)
    assert message is not None and message.channel == "letter"
