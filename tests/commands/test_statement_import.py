"""Money arrives, is recognised, and everything falls silent."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, Claim, Creditor, Hold, HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.models import Message
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import Imported, import_statement
from kulanz.payments.models import BankLine, BankStatement, LineState, StatementFile
from tests import factories
from tests.bank import ACCOUNT, Move, camt053, mt940
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def take(data: bytes, name: str = "auszug.xml") -> Imported:
    return import_statement(data, name, actor="test", now=NOW, day=DAY)


def open_cents(claim: Claim) -> int:
    return sum(Posting.objects.filter(account=claim.account_id).values_list("amount_cents", flat=True))


def assert_books_balance() -> None:
    assert audit().findings == ()


def test_a_payment_with_the_reference_and_the_amount_is_booked_and_the_case_is_settled() -> None:
    claim = factories.claim()
    done = take(camt053([Move(8490, f"Danke {claim.case.reference}", "Irgendwer", "DE02120300000000202051")]))
    assert [(s.new, s.known, s.booked, s.unmatched) for s in done.statements] == [(1, 0, 1, 0)]
    line = BankLine.objects.get()
    assert (line.state, line.case_id, line.reason) == (LineState.BOOKED, claim.case_id, "Aktenzeichen stimmt, Betrag stimmt")
    assert open_cents(claim) == 0
    assert Case.objects.get().state == CaseState.SETTLED
    assert Message.objects.get(template="receipt").state == "queued"
    assert_books_balance()


def test_the_same_file_twice_books_nothing_twice() -> None:
    claim = factories.claim()
    file = camt053([Move(2000, claim.case.reference, "Elif Yılmaz1"), Move(-500, "Entgelt")])
    take(file)
    again = take(file, "anderer name.xml")
    assert [(s.new, s.known, s.booked) for s in again.statements] == [(0, 2, 0)]
    assert BankLine.objects.count() == 2
    assert StatementFile.objects.count() == BankStatement.objects.count() == 1
    assert open_cents(claim) == 6490
    assert_books_balance()


def test_two_equal_transfers_on_one_day_are_two_payments() -> None:
    claim = factories.claim()
    same = Move(2000, claim.case.reference, "Elif Yılmaz1", "DE02120300000000202051")
    take(camt053([same, same]))
    assert BankLine.objects.filter(state=LineState.BOOKED).count() == 2
    assert open_cents(claim) == 4490
    assert_books_balance()


def test_mt940_and_camt_lead_to_the_same_account() -> None:
    claim = factories.claim()
    done = take(mt940([Move(8490, f"RE {claim.external_id}", "Elif Yılmaz1")]), "auszug.sta")
    assert done.statements[0].account == ACCOUNT
    assert done.statements[0].booked == 1
    assert open_cents(claim) == 0


def test_a_number_alone_is_a_proposal_and_freezes_contact() -> None:
    claim = factories.claim()
    take(camt053([Move(1234, claim.external_id, "Fremde Person")]))
    line = BankLine.objects.get()
    assert line.state == LineState.PROPOSED
    assert [proposal["case"] for proposal in line.proposals] == [claim.case_id]
    assert Hold.objects.filter(case=claim.case_id, reason=HoldReason.MAYBE_PAID, lifted_at=None).exists()
    assert open_cents(claim) == 8490


def test_money_nobody_knows_stands_in_suspense_and_in_the_bank() -> None:
    factories.claim()
    take(camt053([Move(777, "Spende", "Unbekannt")]))
    assert BankLine.objects.get().state == LineState.UNMATCHED
    by_kind = dict(Posting.objects.filter(account__kind__in=["bank", "suspense"]).values_list("account__kind", "amount_cents"))
    assert by_kind == {"bank": 777, "suspense": -777}
    assert_books_balance()


def test_a_statement_of_an_unknown_account_is_taken_and_its_lines_stay_unmatched() -> None:
    factories.creditor()
    done = take(camt053([Move(100, "x")], account="DE02120300000000202051"))
    assert (done.statements[0].creditor, done.statements[0].unmatched) == ("", 1)
    assert BankLine.objects.get().reason == "Das Konto gehört zu keinem Mandanten."
    assert Posting.objects.count() == 0


def test_a_statement_that_does_not_tie_leaves_nothing_behind() -> None:
    claim = factories.claim()
    done = take(camt053([Move(8490, claim.case.reference)], closing_cents=100))
    assert done.statements[0].refused
    assert done.statements[0].problems[0].reason.startswith("Der Auszug geht nicht auf: Anfangssaldo 0,00 EUR und 1 Umsatz über 84,90 EUR")
    assert (BankLine.objects.count(), StatementFile.objects.count(), open_cents(claim)) == (0, 0, 8490)


def test_an_overpayment_is_kept_as_owed_back() -> None:
    claim = factories.claim()
    take(camt053([Move(10000, claim.case.reference, "Elif Yılmaz1")]))
    components = dict(Posting.objects.filter(account=claim.account_id, amount_cents__lt=0).values_list("component", "amount_cents"))
    assert components == {"principal": -8490, "overpaid": -1510}
    assert Case.objects.get().state == CaseState.SETTLED
    assert_books_balance()


def test_interest_is_written_down_before_the_payment_is_shared() -> None:
    claim = factories.claim(first_interest_day=date(2026, 2, 4), default_reason="30 days")
    take(camt053([Move(8000, claim.case.reference, "Elif Yılmaz1", on=date(2026, 2, 27))]))
    rows = Posting.objects.filter(account=claim.account_id, component="interest").order_by("id")
    booked, *paid = rows.values_list("amount_cents", flat=True)
    assert booked > 0
    assert sum(paid) == -booked
    assert open_cents(claim) == 8490 + booked - 8000
    assert_books_balance()


def test_who_pays_the_invoice_but_not_the_cents_of_interest_is_settled() -> None:
    claim = factories.claim(first_interest_day=date(2026, 2, 4), default_reason="30 days")
    take(camt053([Move(8490, claim.case.reference, "Elif Yılmaz1", on=date(2026, 2, 27))]))
    assert open_cents(claim) == 0
    assert Case.objects.get().state == CaseState.SETTLED
    assert_books_balance()


@pytest.mark.parametrize(("limit_cents", "paid_cents"), [(100, 8456), (10, 8490)])
def test_a_rest_beyond_the_interest_or_the_creditors_limit_stays_open(limit_cents: int, paid_cents: int) -> None:
    claim = factories.claim(first_interest_day=date(2026, 2, 4), default_reason="30 days")
    Creditor.objects.update(small_rest_cents=limit_cents)
    take(camt053([Move(paid_cents, claim.case.reference, "Elif Yılmaz1", on=date(2026, 2, 27))]))
    assert open_cents(claim) > 0
    assert Case.objects.get().state == CaseState.OPEN
    assert_books_balance()


def test_paying_lifts_what_the_debtor_said_and_cancels_what_waits() -> None:
    claim = factories.claim()
    with transaction.atomic():
        silence(claim.case_id, HoldReason.PAID_CLAIMED, day=DAY, now=NOW, source="portal")
    take(camt053([Move(8490, claim.case.reference)]))
    assert not Hold.objects.filter(lifted_at=None).exists()


def test_a_gap_between_statements_is_shown_until_the_missing_one_comes() -> None:
    factories.creditor()
    first = camt053([Move(100, "a", on=date(2026, 2, 1))], number=1)
    second = camt053([Move(200, "b", on=date(2026, 2, 2))], number=2, opening_cents=100)
    third = camt053([Move(300, "c", on=date(2026, 2, 3))], number=3, opening_cents=300)
    take(first)
    take(third)
    assert list(BankStatement.objects.order_by("number").values_list("number", "gap")) == [("1", False), ("3", True)]
    take(second)
    assert not BankStatement.objects.filter(gap=True).exists()


def _two_cases() -> tuple[Claim, Claim]:
    payer = factories.claim(number=1, external_id="RE-10427", principal_cents=7_310)
    other = factories.claim(number=2, external_id="RE-10472", principal_cents=4_200, family_name="Brandt", given_name="Jörg")
    return payer, other


def test_a_number_with_a_typo_that_names_somebody_else_still_finds_the_payer_by_name_and_amount() -> None:
    payer, _ = _two_cases()
    take(camt053([Move(7_310, "Rechnung RE-10472", "Elif Yılmaz1")]))
    line = BankLine.objects.get()
    assert (line.state, line.case_id) == (LineState.BOOKED, payer.case_id)
    assert_books_balance()


def test_a_number_of_somebody_else_freezes_the_real_payer_too() -> None:
    payer, other = _two_cases()
    Claim.objects.filter(id=other.id).update(external_id="RE-98310")
    take(camt053([Move(7_310, "Rechnung RE-98310", "Elif Yılmaz1")]))
    line = BankLine.objects.get()
    both = {payer.case_id, other.case_id}
    assert line.state == LineState.PROPOSED
    assert {proposal["case"] for proposal in line.proposals} == both
    assert set(Hold.objects.filter(lifted_at=None, reason=HoldReason.MAYBE_PAID).values_list("case_id", flat=True)) == both


def test_a_text_that_names_somebody_else_who_owes_as_much_is_a_question_though_the_number_fits() -> None:
    owner = factories.creditor()
    named, other = (factories.claim(owner, number=n, identity_key=f"{n:064x}") for n in (1, 2))
    take(camt053([Move(8490, f"Rechnung {named.external_id} fuer Elif Yılmaz2", "Wer Anders")]))
    line = BankLine.objects.get()
    assert line.state == LineState.PROPOSED
    assert {proposal["case"] for proposal in line.proposals} == {named.case_id, other.case_id}
