"""The whole way of a plan by direct debit, with the simulated bank: mandate, notice, file, bank line, return, account, refund."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, Hold, HoldReason
from kulanz.contact.models import Message, MessageState
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.agreements import Asked, agree, check_due
from kulanz.payments.commands.direct_debits import announce_due, submit_due
from kulanz.payments.models import AgreementKind, Collection, CollectionState, MandateState, OrderFile
from kulanz.payments.queries_agreements import instalments_due
from kulanz.payments.rules.plan import Wish
from kulanz.world.bank import Account, next_banking_day
from kulanz.world.bank_files import camt053
from kulanz.world.debit_bank import NotAnOrder, carry_out, read_order, send_back
from tests import factories
from tests.bank import ACCOUNT
from tests.commands.debit_house import at, collector, mandate
from tests.commands.outbox import MemoryGateway, send
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def with_plan() -> Case:
    """A debtor who pays 84.90 in three instalments, by direct debit."""
    case = factories.case(collector())
    with transaction.atomic():
        asked = Asked(case.id, AgreementKind.PLAN, "plan 1", "portal", "debtor", Wish(3000, DAY + timedelta(days=30)))
        agree(asked, day=DAY, now=NOW)
    mandate(case)
    return case


def day_by_day(first: date, last: date, bank: Account, codes: dict[str, str]) -> None:
    """What happens every day: announce, send, hand in, and the bank does what it was told."""
    files: list[bytes] = []
    day = first
    while day <= last:
        announce_due(day=day, now=at(day))
        send(MemoryGateway(), now=at(day))
        for done in submit_due(day=day, now=at(day), actor="anna"):
            if done.file:
                files.append(bytes(done.file.content))
        for file in files:
            orders = read_order(file)
            bank.deliver([*carry_out(orders, day), *send_back(orders, day, codes)])
        statement = bank.close(day)
        if statement:
            import_statement(camt053(statement), f"{day}.xml", actor="bank", now=at(day), day=day)
        day += timedelta(days=1)


def test_a_plan_is_collected_instalment_by_instalment_and_a_return_opens_its_instalment_again() -> None:
    case = with_plan()
    bank = Account(ACCOUNT, 100_000)
    announced: dict[str, str] = {f"{case.reference}-L2": "AM04"}
    day_by_day(DAY, DAY + timedelta(days=80), bank, announced)
    first, second, *_ = Collection.objects.order_by("due_on")
    assert (first.state, second.state, second.return_code) == (CollectionState.COLLECTED, CollectionState.RETURNED, "AM04")
    assert (first.sequence, second.sequence) == ("FRST", "RCUR")
    assert first.mandate.state == MandateState.ACTIVE
    for collection in (first, second):
        notice = Message.objects.get(id=collection.message_id)
        assert notice.state == MessageState.SENT and notice.sent_at is not None
        assert notice.sent_at.date() + timedelta(days=14) < collection.due_on
    after = next_banking_day(next_banking_day(second.due_on))
    still_due = instalments_due([case.id], after + timedelta(days=1))
    assert second.instalment_id in {each.instalment_id for each in still_due}
    assert Message.objects.filter(template="debit_returned").count() == 1
    assert not Message.objects.filter(template__startswith="reminder").exists()
    assert audit().findings == ()


def test_while_a_collection_is_under_way_nobody_is_reminded() -> None:
    case = with_plan()
    announce_due(day=DAY + timedelta(days=10), now=at(DAY + timedelta(days=10)))
    hold = Hold.objects.get(case=case, reason=HoldReason.COLLECTION, lifted_at=None)
    assert hold.forbids_contact and hold.until_on is not None and hold.until_on > Collection.objects.get().due_on


def test_while_a_collection_is_under_way_nobody_is_late() -> None:
    case = with_plan()
    day_by_day(DAY, DAY + timedelta(days=29), Account(ACCOUNT, 0), {})
    first = Collection.objects.order_by("due_on")[0]
    assert first.state == CollectionState.SUBMITTED
    day = first.due_on + timedelta(days=8)  # beyond the tolerance of five days, while the bank's line is still waited for
    check_due(day, at(day))
    assert not Message.objects.filter(template="instalment_missed").exists()
    Hold.objects.filter(case=case, reason=HoldReason.COLLECTION).update(lifted_at=at(day))
    check_due(day, at(day))
    assert Message.objects.filter(template="instalment_missed").exists(), "without the hold the same day counts as missed"


def test_announced_twice_on_a_day_is_announced_once() -> None:
    with_plan()
    day = DAY + timedelta(days=10)
    assert announce_due(day=day, now=at(day)) >= 1
    count = Collection.objects.count()
    assert announce_due(day=day, now=at(day)) == 0
    assert Collection.objects.count() == count


def test_everything_collected_settles_the_case_and_the_books_balance() -> None:
    case = with_plan()
    day_by_day(DAY, DAY + timedelta(days=110), Account(ACCOUNT, 0), {})
    case.refresh_from_db()
    assert set(Collection.objects.values_list("state", flat=True)) == {CollectionState.COLLECTED}
    assert case.state == "settled"
    assert sum(balance.total_cents for balance in open_amounts([case.id], DAY + timedelta(days=110))[case.id]) == 0
    assert sum(OrderFile.objects.values_list("sum_cents", flat=True)) == sum(Collection.objects.values_list("submitted_cents", flat=True))
    assert audit().findings == ()


def test_the_bank_reads_its_own_orders_and_refuses_anything_else() -> None:
    with_plan()
    day_by_day(DAY, DAY + timedelta(days=40), Account(ACCOUNT, 0), {})
    file = OrderFile.objects.latest("id")
    orders = read_order(bytes(file.content))
    assert (len(orders), sum(order.cents for order in orders)) == (file.count, file.sum_cents)
    with pytest.raises(NotAnOrder):
        read_order(b"<Document/>")
