"""Counted over a small world: how many reminders went to people whose whole money stood in a file that had been taken in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from kulanz.claims.accounts import open_amounts
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import REMINDERS
from tests.commands.small_world import Lived, live

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

DEBTORS, DAYS, SEED = 60, 45, 3


@dataclass(frozen=True, slots=True)
class Counted:
    """Reminders sent, and those to people whose money was in a file; as it is, and without the protection."""

    ours: tuple[int, int]
    control: tuple[int, int]


@pytest.fixture(scope="module")
def counted(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """The same world lived twice; emptied afterwards."""
    with django_db_blocker.unblock():
        ours = _live(tmp_path_factory.mktemp("ours"))
        with pytest.MonkeyPatch.context() as patch:
            for place in ("work_off", "look_again"):
                patch.setattr(import_module(f"kulanz.payments.commands.{place}"), "freeze", lambda *_, **__: None)
            patch.setattr("kulanz.runs.daily.look_again", lambda *_: 0)
            control = _live(tmp_path_factory.mktemp("control"))
    return Counted(ours, control)


def _live(home: Path) -> tuple[int, int]:
    call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
    counts = count(live(home, debtors=DEBTORS, days=DAYS, seed=SEED))
    call_command("flush", interactive=False, reset_sequences=True, verbosity=0)
    return counts


def count(lived: Lived) -> tuple[int, int]:
    """All reminders that were sent, and those to people whose money for everything open was in an imported file by that day."""
    paid: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    for fact in lived.facts:
        if fact["kind"] == "statement" and fact["imported"]:
            for movement in fact["movements"]:
                paid[fact["creditor"], movement["customer"]].append((date.fromisoformat(fact["day"]), movement["cents"]))
    reminders = wrong = 0
    for message in Message.objects.filter(state=MessageState.SENT, template__in=REMINDERS).select_related("creditor", "debtor"):
        reminders += 1
        money = sum(cents for day, cents in paid.get((message.creditor.key, message.debtor.external_id), []) if day <= message.day)
        balances = open_amounts([message.case_id], message.day)[message.case_id]
        wrong += 0 < sum(balance.claim.principal_cents + balance.interest.total_cents for balance in balances) <= money
    return reminders, wrong


def test_no_reminder_goes_to_anyone_whose_money_is_in_a_file(counted: Counted) -> None:
    reminders, wrong = counted.ours
    assert reminders > 40
    assert wrong == 0


def test_without_the_freeze_and_the_second_look_some_would(counted: Counted) -> None:
    reminders, wrong = counted.control
    assert reminders > 40
    assert wrong > 0
