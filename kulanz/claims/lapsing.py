"""Limitation watch: which open claims lapse when, as far as ledger and holds know.

What makes the period longer is only taken where it is certain: money that came and stayed, a debt acknowledged in writing
with a plan (§ 212 BGB), a deferral or an instalment plan (§ 205 BGB). A dispute, a reminder or a promise on the phone is not.
`careful_on` is the day without any of these, and with the claim arising when it was invoiced, if that was before it fell
due; whoever acts by then is safe in every reading.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from django.db.models import Q

from kulanz.claims.models import Case, CaseEvent, CaseState, Claim, Hold, HoldReason
from kulanz.claims.viewer import Viewer
from kulanz.law import jurisdiction
from kulanz.law.limitation import LimitationEvent, StoryLine
from kulanz.ledger.components import Component
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.queries import lines_of
from kulanz.ledger.rules import Booked, balances

_SHORTEST_YEARS: Final = 3
"""No country we know lets an ordinary claim lapse earlier; it bounds what has to be read."""
KIND: Final = {"de": "regular", "at": "regular", "ch": "short"}
"""The shortest period that can apply to an invoice: in Switzerland five years rather than ten."""
PAYMENT: Final = {"de": "part_payment", "at": "acknowledgement", "ch": "part_payment"}
PAYING: Final = (EntryKind.PAYMENT, EntryKind.ASSIGNMENT)
STANDSTILL: Final = (HoldReason.DEFERRAL, HoldReason.PLAN)
NOTED: Final = "limitation_noted"
"""The timeline's lines that say what an agreement does to limitation (`commands.limitation.note_limitation`)."""
NotedKind = Literal["deferral", "acknowledgement", "negotiations"]
AGREED: Final = "agreement:"
"""Holds whose source begins so belong to an agreement: it notes its own days, so the hold is not counted again."""


@dataclass(frozen=True, slots=True)
class Lapse:
    """One open claim. `ends_on` is the last day it can be enforced (None: the clock stands still), told by `story`."""

    claim: Claim
    principal_cents: int
    careful_on: date
    ends_on: date | None
    story: tuple[StoryLine, ...]

    def lapsed(self, day: date) -> bool:
        return self.ends_on is not None and self.ends_on < day

    @property
    def rules(self) -> tuple[str, ...]:
        """What the day rests on, each rule once."""
        return tuple(dict.fromkeys(line.rule for line in self.story[:-1] or self.story))


@dataclass(frozen=True, slots=True)
class Negotiations:
    """Negotiations as they were noted: first and last day (None: they last still), with whom, and whether the note was taken back."""

    source: str
    from_on: date
    to_on: date | None
    who: str
    taken_back: bool = False

    @property
    def lasting(self) -> bool:
        return self.to_on is None and not self.taken_back


def lapses_of_case(viewer: Viewer, case: Case) -> list[Lapse]:
    """The limitation stories of a case's claims with open principal, oldest first."""
    claims = viewer.narrow(Claim.objects.filter(case=case).select_related("case__debtor", "creditor"))
    return _told(list(claims.order_by("invoiced_on", "id")))


def negotiations_of(viewer: Viewer, case: Case) -> list[Negotiations]:
    """The negotiations noted by hand in a case, each as it was noted last, in the order they were first noted."""
    found: dict[str, Negotiations] = {}
    events = viewer.narrow(CaseEvent.objects.filter(case=case, kind=NOTED, data__event="negotiations", data__has_key="who"))
    for data in events.order_by("id").values_list("data", flat=True):
        to_on = date.fromisoformat(data["to"]) if data["to"] else None
        found[data["source"]] = Negotiations(data["source"], date.fromisoformat(data["from"]), to_on, data["who"], data["taken_back"])
    return list(found.values())


def lapsing(viewer: Viewer, until: date) -> list[Lapse]:
    """Claims with open principal that lapse on or before `until` without restart or suspension; nearest first, then what stands still."""
    latest = date(until.year - _SHORTEST_YEARS, 12, 31)
    old = Claim.objects.filter(Q(invoiced_on__lte=latest) | Q(due_on__lte=latest), case__state=CaseState.OPEN)
    claims = list(viewer.narrow(old.select_related("case__debtor", "creditor")).order_by("invoiced_on", "id"))
    due = [lapse for lapse in _told(claims) if lapse.careful_on <= until]
    return sorted(due, key=lambda lapse: (lapse.ends_on or date.max, lapse.careful_on, lapse.claim.id))


def ends_by_story(claim_ids: Iterable[int], *, until: date) -> list[tuple[int, date | None]]:
    """Case and last day of each of these claims with open principal, told one by one with what is booked up to a day."""
    claims = list(Claim.objects.filter(id__in=list(claim_ids)).select_related("creditor").order_by("id"))
    return [(lapse.claim.case_id, lapse.ends_on) for lapse in _told(claims, until=until)]


