"""How each file is taken is watched, and two creditors are there."""

from __future__ import annotations

import hashlib
import importlib
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from kulanz.payments.commands import Imported, import_ahead
from kulanz.payments.readers import ahead
from tests import factories
from tests.bank import ACCOUNT
from tests.commands.read_ahead.house import OTHER, Twin, Watched

importing = importlib.import_module("kulanz.payments.commands.import_statement")


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """Every camt file is long; at the end no process and no thread is left."""
    seen = Watched()

    def noted(*args: Any, **named: Any) -> Imported:
        try:
            done = import_ahead.import_ahead(*args, **named)
        except BaseException as error:
            seen.ways.append(type(error).__name__)
            raise
        seen.ways.append("ahead")
        return done

    class Reader(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: Any) -> None:
            super().__init__([*command[:2], seen.source or command[2]], **options)
            seen.readers.append(self)

    monkeypatch.setattr(import_ahead, "LONG_BYTES", 0)
    monkeypatch.setattr(importing, "import_ahead", noted)
    monkeypatch.setattr(ahead.subprocess, "Popen", Reader)
    yield seen
    assert all(reader.returncode is not None for reader in seen.readers)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("judge")]


@pytest.fixture
def twins() -> tuple[Twin, Twin]:
    """Two creditors with eight cases each, so that the one's file can be taken ahead and the other's as a whole."""
    made = []
    for key, account in (("eins", ACCOUNT), ("zwei", OTHER)):
        owner = factories.creditor(key, iban=account)
        cases = [
            factories.case(owner, number=n, external_id=f"{key}-{n:04d}", identity_key=hashlib.sha256(f"{key}{n}".encode()).hexdigest())
            for n in range(1, 9)
        ]
        made.append(Twin(key, account, cases))
    return made[0], made[1]
