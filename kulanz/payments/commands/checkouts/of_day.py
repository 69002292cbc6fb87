"""What the daily run does about payment providers, before it reads the facts: asks about what is open, gives back, reads payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from kulanz.payments.commands.checkouts.give_back import send_waiting, watch_refunds
from kulanz.payments.commands.checkouts.hear import poll
from kulanz.payments.commands.checkouts.problems import keep_error
from kulanz.payments.commands.checkouts.reconcile import reconcile
from kulanz.payments.commands.checkouts.settlement_file import settle_again
from kulanz.payments.providers import config
from kulanz.payments.providers.errors import ProviderError

LOOK_BACK: Final = timedelta(days=30)
"""Settlements of so many days are read again, so that a payout whose bank line came later is still tied."""


@dataclass(frozen=True, slots=True)
class ProvidersOfDay:
    """What was done, and every question left open as a sentence for a person; empty if nothing is."""

    asked: int = 0
    changed: int = 0
    payouts: int = 0
    tied: int = 0
    problems: tuple[str, ...] = ()


def providers_of_day(*, day: date, now: datetime) -> ProvidersOfDay:
    """Ask about payments whose outcome is open, and compare settlements with the books. Outside of any transaction; repeatable.

    A provider that is silent, refuses or answers strangely is one of the problems and stops neither the others nor the day: what is
    already known stays, and the next day asks again.
    """
    try:
        connected = config.endpoints()
    except ProviderError as error:
        return ProvidersOfDay(problems=(f"Zahlungsanbieter: {error.message}",))
    problems: list[str] = []
    asked = changed = payouts = tied = 0
    try:
        polled = poll(day=day, now=now)
        asked, changed = polled.asked, polled.changed
        if polled.silent:
            problems.append(f"Zahlungsanbieter: {polled.silent} offene Zahlungen blieben ohne Antwort.")
        problems += [*send_waiting(day=day, now=now).problems, *watch_refunds(day=day, now=now)]
    except ProviderError as error:
        problems.append(f"Zahlungsanbieter: {error.message}")
    for endpoint in connected:
        try:
            found = reconcile(endpoint, since=day - LOOK_BACK, until=day, day=day, now=now)
            settle_again(endpoint, day=day, now=now)
        except ProviderError as error:
            keep_error(endpoint, error, now=now)
            problems.append(f"{endpoint.id}: {error.message}")
            continue
        payouts, tied = payouts + found.payouts, tied + found.tied
        problems += [f"{endpoint.id}: {sentence}" for sentence in found.differences]
    return ProvidersOfDay(asked, changed, payouts, tied, tuple(problems))
