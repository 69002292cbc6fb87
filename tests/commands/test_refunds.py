"""Money that belongs to a debtor goes back: found, agreed by two people, ordered once, booked when it has left, never kept silently."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import touch
from kulanz.claims.commands.account import NewFact, book
from kulanz.claims.models import Case, Claim, Creditor
from kulanz.contact.models import Message
from kulanz.ledger.queries import audit
from kulanz.ledger.replay import FactKind
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct_debits import set_collector
from kulanz.payments.commands.refunds import approve, ask_for_refund, name_account, order_refunds, propose_due, refuse
from kulanz.payments.debit_errors import AccountUnknown, AnotherPersonMustDecide, IbanInvalid, NoCredit, NothingToOrder, RefundNotOpen
from kulanz.payments.errors import ReasonMissing
from kulanz.payments.models import BankLine, CollectorIdentity, LineState, OrderFile, RefundProposal, RefundState
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
PAYER = "DE02120300000000202051"


def overpaid(cents: int = 10_800, *, iban: str = PAYER, owner: Creditor | None = None, number: int = 1) -> Case:
    """A case of 84.90 that somebody paid with more."""
    case = factories.case(owner, number=number)
    move = Move(cents, case.reference, f"Elif Yılmaz{number}", iban, ref=f"B{number}", on=DAY)
    import_statement(camt053([move], number=number), f"in{number}.xml", actor="bank", now=NOW, day=DAY)
    case.refresh_from_db()
    assert case.state == "settled"
    return case


def proposed() -> RefundProposal:
    propose_due(day=DAY, now=NOW)
    return RefundProposal.objects.latest("id")


def approved(by: str = "anna") -> RefundProposal:
    with transaction.atomic():
        return approve(proposed().id, actor=by, now=NOW)


def credit(case: Case) -> int:
    return sum(balance.overpaid_cents for balance in open_amounts([case.id], DAY)[case.id])


def test_a_credit_is_proposed_once_to_the_account_it_came_from() -> None:
    case = overpaid()
    assert propose_due(day=DAY, now=NOW) == 1
    assert propose_due(day=DAY, now=NOW) == 0
    row = RefundProposal.objects.get()
    assert (row.case_id, row.amount_cents, row.iban, row.holder, row.iban_source) == (case.id, 2310, PAYER, "Elif Yılmaz1", "bank_line")
    assert row.proposed_by == "kulanz" and row.state == RefundState.OPEN


def test_one_cent_too_many_goes_back_by_itself() -> None:
    overpaid(8491)
    assert proposed().amount_cents == 1


def test_a_creditor_may_leave_small_credits_until_they_are_asked_for_but_never_keeps_them() -> None:
    case = overpaid(8590)
    set_collector(case.creditor, "DE98ZZZ09999999999")
    CollectorIdentity.objects.update(small_refund_cents=500)
    assert propose_due(day=DAY, now=NOW) == 0
    assert credit(case) == 100
    with transaction.atomic():
        assert ask_for_refund(case.id, by="debtor", day=DAY, now=NOW).amount_cents == 100


def test_without_a_known_account_the_debtor_is_asked_and_nothing_leaves_until_then() -> None:
    overpaid(iban="")
    row = proposed()
    assert row.iban == "" and Message.objects.filter(template="refund_account_wanted").count() == 1
    with pytest.raises(AccountUnknown), transaction.atomic():
        approve(row.id, actor="anna", now=NOW)
    with pytest.raises(IbanInvalid), transaction.atomic():
        name_account(row.id, iban="DE00", holder="Elif", source="debtor", actor="debtor", now=NOW)
    with transaction.atomic():
        name_account(row.id, iban=PAYER, holder="Elif Yılmaz", source="debtor", actor="debtor", now=NOW)
        approve(row.id, actor="anna", now=NOW)


def test_who_proposed_cannot_approve_and_who_approved_cannot_order() -> None:
    case = overpaid()
    with transaction.atomic():
        row = ask_for_refund(case.id, by="anna", day=DAY, now=NOW)
    with pytest.raises(AnotherPersonMustDecide), transaction.atomic():
        approve(row.id, actor="anna", now=NOW)
    with transaction.atomic():
        approve(row.id, actor="ben", now=NOW)
    with pytest.raises(NothingToOrder), transaction.atomic():
        order_refunds(case.creditor_id, day=DAY, now=NOW, actor="ben")
    with transaction.atomic():
        order_refunds(case.creditor_id, day=DAY, now=NOW, actor="anna")
    assert OrderFile.objects.count() == 1


def test_who_entered_the_account_cannot_approve_it() -> None:
    overpaid(iban="")
    row = proposed()
    with transaction.atomic():
        name_account(row.id, iban=PAYER, holder="Elif Yılmaz", source="staff", actor="anna", now=NOW)
    with pytest.raises(AnotherPersonMustDecide), transaction.atomic():
        approve(row.id, actor="anna", now=NOW)
    with transaction.atomic():
        approve(row.id, actor="ben", now=NOW)


def test_the_database_refuses_one_pair_of_eyes_whatever_the_code_says() -> None:
    overpaid()
    row = approved()
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundProposal.objects.filter(id=row.id).update(decided_by="kulanz")
    with pytest.raises(IntegrityError), transaction.atomic():
        RefundProposal.objects.filter(id=row.id).update(ordered_by="anna")


def test_a_refusal_needs_a_reason_and_comes_back_only_when_the_credit_changes() -> None:
    case = overpaid()
    row = proposed()
    with pytest.raises(ReasonMissing), transaction.atomic():
        refuse(row.id, because=" ", actor="anna", now=NOW)
    with transaction.atomic():
        refuse(row.id, because="Gehört zur nächsten Rechnung, so vereinbart.", actor="anna", now=NOW)
    with pytest.raises(RefundNotOpen), transaction.atomic():
        approve(row.id, actor="ben", now=NOW)
    assert propose_due(day=DAY, now=NOW) == 0 and credit(case) == 2310
    more = Move(500, case.reference, "Elif Yılmaz1", PAYER, ref="B9", on=DAY)
    import_statement(camt053([more], number=9), "more.xml", actor="bank", now=NOW, day=DAY)
    assert propose_due(day=DAY, now=NOW) == 1


def test_an_order_is_one_valid_file_and_tells_the_debtor_that_the_money_is_coming() -> None:
    case = overpaid()
    row = approved()
    with transaction.atomic():
        file = order_refunds(case.creditor_id, day=DAY, now=NOW, actor="ben")
    row.refresh_from_db()
    assert (file.schema, file.count, file.sum_cents) == ("pain.001.001.09", 1, 2310)
    assert row.end_to_end_id.encode() in bytes(file.content) and PAYER.encode() in bytes(file.content)
    assert (row.state, row.file_id, row.ordered_by) == (RefundState.ORDERED, file.id, "ben")
    assert Message.objects.filter(template="refund_coming").count() == 1
    assert credit(case) == 2310, "the account shows the credit until the money has left"
    with pytest.raises(NothingToOrder), transaction.atomic():
        order_refunds(case.creditor_id, day=DAY, now=NOW, actor="ben")


def test_a_credit_that_was_used_up_meanwhile_is_not_paid_back() -> None:
    owner = factories.creditor()
    case = overpaid(owner=owner)
    row = approved()
    with transaction.atomic():  # the money went back by another way, booked by hand
        touch([case.id])
        book([NewFact(case.id, FactKind.REFUND, DAY, "by hand", "bar ausgezahlt", 2310, Claim.objects.get(case=case).id)], now=NOW)
    with pytest.raises(NothingToOrder), transaction.atomic():
        order_refunds(owner.id, day=DAY, now=NOW, actor="ben")
    row.refresh_from_db()
    assert row.state in (RefundState.CANCELLED, RefundState.APPROVED)


def out(row: RefundProposal, cents: int, number: int) -> None:
    day = DAY + timedelta(days=number)
    move = Move(cents, "Erstattung", row.holder, row.iban, end_to_end=row.end_to_end_id, ref=f"O{number}", on=day)
    import_statement(camt053([move], number=number + 10), f"out{number}.xml", actor="bank", now=NOW + timedelta(days=number), day=day)
    row.refresh_from_db()


def ordered() -> tuple[Case, RefundProposal]:
    case = overpaid()
    row = approved()
    with transaction.atomic():
        order_refunds(case.creditor_id, day=DAY, now=NOW, actor="ben")
    row.refresh_from_db()
    return case, row


def test_the_banks_line_books_the_refund_and_nothing_else_does() -> None:
    case, row = ordered()
    out(row, -2310, 1)
    line = BankLine.objects.get(amount_cents=-2310)
    assert (row.state, row.line_id, line.state, line.case_id) == (RefundState.PAID, line.id, LineState.BOOKED, case.id)
    assert sum(balance.overpaid_cents for balance in open_amounts([case.id], row.paid_on or DAY)[case.id]) == 0
    assert audit().findings == ()
    assert propose_due(day=DAY, now=NOW) == 0


def test_a_refund_that_comes_back_is_a_credit_again_and_a_person_looks_at_it() -> None:
    case, row = ordered()
    out(row, -2310, 1)
    out(row, 2310, 3)
    case.refresh_from_db()
    assert (row.state, case.needs_human) == (RefundState.FAILED, True)
    assert sum(b.overpaid_cents for b in open_amounts([case.id], DAY + timedelta(days=4))[case.id]) == 2310
    assert audit().findings == ()


def test_a_line_with_our_number_and_another_amount_is_left_for_a_person() -> None:
    _, row = ordered()
    out(row, -2300, 1)
    assert row.state == RefundState.ORDERED and BankLine.objects.get(amount_cents=-2300).state == LineState.UNMATCHED


def test_nothing_overpaid_is_nothing_to_pay_back() -> None:
    case = overpaid(8490)
    assert propose_due(day=DAY, now=NOW) == 0
    with pytest.raises(NoCredit), transaction.atomic():
        ask_for_refund(case.id, by="debtor", day=DAY, now=NOW)


@pytest.mark.race
def test_two_people_who_order_at_once_make_one_file() -> None:
    owner = factories.creditor()
    for number in range(1, 5):
        overpaid(owner=owner, number=number)
    propose_due(day=DAY, now=NOW)
    for row in RefundProposal.objects.all():
        with transaction.atomic():
            approve(row.id, actor="anna", now=NOW)
    start = threading.Barrier(2)

    def order(name: str) -> int:
        try:
            start.wait()
            with transaction.atomic():
                return order_refunds(owner.id, day=DAY, now=NOW, actor=name).count
        except NothingToOrder:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        assert sorted(people.map(order, ["ben", "carla"])) == [0, 4]
    assert OrderFile.objects.get().count == 4


@pytest.mark.race
def test_a_credit_found_by_two_runs_at_once_is_proposed_once() -> None:
    overpaid()
    start = threading.Barrier(2)

    def find(_: int) -> int:
        try:
            start.wait()
            return propose_due(day=DAY, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as runs:
        assert sum(runs.map(find, [1, 2])) == 1
    assert RefundProposal.objects.count() == 1
