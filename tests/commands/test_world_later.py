"""A world in which everyone who reads a reminder asks for time: they get it, keep it or not, and are left alone meanwhile."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from kulanz.claims.models import Hold
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import REMINDERS
from kulanz.ledger.queries import audit
from kulanz.payments.models import Agreement, AgreementState
from kulanz.world import paying_later
from kulanz.world.temper import Temper
from tests.commands.small_world import live

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_who_asked_for_time_got_it_and_is_left_alone_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying_later, "_ASKS", dict.fromkeys(Temper, 1.0))
    lived = live(tmp_path, debtors=20, days=75)
    happened = Counter(fact["kind"] for fact in lived.facts)
    agreed = Agreement.objects.filter(via="portal")
    assert agreed.count() == happened["agrees"] > 0
    assert happened["later_refused"] == 0
    assert agreed.filter(state=AgreementState.KEPT).exists()
    for each in agreed.filter(state=AgreementState.ACTIVE):
        assert Hold.objects.filter(case_id=each.case_id, lifted_at=None).exists()
        late = Message.objects.filter(case_id=each.case_id, template__in=REMINDERS, queued_at__gt=each.created_at)
        assert not late.exclude(state=MessageState.CANCELLED).exists()
    assert audit().findings == ()
