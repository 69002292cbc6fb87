"""The process that reads ahead: what it knows, how it can die, and that an error elsewhere ends it."""

from __future__ import annotations

import itertools
import os
from typing import Any

import pytest
from django.db import transaction
from structlog.testing import capture_logs

from kulanz.claims.models import Case
from kulanz.payments.commands import import_ahead, judge_ahead, work_off
from kulanz.payments.models import BankLine, BankStatement, StatementFile
from tests import factories
from tests.bank import Move, camt053
from tests.commands.read_ahead.house import Twin, Watched, assert_alike, everything, long_file, take

pytestmark = pytest.mark.django_db(transaction=True)


READS = """
import os, pickle, signal, sys
from functools import partial
from kulanz.payments.readers import ahead
ahead._FIRST_LINES = ahead._MOST_LINES = 2
packed = [pickle.dumps(message) for message in ahead.messages(iter(partial(sys.stdin.buffer.read, 65536), b""), "")]
def write(*parts):
    sys.stdout.buffer.write(b"".join(parts))
    sys.stdout.buffer.flush()
"""
DEATHS = {
    "before it has read anything": "raise SystemExit(1)",
    "after its first message": f"{READS}\nwrite(packed[0])\nos._exit(1)",
    "in the middle of a message": f"{READS}\nwrite(*packed[:2], packed[2][:-9])\nos._exit(1)",
    "in the middle of its first message": f"{READS}\nwrite(packed[0][:40])\nos._exit(0)",
    "before its last message": f"{READS}\nwrite(*packed[:-1])\nos._exit(0)",
    "saying what is no message": f"{READS}\nwrite(packed[0], pickle.dumps(5))",
    "saying what is no part of a message": f"{READS}\nwrite(packed[0], pickle.dumps(os.getpid))",
    "by a signal": f"{READS}\nwrite(*packed[:-2])\nos.kill(os.getpid(), signal.SIGKILL)",
}


@pytest.mark.parametrize("death", DEATHS)
def test_if_the_process_that_reads_dies_the_file_is_read_as_a_whole(twins: tuple[Twin, Twin], watched: Watched, death: str) -> None:
    watched.source = DEATHS[death]
    with capture_logs() as told:
        [done] = assert_alike(twins, watched, everything, ways="HasToBeWhole")
    assert [one["event"] for one in told] == ["statement_reading_broke"]
    assert done.new == 12
    assert StatementFile.objects.count() == 2


def test_a_process_that_reads_to_the_end_in_small_messages_is_believed(twins: tuple[Twin, Twin], watched: Watched) -> None:
    watched.source = f"{READS}\nwrite(*packed)"
    assert_alike(twins, watched, everything)


def test_the_process_that_reads_knows_neither_passwords_nor_settings(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_SECRET_OF_TEST", "geheim")
    watched.source = "import os, sys; sys.exit(7 if set(os.environ) & {'KULANZ_SECRET_OF_TEST', 'KULANZ_SECRET', 'KULANZ_HOME'} else 8)"
    assert take(camt053([Move(100, "a", ref="R1")])).new == 1
    assert [reader.returncode for reader in watched.readers] == [8]
    assert "KULANZ_SECRET" in os.environ


@pytest.mark.slow
@pytest.mark.parametrize("where", ["store_lines", "book_ready", "make_ready"])
def test_an_error_while_booking_leaves_nothing_behind(
    twins: tuple[Twin, Twin], watched: Watched, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    module = judge_ahead if where == "make_ready" else work_off
    original, calls = getattr(module, where), itertools.count()

    def fails_the_second_time(*args: Any, **named: Any) -> Any:
        if next(calls):
            raise RuntimeError(where)
        return original(*args, **named)

    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 300)
    monkeypatch.setattr(module, where, fails_the_second_time)
    with pytest.raises(RuntimeError, match=where):
        take(long_file(twins[0], 6_000))
    assert not BankLine.objects.exists()
    assert not BankStatement.objects.exists()
    assert not StatementFile.objects.exists()
    assert not Case.objects.filter(state="settled").exists()
    assert watched.ways == ["RuntimeError"]
    assert [reader.returncode is not None for reader in watched.readers] == [True]
    monkeypatch.setattr(module, where, original)
    assert take(everything(twins[0])).new == 12


def test_inside_an_outer_transaction_the_file_is_read_whole(watched: Watched) -> None:
    claim = factories.claim()
    with transaction.atomic():
        done = take(camt053([Move(8490, claim.case.reference, ref="R1")]))
        transaction.set_rollback(True)
    assert done.statements[0].booked == 1
    assert not BankLine.objects.exists()
    assert (watched.ways, watched.readers) == ([], [])


@pytest.mark.parametrize(("size", "ways"), [(0, ["ahead"]), (1, [])])
def test_only_a_file_that_is_long_enough_is_read_ahead(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, size: int, ways: list[str]
) -> None:
    data = camt053([Move(100, "a", ref="R1")])
    monkeypatch.setattr(import_ahead, "LONG_BYTES", len(data) + size)
    assert take(data).new == 1
    assert watched.ways == ways
    assert len(watched.readers) == len(ways)
