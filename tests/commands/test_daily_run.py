"""The daily run on a real database: who is contacted, what is written, and that a second run adds nothing."""

from __future__ import annotations

from datetime import date

import pytest

from kulanz.claims.models import Case
from kulanz.contact.models import Message
from kulanz.runs.daily import run_day
from kulanz.strategy.models import Decision
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def test_an_overdue_case_is_reminded_once_and_a_second_run_adds_nothing() -> None:
    case = factories.case()
    first = run_day(DAY, shadow=False, engine="local", now=NOW)
    second = run_day(DAY, shadow=False, engine="local", now=NOW)
    message = Message.objects.get()
    assert (message.case_id, message.step, message.channel, message.to) == (case.id, "reminder_1", "email", "k1@example.com")
    assert not first.done_before and second.done_before and first.counts == second.counts
    decision = Decision.objects.get()
    assert (decision.action, decision.reason) == ("contact", "step_due")
    case = Case.objects.get()
    assert (case.step, case.step_on, case.anchor_on) == ("reminder_1", DAY, date(2026, 2, 4))
