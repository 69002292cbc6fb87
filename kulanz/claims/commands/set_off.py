"""Money that came before its invoice: a credit of the case pays the new invoice at once, so that nobody who has paid is written to.

The credit leaves the claim it was kept on (a refund fact) and comes back as a payment on the new one, on the day both existed (§ 389 BGB).
Both go through suspense, which stays as it was: no bank line moves. Later corrections replay it like any other money.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection

from kulanz.claims.commands.account import NewFact, book, recompute
from kulanz.claims.commands.many import EVENTS, record_many, touch_many
from kulanz.frames import frame_of
from kulanz.law.money import format_money
from kulanz.ledger.models import EntryKind
from kulanz.ledger.replay import FactKind

SOURCE: Final = "Guthaben mit einer neuen Rechnung verrechnet"

_WITH_CREDIT: Final = """
    SELECT k.case_id FROM unnest(%s::bigint[]) AS w(case_id) JOIN claims_claim k ON k.case_id = w.case_id
    JOIN ledger_posting p ON p.account_id = k.account_id AND p.component = 'overpaid'
    GROUP BY k.case_id HAVING sum(p.amount_cents) < 0 ORDER BY k.case_id"""

# What each claim of the case has to give (overpaid) and what a new one still needs (principal), and the day from which it stands there.
_POSITIONS: Final = """
    SELECT k.case_id, k.id, k.external_id, k.currency, k.invoiced_on,
      -coalesce(sum(p.amount_cents) FILTER (WHERE p.component = 'overpaid'), 0)::bigint,
      coalesce(sum(p.amount_cents) FILTER (WHERE p.component = 'principal'), 0)::bigint,
      max(e.occurred_on) FILTER (WHERE p.component = 'overpaid')
    FROM claims_claim k JOIN ledger_posting p ON p.account_id = k.account_id JOIN ledger_entry e ON e.id = p.entry_id
    WHERE k.case_id = ANY(%s) GROUP BY k.id ORDER BY k.case_id, k.due_on, k.id"""


@dataclass(frozen=True, slots=True)
class _Position:
    case_id: int
    claim_id: int
    number: str
    currency: str
    invoiced_on: date
    credit_cents: int
    principal_cents: int
    credit_on: date | None


def set_off(case_ids: Collection[int], claim_ids: Collection[int], *, actor: str, now: datetime) -> int:
    """Let the credit of these cases pay the new claims ``claim_ids`` among them; returns how many claims got something.

    In the caller's transaction, after the claims and their history are booked. Costs one query where no case has a credit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WITH_CREDIT, [sorted(set(case_ids))])
        rich = [case_id for (case_id,) in cursor.fetchall()]
    if not rich:
        return 0
    touch_many(rich)
    new = set(claim_ids)
    first = min(new, default=0)
    # An invoice issued before the money came has a share in it already; only what is left then is a credit.
    recompute(rich, reason="Rechnung kam nach der Zahlung", key=f"claim:{first}:opened", now=now)
    with connection.cursor() as cursor:
        cursor.execute(_POSITIONS, [rich])
        positions = [_Position(*row) for row in cursor.fetchall()]
    facts, events = _shares(positions, new)
    book(facts, now=now)
    record_many(frame_of(events, EVENTS), actor=actor, now=now)
    return len(events)


def _shares(positions: list[_Position], new: set[int]) -> tuple[list[NewFact], list[tuple[int, str, str, str]]]:
    """The facts that move the credit, invoice by invoice, oldest due first, and a line of the timeline for each invoice."""
    by_case: dict[int, list[_Position]] = defaultdict(list)
    for position in positions:
        by_case[position.case_id].append(position)
    facts: list[NewFact] = []
    events: list[tuple[int, str, str, str]] = []
    for case_id, mine in by_case.items():
        credit = {one.claim_id: one.credit_cents for one in mine if one.credit_cents > 0}
        since = {one.claim_id: one.credit_on for one in mine}
        for claim in mine:
            wanted = claim.principal_cents if claim.claim_id in new else 0
            used = 0
            for giver in list(credit):
                cents = min(credit[giver], wanted - used)
                if cents > 0:
                    on = max(claim.invoiced_on, since[giver] or claim.invoiced_on)
                    facts += _moved(case_id, giver, claim.claim_id, cents, on)
                    credit[giver] -= cents
                    used += cents
            if used:
                amount = format_money(used).replace(".", ",")
                text = f"Guthaben über {amount} {claim.currency} mit der neuen Rechnung {claim.number} verrechnet."
                events.append((case_id, "credit_set_off", text, f'{{"claim": {claim.claim_id}, "amount_cents": {used}}}'))
    return facts, events


def _moved(case_id: int, giver: int, taker: int, cents: int, on: date) -> list[NewFact]:
    key = f"credit:{giver}:{taker}"
    return [
        NewFact(case_id, FactKind.REFUND, on, f"{key}:from", SOURCE, cents, giver),
        NewFact(case_id, FactKind.PAYMENT, on, f"{key}:to", SOURCE, cents, choice=(taker,), entry_kind=EntryKind.ASSIGNMENT),
    ]
