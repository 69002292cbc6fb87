"""What may be said, when, and to whom: decided once more at the moment of sending, from the facts of that moment.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from kulanz.claims.models import HoldReason
from kulanz.contact.models import MessageState
from kulanz.law.holidays import is_holiday

REMINDERS: Final = frozenset({"friendly_notice", "reminder_1", "reminder_2", "last_notice"})
"""Texts that ask for money. Everything else answers something the debtor did: a payment, a question, an objection."""

FORMAL_REMINDERS: Final = REMINDERS - {"friendly_notice"}
"""Reminders after the due date in the sense of § 286 (1) BGB: once received they put the debtor in default."""

ABOUT_RETURNS: Final = frozenset({"payment_returned", "debit_returned", "payment_disputed", "payment_back"})
"""Texts that say that money went back. They answer what happened at the bank, so they are no reminders and count in no limit."""

FORBIDS_RETURNS: Final = frozenset({
    *(HoldReason.DISPUTE, HoldReason.PAID_CLAIMED, HoldReason.MAYBE_PAID, HoldReason.HARDSHIP, HoldReason.INSOLVENCY, HoldReason.DEATH),
    *(HoldReason.REPRESENTATION, HoldReason.LIMITATION, HoldReason.WRONG_PERSON, HoldReason.MANUAL),
})  # fmt: skip
"""Holds under which not even a return is told: a person decides what is said, and to whom. A pause after the return itself, a payment
under way and an agreement are no reason to leave someone in the dark about their own money."""

CONTACTS_PER_WEEK_MAX: Final = 3
"""Reminders one person gets in seven days, all creditors of this installation together. The playbook may be
stricter."""

STALE_AFTER_DAYS: Final = 7
"""A reminder that could not go out for a week was decided on facts of another time; the next run decides anew."""

PAY_WITHIN_DAYS: Final = 14
LINK_VALID_DAYS: Final = 90
FIRST_HOUR, LAST_HOUR = 8, 20
LOCAL_ZONE: Final = ZoneInfo("Europe/Berlin")
SUNDAY: Final = 7

TRIES_MAX: Final = 5
"""Tries for a message the gateway surely did not accept."""

# An e-mail is read the day after it was sent at the latest, a letter is there after three working days or so.
# Interest begins on the day after; reckoning late favours the debtor.
_INTEREST_AFTER_DAYS: Final[Mapping[str, int]] = {"email": 2, "letter": 6}

_SILENCES_EVERYTHING: Final = frozenset({HoldReason.DEATH, HoldReason.WRONG_PERSON})

ALLOWED: Final[Mapping[MessageState, frozenset[MessageState]]] = {
    MessageState.QUEUED: frozenset({MessageState.SENDING, MessageState.CANCELLED, MessageState.FAILED}),
    MessageState.SENDING: frozenset({MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN, MessageState.QUEUED}),
    MessageState.UNKNOWN: frozenset({MessageState.SENT, MessageState.QUEUED, MessageState.CANCELLED}),
    MessageState.FAILED: frozenset({MessageState.QUEUED, MessageState.CANCELLED}),
    MessageState.SENT: frozenset(),
    MessageState.CANCELLED: frozenset(),
}
"""The states a message may move to. Only a person moves one out of `unknown` or `failed`."""


class CancelReason(StrEnum):
    """Why a queued message did not go out."""

    HOLD = "hold"
    NOTHING_OPEN = "nothing_open"
    CASE_CLOSED = "case_closed"
    CHANNEL_UNUSABLE = "channel_unusable"
    CONTACT_LIMIT = "contact_limit"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class SendFacts:
    """What is true about a queued message right now.

    `open_cents` counts the claims the text speaks about; `reminders_in_week` those sent to this person in the last
    seven days by any creditor. `region` is the Bundesland of the debtor, '' if unknown.
    """

    template: str
    channel: str
    day: date
    case_open: bool
    holds: Collection[HoldReason]
    open_cents: int
    address_usable: bool
    reminders_in_week: int
    country: str
    region: str


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: it would disturb. Try again at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """Never send it."""

    reason: CancelReason


Verdict = Send | Wait | Cancel


def may_send(facts: SendFacts, now: datetime) -> Verdict:
    """Check a queued message against the present. What forbids it goes before what delays it."""
    reminder = facts.template in REMINDERS
    if any(reminder or reason in _silencing(facts.template) for reason in facts.holds):
        return Cancel(CancelReason.HOLD)
    if not facts.address_usable:
        return Cancel(CancelReason.CHANNEL_UNUSABLE)
    if facts.template in ABOUT_RETURNS and facts.open_cents <= 0:
        return Cancel(CancelReason.NOTHING_OPEN)
    if reminder:
        if not facts.case_open:
            return Cancel(CancelReason.CASE_CLOSED)
        if facts.open_cents <= 0:
            return Cancel(CancelReason.NOTHING_OPEN)
        if (now.astimezone(LOCAL_ZONE).date() - facts.day).days > STALE_AFTER_DAYS:
            return Cancel(CancelReason.STALE)
        if facts.reminders_in_week >= CONTACTS_PER_WEEK_MAX:
            return Cancel(CancelReason.CONTACT_LIMIT)
    if facts.channel != "letter" and not facts.template.startswith("answer_"):
        allowed_from = next_decent_moment(now, facts.country, facts.region)
        if allowed_from > now:
            return Wait(allowed_from)
    return Send()


def _silencing(template: str) -> frozenset[HoldReason]:
    """The holds that stop a text which is no reminder."""
    return FORBIDS_RETURNS if template in ABOUT_RETURNS else _SILENCES_EVERYTHING


def next_decent_moment(now: datetime, country: str, region: str) -> datetime:
    """`now` if it lies Monday to Saturday between 8 and 20 o'clock and on no holiday there; else the next such morning.

    No statute names these hours; decency does, and § 7 UWG forbids what disturbs unreasonably. A place we do not
    know keeps the holidays of every region.
    """
    local = now.astimezone(LOCAL_ZONE)
    if local.hour >= LAST_HOUR:
        local = datetime.combine(local.date() + timedelta(days=1), time(FIRST_HOUR), LOCAL_ZONE)
    elif local.hour < FIRST_HOUR:
        local = datetime.combine(local.date(), time(FIRST_HOUR), LOCAL_ZONE)
    while is_quiet_day(local.date(), country, region):
        local = datetime.combine(local.date() + timedelta(days=1), time(FIRST_HOUR), LOCAL_ZONE)
    return now if local.astimezone(LOCAL_ZONE) == now.astimezone(LOCAL_ZONE) else local


def is_quiet_day(day: date, country: str, region: str) -> bool:
    """Sunday or public holiday where the debtor lives; a country we have no calendar for is treated like Germany."""
    known = country.lower() if country.lower() in ("de", "at", "ch") else "de"
    return day.isoweekday() == SUNDAY or is_holiday(known, region if known == "de" else "", day)


def first_interest_day(channel: str, sent_on: date) -> date:
    """The first day that bears interest if default begins with a reminder sent on this day (§§ 286 (1), 187 (1)
    BGB)."""
    return sent_on + timedelta(days=_INTEREST_AFTER_DAYS[channel])


def check_transition(old: MessageState, new: MessageState) -> None:
    """Refuse a change of state that is not in the table; a broken table stops the message, not the run."""
    if new not in ALLOWED[old]:
        raise AssertionError(f"a message never goes from {old} to {new}")


def next_try(attempts: int, now: datetime, draw: float) -> datetime | None:
    """When to try again after `attempts` tries that were surely not accepted: 2, 4, 8, 16 minutes, each ± half
    (`draw` in [0, 1)).

    None after `TRIES_MAX`. The jitter keeps a thousand refused messages from coming back in the same second.
    """
    if attempts >= TRIES_MAX:
        return None
    return now + timedelta(minutes=2**attempts) * (0.5 + draw)
