"""The only place that reads refunds, always for a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, Sum

from kulanz.claims.viewer import Viewer
from kulanz.payments.debit_errors import RefundNotFound
from kulanz.payments.models import REFUND_UNDER_WAY, RefundProposal, RefundState

PAGE_SIZE: Final = 50
ORDERS: Final = {
    "since": ("proposed_at", "id"),
    "-since": ("-proposed_at", "-id"),
    "amount": ("amount_cents", "id"),
    "-amount": ("-amount_cents", "-id"),
    "name": ("case__debtor__sort_key", "id"),
    "-name": ("-case__debtor__sort_key", "-id"),
}


@dataclass(frozen=True, slots=True)
class RefundPage:
    """A page of refunds, how many there are in all, and how many in each state."""

    rows: tuple[RefundProposal, ...]
    total: int
    counts: dict[str, int]


def refunds(viewer: Viewer, *, states: tuple[str, ...] = (), order: str = "since", limit: int = PAGE_SIZE, offset: int = 0) -> RefundPage:
    """Refunds the viewer may see. Two queries."""
    rows = viewer.narrow(RefundProposal.objects.all())
    counts = dict(rows.values("state").annotate(number=Count("id")).values_list("state", "number"))
    chosen = rows.filter(state__in=states) if states else rows
    total = sum(number for state, number in counts.items() if not states or state in states)
    found = chosen.select_related("case__debtor", "creditor", "file", "checkout").order_by(*ORDERS.get(order, ORDERS["since"]))
    return RefundPage(tuple(found[offset : offset + limit]), total, counts)


def refund(viewer: Viewer, public_id: UUID) -> RefundProposal:
    """One refund. Not found and not allowed look the same. Raises `RefundNotFound`."""
    found = viewer.narrow(RefundProposal.objects.filter(public_id=public_id)).select_related("case__debtor", "creditor").first()
    if found is None:
        raise RefundNotFound
    return found


def refund_of(viewer: Viewer, case_id: int) -> RefundProposal | None:
    """The refund of a case that is under way, else the last that left; None if there never was one."""
    rows = viewer.narrow(RefundProposal.objects.filter(case_id=case_id)).select_related("checkout")
    under_way = rows.filter(state__in=REFUND_UNDER_WAY).first()
    return under_way or rows.filter(state=RefundState.PAID).order_by("-id").first()


def asked_and_open(viewer: Viewer) -> bool:
    """True if a refund through a provider is ordered and not answered for good."""
    return viewer.narrow(RefundProposal.objects.filter(state=RefundState.ORDERED, checkout__isnull=False)).exists()


@dataclass(frozen=True, slots=True)
class Orderable:
    """Approved refunds of a creditor that this person may order, one way: by transfer or through providers; their sum in cents."""

    creditor_id: int
    creditor: str
    count: int
    sum_cents: int
    currency: str
    by_provider: bool


def orderable(viewer: Viewer, actor: str) -> list[Orderable]:
    """What this person may send off: approved by somebody else. One query."""
    rows = viewer.narrow(RefundProposal.objects.filter(state=RefundState.APPROVED).exclude(decided_by=actor))
    keys = ("creditor_id", "creditor__name", "currency", "by_provider")
    sums = (
        rows.annotate(by_provider=Q(checkout__isnull=False))
        .values(*keys)
        .annotate(number=Count("id"), cents=Sum("amount_cents"))
        .order_by("creditor__name", "by_provider", "currency")
    )
    return [
        Orderable(row["creditor_id"], row["creditor__name"], row["number"], row["cents"], row["currency"], row["by_provider"])
        for row in sums
    ]
