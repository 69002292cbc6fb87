"""The only place that reads agreements, always for a viewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection
from django.db.models import Count, Q

from kulanz.claims.models import Case
from kulanz.claims.viewer import Viewer
from kulanz.ledger.models import EntryKind
from kulanz.payments.models import LIVE, Agreement, AgreementState, Instalment
from kulanz.payments.rules.plan_progress import Planned, Progress, cover

PAGE_SIZE: Final = 50
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "made": ("created_at", "id"),
    "name": ("case__debtor__sort_key", "id"),
    "kind": ("kind", "-id"),
    "state": ("state", "-id"),
    "total": ("total_cents", "id"),
    "end": ("ends_on", "id"),
}
"""By what agreements can be sorted; with ``-`` in front descending."""


@dataclass(frozen=True, slots=True)
class Told:
    """An agreement with what money has done for it."""

    agreement: Agreement
    progress: Progress

    @property
    def late(self) -> bool:
        """True while the friendly path is open."""
        return self.agreement.missed_on is not None


def paid_since(agreements: Iterable[Agreement]) -> dict[int, int]:
    """What came in on each agreement's claims after it was made, chargebacks deducted, in cents; one query for all."""
    rows = list(agreements)
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_PAID, [[row.id for row in rows], [row.case_id for row in rows], [row.ledger_mark for row in rows], PAYING])
        found = dict(cursor.fetchall())
    return {row.id: int(found.get(row.id, 0)) for row in rows}


_PAYING: Final = (EntryKind.PAYMENT, EntryKind.ASSIGNMENT, EntryKind.CHARGEBACK, EntryKind.REVERSAL, EntryKind.REFUND)
PAYING: Final = [kind.value for kind in _PAYING]
"""Kinds of entries that pay an agreement, or take such a payment back."""

_PAID: Final = """
    SELECT a.id, -sum(p.amount_cents)
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS a(id, case_id, mark)
    JOIN claims_claim c ON c.case_id = a.case_id
    JOIN payments_agreement g ON g.id = a.id AND g.terms -> 'claims' @> to_jsonb(c.id)
    JOIN ledger_posting p ON p.account_id = c.account_id
    JOIN ledger_entry e ON e.id = p.entry_id AND e.id > a.mark AND e.kind = ANY(%s)
    WHERE e.reverses_id IS NULL OR e.reverses_id > a.mark
    GROUP BY a.id"""


def told(agreements: Iterable[Agreement]) -> list[Told]:
    """Agreements with their progress: two queries, however many."""
    rows = list(agreements)
    planned: Mapping[int, list[Planned]] = defaultdict(list)
    for each in Instalment.objects.filter(agreement__in=rows).order_by("number"):
        planned[each.agreement_id].append(Planned(each.number, each.due_on, each.amount_cents))
    paid = paid_since(rows)
    return [Told(row, cover(planned[row.id], paid[row.id])) for row in rows]


def standing(viewer: Viewer, case_id: int) -> Told | None:
    """The agreement that stands for a case, or the offer that waits; None if there is none."""
    rows = viewer.narrow(Agreement.objects.filter(case_id=case_id, state__in=LIVE))
    found = sorted(rows, key=lambda row: (row.state != AgreementState.ACTIVE, -row.id))
    return told(found[:1])[0] if found else None


def standing_for(viewer: Viewer, case_id: int, reason: str) -> bool:
    """True if a hold of this reason stands because of an agreement that runs."""
    return viewer.narrow(Agreement.objects.filter(case_id=case_id, state=AgreementState.ACTIVE, kind=reason)).exists()


def of_case(viewer: Viewer, case_id: int) -> list[Told]:
    """All agreements of a case, latest first."""
    return told(viewer.narrow(Agreement.objects.filter(case_id=case_id)).order_by("-id"))


@dataclass(frozen=True, slots=True)
class DueInstalment:
    """One instalment with something open, as direct debits and reminders need it."""

    agreement_id: int
    instalment_id: int
    case_id: int
    due_on: date
    open_cents: int


def instalments_due(case_ids: Collection[int] | None, until: date) -> list[DueInstalment]:
    """Open instalments of active agreements due on or before `until`, oldest first; None: of all cases."""
    rows = Agreement.objects.filter(state=AgreementState.ACTIVE, instalments__due_on__lte=until).distinct()
    if case_ids is not None:
        rows = rows.filter(case_id__in=case_ids)
    agreements = {row.id: row for row in rows}
    numbered = Instalment.objects.filter(agreement__in=agreements).values_list("agreement_id", "number", "id")
    by_number = {(agreement_id, number): row_id for agreement_id, number, row_id in numbered}
    found = [
        DueInstalment(each.agreement.id, by_number[each.agreement.id, row.number], each.agreement.case_id, row.due_on, row.open_cents)
        for each in told(agreements.values())
        for row in each.progress.rows
        if row.open_cents and row.due_on <= until
    ]
    return sorted(found, key=lambda row: (row.due_on, row.instalment_id))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of agreements and how many there are in all."""

    rows: tuple[Told, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def listed(
    viewer: Viewer,
    *,
    states: Collection[str] = (),
    kinds: Collection[str] = (),
    search: str = "",
    late: bool = False,
    order: str = "-made",
    page: int = 1,
    size: int = PAGE_SIZE,
) -> Page:
    """Agreements for the office: searched by name, number or reference; `late` keeps those in the friendly path."""
    rows = viewer.narrow(Agreement.objects.all())
    if states:
        rows = rows.filter(state__in=states)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if late:
        rows = rows.filter(state=AgreementState.ACTIVE, missed_on__isnull=False)
    for word in search.lower().split():
        rows = rows.filter(Q(case__debtor__search_key__contains=word) | Q(case__reference=word.upper()))
    total = rows.count()
    start = (max(page, 1) - 1) * size
    found = rows.select_related("case__debtor", "creditor").order_by(*_ordered(order))[start : start + size]
    return Page(tuple(told(found)), total, max(page, 1), size)


def _ordered(order: str) -> list[str]:
    fields = ORDERS[order.removeprefix("-")]
    if not order.startswith("-"):
        return list(fields)
    return [field.removeprefix("-") if field.startswith("-") else f"-{field}" for field in fields]


def counts(viewer: Viewer) -> dict[str, int]:
    """How many agreements are in each state; `late` are those whose friendly path is open."""
    rows = viewer.narrow(Agreement.objects.all()).values_list("state").annotate(number=Count("id"))
    late = viewer.narrow(Agreement.objects.filter(state=AgreementState.ACTIVE, missed_on__isnull=False)).count()
    return dict(rows) | {"late": late}


def cases_of_same_person(viewer: Viewer, case: Case) -> list[Case]:
    """Open cases of the same person at creditors this viewer may see, this one included: what one plan could cover."""
    rows = viewer.narrow(Case.objects.filter(debtor__identity_key=case.debtor.identity_key, state="open"), case="id")
    return list(rows.select_related("debtor", "creditor").order_by("id"))
