"""Two people hand in the same statement at the same moment, or decide about the same line: it happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import assign, import_statement
from kulanz.payments.errors import LineAlreadyBooked
from kulanz.payments.models import BankLine
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]
ROUNDS = 15


def together(*acts: Callable[[], object]) -> list[BaseException]:
    """Run the acts at once, each on a connection of its own; returns what they raised."""
    start, raised = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001  (the test looks at it)
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_the_same_statement_handed_in_twice_at_once_books_once() -> None:
    claim = factories.claim()
    for number in range(1, ROUNDS + 1):
        file = camt053([Move(10, claim.case.reference, "Elif Yılmaz1")], number=number, opening_cents=(number - 1) * 10)

        def take(file: bytes = file) -> None:
            import_statement(file, "a.xml", actor="test", now=NOW, day=DAY)

        assert together(take, take, take) == []
    assert BankLine.objects.count() == ROUNDS
    assert -sum(Posting.objects.filter(account=claim.account_id, amount_cents__lt=0).values_list("amount_cents", flat=True)) == 10 * ROUNDS
    assert audit().findings == ()


def test_two_people_assigning_one_line_at_once_book_it_once() -> None:
    claim = factories.claim()
    for number in range(1, ROUNDS + 1):
        import_statement(camt053([Move(7, f"Gruß {number}")], number=number), "a.xml", actor="test", now=NOW, day=DAY)
        line = BankLine.objects.latest("id")

        def book(line_id: int = line.id) -> None:
            with transaction.atomic():
                assign(line_id, claim.case_id, actor="mia", now=NOW, day=DAY)

        raised = together(book, book)
        assert [type(error) for error in raised] == [LineAlreadyBooked]
    assert -sum(Posting.objects.filter(account=claim.account_id, amount_cents__lt=0).values_list("amount_cents", flat=True)) == 7 * ROUNDS
    assert audit().findings == ()
