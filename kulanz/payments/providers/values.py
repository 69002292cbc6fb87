"""Reading what providers write: amounts, moments, fields that may be missing. What cannot be read is refused, never guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from kulanz.law.errors import LawError
from kulanz.law.money import parse_money
from kulanz.payments.providers.errors import ProviderRefused

LEGAL_ZONE: Final = ZoneInfo("Europe/Berlin")


def text(found: Any, *path: str) -> str:
    """The string at a path, '' if there is none."""
    value = at(found, *path)
    return value if isinstance(value, str) else ""


def at(found: Any, *path: str) -> Any:
    """The value at a path, None if a step is missing."""
    for step in path:
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    return found


def rows(found: Any, *path: str) -> list[dict[str, Any]]:
    """The objects of a list at a path; none if there is no list."""
    value = at(found, *path)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def whole(found: Any, *path: str) -> int:
    """A whole number at a path (cents, seconds). Raises `ProviderRefused` if it is none."""
    value = at(found, *path)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ProviderRefused("In der Antwort des Zahlungsanbieters fehlt eine Zahl.")
    return value


def amount(found: Any, *path: str, currency: str = "currency") -> tuple[int, str]:
    """Cents and currency of ``{"value": "10.00", "currency": "EUR"}``."""
    value = at(found, *path)
    try:
        return parse_money(text(value, "value")), text(value, currency).upper()
    except LawError as error:
        raise ProviderRefused("In der Antwort des Zahlungsanbieters fehlt ein Betrag.") from error


def day_of_seconds(seconds: int) -> date:
    """The legal day of a moment given in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(LEGAL_ZONE).date()


def day_of(written: str) -> date:
    """The legal day of an ISO moment like ``2026-03-02T23:30:00Z``."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise ProviderRefused("In der Antwort des Zahlungsanbieters fehlt ein Zeitpunkt.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(LEGAL_ZONE).date()


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body. Raises `ProviderRefused` if it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ProviderRefused("Diese Nachricht ist nicht lesbar.") from error
    if not isinstance(found, dict):
        raise ProviderRefused("Diese Nachricht ist nicht lesbar.")
    return found


def page_of(url: str, origins: tuple[str, ...]) -> str:
    """The address of a payment page, if it belongs to the provider. Raises `ProviderRefused` otherwise: nobody is sent anywhere else."""
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" not in origins:
        raise ProviderRefused("Der Zahlungsanbieter nennt eine Adresse, die nicht seine ist.")
    return url
