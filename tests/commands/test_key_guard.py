"""Rows that come by the ten thousand have their keys asked once a statement: what points nowhere is refused, what is pointed to stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from kulanz.claims.models import Case, CaseEvent, Hold
from kulanz.contact.models import Message
from kulanz.ledger.commands import tenant_account
from kulanz.ledger.models import Account, AccountKind, Entry, EntryKind
from kulanz.payments.models import BankLine, BankStatement, StatementFile
from tests.factories import NOW, case, creditor

pytestmark = pytest.mark.django_db(transaction=True)

NOWHERE = 987_654_321


def _refused(write: Callable[[], object], match: str = "which is not there") -> None:
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        write()


def _execute(statement: str, *params: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(params))


def _event(file: Case, **changed: int) -> CaseEvent:
    given = {"case_id": file.id, "creditor_id": file.creditor_id} | changed
    return CaseEvent.objects.create(at=NOW, kind="note", text="x", actor="x", **given)


def _hold(file: Case, **changed: int) -> Hold:
    given = {"case_id": file.id, "creditor_id": file.creditor_id} | changed
    return Hold.objects.create(reason="manual", from_on=date(2026, 3, 2), source="x", created_at=NOW, **given)


def _message(file: Case, key: str, **changed: int) -> Message:
    given = {"case_id": file.id, "creditor_id": file.creditor_id, "debtor_id": file.debtor_id} | changed
    day = date(2026, 3, 2)
    return Message.objects.create(channel="email", step=key, day=day, template="x", to="x", queued_at=NOW, provider_key=key, **given)


def _line(statement_id: int, key: str, **changed: int) -> BankLine:
    day = date(2026, 3, 2)
    return BankLine.objects.create(
        statement_id=statement_id, account_iban="x", booked_on=day, amount_cents=1, currency="EUR", key=key, **changed
    )


def _statement() -> BankStatement:
    taken = StatementFile.objects.create(name="x", sha256="x", format="x", created_at=NOW, created_by="x")
    return BankStatement.objects.create(file=taken, account_iban="x", identity="x", currency="EUR")


def test_postings_point_to_accounts_and_entries_that_are_there() -> None:
    tenant = creditor("eins").id
    bank, suspense = (tenant_account(tenant, kind, "EUR") for kind in (AccountKind.BANK, AccountKind.SUSPENSE))
    entry = Entry.objects.create(
        tenant_id=tenant, occurred_on=date(2026, 3, 2), booked_at=NOW, kind=EntryKind.PAYMENT, source="x", idempotency_key="x"
    )
    insert = (
        "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
        " VALUES (%s, %s, %s, 'cash', 5), (%s, %s, %s, 'cash', -5)"
    )
    _refused(lambda: _execute(insert, entry.id, bank, tenant, entry.id, NOWHERE, tenant), "not there")
    _refused(lambda: _execute(insert, NOWHERE, bank, tenant, NOWHERE, suspense, tenant), "not there")
    _execute(insert, entry.id, bank, tenant, entry.id, suspense, tenant)
    for key in ("reverses_id", "corrects_id"):
        again = (
            "INSERT INTO ledger_entry (tenant_id, occurred_on, booked_at, kind, source, idempotency_key, {}) SELECT tenant_id, occurred_on,"
        )
        again += " booked_at, kind, source, %s, %s FROM ledger_entry WHERE id = %s"
        _refused(partial(_execute, again.format(key), key, NOWHERE, entry.id))
        _execute(again.format(key), key, entry.id, entry.id)


@pytest.mark.parametrize("column", ["case_id", "creditor_id"])
def test_a_line_of_a_timeline_points_to_a_case_and_a_creditor_that_are_there(column: str) -> None:
    file = case()
    _refused(lambda: _event(file, **{column: NOWHERE}))
    event = _event(file)
    _refused(lambda: CaseEvent.objects.filter(id=event.id).update(**{column: NOWHERE}))
    CaseEvent.objects.filter(id=event.id).update(text="anders")


@pytest.mark.parametrize("column", ["case_id", "creditor_id"])
def test_a_hold_stops_a_case_that_is_there(column: str) -> None:
    file = case()
    _refused(lambda: _hold(file, **{column: NOWHERE}))
    hold = _hold(file)
    _refused(lambda: Hold.objects.filter(id=hold.id).update(**{column: NOWHERE}))
    Hold.objects.filter(id=hold.id).update(lifted_at=NOW)


@pytest.mark.parametrize("column", ["case_id", "creditor_id", "debtor_id"])
def test_a_message_points_to_case_creditor_and_debtor_that_are_there(column: str) -> None:
    file = case()
    _refused(lambda: _message(file, "a", **{column: NOWHERE}))
    message = _message(file, "b")
    _refused(lambda: Message.objects.filter(id=message.id).update(**{column: NOWHERE}))
    message.save()


@pytest.mark.parametrize("column", ["statement_id", "creditor_id", "case_id"])
def test_a_bank_line_points_to_what_is_there(column: str) -> None:
    statement, file = _statement(), case()
    if column == "statement_id":
        _refused(lambda: _line(NOWHERE, "a"))
    else:
        _refused(lambda: _line(statement.id, "a", **{column: NOWHERE}))
    line = _line(statement.id, "b")
    _refused(lambda: BankLine.objects.filter(id=line.id).update(**{column: NOWHERE}))
    BankLine.objects.filter(id=line.id).update(case_id=file.id, creditor_id=file.creditor_id)


def test_one_lost_key_among_many_good_ones_refuses_the_whole_statement() -> None:
    file = case()
    before = CaseEvent.objects.count()
    good = [CaseEvent(case_id=file.id, creditor_id=file.creditor_id, at=NOW, kind="note", text=str(n), actor="x") for n in range(500)]
    lost = CaseEvent(case_id=NOWHERE, creditor_id=file.creditor_id, at=NOW, kind="note", text="x", actor="x")
    _refused(lambda: CaseEvent.objects.bulk_create([*good, lost]))
    assert CaseEvent.objects.count() == before


@pytest.mark.parametrize("table", ["ledger_account", "claims_creditor", "claims_debtor", "claims_case", "payments_bankstatement"])
def test_what_is_pointed_to_is_never_deleted_nor_numbered_anew(table: str) -> None:
    case()
    _statement()
    _refused(lambda: _execute(f"DELETE FROM {table}"), "are kept")
    _refused(lambda: _execute(f"UPDATE {table} SET id = id + {NOWHERE}"), "are kept")
    assert Account.objects.exists()
