"""After an import: the lines among the new ones that carry out, or send back, an order of ours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from kulanz.payments.commands.remit.paid import END_TO_END, paid_out
from kulanz.payments.commands.states import Outcome
from kulanz.payments.models import BankLine


def book_orders(outcomes: Iterable[Outcome], *, now: datetime, day: date) -> int:
    """Book payouts and fee transfers among new lines; returns how many. In the import's transaction, in order of the lines."""
    ours = [outcome.line_id for outcome in outcomes if END_TO_END.fullmatch(outcome.new.line.end_to_end_id.strip())]
    if not ours:
        return 0
    return sum(paid_out(line, now=now, day=day) for line in BankLine.objects.filter(id__in=ours).order_by("id"))
