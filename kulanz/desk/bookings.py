"""What an agent books by hand in a case: what can be booked today, what was booked, and what waits for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Exists, OuterRef, Q, Sum

from kulanz.claims.accounts import ClaimBalance
from kulanz.claims.commands.undo import UNDOABLE
from kulanz.claims.models import Case, Claim, Proposal, ProposalState
from kulanz.claims.story import BROUGHT_IN
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, MessageState
from kulanz.contact.rules import FORMAL_REMINDERS, LOCAL_ZONE
from kulanz.ledger.components import FEES, Component
from kulanz.ledger.models import Entry, EntryKind

LETTER_KEY: Final = "letter:{message}"
"""One charge for one letter: the key of its entry."""


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking made by hand. `cents`: what it did to what is owed; `undone`: a counter-entry took it back."""

    entry_id: int
    on: date
    kind: EntryKind
    source: str
    cents: int
    undone: bool
    key: str


def booked_by_hand(viewer: Viewer, case: Case) -> list[Booked]:
    """Waivers, credit notes, write-offs and costs of a case that were booked here, newest first."""
    accounts = viewer.narrow(Claim.objects.filter(case=case)).values("account_id")
    entries = (
        Entry.objects.filter(kind__in=list(UNDOABLE), postings__account_id__in=accounts)
        .exclude(idempotency_key__startswith=BROUGHT_IN)
        .annotate(
            cents=Sum("postings__amount_cents", filter=Q(postings__account_id__in=accounts)),
            undone=Exists(Entry.objects.filter(reverses_id=OuterRef("id"))),
        )
        .order_by("-id")[:100]
    )
    return [
        Booked(entry.id, entry.occurred_on, EntryKind(entry.kind), entry.source, entry.cents, entry.undone, entry.idempotency_key)
        for entry in entries
    ]


def waiting(viewer: Viewer, case: Case) -> list[Proposal]:
    """What was asked for and not decided yet."""
    return list(viewer.narrow(Proposal.objects.filter(case=case, state=ProposalState.OPEN)).select_related("claim").order_by("id"))


@dataclass(frozen=True, slots=True)
class ChargeableLetter:
    """A reminder letter that may be charged: a second or later one, and not charged yet."""

    message_id: int
    on: date
    subject: str


def chargeable_letters(viewer: Viewer, case: Case, booked: Sequence[Booked], asked: Sequence[Proposal]) -> list[ChargeableLetter]:
    """The reminder letters after the first reminder of the case that nobody has charged yet, newest first."""
    sent = viewer.narrow(Message.objects.filter(case=case, state=MessageState.SENT, template__in=sorted(FORMAL_REMINDERS)))
    further = list(sent.order_by("sent_at", "id"))[1:]
    letters = [message for message in further if message.channel == "letter" and message.sent_at is not None]
    charged = {one.key for one in booked} | {one.key for one in asked}
    free = [message for message in letters if LETTER_KEY.format(message=message.id) not in charged]
    return [ChargeableLetter(message.id, _day(message.sent_at), message.subject) for message in reversed(free) if message.sent_at]


def _day(moment: datetime) -> date:
    return moment.astimezone(LOCAL_ZONE).date()


@dataclass(frozen=True, slots=True)
class Openness:
    """What of a case can be given up at all, in cents over all its claims."""

    interest: int
    principal: int
    fees: dict[Component, int]


def openness(balances: Sequence[ClaimBalance]) -> Openness:
    """The sums over the claims, so that the page offers only what is there."""
    fees = {fee: sum(balance.fees.get(fee, 0) for balance in balances) for fee in FEES}
    return Openness(
        interest=sum(balance.interest_cents for balance in balances),
        principal=sum(balance.principal_cents for balance in balances),
        fees={fee: cents for fee, cents in fees.items() if cents > 0},
    )
