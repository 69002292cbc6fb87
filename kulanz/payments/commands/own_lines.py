"""Lines of a new statement that answer what we ordered: direct debits that arrived or came back, refunds that left."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from kulanz.payments.commands.direct_debits.arrive import batch_arrived, collected, expected
from kulanz.payments.commands.direct_debits.go_back import returned
from kulanz.payments.commands.evidence import Pending
from kulanz.payments.commands.refunds.paid import paid_out
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine, LineState, RefundProposal
from kulanz.payments.rules.match import Candidate, Match, Verdict

ARRIVED: Final = "Lastschrift eingezogen: Ende-zu-Ende-Kennung stimmt"
_OURS: Final = re.compile(r"RF[0-9]+-[LE][0-9]+")
_FILE: Final = re.compile(r"KLZL[0-9]+-[0-9]{8}-[0-9]+")
_SURE: Final = 100


def sure_verdicts(pending: Sequence[Pending], candidates: Mapping[int, Sequence[Candidate]]) -> dict[int, Verdict]:
    """Lines that bring a collection the bank was asked for: booked to its case, whatever part of the debt it is and whoever it names.

    A refund of ours that comes back is no payment on anything: it is left to `book_own_lines`.
    """
    ours = {one.line_id: one.end_to_end_id.strip() for one in pending if _OURS.fullmatch(one.end_to_end_id.strip())}
    if not ours:
        return {}
    cases = expected(set(ours.values()))
    found = {}
    for line_id, end_to_end_id in ours.items():
        case_id = cases.get(end_to_end_id)
        if case_id is not None and any(candidate.case_id == case_id for candidate in candidates.get(line_id, ())):
            match = Match(case_id, (), _SURE, ARRIVED, safe=True)
            found[line_id] = Verdict(match, (match,))
    back = set(RefundProposal.objects.filter(end_to_end_id__in=set(ours.values())).values_list("end_to_end_id", flat=True))
    return found | {line_id: Verdict(None, ()) for line_id, end_to_end_id in ours.items() if end_to_end_id in back}


def book_own_lines(outcomes: Sequence[Outcome], *, now: datetime, day: date) -> int:
    """After the lines are stored: collections that arrived are marked, returns and refunds booked, batch credits resolved.

    Returns how many lines were ours. In the import's transaction; costs nothing for a file without such lines.
    """
    arrived = [each.line_id for each in outcomes if each.state == LineState.BOOKED and _ours(each) and each.new.line.amount_cents > 0]
    done = collected(arrived, now=now)
    answers = [each.line_id for each in outcomes if each.state != LineState.BOOKED and _ours(each)]
    batches = [each.line_id for each in outcomes if each.state != LineState.BOOKED and each.new.line.amount_cents > 0 and _batch(each)]
    if not answers and not batches:
        return done
    for line in BankLine.objects.filter(id__in=answers).order_by("id"):
        done += paid_out(line, now=now, day=day) or returned(line, now=now, day=day)
    for line in BankLine.objects.filter(id__in=batches).order_by("id"):
        done += batch_arrived(line, now=now, day=day)
    return done


def _ours(outcome: Outcome) -> bool:
    return _OURS.fullmatch(outcome.new.line.end_to_end_id.strip()) is not None


def _batch(outcome: Outcome) -> bool:
    line = outcome.new.line
    return _FILE.search(f"{line.end_to_end_id} {line.bank_ref} {line.purpose}".replace(" ", "")) is not None
