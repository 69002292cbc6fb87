"""Any split, overlap, repetition and order of files, each taken ahead or whole, books the same."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import BinaryIO

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from kulanz.claims.models import Creditor
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import import_ahead, judge_ahead
from kulanz.payments.models import BankLine
from kulanz.payments.readers import ahead
from kulanz.payments.readers.ahead import Message
from tests import factories
from tests.bank import ACCOUNT, together
from tests.commands.read_ahead.house import Watched, take, take_whole
from tests.commands.test_statement_split import as_file
from tests.rules.payments.test_identity import History, histories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@contextmanager
def read_here(file: BinaryIO, name: str) -> Iterator[Iterator[Message]]:
    """What the process hands over, without a process."""
    yield ahead.messages(iter(partial(file.read, 500), b""), name)


@dataclass(frozen=True)
class Delivery:
    """Files of some statements, and which of them are taken ahead."""

    history: History
    files: list[tuple[list[bytes], bool]]


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    """The statements of a history in files of up to three, in any order: as they are, with a reference for each line, or with one that
    several lines share."""
    history = draw(histories())
    kind = draw(st.sampled_from(["as it is", "referenced", "shared"]))
    if kind == "referenced":
        given_one = [
            replace(one, lines=tuple(line._replace(bank_ref=line.bank_ref or f"X{line.purpose}{line.amount_cents}") for line in one.lines))
            for one in history.statements
        ]
        history = History([], given_one)
    elif kind == "shared":
        shared = [
            replace(one, lines=tuple(line._replace(bank_ref=f"R{int(line.bank_ref[1:] or 0) % 2}") for line in one.lines))
            for one in history.statements
        ]
        history = History([], shared)
    files, left = [], [as_file(one) for one in history.statements]
    while left:
        size = draw(st.integers(1, 3))
        files.append((left[:size], draw(st.booleans())))
        left = left[size:]
    return Delivery(history, files)


_ACCOUNTS = (f"DE{number:020d}" for number in itertools.count(10**10))


def _keys(account: str) -> set[str]:
    return set(BankLine.objects.filter(account_iban=account).values_list("key", flat=True))


def test_any_split_overlap_repetition_and_order_taken_ahead_or_whole_books_the_same(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All taken whole once is taken back; then the files are taken for the same account, which no example before has had."""
    monkeypatch.setattr(import_ahead, "reading_ahead", read_here)
    monkeypatch.setattr(ahead, "_FIRST_LINES", 1)
    monkeypatch.setattr(ahead, "_MOST_LINES", 2)
    monkeypatch.setattr(judge_ahead, "PIECE_LINES", 8)
    factories.creditor()
    ways: Counter[bool] = Counter()

    @settings(max_examples=200, database=None)
    @given(deliveries())
    def books_the_same(delivery: Delivery) -> None:
        account = next(_ACCOUNTS)
        Creditor.objects.update(iban=account)

        def of_account(file: bytes) -> bytes:
            return file.replace(ACCOUNT.encode(), account.encode())

        with transaction.atomic():
            for file in dict.fromkeys(as_file(one) for one in delivery.history.statements):
                take(of_account(file))
            expected = _keys(account)
            transaction.set_rollback(True)
        for files, is_ahead in delivery.files:
            file = of_account(together(*files))
            (take if is_ahead else take_whole)(file)
            ways[is_ahead and import_ahead.is_long(file, "")] += 1
        assert _keys(account) == expected
        if delivery.history.lines:
            assert len(expected) == len(delivery.history.lines)
        bank = Posting.objects.filter(account__kind="bank").aggregate(cents=Sum("amount_cents"))["cents"] or 0
        lines = BankLine.objects.aggregate(cents=Sum("amount_cents"))["cents"] or 0
        assert bank == lines

    books_the_same()
    assert watched.ways == ["ahead"] * ways[True]
    assert min(ways.values()) > 50
    assert audit().findings == ()
    assert connection.in_atomic_block is False
