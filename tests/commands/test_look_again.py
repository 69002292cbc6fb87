"""Money that was here before its invoice: the line is asked again before anybody is written to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, Hold, HoldReason
from kulanz.contact.models import Message
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import assign, ignore, import_statement, undo
from kulanz.payments.commands import look_again as looking
from kulanz.payments.commands.look_again import look_again
from kulanz.payments.models import BankLine, LineState
from kulanz.runs.daily import run_day
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def _arrives(*moves: Move, number: int = 1) -> None:
    import_statement(camt053(moves, number=number), f"{number}.xml", actor="test", now=NOW, day=DAY)


def test_a_payment_that_came_before_its_claim_is_booked_by_the_next_run() -> None:
    owner = factories.creditor()
    _arrives(Move(8490, "Rechnung 2026-00001", "Elif Yılmaz1"))
    assert BankLine.objects.get().state == LineState.UNMATCHED
    factories.claim(owner)
    run_day(DAY + timedelta(days=1), shadow=False, engine="local", now=NOW + timedelta(days=1))
    line = BankLine.objects.get()
    assert (line.state, line.case_id, line.bookings, line.decided_by) == (LineState.BOOKED, Case.objects.get().id, 1, "kulanz")
    assert Case.objects.get().state == CaseState.SETTLED
    assert set(Message.objects.values_list("template", flat=True)) == {"receipt"}
    assert sum(Posting.objects.filter(account__kind="suspense").values_list("amount_cents", flat=True)) == 0
    assert audit().findings == ()


def test_without_the_second_look_the_payer_is_reminded(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = factories.creditor()
    _arrives(Move(8490, "Rechnung 2026-00001", "Elif Yılmaz1"))
    factories.claim(owner)
    monkeypatch.setattr("kulanz.runs.daily.look_again", lambda *_: 0)
    days = [DAY + timedelta(days=n) for n in range(1, 10)]
    for day in days:
        run_day(day, shadow=False, engine="local", now=NOW + (day - DAY))
    assert Message.objects.exclude(template="receipt").exists()


def test_a_payment_that_may_belong_to_the_new_claim_freezes_it() -> None:
    owner = factories.creditor()
    _arrives(Move(5000, "Abschlag", "Elif Yılmaz1"))
    claim = factories.claim(owner)
    assert look_again(DAY, NOW) == 1
    line = BankLine.objects.get()
    assert (line.state, [proposal["case"] for proposal in line.proposals]) == (LineState.PROPOSED, [claim.case_id])
    assert Hold.objects.filter(case_id=claim.case_id, reason=HoldReason.MAYBE_PAID, lifted_at=None).exists()


def test_a_settled_case_that_opens_again_is_frozen_too() -> None:
    owner = factories.creditor()
    first = factories.claim(owner)
    _arrives(Move(8490, first.case.reference, "Elif Yılmaz1"))
    _arrives(Move(3000, "Abschlag", "Elif Yılmaz1"), number=2)
    assert Case.objects.get().state == CaseState.SETTLED
    assert not Hold.objects.exists()
    factories.claim(owner, number=2, debtor_external_id="K1", family_name="Yılmaz1", sort_key="yilmaz1 elif", search_key="elif yilmaz1")
    look_again(DAY, NOW)
    assert Hold.objects.filter(case_id=first.case_id, reason=HoldReason.MAYBE_PAID, lifted_at=None).exists()


def test_it_looks_only_as_often_as_there_are_newer_claims_and_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "PIECE_LINES", 2)
    owner = factories.creditor()
    _arrives(*(Move(100 + n, f"Spende {n}", "Wer Auch Immer") for n in range(5)), Move(-300, "Entgelt"))
    assert look_again(DAY, NOW) == 0
    factories.claim(owner)
    assert look_again(DAY, NOW) == 5
    assert look_again(DAY, NOW) == 0
    assert audit().findings == ()


def test_what_a_person_decided_stays_decided() -> None:
    owner = factories.creditor()
    other = factories.claim(
        owner, number=7, external_id="ZZ-998877", principal_cents=1234, given_name="Udo", family_name="Kranz", sort_key="kranz udo"
    )
    _arrives(Move(8490, "Rechnung 2026-00001", "Elif Yılmaz1"), Move(777, "Spende", "Wer"))
    line, gift = BankLine.objects.order_by("id")
    with transaction.atomic():
        assign(line.id, other.case_id, actor="mia", now=NOW, day=DAY)
        undo(line.id, reason="falsche Akte", actor="mia", now=NOW, day=DAY)
        ignore(gift.id, reason="Spende", actor="mia", now=NOW)
    factories.claim(owner)
    assert look_again(DAY, NOW) == 0
    assert BankLine.objects.get(id=line.id).state == LineState.UNMATCHED
