"""What the desk reads: the worklist, the search, one case with everything that happened in it. Always for a viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Count, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import JSONObject

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Case, CaseDebtor, CaseEvent, Claim, ContactPoint, Creditor, Debtor, Hold
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, Utterance
from kulanz.intake.rules.parties import spread_text
from kulanz.payments.models import BankLine, LineState
from kulanz.strategy.models import Decision


class Why(StrEnum):
    """Why a case needs a person, most pressing first."""

    UNSURE = "unsure"
    SAID = "said"
    HUMAN = "human"
    MONEY = "money"
    FAILED = "failed"
    NO_CHANNEL = "no_channel"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A case that waits for a person: since when, why, and how much of the invoices is open (cents, without interest)."""

    public_id: UUID
    reference: str
    name: str
    creditor: str
    currency: str
    whys: tuple[Why, ...]
    since: datetime
    principal_cents: int


@dataclass(frozen=True, slots=True)
class WorkPage:
    """One page of the worklist and how many cases wait altogether, by reason."""

    items: Sequence[WorkItem]
    total: int
    counts: dict[Why, int]


WORK_SORTS = ("urgency", "name", "since", "amount", "reference", "creditor")
_ORDER = {"urgency": "urgency", "name": "name_key", "since": "since", "amount": "principal_cents", "reference": "reference",
          "creditor": "creditor"}  # fmt: skip

# One row per open case that waits; a case may wait for several reasons. `urgency` is the place of the most pressing one in `Why`.
_WAITING = """
WITH waiting AS (
  SELECT case_id, 'unsure' AS why, 0 AS urgency, coalesce(sending_at, queued_at) AS since FROM contact_message WHERE state = 'unknown'
  UNION ALL SELECT case_id, 'said', 1, at FROM contact_utterance u JOIN claims_case c ON c.id = u.case_id AND c.state = 'open'
    WHERE u.answered_at IS NULL AND EXISTS (
      SELECT FROM claims_hold h WHERE h.case_id = u.case_id AND h.lifted_at IS NULL
      AND h.reason IN ('paid_claimed', 'dispute', 'wrong_person', 'hardship'))
  UNION ALL SELECT id, 'human', 2, coalesce(step_on, opened_on)::timestamptz FROM claims_case WHERE needs_human AND state = 'open'
  UNION ALL SELECT (proposal->>'case')::bigint, 'money', 3, booked_on::timestamptz
    FROM payments_bankline, jsonb_array_elements(proposals) AS proposal WHERE state = 'proposed'
  UNION ALL SELECT case_id, 'failed', 4, m.queued_at
    FROM contact_message m JOIN claims_case c ON c.id = m.case_id AND c.state = 'open' WHERE m.state = 'failed' AND NOT EXISTS (
      SELECT FROM contact_message later
      WHERE later.case_id = m.case_id AND later.day >= m.day AND later.state IN ('queued', 'sending', 'sent'))
  UNION ALL SELECT c.id, 'no_channel', 5, c.opened_on::timestamptz FROM claims_case c WHERE c.state = 'open' AND NOT EXISTS (
      SELECT FROM claims_contactpoint p WHERE p.debtor_id = c.debtor_id AND p.state = 'usable' AND p.channel IN ('email', 'letter'))
), cases AS (
  SELECT case_id, array_agg(DISTINCT why) AS whys, min(urgency) AS urgency, min(since) AS since FROM waiting GROUP BY case_id
), shown AS (
  SELECT c.public_id, c.reference, c.currency, cr.name AS creditor, d.sort_key AS name_key,
         CASE WHEN d.kind = 'company' THEN d.company_name
              ELSE concat_ws(', ', nullif(d.family_name, ''), nullif(d.given_name, '')) END AS name,
         cases.whys, cases.urgency, cases.since,
         coalesce((SELECT sum(p.amount_cents) FROM claims_claim k JOIN ledger_posting p ON p.account_id = k.account_id
                   WHERE k.case_id = c.id AND p.component = 'principal'), 0)::bigint AS principal_cents, c.id
  FROM cases JOIN claims_case c ON c.id = cases.case_id JOIN claims_debtor d ON d.id = c.debtor_id
  JOIN claims_creditor cr ON cr.id = c.creditor_id
  WHERE (%(all)s OR c.creditor_id = ANY(%(creditors)s))
)
"""


