"""What the case page shows: one context for each tab, from the rooms' queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.models import Case, CaseEvent
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, MessageState
from kulanz.desk import queries
from kulanz.desk.forms import REASONS
from kulanz.desk.words import channel_text, event_symbol, state_text
from kulanz.site.receipt import Receipt, receipt
from kulanz.strategy.models import Decision
from kulanz.strategy.reasons import Reason, sentence


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline: when, what, why, and by whom."""

    at: datetime
    symbol: str
    text: str
    actor: str = ""
    because: tuple[str, ...] = ()
    chip: str | Promise = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the page shows it."""

    message: Message
    state: str | Promise
    tone: str
    channel: str | Promise
    symbol: str
    because: tuple[str, ...] = field(default=())


def context(viewer: Viewer, public_id: UUID, tab: str, day: date) -> dict[str, Any]:
    """Everything one tab of the case page needs; the head and the side are the same on every tab."""
    case = queries.case_file(viewer, public_id)
    balances = open_amounts([case.id], day)[case.id]
    common: dict[str, Any] = {
        "case": case,
        "debtor": case.debtor,
        "creditor": case.creditor,
        "day": day,
        "tab": tab,
        "total_cents": sum(balance.total_cents for balance in balances),
        "days_overdue": queries.days_overdue([(b.claim.due_on, b.total_cents) for b in balances], day),
        "claims": balances,
        "standing": queries.standing_holds(viewer, case),
        "points": [(point, *channel_text(point.channel)) for point in queries.contact_points(viewer, case.debtor)],
        "reasons": REASONS,
    }
    match tab:
        case "account":
            return common | {"receipts": receipts(balances, day)}
        case "messages":
            return common | {"messages_sent": sent(viewer, case), "utterances": queries.utterances(viewer, case)}
        case "decisions":
            return common | {"decisions": [(decision, _explained(decision)) for decision in queries.decisions(viewer, case)]}
        case _:
            return common | {"entries": timeline(viewer, case)}


def receipts(balances: Sequence[ClaimBalance], day: date) -> list[tuple[ClaimBalance, Receipt]]:
    """Each claim with its explained lines."""
    return [(balance, receipt([balance], day)) for balance in balances]


def timeline(viewer: Viewer, case: Case) -> list[Entry]:
    """What happened, newest first: events of the case and messages, each message with the reason it was decided."""
    decided = {(d.day, d.step, d.channel): d for d in queries.decisions(viewer, case, limit=200) if d.action == "contact"}
    entries = [_event_entry(event) for event in queries.events(viewer, case) if not event.kind.startswith("message_")]
    entries += [_message_entry(message, decided) for message in queries.messages(viewer, case)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _event_entry(event: CaseEvent) -> Entry:
    return Entry(event.at, event_symbol(event.kind), event.text, event.actor)


def _message_entry(message: Message, decided: Mapping[tuple[date, str, str], Decision]) -> Entry:
    name, symbol = channel_text(message.channel)
    state, tone = state_text(message.state)
    decision = decided.get((message.day, message.step, message.channel))
    because = _explained(decision) if decision else ()
    if message.state == MessageState.CANCELLED and message.cancelled_because:
        because = (*because, message.cancelled_because)
    title = message.subject or message.step
    return Entry(message.sent_at or message.queued_at, symbol, f"{name}: {title}", "", because, state, tone or "plain")


def sent(viewer: Viewer, case: Case) -> list[Sent]:
    """All messages of a case with their states and reasons."""
    found = queries.messages(viewer, case)
    decided = {(d.day, d.step, d.channel): d for d in queries.decisions(viewer, case, limit=200) if d.action == "contact"}
    rows = []
    for message in found:
        state, tone = state_text(message.state)
        name, symbol = channel_text(message.channel)
        decision = decided.get((message.day, message.step, message.channel))
        rows.append(Sent(message, state, tone, name, symbol, _explained(decision) if decision else ()))
    return rows


def _explained(decision: Decision) -> tuple[str, ...]:
    language: Literal["de", "en"] = "en" if get_language() == "en" else "de"
    return (
        sentence(
            Reason(decision.reason), decision.facts, step_name=decision.step, next_step_on=decision.next_step_on, language=language
        ),
    )
