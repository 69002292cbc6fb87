"""Maybe paid: while a line could be a debtor's money, nobody writes to them; when it is decided, the freeze ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Q

from kulanz.claims.commands import lift_holds
from kulanz.claims.models import Case, CaseState, Hold, HoldReason
from kulanz.contact.commands import silence
from kulanz.failpoints import fp
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine, LineState

SOURCE = "bank"


def freeze(outcomes: Sequence[Outcome], *, day: date, now: datetime) -> None:
    """Stop all contact with every case one of these lines may belong to, in order of case so that locks never cross."""
    lines: dict[int, int] = {}
    for outcome in outcomes:
        for match, _ in outcome.proposals:
            lines.setdefault(match.case_id, outcome.line_id)
    open_cases = set(Case.objects.filter(id__in=lines, state=CaseState.OPEN).values_list("id", flat=True))
    for case_id in sorted(open_cases):
        fp("statement.before_freeze")
        note = f"Bankumsatz {lines[case_id]} könnte zu dieser Akte gehören."
        silence(case_id, HoldReason.MAYBE_PAID, day=day, now=now, source=SOURCE, note=note)
        fp("statement.after_freeze")


def thaw(case_ids: Collection[int], *, because: str, actor: str, now: datetime) -> None:
    """End the freeze of cases to which no undecided line points any more."""
    held = Hold.objects.filter(case_id__in=case_ids, reason=HoldReason.MAYBE_PAID, lifted_at=None)
    for case_id in sorted(held.values_list("case_id", flat=True)):
        if not _still_asked(case_id):
            lift_holds(case_id, [HoldReason.MAYBE_PAID], because=because, actor=actor, now=now)


def _still_asked(case_id: int) -> bool:
    return BankLine.objects.filter(Q(state=LineState.PROPOSED), proposals__contains=[{"case": case_id}]).exists()