def worklist(viewer: Viewer, *, why: str = "", sort: str = "urgency", limit: int = 50, offset: int = 0) -> WorkPage:
    """The cases that wait for a person, filtered by one reason; ties end in the case's number, so that pages never overlap."""
    descending = sort.startswith("-")
    column = _ORDER[sort.removeprefix("-")]
    order = f"{column} {'DESC' if descending else 'ASC'}, since, id"
    parameters = _fence(viewer) | {"why": why, "limit": limit, "offset": offset}
    chosen = " FROM shown WHERE (%(why)s = '' OR %(why)s = ANY(whys))"
    with connection.cursor() as cursor:
        cursor.execute(_WAITING + "SELECT w, count(*) FROM shown, unnest(whys) AS w GROUP BY w", parameters)  # noqa: S608  (both texts are constants)
        counts = {Why(name): count for name, count in cursor.fetchall()}
        cursor.execute(
            f"{_WAITING} SELECT public_id, reference, name, creditor, currency, whys, since, principal_cents, count(*) OVER ()"
            f"{chosen} ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s",
            parameters,
        )
        rows = cursor.fetchall()
    items = [
        WorkItem(public_id, reference, name, creditor, currency, _ordered(whys), since, cents)
        for public_id, reference, name, creditor, currency, whys, since, cents, _total in rows
    ]
    return WorkPage(items, rows[0][8] if rows else 0, counts)


def _ordered(names: Sequence[str]) -> tuple[Why, ...]:
    return tuple(why for why in Why if why in names)


def _fence(viewer: Viewer) -> dict[str, Any]:
    return {"all": viewer.creditor_ids is None, "creditors": sorted(viewer.creditor_ids or ())}


def loose_money(viewer: Viewer) -> dict[str, int]:
    """Incoming bank lines that no case has yet: how many, and their sum in cents."""
    rows = viewer.narrow(BankLine.objects.all(), case="case_id").filter(
        state__in=[LineState.UNMATCHED, LineState.PROPOSED], amount_cents__gt=0
    )
    found = rows.aggregate(count=Count("id"), cents=Sum("amount_cents"))
    return {"count": found["count"], "cents": found["cents"] or 0}


def search(viewer: Viewer, text: str, *, limit: int = 50) -> list[Case]:
    """Cases by reference, name, invoice number or e-mail address; the most exact hits first."""
    wanted = " ".join(text.split())
    if len(wanted) < 2:
        return []
    plain = wanted.replace(" ", "").upper()
    words = search_words(wanted)
    by_name = Q()
    for word in words:
        by_name &= Q(debtor__search_key__contains=word)
    claims = Claim.objects.filter(external_id__istartswith=wanted).values("case_id")
    points = ContactPoint.objects.filter(value__iexact=wanted).values("debtor_id")
    condition = Q(reference__startswith=plain) | Q(id__in=claims) | Q(debtor_id__in=points)
    if words:
        condition |= by_name
        jointly = Q(role="joint")
        for word in words:
            jointly &= Q(debtor__search_key__contains=word)
        condition |= Q(id__in=CaseDebtor.objects.filter(jointly).values("case_id"))
    rows = viewer.narrow(Case.objects.filter(condition), case="id")
    return list(rows.select_related("debtor", "creditor").order_by("debtor__sort_key", "id")[:limit])


def search_words(text: str) -> list[str]:
    """The words of a search, spread exactly as `Debtor.search_key` was when the claim came in."""
    return spread_text(text).split()


_NAMED = ("public_id", "kind", "title", "given_name", "family_name", "company_name", "city")
_LIABLE = (
    CaseDebtor.objects.filter(case=OuterRef("pk"))
    .order_by("-role", "id")
    .values(one=JSONObject(role="role", **{name: f"debtor__{name}" for name in _NAMED}))
)


def case_file(viewer: Viewer, public_id: UUID) -> Case:
    """One case with debtor and creditor. Not found and not allowed look the same."""
    rows = viewer.narrow(Case.objects.filter(public_id=public_id), case="id").annotate(liable_rows=ArraySubquery(_LIABLE))
    found = rows.select_related("debtor", "creditor").first()
    if found is None:
        raise NotFound("Diese Akte gibt es hier nicht.")
    return found


