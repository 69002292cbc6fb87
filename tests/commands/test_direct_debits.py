"""From the mandate to the bank and back: announced, collected, returned; never more than is open, never twice, never unannounced."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection, transaction

from kulanz.claims.models import HoldReason
from kulanz.contact.commands import silence
from kulanz.contact.models import Message
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct_debits import (
    cancel_collection,
    collect,
    expire_mandates,
    revoke_mandate,
    set_collector,
    sign_mandate,
    submit_due,
)
from kulanz.payments.debit_errors import (
    CollectionUnderWay,
    CreditorIdInvalid,
    HolderMissing,
    IbanInvalid,
    MandateNotActive,
    NoCollector,
    NothingToCollect,
    TooLateToCancel,
)
from kulanz.payments.models import Collection, CollectionState, Mandate, MandateKind, MandateState, OrderFile
from kulanz.payments.rules.bank_days import is_bank_day
from kulanz.payments.rules.mandate_text import text_hash
from tests import factories
from tests.bank import Move, camt053
from tests.commands.debit_house import (
    CREDITOR_ID,
    PAYER,
    announced,
    at,
    collector,
    mandate,
    open_cents,
    send_notice,
    signature,
    standing,
    submitted,
)
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_signed_mandate_keeps_its_text_and_its_evidence_and_is_confirmed() -> None:
    case = factories.case(collector())
    signed = mandate(case)
    assert signed.reference == f"{case.reference}-M1" and signed.iban == PAYER and signed.bic == "BYLADEM1001"
    assert signed.prenotice_days == 14 and signed.sepa_creditor_id == CREDITOR_ID
    assert signed.evidence["text_sha256"] == text_hash(signed.text) and signed.evidence["second_factor"] == "postcode"
    assert "nicht gespeichert" in signed.evidence["ip"]
    assert Message.objects.get(template="mandate_signed").params["particulars"]["words"]["account_end"] == "2051"


def test_one_form_sent_twice_signs_once() -> None:
    case = factories.case(collector())
    assert mandate(case).id == mandate(case).id
    assert Mandate.objects.count() == 1 and Message.objects.count() == 1


@pytest.mark.parametrize(("wrong", "error"), [({"iban": "DE00"}, IbanInvalid), ({"holder": "  "}, HolderMissing)])
def test_what_cannot_be_signed_leaves_nothing(wrong: dict[str, str], error: type[Exception]) -> None:
    case = factories.case(collector())
    with pytest.raises(error):
        mandate(case, **wrong)
    assert not Mandate.objects.exists()


def test_without_a_creditor_identifier_nothing_is_collected() -> None:
    case = factories.case()
    with pytest.raises(NoCollector):
        mandate(case)
    with pytest.raises(CreditorIdInvalid):
        set_collector(case.creditor, "DE97ZZZ09999999999")


def test_a_new_mandate_replaces_the_old_one_and_what_was_announced_under_it() -> None:
    case = factories.case(collector())
    first = mandate(case)
    collection = announced(first)
    second = mandate(case, key="form 2", iban="DE89370400440532013000")
    first.refresh_from_db()
    collection.refresh_from_db()
    assert (first.state, second.state, second.reference) == (MandateState.REVOKED, MandateState.ACTIVE, f"{case.reference}-M2")
    assert collection.state == CollectionState.CANCELLED and HoldReason.COLLECTION not in standing(case)


def test_an_announced_collection_keeps_everything_quiet_and_is_told() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    assert collection.amount_cents == open_cents(case, collection.due_on) == 8490
    assert is_bank_day(collection.due_on) and collection.due_on > DAY + timedelta(days=14)
    assert standing(case) == {HoldReason.COLLECTION}
    told = Message.objects.get(template="debit_announced").params["particulars"]
    assert told["amounts"]["debit_amount"] == 8490 and told["days"]["debit_day"] == collection.due_on.isoformat()


def test_only_one_collection_is_under_way_at_a_time() -> None:
    signed = mandate(factories.case(collector()))
    announced(signed)
    with pytest.raises(CollectionUnderWay):
        announced(signed)


def test_nothing_is_handed_in_before_its_day_and_everything_on_it() -> None:
    collection = announced(mandate(factories.case(collector())))
    assert submit_due(day=collection.submit_on - timedelta(days=1), now=NOW, actor="anna") == []
    file = submitted(collection)
    assert (file.count, file.sum_cents, file.message_id) == (1, 8490, f"KLZL{file.creditor_id}-{collection.submit_on:%Y%m%d}-1")
    assert (collection.state, collection.sequence, collection.submitted_cents) == (CollectionState.SUBMITTED, "FRST", 8490)
    assert collection.end_to_end_id.encode() in bytes(file.content)


def test_asked_again_nothing_is_handed_in_twice() -> None:
    collection = announced(mandate(factories.case(collector())))
    submitted(collection)
    assert submit_due(day=collection.submit_on, now=NOW, actor="ben") == []
    assert OrderFile.objects.count() == 1


def test_what_was_paid_meanwhile_is_not_collected_and_the_rest_is_reduced() -> None:
    creditor = collector()
    case, other = factories.case(creditor), factories.case(creditor, number=2)
    partly, wholly = announced(mandate(case)), announced(mandate(other, key="form 2"))
    moves = [Move(3000, case.reference, "Elif Yılmaz1", on=DAY), Move(8490, other.reference, "Elif Yılmaz2", on=DAY)]
    import_statement(camt053(moves), "in.xml", actor="bank", now=NOW, day=DAY)
    file = submitted(partly)
    wholly.refresh_from_db()
    assert (file.count, file.sum_cents, partly.submitted_cents) == (1, 5490, 5490)
    assert (wholly.state, wholly.because) == (CollectionState.CANCELLED, "paid")
    assert HoldReason.COLLECTION not in standing(other)


@pytest.mark.parametrize(
    "reason", [HoldReason.DISPUTE, HoldReason.PAID_CLAIMED, HoldReason.HARDSHIP, HoldReason.INSOLVENCY, HoldReason.DEATH]
)
def test_a_stop_stops_the_collection_too(reason: HoldReason) -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    with transaction.atomic():
        silence(case.id, reason, day=DAY, now=NOW, source="test")
    (done,) = submit_due(day=collection.submit_on, now=at(collection.submit_on), actor="anna")
    collection.refresh_from_db()
    assert (done.file, done.dropped, collection.because) == (None, 1, "hold")
    assert Message.objects.filter(template="debit_cancelled").count() == 1


def test_a_hold_that_is_over_stops_nothing() -> None:
    case = factories.case(collector())
    collection = announced(mandate(case))
    with transaction.atomic():
        silence(case.id, HoldReason.PAID_CLAIMED, day=DAY, now=NOW, source="test", until_on=DAY + timedelta(days=2))
    assert submitted(collection).count == 1


def test_a_collection_whose_notice_did_not_go_out_in_time_is_not_handed_in_and_waits_for_a_person() -> None:
    case = factories.case(collector())
    signed = mandate(case)
    collection = announced(signed, shown=False)
    (done,) = submit_due(day=collection.submit_on, now=at(collection.submit_on), actor="anna")
    collection.refresh_from_db()
    case.refresh_from_db()
    assert (done.file, collection.because, case.needs_human) == (None, "not_announced", True)


def test_a_notice_sent_in_time_is_enough() -> None:
    collection = announced(mandate(factories.case(collector())), shown=False)
    send_notice(collection, DAY + timedelta(days=2))
    assert submitted(collection).count == 1


def test_a_notice_sent_too_late_is_not_enough() -> None:
    collection = announced(mandate(factories.case(collector())), shown=False)
    send_notice(collection, collection.due_on - timedelta(days=14))
    (done,) = submit_due(day=collection.submit_on, now=at(collection.submit_on), actor="anna")
    assert done.file is None


def test_a_file_some_days_late_moves_the_due_day_and_one_very_late_drops_the_collection() -> None:
    creditor = collector()
    soon, late = announced(mandate(factories.case(creditor))), announced(mandate(factories.case(creditor, number=2), key="2"))
    day = soon.due_on + timedelta(days=1)
    Collection.objects.filter(id=late.id).update(submit_on=soon.submit_on - timedelta(days=30), due_on=soon.due_on - timedelta(days=30))
    (done,) = submit_due(day=day, now=at(day), actor="anna")
    moved, dropped = Collection.objects.get(id=soon.id), Collection.objects.get(id=late.id)
    assert done.file is not None and moved.due_on > soon.due_on and is_bank_day(moved.due_on)
    assert dropped.because == "too_late"


def test_a_one_off_mandate_is_used_up_by_its_collection() -> None:
    signed = mandate(factories.case(collector()), kind=MandateKind.ONE_OFF)
    collection = announced(signed)
    submitted(collection)
    signed.refresh_from_db()
    assert (collection.sequence, signed.state, signed.last_used_on) == ("OOFF", MandateState.USED, collection.due_on)
    with pytest.raises(MandateNotActive):
        announced(signed)


def test_the_debtor_may_cancel_until_the_file_is_made() -> None:
    case = factories.case(collector())
    signed = mandate(case)
    collection = announced(signed)
    with transaction.atomic():
        cancel_collection(collection.id, day=DAY, now=NOW)
    assert HoldReason.COLLECTION not in standing(case)
    again = announced(signed, amount_cents=2000)
    assert again.amount_cents == 2000 and again.end_to_end_id.endswith("-L2")
    submitted(again)
    with pytest.raises(TooLateToCancel), transaction.atomic():
        cancel_collection(again.id, day=DAY, now=NOW)


def test_a_revoked_mandate_collects_nothing_and_says_what_is_already_at_the_bank() -> None:
    signed = mandate(factories.case(collector()))
    submitted(announced(signed))
    with transaction.atomic():
        revoke_mandate(signed.id, because="", day=DAY, now=NOW)
    assert Message.objects.get(template="mandate_ended").params["particulars"]["amounts"] == {"debit_amount": 8490}
    with pytest.raises(MandateNotActive):
        announced(signed)


def test_a_mandate_nobody_used_for_three_years_lapses() -> None:
    signed = mandate(factories.case(collector()))
    with transaction.atomic():
        assert expire_mandates(day=date(2029, 3, 2), now=NOW) == 0
        assert expire_mandates(day=date(2029, 3, 3), now=NOW) == 1
    signed.refresh_from_db()
    assert signed.state == MandateState.EXPIRED


def test_nothing_open_is_nothing_to_collect() -> None:
    case = factories.case(collector())
    signed = mandate(case)
    import_statement(camt053([Move(8490, case.reference, "Elif Yılmaz1", on=DAY)]), "in.xml", actor="bank", now=NOW, day=DAY)
    with pytest.raises(NothingToCollect), transaction.atomic():
        collect(signed.id, amount_cents=None, wanted_on=DAY, day=DAY, now=NOW, shown=True)


def test_signing_needs_a_euro_case_and_an_account_to_collect_to() -> None:
    creditor = collector()
    case = factories.case(creditor)
    creditor.iban = ""
    creditor.save()
    with pytest.raises(NoCollector), transaction.atomic():
        sign_mandate(case.id, signature(), day=DAY, now=NOW)


@pytest.mark.race
def test_two_people_who_hand_in_at_once_make_one_file() -> None:
    creditor = collector()
    collections = [announced(mandate(factories.case(creditor, number=n), key=str(n))) for n in range(1, 6)]
    day = collections[0].submit_on
    start = threading.Barrier(2)

    def hand_in(name: str) -> int:
        try:
            start.wait()
            return sum(done.file.count for done in submit_due(day=day, now=at(day), actor=name) if done.file)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        counts = sorted(people.map(hand_in, ["anna", "ben"]))
    assert counts == [0, 5]
    assert OrderFile.objects.get().count == 5
