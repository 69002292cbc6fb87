"""Handing in files about money for some creditors only, and draining a source of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from kulanz.claims.models import Creditor
from kulanz.payments.commands.imported import Imported
from kulanz.payments.commands.money_file import take_money_file
from kulanz.payments.errors import ForeignAccount
from kulanz.payments.readers import read_statements
from kulanz.payments.readers.settlement_csv import read_settlement
from kulanz.payments.reports import in_words, is_refused
from kulanz.payments.sources import StatementSource


def hand_in(data: bytes, name: str, *, creditor_ids: Collection[int] | None, actor: str, now: datetime, day: date) -> Imported:
    """Import a file for somebody who works for these creditors only (None: for all). Runs as the installation, not inside `viewing`.

    Raises `ForeignAccount`, and takes nothing, if one of the file's accounts is not theirs.
    """
    if creditor_ids is not None and read_settlement(data, name) is None:
        own = set(Creditor.objects.filter(id__in=creditor_ids).exclude(iban="").values_list("iban", flat=True))
        if any(statement.account not in own for statement in read_statements(data, name).statements):
            raise ForeignAccount
    return take_money_file(data, name, creditor_ids=creditor_ids, actor=actor, now=now, day=day)


@dataclass(frozen=True, slots=True)
class Collected:
    """How many files of a source were taken and refused, and how many movements were new."""

    taken: int = 0
    refused: int = 0
    new: int = 0


def collect(source: StatementSource, *, actor: str, now: datetime, day: date) -> Collected:
    """Import every file that waits in a source. Each is put away only after its import was committed."""
    taken = refused = new = 0
    for file in source.fetch():
        result = take_money_file(file.data, file.name, actor=actor, now=now, day=day)
        if is_refused(result):
            source.refuse(file, in_words(result))
            refused += 1
        else:
            source.done(file, in_words(result))
            taken, new = taken + 1, new + result.new
    return Collected(taken, refused, new)
