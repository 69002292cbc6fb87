"""What tests of direct debits start from: a creditor that may collect, a debtor with an e-mail address and a mandate."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import Case, Creditor, Hold
from kulanz.contact.models import Message, MessageState
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct_debits import Signature, collect, set_collector, sign_mandate, submit_due
from kulanz.payments.models import Collection, Mandate, MandateKind, OrderFile
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

CREDITOR_ID = "DE98ZZZ09999999999"
PAYER = "DE02120300000000202051"


def collector(**values: Any) -> Creditor:
    """A creditor with a creditor identifier."""
    creditor = factories.creditor(**values)
    set_collector(creditor, CREDITOR_ID)
    return creditor


def signature(**values: Any) -> Signature:
    """What a debtor types."""
    given = {
        "holder": "Elif Yılmaz",
        "iban": "DE02 1203 0000 0000 2020 51",
        "kind": MandateKind.RECURRENT,
        "language": "de",
        "second_factor": "postcode",
        "via": "portal",
        "key": "form 1",
    }
    return Signature(**(given | values))


def mandate(case: Case, **values: Any) -> Mandate:
    """A signed mandate."""
    with transaction.atomic():
        return sign_mandate(case.id, signature(**values), day=DAY, now=NOW)


def announced(signed: Mandate, *, wanted_on: date = DAY, amount_cents: int | None = None, shown: bool = True) -> Collection:
    """A collection the debtor chose on the page."""
    with transaction.atomic():
        return collect(signed.id, amount_cents=amount_cents, wanted_on=wanted_on, day=DAY, now=NOW, shown=shown)


def at(day: date) -> datetime:
    """The usual hour of a day."""
    return NOW + timedelta(days=(day - DAY).days)


def submitted(collection: Collection, *, actor: str = "anna") -> OrderFile:
    """The file that holds this collection, made on its day."""
    (done,) = submit_due(day=collection.submit_on, now=at(collection.submit_on), actor=actor)
    assert done.file is not None
    collection.refresh_from_db()
    return done.file


def send_notice(collection: Collection, on: date) -> None:
    """The notice goes out, as the send worker leaves it."""
    Message.objects.filter(id=collection.message_id).update(state=MessageState.SENT, sent_at=at(on))


def open_cents(case: Case, day: date = DAY) -> int:
    return sum(balance.total_cents for balance in open_amounts([case.id], day)[case.id])


def standing(case: Case) -> set[str]:
    return set(Hold.objects.filter(case=case, lifted_at=None).values_list("reason", flat=True))


def arrive(collection: Collection, cents: int | None = None, *, name: str = "Somebody Else", on: date | None = None) -> None:
    """The bank reports the money of a collection."""
    day = on or collection.due_on
    move = Move(
        cents or collection.submitted_cents or 0,
        "Lastschrift",
        name,
        PAYER,
        end_to_end=collection.end_to_end_id,
        ref=f"A{collection.id}",
        on=day,
    )
    import_statement(camt053([move]), "in.xml", actor="bank", now=at(day), day=day)
    collection.refresh_from_db()
