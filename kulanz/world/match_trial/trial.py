"""Running the trial: portfolio, bank file, the real import, the real daily run of the day after, and the count."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from kulanz.claims.models import Creditor
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import REMINDERS
from kulanz.payments.commands import import_statement
from kulanz.payments.models import BankLine, LineState
from kulanz.runs.daily import run_day
from kulanz.world.bank import Movement, Statement
from kulanz.world.bank_files import camt053
from kulanz.world.errors import TrialNeedsEmpty
from kulanz.world.match_trial.portfolio import lay_out
from kulanz.world.match_trial.score import Made, Score, scored
from kulanz.world.match_trial.transfers import Transfer, write_transfers

_DAYS: Final = 5
_CUSTOMERS_PER_LINE: Final = 1.4
Progress = Callable[[str], None]


def run_trial(seed: int, lines: int, *, day: date, now: datetime, progress: Progress) -> Score:
    """The whole trial on an empty database; ``day`` is the day of the import, the daily run is the one after it.

    Raises `TrialNeedsEmpty` where there is a creditor already: nothing of the trial may mix with real people.
    """
    if Creditor.objects.exists():
        raise TrialNeedsEmpty
    started = time.perf_counter()
    progress("Bestand anlegen")
    owed = lay_out(seed, round(lines * _CUSTOMERS_PER_LINE), day=day, now=now)
    transfers = write_transfers(seed, lines, owed)
    progress("Kontoauszug schreiben")
    file, order = statement_file(transfers, day)
    progress("Einlesen und zuordnen")
    done = import_statement(file, "trial.xml", actor="trial", now=now, day=day)
    progress("Tageslauf des nächsten Tages")
    score = scored(seed, [transfers[at] for at in order], _made(len(order)))
    score.refused = len(done.problems) + sum(one.refused for one in done.statements)
    run_day(day + timedelta(days=1), shadow=False, engine="local", now=now + timedelta(days=1))
    _count_contacts(score, transfers)
    score.seconds = time.perf_counter() - started
    return score


def statement_file(transfers: Sequence[Transfer], day: date) -> tuple[bytes, list[int]]:
    """A camt.053 with five statements an account. Also returns which transfer each line is: line n has the bank reference T<n>."""
    by_statement: dict[tuple[str, int], list[int]] = defaultdict(list)
    for at, transfer in enumerate(transfers):
        by_statement[transfer.account, at * _DAYS // len(transfers)].append(at)
    order: list[int] = []
    statements: list[Statement] = []
    balances: dict[str, int] = defaultdict(int)
    for (account, nth), members in sorted(by_statement.items()):
        booked_on = day - timedelta(days=_DAYS - 1 - nth)
        movements = []
        for at in members:
            movements.append(_movement(transfers[at], booked_on, len(order)))
            order.append(at)
        statements.append(Statement(account, nth + 1, booked_on, balances[account], tuple(movements)))
        balances[account] = statements[-1].closing_cents
    return camt053(*statements), order


def _movement(transfer: Transfer, booked_on: date, number: int) -> Movement:
    return Movement(
        booked_on=booked_on,
        value_on=booked_on,
        amount_cents=transfer.cents,
        purpose=transfer.purpose,
        name=transfer.name,
        iban=transfer.iban,
        end_to_end_id=transfer.end_to_end,
        bank_ref=f"T{number:07d}",
    )


def _made(count: int) -> list[Made]:
    """What became of each line, in the order of the file."""
    lines = {line.bank_ref: line for line in BankLine.objects.filter(bank_ref__startswith="T")}
    return [_made_of(lines[f"T{number:07d}"]) for number in range(count)]


def _made_of(line: BankLine) -> Made:
    booked: dict[int, tuple[int, frozenset[int]]] = {}
    if line.state == LineState.BOOKED and line.case_id is not None:
        booked[line.case_id] = (line.amount_cents, frozenset(line.claim_ids))
    for split in line.splits:
        booked[split["case"]] = (split["cents"], frozenset(split["claims"]))
    return Made(booked, tuple(proposal["case"] for proposal in line.proposals))


def _count_contacts(score: Score, transfers: Sequence[Transfer]) -> None:
    """Reminders that wait or went out, to those whose money is in the file and to everybody else."""
    payers = {share.case_id: transfer for transfer in transfers for share in transfer.shares}
    states = (MessageState.QUEUED, MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)
    reminded = Message.objects.filter(template__in=REMINDERS, state__in=states).values_list("case_id", flat=True)
    for case_id in reminded:
        if case_id in payers:
            score.contacts += 1
            score.mistakes.append(f"erinnert ({payers[case_id].damage}): „{payers[case_id].purpose}“, {payers[case_id].name}")
        else:
            score.others += 1
