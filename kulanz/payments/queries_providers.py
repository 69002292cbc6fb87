"""The only place that reads lists of what is wrong with payment providers, always for a viewer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q, QuerySet

from kulanz.claims.viewer import Viewer
from kulanz.payments.checkout_errors import ProblemNotFound
from kulanz.payments.models import Checkout, ProviderProblem

PAGE_SIZE: Final = 50
ORDERS: Final = {
    "since": ("first_at", "id"),
    "-since": ("-first_at", "-id"),
    "last": ("last_at", "id"),
    "-last": ("-last_at", "-id"),
    "endpoint": ("endpoint", "-last_at", "id"),
    "-endpoint": ("-endpoint", "-last_at", "-id"),
    "kind": ("kind", "-last_at", "id"),
    "-kind": ("-kind", "-last_at", "-id"),
}
_STATES: Final = {"open": Q(done_at=None), "done": Q(done_at__isnull=False)}


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """A page of problems, how many there are in all, and how many are open and done."""

    rows: tuple[ProviderProblem, ...]
    total: int
    counts: dict[str, int]


def problems(
    viewer: Viewer, *, state: str = "open", kind: str = "", search: str = "", order: str = "-last", limit: int = PAGE_SIZE, offset: int = 0
) -> ProblemPage:
    """Problems of the viewer's creditors: `open` or `done`, of one kind, with these words in text, endpoint or note. Two queries."""
    found = _seen(viewer).filter(Q(text__icontains=search) | Q(endpoint__icontains=search) | Q(done_note__icontains=search))
    found = found.filter(kind=kind) if kind else found
    counts = found.aggregate(**{name: Count("id", filter=which) for name, which in _STATES.items()})
    rows = found.filter(_STATES[state]).select_related("creditor", "checkout__case").order_by(*ORDERS.get(order, ORDERS["-last"]))
    return ProblemPage(tuple(rows[offset : offset + limit]), counts[state], counts)


def problem(viewer: Viewer, problem_id: int) -> ProviderProblem:
    """One problem. Not found and not allowed look the same. Raises `ProblemNotFound`."""
    found = _seen(viewer).filter(id=problem_id).first()
    if found is None:
        raise ProblemNotFound
    return found


def parked(viewer: Viewer) -> int:
    """How many payments through providers wait for a person's decision."""
    return viewer.narrow(Checkout.objects.exclude(parked="")).count()


def _seen(viewer: Viewer) -> QuerySet[ProviderProblem]:
    return viewer.narrow(ProviderProblem.objects.all(), case="checkout__case_id")
