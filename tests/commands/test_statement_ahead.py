"""A long file is worked off in pieces, each judged by a second connection while the one before it is booked: same result, same safety."""

from __future__ import annotations

import gc
import hashlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from kulanz.claims.models import Case
from kulanz.contact.models import Message
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_statement, judge_ahead, work_off
from kulanz.payments.commands import judge_lines as judging
from kulanz.payments.commands.judge_lines import Ready, make_ready
from kulanz.payments.commands.look_again import look_again
from kulanz.payments.commands.states import store_lines
from kulanz.payments.models import BankLine, StatementFile
from tests import factories
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "DE02120300000000202051"


@pytest.fixture
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Pieces of three lines; yields the names of the threads that judged them."""
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 3)
    judges: list[str] = []

    def noted(*args: Any, **named: Any) -> Any:
        judges.append(threading.current_thread().name)
        return make_ready(*args, **named)

    monkeypatch.setattr(judge_ahead, "make_ready", noted)
    yield judges
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("judge")]


def _portfolio(key: str, iban: str) -> list[Case]:
    owner = factories.creditor(key, iban=iban)
    return [
        factories.case(owner, number=n, external_id=f"{key}-{n:04d}", identity_key=hashlib.sha256(f"{key}{n}".encode()).hexdigest())
        for n in range(1, 9)
    ]


def _moves(cases: list[Case]) -> list[Move]:
    """Full, part and over payments, with the number or the name only, two for one case, money of nobody, an outgoing one."""
    by_reference = [Move(8490, case.reference, f"Elif Yılmaz{n}") for n, case in enumerate(cases[:3], 1)]
    key = cases[0].creditor.key
    return [
        *by_reference,
        Move(4000, f"Teil {cases[3].reference}", "Elif Yılmaz4"),
        Move(9900, f"Zu viel {cases[4].reference}", "Elif Yılmaz5"),
        Move(8490, f"Rechnung {key}-0006", "Jemand Anders"),
        Move(8490, "Strom", "Elif Yılmaz7"),
        Move(4000, f"erste Rate {cases[7].reference}", "Elif Yılmaz8"),
        Move(1234, "Vereinsbeitrag", "Fremd"),
        Move(4490, f"zweite Rate {cases[7].reference}", "Elif Yılmaz8"),
        Move(-500, "Entgelt"),
    ]


def _told(key: str) -> list[tuple[Any, ...]]:
    lines = BankLine.objects.filter(creditor__key=key).order_by("line_number", "id")
    return [
        (line.amount_cents, line.state, line.reason, line.confidence, line.case and line.case.debtor.external_id, len(line.proposals))
        for line in lines
    ]


def _cases(key: str) -> list[tuple[Any, ...]]:
    rows = Case.objects.filter(creditor__key=key).order_by("debtor__external_id")
    return [(case.debtor.external_id, case.state, case.revision > 0, case.holds.count(), case.messages.count()) for case in rows]


def test_a_file_in_pieces_judged_ahead_books_what_one_piece_books(in_pieces: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = _portfolio("eins", "DE89370400440532013000"), _portfolio("zwei", OTHER)
    import_statement(camt053(_moves(ours)), "a.xml", actor="test", now=NOW, day=DAY)
    assert len(in_pieces) == 4
    assert all(name.startswith("judge") for name in in_pieces)
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 100)
    import_statement(camt053(_moves(theirs), account=OTHER), "b.xml", actor="test", now=NOW, day=DAY)
    assert in_pieces[4:] == [threading.main_thread().name]
    assert _told("eins") == _told("zwei")
    assert _cases("eins") == _cases("zwei")
    assert {state for _, state, *_ in _told("eins")} == {"booked", "proposed", "unmatched"}
    assert audit().findings == ()


def test_inside_an_outer_transaction_the_same_connection_judges_for_no_other_sees_what_it_saw(in_pieces: list[str]) -> None:
    with transaction.atomic():
        cases = _portfolio("eins", "DE89370400440532013000")
        done = import_statement(camt053(_moves(cases)), "a.xml", actor="test", now=NOW, day=DAY)
    assert set(in_pieces) == {threading.main_thread().name}
    assert done.statements[0].booked == 8


def _connections(at_most: int = 0) -> int:
    """How many sessions there are; waits a little for more than ``at_most`` to end, since a server takes its time to see one off."""
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'")
            count = int(cursor.fetchone()[0])
        if not at_most or count <= at_most:
            break
        time.sleep(0.05)
    return count


@pytest.mark.parametrize("where", ["judge", "book"])
def test_an_error_on_either_side_leaves_nothing_behind(in_pieces: list[str], monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    cases = _portfolio("eins", "DE89370400440532013000")
    before = _connections()

    def fails_later(*args: Any, **named: Any) -> Any:
        in_pieces.append(where)
        if len(in_pieces) >= 3:
            raise RuntimeError(where)
        return make_ready(*args, **named)

    if where == "judge":
        monkeypatch.setattr(judge_ahead, "make_ready", fails_later)
    else:
        monkeypatch.setattr(work_off, "store_lines", lambda *_, **__: fails_later())
        in_pieces += ["", "", ""]
    with pytest.raises(RuntimeError, match=where):
        import_statement(camt053(_moves(cases)), "a.xml", actor="test", now=NOW, day=DAY)
    assert not BankLine.objects.exists()
    assert not StatementFile.objects.exists()
    assert not Message.objects.exists()
    assert _connections(before) == before


def test_a_claim_that_comes_in_while_lines_are_judged_is_a_reason_to_look_again(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = factories.creditor()
    factories.claim(owner, number=1, external_id="2025-77", family_name="Sommer", principal_cents=100)
    original = judging.judge_lines

    def slow(*args: Any, **named: Any) -> Any:
        outcomes = original(*args, **named)
        factories.claim(owner, number=2)
        return outcomes

    monkeypatch.setattr(judging, "judge_lines", slow)
    import_statement(camt053([Move(8490, "Rechnung 2026-00002", "Elif Yılmaz2")]), "a.xml", actor="test", now=NOW, day=DAY)
    assert BankLine.objects.get().state == "unmatched"
    monkeypatch.setattr(judging, "judge_lines", original)
    assert look_again(DAY, NOW) == 1
    assert BankLine.objects.get().state == "booked"


def test_a_piece_that_is_booked_is_gone_even_if_something_still_holds_it(in_pieces: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    cases = _portfolio("eins", "DE89370400440532013000")
    most = 0

    def held(*args: Any, **named: Any) -> Any:
        nonlocal most
        most = max(most, sum(isinstance(one, Ready) for one in gc.get_objects()))
        frame = [sys._getframe()]
        frame.append(frame)  # as a caught error does, this holds every frame above, with all they know
        return store_lines(*args, **named)

    monkeypatch.setattr(work_off, "store_lines", held)
    import_statement(camt053(_moves(cases)), "a.xml", actor="test", now=NOW, day=DAY)
    assert len(in_pieces) == 4
    assert most <= 2, "the one that is booked, and the one that was judged ahead"
