"""In the real database: any split, overlap, repetition and order of files stores the same lines and books the same cents."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction
from hypothesis import given, settings

from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.take import shown
from kulanz.payments.models import BankLine, BankStatement
from kulanz.payments.readers.shape import ParsedStatement
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW
from tests.rules.payments.test_identity import ACCOUNT, History, histories


def as_file(statement: ParsedStatement) -> bytes:
    """The statement as its bank would send it."""
    moves = [Move(line.amount_cents, line.purpose, ref=line.bank_ref, on=line.booked_on) for line in statement.lines]
    file = camt053(moves, account=ACCOUNT, opening_cents=statement.opening_cents or 0, number=statement.number)
    if statement.intraday:
        file = file.replace(b"BkToCstmrStmt", b"BkToCstmrAcctRpt").replace(b"<Stmt>", b"<Rpt>").replace(b"</Stmt>", b"</Rpt>")
    return file


@pytest.mark.django_db(transaction=True)
@settings(max_examples=40)
@given(histories())
def test_any_split_overlap_repetition_and_order_stores_and_books_the_same(history: History) -> None:
    with transaction.atomic():
        factories.creditor(iban=ACCOUNT)
        for position, statement in enumerate(history.statements):
            import_statement(as_file(statement), f"{position}.xml", actor="test", now=NOW, day=DAY)
        expected = Counter((line.booked_on, line.amount_cents, line.purpose, line.bank_ref) for line in history.lines)
        stored = Counter(BankLine.objects.values_list("booked_on", "amount_cents", "purpose", "bank_ref"))
        bank = sum(Posting.objects.filter(account__kind="bank").values_list("amount_cents", flat=True))
        findings = audit().findings
        transaction.set_rollback(True)
    assert stored == expected
    assert bank == sum(line.amount_cents for line in history.lines)
    assert findings == ()


@pytest.mark.django_db(transaction=True)
def test_a_day_cut_between_two_equal_transfers_is_two_payments_in_any_order() -> None:
    factories.creditor(iban=ACCOUNT)
    same, between = Move(5000, "Miete"), Move(-700, "Entgelt")
    parts = [
        camt053([same], opening_cents=0, number=1),
        camt053([between], opening_cents=5000, number=2),
        camt053([same], opening_cents=4300, number=3),
    ]
    for position in (0, 2, 1, 0):
        import_statement(parts[position], f"{position}.xml", actor="test", now=NOW, day=DAY)
    assert sorted(BankLine.objects.values_list("amount_cents", flat=True)) == [-700, 5000, 5000]
    assert BankStatement.objects.count() == 3


def test_a_statement_reads_back_as_it_was_written() -> None:
    from kulanz.payments.readers import read_statements

    [statement] = read_statements(camt053([Move(100, "a"), Move(-50, "b", ref="R1")], number=7), "a.xml").statements
    assert (statement.number, statement.sum_cents, len(shown(statement).keys), statement.problems) == ("7", 50, 2, ())
