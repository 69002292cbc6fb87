"""A payment that the bank returns: the case is open again, nobody is asked for some days, and every step can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Hold, HoldReason
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import assign, import_statement, undo
from kulanz.payments.errors import NotAnIncomingPayment
from kulanz.payments.models import BankLine, CollectorIdentity, LineState
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
PAID, BACK = date(2026, 2, 20), date(2026, 2, 25)
IBAN = "DE02120300000000202051"


def _take(*moves: Move, number: int, charge: str = "") -> None:
    """A statement; outgoing movements are returns with reason AC04."""
    file = camt053(moves, number=number)
    returned = b"<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls>"
    head, *entries = file.split(b"<Ntry>")
    entries = [entry.replace(b"</TxDtls>", returned) if b"DBIT" in entry else entry for entry in entries]
    if charge:
        entries = [entry.replace(b"<RtrInf>", charge.encode() + b"<RtrInf>") if b"DBIT" in entry else entry for entry in entries]
    import_statement(b"<Ntry>".join([head, *entries]), f"{number}.xml", actor="test", now=NOW, day=DAY)


def _owed(claim: Claim) -> int:
    [balance] = open_amounts([claim.case_id], DAY)[claim.case_id]
    return balance.total_cents


def _paid_claim(*, end_to_end: str = "E2E-1") -> Claim:
    claim = factories.claim()
    _take(Move(8490, claim.case.reference, "Elif Yılmaz1", IBAN, end_to_end, on=PAID), number=1)
    assert Case.objects.get(id=claim.case_id).state == CaseState.SETTLED
    return claim


def _assert_open_again(claim: Claim) -> None:
    assert _owed(claim) == 8490
    assert Case.objects.get(id=claim.case_id).state == CaseState.OPEN
    hold = Hold.objects.get(case_id=claim.case_id, reason=HoldReason.PAUSE, lifted_at=None)
    assert hold.until_on == DAY + timedelta(days=7)
    assert audit().findings == ()


def test_a_return_with_the_same_end_to_end_id_opens_the_case_again_and_nobody_is_asked_for_a_week() -> None:
    claim = _paid_claim()
    _take(Move(-8490, "Rückgabe", "Elif Yılmaz1", "", "E2E-1", on=BACK), number=2)
    line = BankLine.objects.get(amount_cents=-8490)
    assert (line.state, line.case_id, line.reason) == (LineState.BOOKED, claim.case_id, "Rückgabe: Ende-zu-Ende-Kennung stimmt")
    _assert_open_again(claim)
    text = "Die Zahlung über 84,90 EUR vom 20.02.2026 hat die Bank zurückgegeben (AC04)."
    assert CaseEvent.objects.get(kind="payment_returned").text == text
    assert sum(Posting.objects.filter(account__kind="suspense").values_list("amount_cents", flat=True)) == 0


def test_without_an_id_amount_and_account_of_the_one_booking_are_enough() -> None:
    claim = _paid_claim(end_to_end="")
    _take(Move(-8490, "Rueckueberweisung", "Elif Yılmaz1", IBAN, on=BACK), number=2)
    assert BankLine.objects.get(amount_cents=-8490).reason == "Rückgabe: Betrag und Konto stimmen"
    _assert_open_again(claim)


def test_the_banks_charge_is_the_creditors_cost_and_not_the_debtors() -> None:
    claim = _paid_claim()
    charge = '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    _take(Move(-8790, "Rückgabe", "", "", "E2E-1", on=BACK), number=2, charge=charge)
    assert BankLine.objects.get(amount_cents=-8790).state == LineState.BOOKED
    _assert_open_again(claim)
    assert sum(Posting.objects.filter(account__kind="suspense").values_list("amount_cents", flat=True)) == 0
    assert list(Posting.objects.filter(account__kind="income", component="expense").values_list("amount_cents", flat=True)) == [300]


def test_where_the_creditor_passes_the_charge_on_it_is_a_fact_of_its_own_that_undo_takes_back_too() -> None:
    claim = _paid_claim()
    CollectorIdentity.objects.create(creditor=claim.creditor, sepa_creditor_id="DE98ZZZ09999999999", pass_on_return_charge=True)
    charge = '<Chrgs><Rcrd><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    _take(Move(-8790, "Rückgabe", "", "", "E2E-1", on=BACK), number=2, charge=charge)
    assert _owed(claim) == 8790
    line = BankLine.objects.get(amount_cents=-8790)
    with transaction.atomic():
        undo(line.id, reason="Irrtum der Bank", actor="mia", now=NOW, day=DAY)
    assert _owed(claim) == 0
    assert audit().findings == ()


def test_two_bookings_that_fit_alike_are_a_question_and_one_key_answers_it() -> None:
    owner = factories.creditor()
    first = factories.claim(owner, number=1)
    second = factories.claim(owner, number=2)
    _take(
        Move(8490, first.case.reference, "Elif Yılmaz1", IBAN, ref="A", on=PAID),
        Move(8490, second.case.reference, "Elif Yılmaz2", IBAN, ref="B", on=PAID),
        number=1,
    )
    _take(Move(-8490, "Rückgabe", "", IBAN, on=BACK), number=2)
    line = BankLine.objects.get(amount_cents=-8490)
    assert line.state == LineState.PROPOSED
    assert {proposal["case"] for proposal in line.proposals} == {first.case_id, second.case_id}
    with transaction.atomic():
        assign(line.id, second.case_id, actor="mia", now=NOW, day=DAY)
    assert (_owed(first), _owed(second)) == (0, 8490)
    with transaction.atomic():
        undo(line.id, reason="doch die andere", actor="mia", now=NOW, day=DAY)
    assert (_owed(first), _owed(second)) == (0, 0)
    with transaction.atomic():
        assign(line.id, first.case_id, actor="mia", now=NOW, day=DAY)
    assert (_owed(first), _owed(second)) == (8490, 0)
    assert audit().findings == ()


def test_a_return_is_booked_once_and_a_second_return_of_the_same_money_waits_for_a_person() -> None:
    claim = _paid_claim()
    back = Move(-8490, "Rückgabe", "", "", "E2E-1", on=BACK)
    _take(back, number=2)
    _take(back, number=2)
    assert BankLine.objects.filter(amount_cents=-8490).count() == 1
    _take(back, Move(-8490, "Rückgabe noch einmal", "", "", "E2E-1", on=BACK), number=3)
    again = BankLine.objects.get(purpose="Rückgabe noch einmal")
    assert again.state == LineState.UNMATCHED
    _assert_open_again(claim)


def test_an_outgoing_line_that_returns_nothing_cannot_be_assigned() -> None:
    claim = _paid_claim()
    import_statement(camt053([Move(-500, "Entgelt")], number=5), "e.xml", actor="test", now=NOW, day=DAY)
    with pytest.raises(NotAnIncomingPayment), transaction.atomic():
        assign(BankLine.objects.get(amount_cents=-500).id, claim.case_id, actor="mia", now=NOW, day=DAY)
