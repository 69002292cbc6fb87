"""What becomes of lines, new ones and those looked at again: whose they are, how sure that is, and the booking of what is sure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl
from django.db.backends.utils import CursorWrapper

from kulanz.payments.commands.books import Carried, carry, carrying
from kulanz.payments.commands.candidates import find_candidates
from kulanz.payments.commands.evidence import Pending
from kulanz.payments.commands.own_lines import sure_verdicts
from kulanz.payments.commands.settle import Payment, settle_each
from kulanz.payments.commands.splits import payments_of, stored_splits
from kulanz.payments.commands.states import Booked, Outcome, in_json, line_frame, newest_claim
from kulanz.payments.commands.take import NewLine
from kulanz.payments.models import LineState
from kulanz.payments.rules.identity import paid_on
from kulanz.payments.rules.match import COLLECTIVE, Candidate, Verdict, decide, reason_of

NO_CREDITOR: Final = "Das Konto gehört zu keinem Mandanten."
NOTHING_FITS: Final = "Keine Nummer, kein Name und kein Betrag passt zu einer offenen Forderung."
OUTGOING: Final = "Belastung: Geld ist abgegangen."
RETURNED: Final = "Rückgabe einer Zahlung ({reason}). Bitte prüfen, welche Buchung zurückzunehmen ist."


def judge_lines(cursor: CursorWrapper, ids: Sequence[int], lines: Sequence[NewLine], *, day: date) -> list[Outcome]:
    """Decide what becomes of lines; nothing is written. ``ids`` are theirs, in the same order."""
    pending = [_pending(line_id, line, day) for line_id, line in zip(ids, lines, strict=True) if _is_income(line)]
    candidates, weighed = find_candidates(cursor, pending, today=day)
    verdicts = {one.line_id: decide(one.money, candidates.get(one.line_id, ()), weighed[one.line_id]) for one in pending}
    verdicts |= sure_verdicts(pending, candidates)
    return [_outcome(line_id, line, verdicts.get(line_id), candidates) for line_id, line in zip(ids, lines, strict=True)]


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Ready:
    """A piece of a file, judged, with all that can be written down before it is booked: the payments of the lines that are sure, the
    entries that carry them, and the lines as they are stored (`states.line_frame`)."""

    outcomes: Sequence[Outcome]
    payments: Sequence[Payment]
    carried: Carried
    lines: pl.DataFrame


def make_ready(
    cursor: CursorWrapper,
    ids: Sequence[int],
    lines: Sequence[NewLine],
    *,
    actor: str,
    now: datetime,
    day: date,
    carried: Collection[int] = (),
) -> Ready:
    """Judge lines and draw up what is to be booked and stored; nothing is written. ``carried`` are lines that stand in the books already.

    Whoever books has less to do then, and holds its locks for less time.
    """
    looked = newest_claim(cursor)  # before they are judged: a claim that comes in meanwhile is a reason to look again
    outcomes = judge_lines(cursor, ids, lines, day=day)
    payments = [payment for outcome in outcomes if outcome.state == LineState.BOOKED for payment in payments_of(outcome, day)]
    entries = carrying(cursor, [outcome for outcome in outcomes if outcome.line_id not in carried])
    return Ready(outcomes, payments, entries, line_frame(outcomes, entries.by_line, looked=looked, actor=actor, now=now))


def book_ready(ready: Ready, *, actor: str, now: datetime, day: date) -> Booked:
    """Carry the lines in their creditor's books and give the sure ones to their cases."""
    carry(ready.carried, now=now)
    entries = settle_each(ready.payments, today=day, now=now, actor=actor) if ready.payments else {}
    splits = {outcome.line_id: stored_splits(outcome, entries) for outcome in ready.outcomes if outcome.splits}
    return Booked({payment.line_id: entries[payment.key] for payment in ready.payments if payment.line_id not in splits}, splits)


def _is_income(line: NewLine) -> bool:
    return line.line.amount_cents > 0 and bool(line.creditor_ids)


def _pending(line_id: int, new: NewLine, day: date) -> Pending:
    line = new.line
    return Pending(
        line_id,
        new.account,
        new.creditor_ids,
        min(paid_on(line.booked_on, line.value_on), day),
        line.amount_cents,
        line.currency,
        line.purpose,
        line.end_to_end_id,
        line.counterparty_name,
        line.on_behalf_of,
        line.counterparty_iban,
    )


def _outcome(line_id: int, new: NewLine, verdict: Verdict | None, candidates: dict[int, list[Candidate]]) -> Outcome:
    """What becomes of a new line, in words."""
    known = {candidate.case_id: candidate for candidate in candidates.get(line_id, ())}
    creditor_id = new.creditor_ids[0] if len(new.creditor_ids) == 1 else None
    if verdict is None or not verdict.proposals:
        return Outcome(line_id, new, creditor_id, LineState.UNMATCHED, reason=_why_unmatched(new, verdict))
    proposals = tuple((match, known[match.case_id]) for match in verdict.proposals)
    stored = in_json(proposals)
    if verdict.splits:
        creditor_id, reason = known[verdict.splits[0].match.case_id].creditor_id, reason_of(verdict.splits)
        return Outcome(line_id, new, creditor_id, LineState.BOOKED, reason, COLLECTIVE, None, proposals, verdict.splits, stored)
    best = verdict.match or verdict.proposals[0]
    state = LineState.BOOKED if verdict.match else LineState.PROPOSED
    if verdict.match:
        creditor_id = known[best.case_id].creditor_id
    return Outcome(line_id, new, creditor_id, state, best.reason, best.confidence, best, proposals, (), stored)


def _why_unmatched(new: NewLine, verdict: Verdict | None) -> str:
    if not new.creditor_ids:
        return NO_CREDITOR
    if verdict is None and new.line.return_reason:
        return RETURNED.format(reason=new.line.return_reason)
    return OUTGOING if verdict is None else NOTHING_FITS