def early_day(country: str, due_on: date) -> date:
    """The earliest last day of a claim that fell due on a day, if nothing restarted or stopped the clock."""
    return jurisdiction(country).limitation(KIND[country.lower()], due_on).ends_on or due_on


def _told(claims: Sequence[Claim], *, until: date = date.max) -> list[Lapse]:
    """The stories of those claims on which principal is open, with what the ledger holds up to a day."""
    booked = lines_of([claim.account_id for claim in claims])
    lines = {account_id: [line for line in found if line.occurred_on <= until] for account_id, found in booked.items()}
    opened = [
        (claim, cents) for claim in claims if (cents := balances(lines.get(claim.account_id, []), date.max).get(Component.PRINCIPAL, 0)) > 0
    ]
    returned = _returned(line.entry_id for claim, _ in opened for line in lines[claim.account_id])
    case_ids = [claim.case_id for claim, _ in opened]
    holds, noted = _standstills(case_ids), _noted(case_ids)
    return [
        lapse_of(
            claim,
            cents,
            [line for line in lines[claim.account_id] if line.entry_id not in returned],
            holds[claim.case_id],
            noted[claim.case_id],
        )
        for claim, cents in opened
    ]


def lapse_of(
    claim: Claim, principal_cents: int, lines: Sequence[Booked], holds: Sequence[Hold], noted: Sequence[LimitationEvent] = ()
) -> Lapse:
    """The limitation story of one claim. It arises when it falls due (§ 199 (1) no. 1 BGB)."""
    country = claim.creditor.country.lower()
    law, kind, arose_on = jurisdiction(country), KIND[country], claim.due_on
    paid = sorted({line.occurred_on for line in lines if line.kind in PAYING and line.amount_cents < 0 and line.occurred_on >= arose_on})
    events = [LimitationEvent(PAYMENT[country], on) for on in paid]
    if country == "de":  # what a deferral does elsewhere is not verified: left out, the claim then lapses earlier
        events += [event for hold in holds if (event := _deferral(hold, arose_on))]
        events += [event for each in noted if (event := _since(each, arose_on))]
    careful, told = law.limitation(kind, min(claim.invoiced_on, arose_on)).ends_on, law.limitation(kind, arose_on, events=events)
    return Lapse(claim, principal_cents, careful or arose_on, told.ends_on, told.story)


def _deferral(hold: Hold, arose_on: date) -> LimitationEvent | None:
    """The time a deferral or plan took of the claim's own time."""
    from_on, end = max(hold.from_on, arose_on), _end(hold)
    return None if end is not None and end < from_on else LimitationEvent("deferral", from_on, end)


def _since(noted: LimitationEvent, arose_on: date) -> LimitationEvent | None:
    """What an agreement does to a claim that arose on a day: nothing if it was over by then."""
    if noted.to_on is not None and noted.to_on < arose_on:
        return None
    return LimitationEvent(noted.kind, max(noted.from_on, arose_on), noted.to_on)


def _end(hold: Hold) -> date | None:
    """The last day a hold stood or will stand."""
    lifted = hold.lifted_at.date() if hold.lifted_at else None
    ends = [day for day in (hold.until_on, lifted) if day is not None]
    return min(ends) if ends else None


def _returned(entry_ids: Iterable[int]) -> set[int]:
    """Payments that went back: they acknowledge nothing for sure."""
    reversing = Entry.objects.filter(id__in=set(entry_ids), reverses__isnull=False)
    return set(reversing.values_list("reverses_id", flat=True))


def _standstills(case_ids: Sequence[int]) -> dict[int, list[Hold]]:
    found: dict[int, list[Hold]] = defaultdict(list)
    holds = Hold.objects.filter(case_id__in=case_ids, reason__in=STANDSTILL).exclude(source__startswith=AGREED)
    for hold in holds.order_by("from_on", "id"):
        found[hold.case_id].append(hold)
    return found


def _noted(case_ids: Sequence[int]) -> dict[int, list[LimitationEvent]]:
    """What agreements noted, by case; of several notes about the same thing the last one counts."""
    last: dict[tuple[int, str, str], LimitationEvent | None] = {}
    for event in CaseEvent.objects.filter(case_id__in=case_ids, kind=NOTED).order_by("id"):
        data = event.data
        to_on = date.fromisoformat(data["to"]) if data["to"] else None
        told = LimitationEvent(data["event"], date.fromisoformat(data["from"]), to_on)
        last[event.case_id, data["source"], data["event"]] = None if data.get("taken_back") else told
    found: dict[int, list[LimitationEvent]] = defaultdict(list)
    for (case_id, _, _), standing in last.items():
        if standing is not None:
            found[case_id].append(standing)
    return found
