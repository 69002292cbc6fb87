"""The send worker: what is checked at the last moment, what is stored, and what happens when a gateway misbehaves."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.models import CaseEvent, ContactPoint, Debtor, Hold, HoldReason
from kulanz.contact import documents
from kulanz.contact.commands import mark_sent_by_person, send_again
from kulanz.contact.errors import MessageStateConflict
from kulanz.contact.models import Message, MessageState, PortalLink
from kulanz.contact.rules import (
    CONTACTS_PER_WEEK_MAX,
    LOCAL_ZONE,
    Cancel,
    CancelReason,
    Send,
    SendFacts,
    Wait,
    is_quiet_day,
    may_send,
    next_decent_moment,
)
from kulanz.contact.sending import worker
from kulanz.contact.sending.gateways.letters import LetterFolder
from kulanz.contact.sending.prepare import render
from tests import factories
from tests.commands.outbox import (
    BUSY,
    DAY,
    MONDAY_MORNING,
    REFUSED,
    UNSURE,
    MemoryGateway,
    overdue_case,
    pay,
    plain,
    queued,
    send,
)

pytestmark = pytest.mark.django_db


def test_what_was_previewed_is_what_is_sent_and_what_is_kept() -> None:
    message = queued(overdue_case())
    seen = render(message, now=MONDAY_MORNING, day=DAY)
    assert PortalLink.objects.count() == 0, "a preview writes nothing"
    gateway = MemoryGateway()
    assert send(gateway).sent == 1
    message.refresh_from_db()
    parcel = gateway.sent[0]
    assert (parcel.subject, parcel.text, parcel.html) == (seen.subject, seen.text, seen.html)
    assert (message.subject, message.body_text, message.body_html) == (seen.subject, seen.text, seen.html)
    assert (message.state, message.attempts, message.provider_ref) == ("sent", 1, "kept")
    assert PortalLink.objects.get().message == message
    assert CaseEvent.objects.get(case=message.case, kind="message_sent").data["message"] == message.id


def test_the_text_says_what_is_owed_at_the_moment_of_sending_not_of_deciding() -> None:
    case = overdue_case()
    queued(case, params='{"open_cents": 8490}')
    pay(case, 5000)
    gateway = MemoryGateway()
    send(gateway)
    said = plain(gateway.sent[0].text)
    assert "Bitte überweisen Sie 34,90 €" in said and "50,00 € bei uns angekommen" in said


def test_a_text_speaks_of_an_earlier_reminder_only_if_there_was_one() -> None:
    case = overdue_case()
    gateway = MemoryGateway()
    queued(case, step="reminder_2", template="reminder_2")
    send(gateway)
    later = MONDAY_MORNING + timedelta(days=14)
    queued(case, step="again", template="reminder_2", day=later.date(), now=later)
    send(gateway, now=later)
    assert ["schon einmal geschrieben" in plain(parcel.text) for parcel in gateway.sent] == [False, True]


def test_whoever_has_paid_everything_is_left_alone() -> None:
    case = overdue_case()
    message = queued(case)
    pay(case, 8490)
    gateway = MemoryGateway()
    assert send(gateway).cancelled == {"nothing_open": 1}
    message.refresh_from_db()
    assert gateway.sent == [] and message.state == MessageState.CANCELLED


def test_a_hold_placed_past_every_command_still_stops_the_message() -> None:
    case = overdue_case()
    queued(case)
    Hold.objects.create(case=case, creditor=case.creditor, reason=HoldReason.DEATH, from_on=DAY, source="sql", created_at=MONDAY_MORNING)
    gateway = MemoryGateway()
    assert send(gateway).cancelled == {"hold": 1} and gateway.sent == []


@pytest.mark.parametrize("state", ["bounced", "withdrawn", "unverified"])
def test_an_address_that_may_not_be_used_any_more_is_not_used(state: str) -> None:
    queued(overdue_case())
    ContactPoint.objects.filter(channel="email").update(state=state)
    gateway = MemoryGateway()
    assert send(gateway).cancelled == {"channel_unusable": 1} and gateway.sent == []


def test_a_friendly_notice_that_comes_too_late_is_not_sent() -> None:
    queued(overdue_case(), template="friendly_notice", step="friendly_notice")
    assert send(MemoryGateway()).cancelled == {"nothing_open": 1}


def test_nobody_gets_more_reminders_a_week_than_the_limit_whoever_their_creditors_are() -> None:
    identity = hashlib.sha256(b"one person").hexdigest()
    for n in range(5):
        case = overdue_case(owner=factories.creditor(key=f"c{n}"), identity_key=identity)
        queued(case)
    gateway = MemoryGateway()
    counts = send(gateway)
    assert counts.sent == CONTACTS_PER_WEEK_MAX and counts.cancelled == {"contact_limit": 2}


def test_at_night_an_email_waits_for_the_morning_and_a_letter_does_not() -> None:
    late = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    case = overdue_case()
    message = queued(case)
    queued(case, channel="letter", step="reminder_2", template="reminder_2", to="")
    mail, letters = MemoryGateway(), MemoryGateway(channel="letter")
    counts = send(mail, letters, now=late)
    message.refresh_from_db()
    assert (counts.waiting, len(mail.sent), len(letters.sent)) == (1, 0, 1)
    assert message.not_before == datetime(2026, 3, 3, 8, 0, tzinfo=LOCAL_ZONE)
    assert send(mail, now=late + timedelta(minutes=5)).handled == 0
    assert send(mail, now=datetime(2026, 3, 3, 8, 0, tzinfo=LOCAL_ZONE)).sent == 1


def test_a_reminder_puts_claims_in_default_that_were_not_yet() -> None:
    case = overdue_case()
    queued(case)
    send(MemoryGateway())
    claim = case.claims.get()
    assert claim.first_interest_day == DAY + timedelta(days=2)
    assert claim.default_reason == "reminder"


def test_a_busy_gateway_is_tried_again_and_given_up_after_five_tries() -> None:
    message = queued(overdue_case())
    gateway = MemoryGateway(script=[BUSY] * 5)
    now = MONDAY_MORNING
    for _ in range(4):
        assert send(gateway, now=now).retry == 1
        message.refresh_from_db()
        assert message.state == MessageState.QUEUED and message.not_before is not None and message.body_text == ""
        assert send(gateway, now=now).handled == 0
        now = message.not_before
    assert send(gateway, now=now).failed == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 5) and gateway.sent == []


def test_a_refused_message_has_failed_and_says_why() -> None:
    message = queued(overdue_case())
    assert send(MemoryGateway(script=[REFUSED])).failed == 1
    message.refresh_from_db()
    assert message.state == MessageState.FAILED and "as told by the test" in message.error
    assert CaseEvent.objects.filter(case=message.case, kind="message_failed").exists()


def test_doubt_is_parked_for_a_person_and_never_sent_again_by_itself() -> None:
    message = queued(overdue_case())
    gateway = MemoryGateway(askable=False, script=[UNSURE])
    assert send(gateway).unknown == 1
    for _ in range(3):
        assert send(gateway, now=MONDAY_MORNING + timedelta(days=1)).handled == 0
    message.refresh_from_db()
    assert message.state == MessageState.UNKNOWN and len(gateway.sent) == 1


def test_a_person_may_say_it_arrived() -> None:
    message = queued(overdue_case())
    send(MemoryGateway(script=[UNSURE]))
    assert mark_sent_by_person(message.id, actor="Ada", now=MONDAY_MORNING).state == MessageState.SENT
    with pytest.raises(MessageStateConflict):
        send_again(message.id, actor="Ada", now=MONDAY_MORNING)


def test_a_person_may_send_again_under_a_new_key_and_the_present_is_checked_again() -> None:
    case = overdue_case()
    message = queued(case)
    gateway = MemoryGateway(askable=False, script=[UNSURE])
    send(gateway)
    again = send_again(message.id, actor="Ada", now=MONDAY_MORNING)
    assert again.provider_key.endswith("~2")
    assert send(gateway).sent == 1
    assert [parcel.key.partition("~")[2] for parcel in gateway.sent] == ["", "2"]
    assert PortalLink.objects.count() == 2
    pay(case, 8490)
    other = queued(case, step="reminder_2", template="reminder_2")
    assert send(gateway).cancelled == {"nothing_open": 1}
    with pytest.raises(MessageStateConflict):
        send_again(other.id, actor="Ada", now=MONDAY_MORNING)


@pytest.mark.parametrize(("arrived", "state", "total"), [(True, "sent", 1), (False, "sent", 1), (None, "unknown", 0)])
def test_a_row_left_behind_is_settled_by_asking_or_parked(arrived: bool | None, state: str, total: int) -> None:
    message = queued(overdue_case())
    Message.objects.update(state=MessageState.SENDING, sending_at=MONDAY_MORNING, subject="alt", body_text="alt", attempts=1)
    gateway = MemoryGateway(askable=arrived is not None)
    if arrived:
        gateway.deliver(_parcel_with(message.provider_key))
    counts = send(gateway)
    message.refresh_from_db()
    assert (message.state, len(gateway.sent), counts.recovered) == (state, total, 1)
    if arrived is False:
        assert message.body_text != "alt", "it was made anew from the facts of now"


def _parcel_with(key: str) -> Any:
    class Known:
        pass

    known = Known()
    known.key = key  # type: ignore[attr-defined]
    return known


def test_one_message_that_cannot_be_made_does_not_stop_the_others(tmp_path: Path) -> None:
    owner = factories.creditor()
    bad, good = overdue_case(owner=owner, number=1), overdue_case(owner=owner, number=2)
    Debtor.objects.filter(id=bad.debtor_id).update(given_name="王小明")
    for case in (bad, good):
        queued(case, channel="letter", to="")
    counts = send(LetterFolder(tmp_path / "letters"))
    assert (counts.failed, counts.sent) == (1, 1)
    assert "setzen" in Message.objects.get(case=bad).error


def test_a_letter_is_kept_as_evidence_and_laid_out_for_the_printer(tmp_path: Path) -> None:
    message = queued(overdue_case(), channel="letter", to="")
    assert send(LetterFolder(tmp_path / "letters")).sent == 1
    message.refresh_from_db()
    printed = tmp_path / "letters" / "2026-03-02" / f"{message.provider_key}.pdf"
    kept = documents.read(message.document, message.document_sha256)
    assert printed.read_bytes() == kept and kept.startswith(b"%PDF")
    assert "Elif Yılmaz1" in message.body_text
    (Path(django_settings.KULANZ_HOME) / message.document).write_bytes(b"forged")
    with pytest.raises(ValueError, match="not what was stored"):
        documents.read(message.document, message.document_sha256)
    (Path(django_settings.KULANZ_HOME) / message.document).unlink()


def test_without_a_gateway_a_channel_waits() -> None:
    message = queued(overdue_case())
    assert send().handled == 0
    message.refresh_from_db()
    assert message.state == MessageState.QUEUED


FACTS = st.builds(
    SendFacts,
    template=st.sampled_from(["friendly_notice", "reminder_1", "reminder_2", "last_notice", "receipt", "answer_paid_already"]),
    channel=st.sampled_from(["email", "letter"]),
    day=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    case_open=st.booleans(),
    holds=st.lists(st.sampled_from(list(HoldReason)), max_size=2),
    open_cents=st.integers(-100, 100_000),
    address_usable=st.booleans(),
    reminders_in_week=st.integers(0, 5),
    country=st.sampled_from(["DE", "AT", "CH", "FR"]),
    region=st.sampled_from(["", "BY", "NW", "SN"]),
)


@given(facts=FACTS, now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(LOCAL_ZONE)))
@settings(max_examples=200)
def test_no_reminder_ever_passes_a_hold_a_limit_a_settled_debt_or_a_quiet_hour(facts: SendFacts, now: datetime) -> None:
    verdict = may_send(facts, now)
    reminder = facts.template in {"friendly_notice", "reminder_1", "reminder_2", "last_notice"}
    if isinstance(verdict, Send):
        assert facts.address_usable
        assert not {HoldReason.DEATH, HoldReason.WRONG_PERSON} & set(facts.holds)
        if reminder:
            assert facts.case_open and not facts.holds and facts.open_cents > 0
            assert facts.reminders_in_week < CONTACTS_PER_WEEK_MAX and (now.date() - facts.day).days <= 7
            if facts.channel == "email":
                assert 8 <= now.hour < 20 and not is_quiet_day(now.date(), facts.country, facts.region)
    if isinstance(verdict, Wait):
        assert verdict.until > now and not isinstance(may_send(facts, verdict.until), Wait)
    if isinstance(verdict, Cancel) and verdict.reason is CancelReason.STALE:
        assert reminder


@given(moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 31), timezones=st.just(UTC)))
@settings(max_examples=200)
def test_the_next_decent_moment_is_decent_and_never_in_the_past(moment: datetime) -> None:
    found = next_decent_moment(moment, "DE", "BY").astimezone(LOCAL_ZONE)
    assert found >= moment and 8 <= found.hour < 20 and not is_quiet_day(found.date(), "DE", "BY")
    assert next_decent_moment(found, "DE", "BY") == found


def test_known_quiet_days() -> None:
    assert is_quiet_day(date(2026, 3, 1), "DE", "NW"), "a Sunday"
    assert is_quiet_day(date(2026, 1, 6), "DE", "BY") and not is_quiet_day(date(2026, 1, 6), "DE", "NW")
    assert is_quiet_day(date(2026, 1, 6), "DE", ""), "an unknown place keeps every region's holidays"


def test_a_message_that_another_worker_has_just_put_off_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    message = queued(overdue_case())
    gateway = MemoryGateway()

    def put_off_meanwhile(keys: list[str]) -> None:
        Message.objects.filter(id=message.id).update(not_before=MONDAY_MORNING + timedelta(days=1))

    def ask_for_no_lock(ids: list[int]) -> list[int]:
        assert ids == [], "the other worker still holds this message and wants its case"
        return ids

    monkeypatch.setattr(worker, "lock_identities", put_off_meanwhile)
    monkeypatch.setattr(worker, "message_locks", ask_for_no_lock)
    assert send(gateway).sent == 0
    message.refresh_from_db()
    assert message.state == MessageState.QUEUED
