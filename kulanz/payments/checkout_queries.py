"""The only place that reads lists of payments through a provider, always for a viewer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, Q, Sum

from kulanz.claims.models import Case, Creditor
from kulanz.claims.viewer import Viewer, unfenced
from kulanz.payments.checkout_errors import CheckoutNotFound
from kulanz.payments.commands.checkouts.start import email_of, open_slips
from kulanz.payments.models import UNDECIDED, Checkout, CheckoutState, ProviderEvent, ProviderPayout
from kulanz.payments.providers import config
from kulanz.payments.providers.cash import CashTerms
from kulanz.payments.providers.config import Endpoint, provider_of
from kulanz.payments.providers.port import Method
from kulanz.payments.rules.methods import Device, HitRate, hit_rate, ordered

PAGE_SIZE: Final = 50
POPULAR_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to pay that can be shown: which endpoint carries it, and whether it is only played."""

    method: Method
    endpoint_id: str
    provider: str
    test: bool
    origins: tuple[str, ...]
    cash: CashTerms | None = None
    """On which terms, where it is a slip to pay in cash."""


def offers(viewer: Viewer, case: Case, *, device: Device, day: date) -> list[Offer]:
    """The ways to pay this case through a provider, best first; none if no provider is connected."""
    connected = [endpoint for endpoint in config.endpoints() if endpoint.creditor == case.creditor.key]
    by_method: dict[Method, Endpoint] = {}
    for endpoint in connected:
        for method in endpoint.methods:
            by_method.setdefault(method, endpoint)
    if not by_method:
        return []
    paid = viewer.narrow(Checkout.objects.filter(case=case, state=CheckoutState.PAID)).order_by("-paid_on", "-id")
    used = [Method(name) for name in paid.values_list("method", flat=True)[:10]]
    if (cash := by_method.get(Method.CASH)) and cash.cash.needs_email and email_of(case) is None:
        del by_method[Method.CASH]
    best = ordered(by_method, used=used, popular=_popular(case.creditor_id, day), device=device)
    return [_offer(method, by_method[method]) for method in best]


def _offer(method: Method, endpoint: Endpoint) -> Offer:
    adapter = provider_of(endpoint)
    terms = endpoint.cash if method is Method.CASH else None
    return Offer(method, endpoint.id, adapter.name, endpoint.test, adapter.origins, terms)


def _popular(creditor_id: int, day: date) -> Counter[Method]:
    """How often each method was used for this creditor within a year: counts, nothing else, so it may look past the debtor's fence."""
    paid = Checkout.objects.filter(creditor_id=creditor_id, paid_on__gte=day - timedelta(days=POPULAR_DAYS))
    with unfenced():
        return Counter({Method(method): count for method, count in paid.values_list("method").annotate(n=Count("id"))})


def running(viewer: Viewer, case: Case) -> Checkout | None:
    """The payment of a case that is under way at the bank, if there is one."""
    return viewer.narrow(Checkout.objects.filter(case=case, state=CheckoutState.PENDING)).order_by("-id").first()


def slip(viewer: Viewer, case: Case, *, now: datetime) -> Checkout | None:
    """The slip of a case that can be paid at a till now, if there is one."""
    return viewer.narrow(open_slips(now).filter(case=case).exclude(provider_ref="")).order_by("-id").first()


def checkout(viewer: Viewer, public_id: UUID) -> Checkout:
    """One payment. Not found and not allowed look the same. Raises `CheckoutNotFound`."""
    found = viewer.narrow(Checkout.objects.filter(public_id=public_id)).select_related("case").first()
    if found is None:
        raise CheckoutNotFound
    return found


@dataclass(frozen=True, slots=True)
class Page:
    """A page of payments, how many there are in all, and the sums by state."""

    rows: tuple[Checkout, ...]
    total: int
    counts: dict[str, tuple[int, int]]


def checkouts(viewer: Viewer, *, which: str = "parked", page: int = 1, size: int = PAGE_SIZE) -> Page:
    """Payments of the viewer's creditors: `parked` (a person must look), `open`, `paid`, `back`, or `all`; latest first."""
    every = viewer.narrow(Checkout.objects.all())
    kinds = {
        "parked": ~Q(parked=""),
        "open": Q(state__in=UNDECIDED),
        "paid": Q(state=CheckoutState.PAID),
        "back": Q(state__in=[CheckoutState.REFUNDED, CheckoutState.CHARGED_BACK]),
        "all": Q(),
    }
    sums: dict[str, Any] = {f"{name}_n": Count("id", filter=kind) for name, kind in kinds.items() if name != "all"}
    sums |= {f"{name}_c": Sum("amount_cents", filter=kind, default=0) for name, kind in kinds.items() if name != "all"}
    found = every.aggregate(all_n=Count("id"), all_c=Sum("amount_cents", default=0), **sums)
    counts = {name: (int(found[f"{name}_n"]), int(found[f"{name}_c"])) for name in kinds}
    start = (max(page, 1) - 1) * size
    rows = every.filter(kinds[which]).select_related("case__debtor", "creditor").order_by("-id")[start : start + size]
    return Page(tuple(rows), counts[which][0], counts)


def payouts(viewer: Viewer, *, limit: int = PAGE_SIZE) -> list[ProviderPayout]:
    """The last payouts with what does not fit, latest first."""
    rows = viewer.narrow(ProviderPayout.objects.all(), case="id").select_related("creditor", "bank_line")
    return list(rows.order_by("-arrival_on", "-id")[:limit])


def lost_events(viewer: Viewer) -> int:
    """How many events belong to no payment known here. Normal where a provider's account is used for other things too."""
    return viewer.narrow(ProviderEvent.objects.filter(checkout=None)).count()


def method_hits(viewer: Viewer) -> HitRate:
    """How often the method that would have stood first was used, over all payments in order of time."""
    paid = viewer.narrow(Checkout.objects.exclude(paid_on=None)).order_by("paid_on", "id").values_list("case__debtor_id", "method")
    history = [(person, Method(method)) for person, method in paid]
    return hit_rate(history, list(dict.fromkeys(method for _, method in history)))


def creditors_seen(viewer: Viewer) -> list[Creditor]:
    """The creditors whose endpoints the viewer may know."""
    return list(viewer.narrow(Creditor.objects.all(), creditor="id"))
