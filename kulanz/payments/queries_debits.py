"""The only place that reads mandates, collections and files for the bank, always for a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Count, Min, Sum

from kulanz.claims.models import Case
from kulanz.claims.viewer import Viewer
from kulanz.payments.debit_errors import MandateNotFound, OrderFileNotFound
from kulanz.payments.models import (
    UNDER_WAY,
    Collection,
    CollectionState,
    CollectorIdentity,
    Mandate,
    MandateState,
    OrderFile,
    OrderKind,
)
from kulanz.payments.rules.debits import Terms, plan_collection

PAGE_SIZE: Final = 50
ORDERS: Final = {
    "due": ("due_on", "id"),
    "-due": ("-due_on", "-id"),
    "amount": ("amount_cents", "id"),
    "-amount": ("-amount_cents", "-id"),
    "name": ("case__debtor__sort_key", "id"),
    "-name": ("-case__debtor__sort_key", "-id"),
}


@dataclass(frozen=True, slots=True)
class DebtorDebits:
    """What a debtor sees about direct debits: whether they are offered, the mandate that stands, and every collection, latest first."""

    collector: CollectorIdentity | None
    mandate: Mandate | None
    collections: tuple[Collection, ...]

    @property
    def offered(self) -> bool:
        return self.collector is not None

    @property
    def next(self) -> Collection | None:
        """The collection that is under way, if one is."""
        return next((one for one in self.collections if one.state in UNDER_WAY), None)

    def first_day(self, wanted_on: date, day: date) -> date:
        """The day a collection agreed on the page today would be due."""
        if self.collector is None:
            raise MandateNotFound
        prenotice_days = self.mandate.prenotice_days if self.mandate else self.collector.prenotice_days
        return plan_collection(Terms(prenotice_days, self.collector.lead_bank_days), announced_on=day, wanted_on=wanted_on).due_on


def debits_of(viewer: Viewer, case: Case) -> DebtorDebits:
    """Direct debits of one case. Three queries."""
    seen = viewer.sees_creditor(case.creditor_id)
    collector = CollectorIdentity.objects.filter(creditor_id=case.creditor_id).first() if seen else None
    mandate = viewer.narrow(Mandate.objects.filter(case=case, state=MandateState.ACTIVE)).first()
    rows = viewer.narrow(Collection.objects.filter(case=case)).select_related("mandate").order_by("-due_on", "-id")
    euro = case.currency == "EUR" and bool(case.creditor.iban)
    return DebtorDebits(collector if euro else None, mandate, tuple(rows))


@dataclass(frozen=True, slots=True)
class CaseDebits:
    """What an agent sees about direct debits of a case: who collects (None: nobody), all mandates and collections, latest first."""

    collector: CollectorIdentity | None
    mandates: tuple[Mandate, ...]
    collections: tuple[Collection, ...]

    @property
    def active(self) -> Mandate | None:
        return next((one for one in self.mandates if one.state == MandateState.ACTIVE), None)

    @property
    def next(self) -> Collection | None:
        """The collection that is under way, if one is."""
        return next((one for one in self.collections if one.state in UNDER_WAY), None)


def case_debits(viewer: Viewer, case: Case) -> CaseDebits:
    """Direct debits of one case with everything that ever was. Three queries."""
    collector = viewer.narrow(CollectorIdentity.objects.filter(creditor_id=case.creditor_id), case="id").first()
    mandates = viewer.narrow(Mandate.objects.filter(case=case)).order_by("-signed_at", "-id")
    rows = viewer.narrow(Collection.objects.filter(case=case)).select_related("mandate").order_by("-due_on", "-id")
    euro = case.currency == "EUR" and bool(case.creditor.iban)
    return CaseDebits(collector if euro else None, tuple(mandates), tuple(rows))


def mandate_of(viewer: Viewer, public_id: UUID) -> Mandate:
    """One mandate, whatever became of it. Not found and not allowed look the same. Raises `MandateNotFound`."""
    found = viewer.narrow(Mandate.objects.filter(public_id=public_id)).select_related("case__creditor", "case__debtor").first()
    if found is None:
        raise MandateNotFound
    return found


@dataclass(frozen=True, slots=True)
class CollectionPage:
    """A page of collections, how many there are in all, and how many in each state."""

    rows: tuple[Collection, ...]
    total: int
    counts: dict[str, int]


def collections(
    viewer: Viewer, *, states: tuple[str, ...] = (), order: str = "due", limit: int = PAGE_SIZE, offset: int = 0
) -> CollectionPage:
    """Collections the viewer may see. Three queries."""
    rows = viewer.narrow(Collection.objects.all())
    counts = dict(rows.values("state").annotate(number=Count("id")).values_list("state", "number"))
    chosen = rows.filter(state__in=states) if states else rows
    total = sum(number for state, number in counts.items() if not states or state in states)
    found = chosen.select_related("mandate", "case__debtor", "creditor", "file").order_by(*ORDERS.get(order, ORDERS["due"]))
    return CollectionPage(tuple(found[offset : offset + limit]), total, counts)


@dataclass(frozen=True, slots=True)
class Ready:
    """What would go into a creditor's next file: how many collections, and their sum in cents."""

    creditor_id: int
    creditor: str
    count: int
    sum_cents: int
    first_due_on: date


def ready(viewer: Viewer, day: date) -> list[Ready]:
    """Announced collections whose file is to be made by ``day``, per creditor. One query."""
    rows = viewer.narrow(Collection.objects.filter(state=CollectionState.ANNOUNCED, submit_on__lte=day))
    sums = rows.values("creditor_id", "creditor__name").annotate(number=Count("id"), cents=Sum("amount_cents"), first=Min("due_on"))
    return [
        Ready(row["creditor_id"], row["creditor__name"], row["number"], row["cents"], row["first"])
        for row in sums.order_by("creditor__name")
    ]


def order_files(viewer: Viewer, kind: OrderKind, *, limit: int = PAGE_SIZE) -> list[OrderFile]:
    """The latest files for the bank, without their content."""
    rows = viewer.narrow(OrderFile.objects.filter(kind=kind)).select_related("creditor").defer("content")
    return list(rows.order_by("-day", "-id")[:limit])


def order_file(viewer: Viewer, public_id: UUID) -> OrderFile:
    """One file with its content. Not found and not allowed look the same. Raises `OrderFileNotFound`."""
    found = viewer.narrow(OrderFile.objects.filter(public_id=public_id)).first()
    if found is None:
        raise OrderFileNotFound
    return found


def collectors(viewer: Viewer) -> list[CollectorIdentity]:
    """Creditors that may collect, with their terms."""
    return list(viewer.narrow(CollectorIdentity.objects.all()).select_related("creditor").order_by("creditor__name"))
