"""Reading messages and what debtors told us, always for a viewer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db.models import Count, Q, QuerySet

from kulanz.claims.models import Case
from kulanz.claims.viewer import Viewer
from kulanz.contact.models import Message, MessageState, Utterance


def messages_of_case(viewer: Viewer, case_id: int) -> list[Message]:
    """All messages of a case, newest first; none for a case the viewer may not see. A debtor sees only what was sent
    to them."""
    rows = viewer.narrow(Message.objects.filter(case_id=case_id))
    if viewer.kind == "debtor":
        rows = rows.filter(state=MessageState.SENT)
    return list(rows.order_by("-id"))


def message(viewer: Viewer, message_id: int) -> Message | None:
    """One message with its case, debtor and creditor, or None; not found and not allowed look the same."""
    return viewer.narrow(Message.objects.select_related("case__creditor", "debtor")).filter(id=message_id).first()


def outbox(
    viewer: Viewer,
    *,
    states: Collection[MessageState] = (),
    channel: str = "",
    creditor_id: int | None = None,
    day: date | None = None,
    search: str = "",
    limit: int = 100,
    offset: int = 0,
) -> list[Message]:
    """Messages with their case and debtor, newest first. `search` looks into address, subject, reference and the
    debtor's name."""
    rows = _matching(viewer, channel=channel, creditor_id=creditor_id, day=day, search=search)
    if states:
        rows = rows.filter(state__in=list(states))
    return list(rows.select_related("case", "debtor", "creditor").order_by("-id")[offset : offset + limit])


def outbox_counts(
    viewer: Viewer, *, channel: str = "", creditor_id: int | None = None, day: date | None = None, search: str = ""
) -> dict[MessageState, int]:
    """How many messages are in each state, with the filters of `outbox`; every state is listed."""
    rows = _matching(viewer, channel=channel, creditor_id=creditor_id, day=day, search=search)
    found = {row["state"]: row["number"] for row in rows.values("state").annotate(number=Count("id"))}
    return {state: found.get(state.value, 0) for state in MessageState}


def utterances_of_case(viewer: Viewer, case_id: int) -> list[Utterance]:
    """What the debtor of a case told us, newest first."""
    return list(viewer.narrow(Utterance.objects.filter(case_id=case_id)).order_by("-at", "-id"))


def cases_waiting_for_answer(viewer: Viewer) -> QuerySet[Case]:
    """Cases with something a debtor said that nobody has answered yet."""
    unanswered = viewer.narrow(Utterance.objects.filter(answered_at=None)).values("case_id")
    return viewer.narrow(Case.objects.filter(id__in=unanswered), case="id")


def _matching(viewer: Viewer, *, channel: str, creditor_id: int | None, day: date | None, search: str) -> QuerySet[Message]:
    rows = viewer.narrow(Message.objects.all())
    if channel:
        rows = rows.filter(channel=channel)
    if creditor_id is not None:
        rows = rows.filter(creditor_id=creditor_id)
    if day is not None:
        rows = rows.filter(day=day)
    if wanted := search.strip():
        compact = wanted.replace(" ", "")
        rows = rows.filter(
            Q(to__icontains=wanted)
            | Q(subject__icontains=wanted)
            | Q(case__reference__icontains=compact)
            | Q(debtor__search_key__contains=wanted.lower())
        )
    return rows