def standing_holds(viewer: Viewer, case: Case, day: date) -> list[Hold]:
    """The holds that stand on `day`, oldest first; lifted and expired ones are told by the timeline."""
    holds = Hold.objects.filter(Q(until_on=None) | Q(until_on__gte=day), case=case, lifted_at=None)
    return list(viewer.narrow(holds).order_by("id"))


def standing_hold(viewer: Viewer, case: Case, hold_id: int) -> Hold:
    """A hold that still stands, to be lifted."""
    found = viewer.narrow(Hold.objects.filter(case=case, id=hold_id, lifted_at=None)).first()
    if found is None:
        raise NotFound("Diese Sperre gibt es nicht mehr.", fix="Bitte laden Sie die Akte neu.")
    return found


def contact_points(viewer: Viewer, debtor: Debtor) -> list[ContactPoint]:
    """How someone can be reached, and which ways are closed."""
    return list(viewer.narrow(ContactPoint.objects.filter(debtor=debtor), case="debtor__cases").order_by("channel", "id"))


@dataclass(frozen=True, slots=True)
class Liable:
    """Somebody who owes a case, as the page shows them."""

    debtor: Debtor
    role: str


def liable(case: Case) -> list[Liable]:
    """Everybody who owes a case of `case_file`, the main debtor first; they came with the case."""
    rows: list[dict[str, str]] = getattr(case, "liable_rows", [])
    return [Liable(Debtor(**{name: row[name] for name in _NAMED}), row["role"]) for row in rows]


def joint_debtor(viewer: Viewer, case: Case, public_id: UUID) -> Debtor:
    """Somebody who owes the case jointly, beside its main debtor."""
    found = viewer.narrow(CaseDebtor.objects.filter(case=case, role="joint", debtor__public_id=public_id)).select_related("debtor").first()
    if found is None:
        raise NotFound("Diese Person haftet in dieser Akte nicht mit.")
    return found.debtor


def events(viewer: Viewer, case: Case, *, limit: int = 200) -> list[CaseEvent]:
    """The timeline, newest first."""
    return list(viewer.narrow(CaseEvent.objects.filter(case=case)).order_by("-at", "-id")[:limit])


def messages(viewer: Viewer, case: Case) -> list[Message]:
    """What was said in this case or is about to be, newest first."""
    return list(viewer.narrow(Message.objects.filter(case=case)).order_by("-day", "-id")[:200])


def message(viewer: Viewer, message_id: int) -> Message:
    """One message with its case."""
    found = viewer.narrow(Message.objects.filter(id=message_id)).select_related("case", "debtor", "creditor").first()
    if found is None:
        raise NotFound("Diese Nachricht gibt es hier nicht.")
    return found


def utterances(viewer: Viewer, case: Case) -> list[Utterance]:
    """What the debtor told us, newest first."""
    return list(viewer.narrow(Utterance.objects.filter(case=case)).order_by("-at")[:100])


def unanswered(viewer: Viewer, case: Case) -> list[Utterance]:
    """What the debtor told us and nobody has answered yet, oldest first."""
    return list(viewer.narrow(Utterance.objects.filter(case=case, answered_at=None)).order_by("at"))


def decisions(viewer: Viewer, case: Case, *, limit: int = 60) -> list[Decision]:
    """The decision diary of a case, newest first; shadow runs are left out."""
    rows: QuerySet[Decision] = viewer.narrow(Decision.objects.filter(case_id=case.id, shadow=False))
    return list(rows.order_by("-day", "-id")[:limit])


def creditors(viewer: Viewer) -> list[Creditor]:
    """The creditors a viewer works for."""
    rows = Creditor.objects.all()
    if viewer.creditor_ids is not None:
        rows = rows.filter(id__in=viewer.creditor_ids)
    return list(rows.order_by("name"))


def days_overdue(claims: Sequence[tuple[date, int]], day: date) -> int:
    """Days since the oldest due date of claims that are still open; each claim is (due_on, open cents)."""
    due = [due_on for due_on, cents in claims if cents > 0]
    return max(0, (day - min(due)).days) if due else 0
