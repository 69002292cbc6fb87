"""What is wrong between a provider and us: kept once, counted when it is seen again, marked as done by a person or by itself.

Texts carry no personal data and nothing a provider wrote about anybody; a payment is named by our own number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.payments.checkout_errors import ProblemNotFound, ProblemNotOpen
from kulanz.payments.errors import ReasonMissing
from kulanz.payments.models import Checkout, ProblemKind, ProviderProblem
from kulanz.payments.providers.config import Endpoint
from kulanz.payments.providers.errors import NotGenuine, ProviderError, ProviderUnreachable

ITSELF: Final = "kulanz"
PASSED: Final = "Es passt inzwischen."

# What has passed by itself and is seen again is open again; what a person has dealt with stays done.
_KEEP: Final = """
    INSERT INTO payments_providerproblem AS p (creditor_id, endpoint, provider, kind, key, text, checkout_id, first_at, last_at, times,
      done_by, done_note) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1, '', '')
    ON CONFLICT (endpoint, key) DO UPDATE SET last_at = excluded.last_at, times = p.times + 1, text = excluded.text,
      done_at = CASE WHEN p.done_by = 'kulanz' THEN NULL ELSE p.done_at END,
      done_note = CASE WHEN p.done_by = 'kulanz' THEN '' ELSE p.done_note END,
      done_by = CASE WHEN p.done_by = 'kulanz' THEN '' ELSE p.done_by END"""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to be kept. `key` says when it is the same thing again."""

    kind: ProblemKind
    key: str
    text: str
    checkout_id: int | None = None


def keep(endpoint: Endpoint, troubles: Iterable[Trouble], *, now: datetime) -> None:
    """Keep what is wrong with an endpoint; nothing if its creditor is not known here."""
    found = list(troubles)
    if not found:
        return
    creditor_id = Creditor.objects.filter(key=endpoint.creditor).values_list("id", flat=True).first()
    if creditor_id is not None:
        _insert(creditor_id, endpoint.id, endpoint.provider, found, now)


def keep_of(checkout: Checkout, trouble: Trouble, *, now: datetime) -> None:
    """Keep what is wrong with a payment."""
    _insert(checkout.creditor_id, checkout.endpoint, checkout.provider, [trouble], now)


def _insert(creditor_id: int, endpoint: str, provider: str, troubles: Iterable[Trouble], now: datetime) -> None:
    fp("provider_problem.before_keep")
    with connection.cursor() as cursor:
        for one in troubles:
            row = (creditor_id, endpoint, provider, one.kind.value, one.key[:160], one.text[:500], one.checkout_id, now, now)
            cursor.execute(_KEEP, row)


def keep_error(endpoint: Endpoint, error: ProviderError, *, body: bytes = b"", now: datetime) -> None:
    """Keep what went wrong while talking to an endpoint, or while reading what it sent (``body``): once a day, or once a message."""
    if isinstance(error, NotGenuine):
        text = "Nachrichten ohne gültigen Nachweis kamen an und wurden nicht beachtet. Stimmt das Geheimnis des Webhooks im Anschluss?"
        keep(endpoint, [Trouble(ProblemKind.UNPROVEN, f"unproven:{now:%Y-%m-%d}", text)], now=now)
    elif isinstance(error, ProviderUnreachable):
        text = "Der Zahlungsanbieter hat nicht geantwortet. Gefragt wird von selbst wieder."
        keep(endpoint, [Trouble(ProblemKind.UNREACHABLE, f"unreachable:{now:%Y-%m-%d}", text)], now=now)
    else:
        name = hashlib.sha256(body or error.message.encode()).hexdigest()[:24]
        text = f"Eine Nachricht oder Antwort war nicht zu verstehen: {error.message}"
        keep(endpoint, [Trouble(ProblemKind.UNREADABLE, f"unreadable:{name}", text)], now=now)


def answered(endpoint: Endpoint, *, now: datetime) -> None:
    """The provider answers again: that it did not has passed by itself."""
    _pass(_open(endpoint).filter(kind=ProblemKind.UNREACHABLE), "Der Anbieter antwortet wieder.", now=now)


def keep_differences(endpoint: Endpoint, troubles: Collection[Trouble], *, about: Iterable[str], now: datetime) -> None:
    """Keep the differences of a comparison; those about the same things (prefixes of keys) that are gone have passed by themselves."""
    keep(endpoint, troubles, now=now)
    still = {one.key[:160] for one in troubles}
    for prefix in about:
        _pass(_open(endpoint).filter(key__startswith=prefix).exclude(key__in=still), PASSED, now=now)


def mark_done(problem_id: int, *, note: str, actor: str, now: datetime) -> ProviderProblem:
    """A person has dealt with it, and says how. Raises `ProblemNotFound`, `ProblemNotOpen`, `ReasonMissing`."""
    if not note.strip():
        raise ReasonMissing
    problem = ProviderProblem.objects.select_for_update().filter(id=problem_id).first()
    if problem is None:
        raise ProblemNotFound
    if problem.done_at is not None:
        raise ProblemNotOpen
    problem.done_at, problem.done_by, problem.done_note = now, actor, note.strip()[:200]
    fp("provider_problem.before_done")
    problem.save(update_fields=["done_at", "done_by", "done_note"])
    return problem


def _open(endpoint: Endpoint) -> QuerySet[ProviderProblem]:
    return ProviderProblem.objects.filter(endpoint=endpoint.id, done_at=None)


def _pass(problems: QuerySet[ProviderProblem], note: str, *, now: datetime) -> None:
    problems.update(done_at=now, done_by=ITSELF, done_note=note)
