"""Taking in what a provider said: each event once, and after each the books and the peace that follow from all of them.

Nothing here depends on the order of deliveries. An event is stored under its own name (unique); the standing of the payment is worked out
from the whole set (`rules.checkouts`); every booking has a key of its own. So hearing something twice, late or the wrong way round ends
in the same accounts.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection
from django.db.models import Q

from kulanz.claims.commands import touch
from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.commands.checkouts.bring import bring_up
from kulanz.payments.commands.refunds.heard import heard_of_refunds
from kulanz.payments.models import Checkout, ProviderEvent
from kulanz.payments.providers.config import Endpoint
from kulanz.payments.providers.errors import NoSuchEndpoint
from kulanz.payments.providers.port import Notice
from kulanz.payments.rules.checkouts import standing


def take(endpoint: Endpoint, notices: Sequence[Notice], *, day: date, now: datetime) -> int:
    """Store what is new and bring the payments it concerns up to date; returns how many events were new. In the caller's transaction."""
    known = set(
        ProviderEvent.objects.filter(endpoint=endpoint.id, event_id__in=[notice.event_id for notice in notices]).values_list(
            "event_id", flat=True
        )
    )
    fresh = [notice for notice in notices if notice.event_id not in known]
    if not fresh:
        return 0
    _one_at_a_time(endpoint)
    creditor = Creditor.objects.filter(key=endpoint.creditor).first()
    if creditor is None:
        raise NoSuchEndpoint
    fp("checkout.before_event")
    stored = [notice for notice in fresh if _store(endpoint, creditor.id, notice, now)]
    fp("checkout.after_event")
    names = {ref for notice in stored for ref in notice.refs}
    for checkout_id in _checkouts_named(endpoint, names):
        bring(checkout_id, day=day, now=now)
    return len(stored)


def bring(checkout_id: int, *, day: date, now: datetime) -> Checkout:
    """Work out where a payment stands from everything said about it, and make books and silence say the same."""
    case_id = Checkout.objects.values_list("case_id", flat=True).get(id=checkout_id)
    touch([case_id])
    checkout = Checkout.objects.select_for_update().select_related("case").get(id=checkout_id)
    notices = _everything_said(checkout)
    moves = [move for notice in notices for move in notice.movements]
    own = heard_of_refunds(checkout, moves, day=day, now=now)
    found = standing(notices, amount_cents=checkout.amount_cents, currency=checkout.currency, own_refunds=own)
    bring_up(checkout, found, day=day, now=now)
    return checkout


def _one_at_a_time(endpoint: Endpoint) -> None:
    """Let one delivery of an endpoint work at a time: two that only together tell which payment they mean would miss each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCKS, zlib.crc32(endpoint.id.encode()) - 2**31])


_LOCKS = 0x4B50  # a number space of our own among advisory locks


def _store(endpoint: Endpoint, creditor_id: int, notice: Notice, now: datetime) -> bool:
    """Insert the event; False if it is there already, however many try at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO payments_providerevent (creditor_id, endpoint, provider, event_id, kind, refs, notice, received_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (endpoint, event_id) DO NOTHING",
            [
                creditor_id,
                endpoint.id,
                endpoint.provider,
                notice.event_id,
                notice.kind[:80],
                json.dumps(list(notice.refs)),
                json.dumps(notice.as_json()),
                now,
            ],
        )
        return bool(cursor.rowcount)


def _checkouts_named(endpoint: Endpoint, names: set[str]) -> list[int]:
    """The payments these names mean, directly or through an event that waits for a name."""
    if not names:
        return []
    uuids = [name for name in names if _looks_like_ours(name)]
    by_name = Q(provider_ref__in=names) | Q(public_id__in=uuids)
    for name in names:
        by_name |= Q(refs__contains=[name])
    found = set(Checkout.objects.filter(by_name, endpoint=endpoint.id).values_list("id", flat=True))
    return sorted(found)


def _looks_like_ours(name: str) -> bool:
    return len(name) == 36 and name.count("-") == 4 and all(sign in "0123456789abcdef-" for sign in name)


def _everything_said(checkout: Checkout) -> list[Notice]:
    """All events about a payment, found by every name it has, including names these events tell. They are tied to it."""
    names = {str(checkout.public_id), checkout.provider_ref, *checkout.refs} - {""}
    events: dict[int, ProviderEvent] = {}
    looked: set[str] = set()
    while looked != names:
        by_name = Q(checkout=checkout)
        for name in names - looked:
            by_name |= Q(refs__contains=[name])
        looked = set(names)
        for event in ProviderEvent.objects.filter(by_name, endpoint=checkout.endpoint).order_by("id"):
            events[event.id] = event
            names |= set(event.refs)
    untied = [event.id for event in events.values() if event.checkout_id is None]
    if untied:
        ProviderEvent.objects.filter(id__in=untied).update(checkout=checkout, case_id=checkout.case_id)
    checkout.refs = sorted(names)
    return [Notice.from_json(event.event_id, event.kind, event.refs, event.notice) for event in events.values()]
