"""The daily run on a real database: who is contacted, what is written, and that a second run adds nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.claims.commands import lift_holds, touch
from kulanz.claims.models import Case, CaseEvent, ContactPoint, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.contact.commands.silence import silence
from kulanz.contact.models import Message
from kulanz.runs.daily import RunSummary, run_day
from kulanz.runs.errors import EngineUnknown
from kulanz.runs.models import Run
from kulanz.strategy.commands import save_playbook
from kulanz.strategy.errors import DecisionUnknown
from kulanz.strategy.models import Decision, PlaybookVersion
from kulanz.strategy.playbook import builtin_text
from kulanz.strategy.queries import decision_by_number, decisions_of_day, explain
from kulanz.strategy.replay import replay
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def run(day: date = DAY, *, shadow: bool = False) -> RunSummary:
    return run_day(day, shadow=shadow, engine="local", now=NOW + timedelta(days=(day - DAY).days))


def decided(case: Case, day: date = DAY) -> Decision:
    return Decision.objects.get(case_id=case.id, day=day)


def test_an_overdue_case_is_reminded_once_and_a_second_run_adds_nothing() -> None:
    case = factories.case()
    first, second = run(), run()
    message = Message.objects.get()
    assert (message.case_id, message.step, message.channel, message.to) == (case.id, "reminder_1", "email", "k1@example.com")
    assert not first.done_before and second.done_before and first.counts == second.counts
    assert first.counts["queued"] == first.counts["action:contact"] == first.counts["cases"] == 1
    assert (decided(case).action, decided(case).reason) == ("contact", "step_due")
    case.refresh_from_db()
    assert (case.step, case.step_on, case.anchor_on) == ("reminder_1", DAY, date(2026, 2, 4))
    assert case.next_step_on == DAY + timedelta(days=10)
    assert Run.objects.get().state == "done"


def test_the_ladder_is_walked_in_its_order_and_ends_with_a_person() -> None:
    case = factories.case()
    steps = []
    for ahead in range(75):
        day = date(2026, 1, 28) + timedelta(days=ahead)
        run(day)
        found = decided(case, day)
        if found.action == "contact" or found.reason == "person_decides":
            steps.append((found.step, (day - date(2026, 2, 4)).days))
    assert [step for step, _ in steps] == ["friendly_notice", "reminder_1", "reminder_2", "last_notice", "human_decision"]
    assert [days for _, days in steps] == [-4, 5, 16, 30, 46]
    case.refresh_from_db()
    assert case.needs_human and case.step == "human_decision"
    assert CaseEvent.objects.filter(kind="person_asked").count() == 1
    assert Message.objects.count() == 4


def test_a_case_on_hold_is_left_alone_and_goes_on_when_the_hold_is_lifted() -> None:
    case = factories.case()
    silence(case.id, HoldReason.DISPUTE, day=DAY, now=NOW, source="test", actor="test")
    run()
    assert not Message.objects.exists()
    assert (decided(case).action, decided(case).reason) == ("hold", "hold_stands")
    with transaction.atomic():
        lift_holds(case.id, [HoldReason.DISPUTE], because="geklärt", actor="test", now=NOW)
    run(DAY + timedelta(days=1))
    assert Message.objects.count() == 1


def test_a_reminder_that_a_hold_stopped_in_the_outbox_is_made_up_for_and_none_is_skipped() -> None:
    case = factories.case()
    run()
    silence(case.id, HoldReason.PAID_CLAIMED, day=DAY, now=NOW, source="test", actor="test")
    assert Message.objects.get().state == "cancelled"
    run(DAY + timedelta(days=1))
    assert decided(case, DAY + timedelta(days=1)).reason == "hold_stands"
    lift_holds(case.id, [HoldReason.PAID_CLAIMED], because="kein Eingang", actor="test", now=NOW)
    run(DAY + timedelta(days=20))
    assert [message.step for message in Message.objects.filter(state="queued")] == ["reminder_1"]


def test_of_several_holds_the_strongest_is_named_and_an_open_end_stays_open() -> None:
    case = factories.case()
    silence(case.id, HoldReason.MANUAL, day=DAY, now=NOW, source="test", actor="test", until_on=DAY + timedelta(days=3))
    silence(case.id, HoldReason.INSOLVENCY, day=DAY, now=NOW, source="test", actor="test")
    run()
    assert decided(case).facts["hold_reason"] == "insolvency" and decided(case).facts["hold_until"] is None
    assert explain(decided(case)) == ("Kontakt ist gesperrt: Insolvenz.",)


def test_without_a_channel_a_person_is_asked_to_find_contact() -> None:
    case = factories.case(email=None, street="")
    run()
    assert not Message.objects.exists()
    assert (decided(case).action, decided(case).reason) == ("human", "no_channel")
    assert explain(decided(case)) == ("Kein Kontaktweg bekannt: Kontakt ermitteln.",)
    assert explain(decided(case), language="en") == ("No channel known: find contact.",)
    case.refresh_from_db()
    assert not case.needs_human and case.step == "", "with an address the next run goes on by itself"


def test_a_bounced_or_withdrawn_address_is_not_used() -> None:
    case = factories.case()
    ContactPoint.objects.filter(channel="email").update(state="bounced")
    run()
    assert Message.objects.get().channel == "letter"
    ContactPoint.objects.filter(channel="letter").update(state="withdrawn")
    run(DAY + timedelta(days=20))
    assert decided(case, DAY + timedelta(days=20)).reason == "no_channel"


def test_on_a_sunday_the_message_is_queued_for_monday_morning() -> None:
    factories.case()
    run(date(2026, 3, 1))
    message = Message.objects.get()
    assert message.not_before is not None and message.not_before.isoformat() == "2026-03-02T07:00:00+00:00"


def test_one_person_owing_two_creditors_hears_from_one_of_them_a_week() -> None:
    one = factories.case(factories.creditor("eins"), debtor_external_id="K1")
    two = factories.case(factories.creditor("zwei"), debtor_external_id="K1")
    assert one.bucket == two.bucket
    run()
    assert Message.objects.get().case_id == one.id
    assert decided(two).reason == "cap_7_days"
    run(DAY + timedelta(days=7))
    assert Message.objects.get(case_id=two.id).day == DAY + timedelta(days=7)


def test_a_shadow_run_writes_decisions_and_changes_nothing_else() -> None:
    case = factories.case()
    before = Case.objects.values().get()
    summary = run(shadow=True)
    assert Case.objects.values().get() == before and not Message.objects.exists()
    found = Decision.objects.get()
    assert found.shadow and found.action == "contact" and summary.shadow
    run()
    assert Message.objects.count() == 1, "the real run of the same day is another run"
    assert Decision.objects.filter(case_id=case.id).count() == 2


def test_invoices_issued_later_do_not_count_and_a_case_of_such_only_says_so() -> None:
    owner = factories.creditor()
    case = factories.case(owner, invoiced_on=DAY + timedelta(days=1))
    run()
    facts = decided(case).facts
    assert (decided(case).reason, facts["open_cents"], facts["claims_not_issued"]) == ("not_issued", 0, 1)


def test_an_unknown_engine_is_refused_before_anything_is_written() -> None:
    with pytest.raises(EngineUnknown):
        run_day(DAY, shadow=False, engine="abacus", now=NOW)
    assert not Run.objects.exists()


def test_every_open_overdue_claim_has_one_line_and_a_viewer_sees_only_its_own() -> None:
    one, two = factories.creditor("eins"), factories.creditor("zwei")
    factories.claim(one, number=1)
    factories.claim(one, number=2, debtor_external_id="K1", invoiced_on=date(2026, 1, 20))
    factories.claim(one, number=3, invoiced_on=date(2026, 2, 27))
    factories.claim(two, number=4)
    run()
    lines = decisions_of_day(Viewer.system(), DAY)
    assert sorted(line.claim for line in lines) == ["2026-00001", "2026-00002", "2026-00004"]
    assert {line.reason for line in lines} == {"step_due"}
    seen = decisions_of_day(Viewer("staff", frozenset({two.id})), DAY)
    assert [line.claim for line in seen] == ["2026-00004"]
    assert decision_by_number(Viewer.system(), seen[0].decision).creditor_id == two.id
    with pytest.raises(DecisionUnknown):
        decision_by_number(Viewer("staff", frozenset({one.id})), seen[0].decision)


def test_a_replay_gives_the_same_answer_whatever_has_happened_since() -> None:
    case = factories.case()
    held = factories.case(factories.creditor("zwei"), number=2)
    silence(held.id, HoldReason.HARDSHIP, day=DAY, now=NOW, source="test", actor="test")
    run()
    changed = builtin_text().replace("from_day: 5", "from_day: 6").replace("contacts_per_7_days_max: 1", "contacts_per_7_days_max: 2")
    save_playbook(changed, by="test", now=NOW)
    with transaction.atomic():
        touch([case.id])
    for decision in Decision.objects.all():
        assert replay(decision).same


def test_a_replay_names_what_differs() -> None:
    case = factories.case()
    run()
    written = decided(case)
    written.facts = written.facts | {"has_email": False}
    differences = {name: (was, now) for name, was, now in replay(written).differences}
    assert differences["channel"] == ("email", "letter")


def test_the_diary_is_append_only() -> None:
    factories.case()
    run()
    for statement in ("UPDATE strategy_decision SET reason = 'other'", "DELETE FROM strategy_decision", "TRUNCATE strategy_decision"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_diary_has_a_partition_for_each_month() -> None:
    for day in (date(2026, 12, 30), date(2027, 1, 2), date(2027, 1, 31)):
        run(day)
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'strategy_decision'::regclass ORDER BY 1")
        # Tests that commit may have left partitions of other months.
        assert {"strategy_decision_2026_12", "strategy_decision_2027_01"} <= {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT count(*) FROM strategy_decision_2027_01")
        assert cursor.fetchone()[0] == 2 * Case.objects.count()


def test_a_saved_playbook_is_a_new_version_only_if_its_text_is_new() -> None:
    first = save_playbook(builtin_text(), by="test", now=NOW)
    again = save_playbook(builtin_text(), by="test", now=NOW)
    second = save_playbook(builtin_text() + "# changed\n", by="test", now=NOW)
    assert first.id == again.id and (first.version, second.version) == (1, 2)
    assert PlaybookVersion.objects.get(active=True).id == second.id


def test_progress_is_told_part_by_part() -> None:
    factories.case()
    told: list[tuple[int, int]] = []
    run_day(DAY, shadow=False, engine="local", now=NOW, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_an_empty_portfolio_is_a_run_without_decisions() -> None:
    assert run().counts == {}
    assert Run.objects.get().state == "done"


def test_the_facts_in_the_diary_are_complete() -> None:
    case = factories.case(invoiced_on=date(2025, 12, 1))
    run()
    facts: dict[str, Any] = decided(case).facts
    wanted = {"open_cents": 8490, "days_overdue": 61, "claims_open": 1, "oldest_due_on": "2025-12-31", "limitation_on": "2028-12-31"}
    assert {name: facts[name] for name in wanted} == wanted
    assert datetime.fromisoformat(facts["oldest_due_on"])
