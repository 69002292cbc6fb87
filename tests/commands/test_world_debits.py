"""A world in which everyone asks for time and lets the instalments be collected: files, bank, statements and books tell the same story."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kulanz.contact.models import Message
from kulanz.ledger.queries import audit
from kulanz.payments.models import BankLine, Collection, CollectionState, LineState, Mandate, MandateState, OrderFile
from kulanz.world import paying_later
from kulanz.world.temper import Temper
from tests.commands.small_world import LAST_DAY, live

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def test_who_signed_is_collected_from_and_transfers_only_what_came_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paying_later, "_ASKS", dict.fromkeys(Temper, 1.0))
    monkeypatch.setattr(paying_later, "_BY_DEBIT", 1.0)
    monkeypatch.setattr(paying_later, "_COMES_BACK", dict.fromkeys(Temper, 0.3))
    lived = live(tmp_path, debtors=24, days=100)
    signed = {_who(fact): date.fromisoformat(fact["day"]) for fact in lived.facts if fact["kind"] == "agrees" and fact["by_debit"]}
    assert set(Mandate.objects.values_list("creditor__key", "debtor__external_id")) == set(signed) != set()

    moved: dict[str, int] = defaultdict(int)
    for fact in lived.facts:
        if fact["kind"] == "debit":
            moved["returned" if fact["came_back"] else "collected"] += fact["cents"]
    arrived = Collection.objects.filter(state__in=[CollectionState.COLLECTED, CollectionState.RETURNED])
    back = Collection.objects.filter(state=CollectionState.RETURNED)
    ours = set(Collection.objects.values_list("end_to_end_id", flat=True))
    undelivered = [statement for branch in lived.world.branches for statement in branch.undelivered]
    late = sum(line.amount_cents for statement in undelivered for line in statement.movements if line.end_to_end_id in ours)
    assert sum(one.submitted_cents or 0 for one in arrived) - sum(one.submitted_cents or 0 for one in back) + late == (
        moved["collected"] - moved["returned"]
    )
    assert arrived.filter(state=CollectionState.COLLECTED).exists() and back.exists()
    assert set(back.values_list("return_code", flat=True)) <= {"AM04", "MD06"}
    assert not back.filter(return_code="MD06", mandate__state=MandateState.ACTIVE).exists()
    refused = back.filter(return_code="MD06").count()
    assert Message.objects.filter(template="payment_disputed").count() == refused
    assert Message.objects.filter(template="debit_returned").count() == back.count() - refused
    assert not BankLine.objects.filter(end_to_end_id__regex=r"^RF[0-9]+-L[0-9]+$").exclude(state=LineState.BOOKED).exists()
    assert not OrderFile.objects.filter(downloaded_at=None).exclude(day=LAST_DAY).exists()

    good = arrived.exclude(case__in=back.values("case")).values_list("creditor__key", "case__debtor__external_id", "due_on")
    transfers = [(_who(fact), date.fromisoformat(fact["day"])) for fact in lived.facts if fact["kind"] == "transfer"]
    assert good.exists()
    for creditor, customer, due_on in good:
        who = (creditor, customer)
        assert not [day for payer, day in transfers if payer == who and signed[who] < day <= due_on]
    assert audit().findings == ()


def _who(fact: dict[str, Any]) -> tuple[str, str]:
    return fact["creditor"], fact["customer"]
