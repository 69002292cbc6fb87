"""What the bank says about collections: booked whoever it names, returned kindly, charged only where the creditor says so, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from kulanz.claims.models import Case, CaseState, Hold, HoldReason
from kulanz.contact.models import Message
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement, undo
from kulanz.payments.models import BankLine, Collection, CollectionState, CollectorIdentity, MandateState
from kulanz.runs.check import check
from tests import factories
from tests.bank import Move, camt053
from tests.commands.debit_house import (
    PAYER,
    announced,
    arrive,
    at,
    collector,
    mandate,
    open_cents,
    standing,
    submitted,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_banks_line_books_the_collection_whoever_it_names_and_ends_the_waiting() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case), amount_cents=2000)
    submitted(collection)
    arrive(collection)
    assert (collection.state, collection.line_id) == (CollectionState.COLLECTED, BankLine.objects.get().id)
    assert open_cents(case, collection.due_on) == 6490
    assert HoldReason.COLLECTION not in standing(case)
    assert audit().findings == ()


@pytest.mark.parametrize(
    ("code", "state"), [("AM04", MandateState.ACTIVE), ("AC04", MandateState.SUSPENDED), ("MD01", MandateState.SUSPENDED)]
)
def test_a_return_opens_the_case_again_kindly_and_suspends_the_mandate_where_the_code_says_so(code: str, state: str) -> None:
    case = factories.case(collector())
    signed = mandate(case)
    collection = announced(signed)
    submitted(collection)
    arrive(collection)
    assert Case.objects.get(id=case.id).state == CaseState.SETTLED
    day = collection.due_on + timedelta(days=3)
    back = Move(-8490, f"RUECKLASTSCHRIFT {code}", "Elif", PAYER, end_to_end=collection.end_to_end_id, ref="R1", on=day)
    import_statement(returned_file(back, code), "back.xml", actor="bank", now=at(day), day=day)
    collection.refresh_from_db()
    signed.refresh_from_db()
    assert (collection.state, collection.return_code, signed.state) == (CollectionState.RETURNED, code, state)
    assert open_cents(case, day) == 8490
    assert Case.objects.get(id=case.id).state == CaseState.OPEN
    hold = Hold.objects.get(case=case, reason=HoldReason.COLLECTION, lifted_at=None)
    assert hold.until_on == day + timedelta(days=CollectorIdentity.objects.get().return_quiet_days)
    assert Message.objects.filter(template="debit_returned").count() == 1
    assert not Message.objects.filter(template__startswith="reminder").exists()
    assert audit().findings == ()


def returned_file(move: Move, code: str) -> bytes:
    """The bank's statement with a returned debit."""
    plain = camt053([move]).decode()
    return plain.replace("<RmtInf>", f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf><RmtInf>", 1).encode()


def test_one_batch_credit_books_every_collection_it_stands_for() -> None:
    creditor = collector()
    cases = [factories.case(creditor, number=n) for n in (1, 2, 3)]
    collections = [announced(mandate(case, key=f"form {n}")) for n, case in enumerate(cases)]
    file = submitted(collections[0])
    day = collections[0].due_on
    wrong = Move(file.sum_cents - 1, f"SAMMELLASTSCHRIFT {file.message_id}", "", "", ref="S0", on=day)
    right = Move(file.sum_cents, f"SAMMELLASTSCHRIFT {file.message_id}", "", "", ref="S1", on=day)
    import_statement(camt053([wrong]), "wrong.xml", actor="bank", now=at(day), day=day)
    assert not Collection.objects.filter(state=CollectionState.COLLECTED).exists()
    import_statement(camt053([right], number=2), "right.xml", actor="bank", now=at(day), day=day)
    assert set(Collection.objects.values_list("state", flat=True)) == {CollectionState.COLLECTED}
    assert [open_cents(case, day) for case in cases] == [0, 0, 0]
    assert set(Case.objects.values_list("state", flat=True)) == {CaseState.SETTLED}
    assert BankLine.objects.get(bank_ref="S1").state == "booked" and BankLine.objects.get(bank_ref="S0").state == "unmatched"
    assert sum(split["cents"] for split in BankLine.objects.get(bank_ref="S1").splits) == file.sum_cents
    assert audit().findings == ()


def test_the_same_file_of_the_bank_again_changes_nothing() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    submitted(collection)
    arrive(collection)
    arrive(collection)
    assert BankLine.objects.count() == 1 and open_cents(case, collection.due_on) == 0


@pytest.mark.parametrize("passed_on", [False, True])
def test_the_banks_charge_for_a_return_is_put_on_the_account_only_where_the_creditor_says_so(passed_on: bool) -> None:
    case = factories.case(collector())
    CollectorIdentity.objects.update(pass_on_return_charge=passed_on)
    collection = announced(mandate(case))
    submitted(collection)
    arrive(collection)
    day = collection.due_on + timedelta(days=3)
    back = Move(-8790, "RUECKLASTSCHRIFT", "Elif", PAYER, end_to_end=collection.end_to_end_id, ref="R1", on=day)
    import_statement(returned_file(back, "AM04"), "back.xml", actor="bank", now=at(day), day=day)
    assert open_cents(case, day) == 8490 + (300 if passed_on else 0)
    said = Message.objects.get(template="debit_returned").params["particulars"]["amounts"]
    assert said.get("bank_charge") == (300 if passed_on else None)
    assert check(day).findings == ()


def test_a_collection_that_a_person_took_back_is_not_returned_twice() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    submitted(collection)
    arrive(collection)
    with transaction.atomic():
        undo(collection.line_id or 0, reason="falsch", actor="anna", now=NOW, day=collection.due_on)
    day = collection.due_on + timedelta(days=3)
    back = Move(-8490, "RUECKLASTSCHRIFT", "Elif", PAYER, end_to_end=collection.end_to_end_id, ref="R1", on=day)
    import_statement(returned_file(back, "AM04"), "back.xml", actor="bank", now=at(day), day=day)
    collection.refresh_from_db()
    assert collection.state == CollectionState.RETURNED and open_cents(case, day) == 8490
    assert BankLine.objects.get(amount_cents__lt=0).state != "booked"


def test_after_a_death_nothing_is_said() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    submitted(collection)
    arrive(collection)
    day = collection.due_on + timedelta(days=3)
    back = Move(-8490, "RUECKLASTSCHRIFT", "Elif", PAYER, end_to_end=collection.end_to_end_id, ref="R1", on=day)
    import_statement(returned_file(back, "MD07"), "back.xml", actor="bank", now=at(day), day=day)
    assert HoldReason.DEATH in standing(case) and Case.objects.get(id=case.id).needs_human
    assert not Message.objects.filter(template="debit_returned").exists()
