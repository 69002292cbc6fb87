"""Two creditors who are alike, one's files taken ahead and the other's as a whole."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Count, Sum

from kulanz.claims.models import Case
from kulanz.ledger.models import Posting
from kulanz.ledger.queries import audit
from kulanz.payments.commands import Imported, import_ahead, import_statement
from kulanz.payments.models import BankLine, BankStatement, Sighting, StatementFile
from tests.bank import Move, camt053
from tests.factories import DAY, NOW

OTHER = "DE02120300000000202051"
STRANGER = "DE75512108001245126199"
NEVER = 10**9


@dataclass
class Watched:
    """How files were taken, and the processes that read them. ``source`` replaces what such a process does."""

    ways: list[str] = field(default_factory=list)
    readers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    source: str = ""


def take(data: bytes, name: str = "März.xml") -> Imported:
    return import_statement(data, name, actor="test", now=NOW, day=DAY)


def take_whole(data: bytes, name: str = "März.xml") -> Imported:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_ahead, "LONG_BYTES", NEVER)
        return take(data, name)


@dataclass(frozen=True)
class Twin:
    """One of two creditors who are alike but for their names, accounts and references."""

    key: str
    account: str
    cases: list[Case]

    def move(self, cents: int, text: str, payer: str = "", *, case: int = 0, **more: Any) -> Move:
        """A movement; ``{ref}`` and ``{number}`` in its text are those of a case. Its reference of the bank is made of its content."""
        one = self.cases[case]
        more.setdefault("ref", hashlib.sha256(repr((cents, text, payer, case, more)).encode()).hexdigest()[:12])
        return Move(cents, text.format(ref=one.reference, number=f"{self.key}-{case + 1:04d}"), payer, **more)

    def file(self, *moves: Move, **more: Any) -> bytes:
        return camt053(moves, account=self.account, **more)

    def plain(self, told: Any) -> str:
        """What was told without what tells the twins apart."""
        return repr(told).replace(self.account, "account").replace(self.key, "twin")

    def picture(self) -> dict[str, Any]:
        """All that the database says of the account."""
        numbers = {case.id: number for number, case in enumerate(self.cases)}
        files = dict(StatementFile.objects.filter(statements__account_iban=self.account).distinct().values_list("id", "name"))
        lines = BankLine.objects.filter(account_iban=self.account).select_related("statement")
        statements = BankStatement.objects.filter(account_iban=self.account)
        cases = Case.objects.filter(creditor__key=self.key).order_by("debtor__external_id")
        return {
            "files": list(
                StatementFile.objects.filter(id__in=files).order_by("id").values_list("name", "format", "created_by", "problems")
            ),
            "statements": sorted(
                statements.values_list(
                    *("file__name", "number", "sequence", "currency", "line_number", "intraday"),
                    *("opening_cents", "closing_cents", "from_on", "to_on", "gap", "creditor__key"),
                ),
                key=repr,
            ),
            "lines": sorted(
                (
                    (
                        *(line.statement.file.name, line.statement.number, line.line_number, line.booked_on, line.value_on),
                        *(line.amount_cents, line.currency, line.counterparty_name, line.end_to_end_id, line.bank_ref),
                        *(line.key.partition(":")[2], line.state, line.reason, line.confidence, numbers.get(line.case_id or 0)),
                        *(len(line.proposals), len(line.splits), line.bookings, line.entry_id is None, line.carried_entry_id is None),
                    )
                    for line in lines
                ),
                key=repr,
            ),
            "sightings": sorted(Sighting.objects.filter(statement__in=statements).values_list("statement__number", "booked_on", "count")),
            "cases": [
                (case.state, case.revision > 0, sorted(case.holds.values_list("reason", "lifted_at")), case.messages.count())
                for case in cases
            ],
            "books": sorted(
                Posting.objects.filter(account__tenant_id=self.cases[0].creditor_id)
                .values_list("account__kind", "component")
                .annotate(Sum("amount_cents"), Count("id"))
            ),
            "owed": [
                Posting.objects.filter(account__in=case.claims.values("account")).aggregate(cents=Sum("amount_cents"))
                for case in self.cases
            ],
        }


def assert_alike(twins: tuple[Twin, Twin], watched: Watched, *files: Callable[[Twin], bytes], ways: str = "ahead") -> list[Imported]:
    """Take files ahead for the one, if each line has a reference, and as a whole for the other; returns what the first ones brought."""
    told = []
    for nth, file in enumerate(files):
        first, second = take(file(twins[0]), f"{nth} März.xml"), take_whole(file(twins[1]), f"{nth} März.xml")
        assert twins[0].plain(first) == twins[1].plain(second)
        told.append(first)
    one, other = twins[0].picture(), twins[1].picture()
    for part, rows in one.items():
        assert twins[0].plain(rows) == twins[1].plain(other[part]), part
    assert watched.ways == [ways for file in files if import_ahead.is_long(file(twins[0]), "")]
    assert audit().findings == ()
    return told


def everything(twin: Twin) -> bytes:
    """Full, part and over payments, with and without the bank's reference; two for one case, two equal ones, money of nobody."""
    return twin.file(
        twin.move(8490, "{ref}", "Elif Yılmaz1", ref="A1"),
        twin.move(8490, "{ref}", "Elif Yılmaz2", case=1),
        twin.move(4000, "Teil {ref}", "Elif Yılmaz3", case=2, ref="A2"),
        twin.move(9900, "Zu viel {ref}", "Elif Yılmaz4", case=3),
        twin.move(8490, "Rechnung {number}", "Jemand Anders", case=4, ref="A3"),
        twin.move(8490, "Strom", "Elif Yılmaz6"),
        twin.move(4000, "erste Rate {ref}", "Elif Yılmaz7", case=6),
        twin.move(4490, "zweite Rate {ref}", "Elif Yılmaz7", case=6, ref="A4"),
        twin.move(500, "{ref}", "Elif Yılmaz8", case=7),
        twin.move(500, "{ref}", "Elif Yılmaz8", case=7),
        twin.move(1234, "Vereinsbeitrag", "Fremd", ref="A5"),
        twin.move(-500, "Entgelt"),
    )


def long_file(twin: Twin, lines: int = 1_300) -> bytes:
    """More lines than are handed over or worked off at a time; some have the same reference."""
    moves = [twin.move(100 + n % 400, f"Beitrag {n % 50}", ref=f"R{n % (lines - 10)}") for n in range(lines)]
    moves[700:700] = [twin.move(8490, "{ref}", "Elif Yılmaz1", ref="A1"), twin.move(4000, "{ref}", "Elif Yılmaz2", case=1)]
    moves.append(twin.move(500, "{ref}", "Elif Yılmaz2", case=1, ref="A2"))
    return twin.file(*moves)
