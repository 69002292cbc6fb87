"""What the case page shows: one context for each tab, from the rooms' queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
from kulanz.desk import views_table as views
from kulanz.desk.forms import REASONS
from kulanz.desk.words import actor_text, cancelled_text, channel_text, event_symbol, state_text, title_text
from kulanz.site.receipt import Receipt, receipt
from kulanz.site.told import in_words
from kulanz.strategy.models import Decision
from kulanz.strategy.queries import explain, playbook_version

SAID_BY_MESSAGES = frozenset({"message_sent", "messages_cancelled"})
"""Events that the messages themselves tell better, with their text and their reason."""


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
    because: tuple[str, ...] = ()
    cancelled: str = ""
    title: str = ""


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
        "standing": queries.standing_holds(viewer, case, day),
        "said": queries.unanswered(viewer, case),
        "points": [(point, *channel_text(point.channel)) for point in queries.contact_points(viewer, case.debtor)],
        "reasons": REASONS,
        "liable": queries.liable(case),
    }
    match tab:
        case "account":
            shown = receipts(balances, day)
            words = dict(word for _, one in shown for word in one.glossary)
            return common | {"receipts": shown, "words": list(words.items())}
        case "views":
            return common | views.shown(case, day)
        case "bookings" | "debits" | "terms" | "joint" | "agreement" | "limitation":
            return common
        case "messages":
            return common | {"messages_sent": sent(viewer, case), "utterances": queries.utterances(viewer, case)}
        case "decisions":
            return common | {"stretches": stretches(queries.decisions(viewer, case, limit=200))}
        case _:
            return common | {"entries": timeline(viewer, case)}


def receipts(balances: Sequence[ClaimBalance], day: date) -> list[tuple[ClaimBalance, Receipt]]:
    """Each claim with its explained lines."""
    return [(balance, receipt([balance], day)) for balance in balances]


class Reasons:
    """The diary's decisions in sentences. Each playbook version is read once, however many decisions it made."""

    def __init__(self, decisions: Sequence[Decision]) -> None:
        self._language: Literal["de", "en"] = "en" if get_language() == "en" else "de"
        self._saved = {version: playbook_version(version) for version in {d.playbook_version_id for d in decisions}}
        self._contacts = {(d.day, d.step, d.channel): d for d in decisions if d.action == "contact"}

    def of(self, decision: Decision) -> tuple[str, ...]:
        """Why it was decided so."""
        return explain(decision, language=self._language, saved=self._saved[decision.playbook_version_id])

    def of_message(self, message: Message) -> tuple[str, ...]:
        """Why a message was sent; empty for one that no run decided (an answer, a receipt)."""
        decision = self._contacts.get((message.day, message.step, message.channel))
        return self.of(decision) if decision else ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days on which the same was decided for the same decisive reason; what else spoke against contact is told of the last of them."""

    first_day: date
    last_day: date
    action: str
    because: tuple[str, ...]
    number: int


def stretches(decisions: Sequence[Decision]) -> list[Stretch]:
    """The diary without its repetitions: "wait until the 5th" is said once, not every morning."""
    reasons = Reasons(decisions)
    found: list[Stretch] = []
    for decision in decisions:
        because = reasons.of(decision)
        if found and found[-1].action == decision.action != "contact" and found[-1].because[:1] == because[:1]:
            found[-1] = replace(found[-1], first_day=decision.day)
        else:
            found.append(Stretch(decision.day, decision.day, decision.action, because, decision.id))
    return found


def timeline(viewer: Viewer, case: Case) -> list[Entry]:
    """What happened, newest first: events of the case and messages, each message with the reason it was decided."""
    reasons = Reasons(queries.decisions(viewer, case, limit=200))
    entries = [_event_entry(event) for event in queries.events(viewer, case) if event.kind not in SAID_BY_MESSAGES]
    entries += [_message_entry(message, reasons.of_message(message)) for message in queries.messages(viewer, case)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _event_entry(event: CaseEvent) -> Entry:
    return Entry(event.at, event_symbol(event.kind), in_words(event.text), actor_text(event.actor))


def _message_entry(message: Message, because: tuple[str, ...]) -> Entry:
    name, symbol = channel_text(message.channel)
    state, tone = state_text(message.state)
    if message.state == MessageState.CANCELLED and message.cancelled_because:
        because = (*because, cancelled_text(message.cancelled_because))
    title = title_text(message.subject, message.template)
    return Entry(message.sent_at or message.queued_at, symbol, f"{name}: {title}", "", because, state, tone or "plain")


def sent(viewer: Viewer, case: Case) -> list[Sent]:
    """All messages of a case with their states and reasons."""
    reasons = Reasons(queries.decisions(viewer, case, limit=200))
    rows = []
    for message in queries.messages(viewer, case):
        state, tone = state_text(message.state)
        name, symbol = channel_text(message.channel)
        cancelled = cancelled_text(message.cancelled_because) if message.cancelled_because else ""
        rows.append(
            Sent(message, state, tone, name, symbol, reasons.of_message(message), cancelled, title_text(message.subject, message.template))
        )
    return rows
