"""HTTP to a provider: short timeouts, retries only where the provider promises that twice is once, nothing of it in the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx

from kulanz.payments.providers.errors import ProviderRefused, ProviderUnreachable

TIMEOUT: Final = httpx.Timeout(8.0, connect=3.0)
PAUSES: Final = (0.3, 1.0)
"""Seconds between tries. Three tries in all: somebody is waiting at their phone."""

_AGAIN: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_BODY_MAX: Final = 5 * 1024 * 1024


class Wire:
    """A provider's HTTP API. `transport` and `pause` are for tests; the product uses the network and waits."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        auth: httpx.Auth | None = None,
        /,
        *,
        transport: httpx.BaseTransport | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url, headers=dict(headers), auth=auth, timeout=TIMEOUT, transport=transport, follow_redirects=False
        )
        self._pause = pause

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read; safe to repeat."""
        return _read(self._answer("GET", path, repeat=True, params=params, headers=headers))

    def pdf(self, path: str) -> bytes:
        """Read a PDF. Raises `ProviderRefused` if it is none."""
        content = _good(self._answer("GET", path, repeat=True)).content
        if not content.startswith(b"%PDF-"):
            raise ProviderRefused("Der Zahlungsanbieter hat keine PDF-Datei geliefert.")
        return content

    def post(self, path: str, *, idempotent: bool, headers: Mapping[str, str] | None = None, **content: Any) -> dict[str, Any]:
        """Write. ``idempotent`` says that the request carries a key by which the provider makes twice once; only then it is repeated."""
        return _read(self._answer("POST", path, repeat=idempotent, headers=headers, **content))

    def _answer(self, verb: str, path: str, *, repeat: bool, **request: Any) -> httpx.Response:
        pauses = PAUSES if repeat else ()
        for pause in (*pauses, None):
            try:
                response = self._client.request(verb, path, **request)
            except httpx.HTTPError as error:
                if pause is None:
                    raise ProviderUnreachable from error
            else:
                if response.status_code not in _AGAIN or pause is None:
                    return response
            self._pause(pause)
        raise ProviderUnreachable


def _good(response: httpx.Response) -> httpx.Response:
    """The answer, if it is a good one."""
    if response.status_code in _AGAIN:
        raise ProviderUnreachable(f"Der Zahlungsanbieter antwortet gerade nicht (Status {response.status_code}).")
    if response.status_code >= 300:
        raise ProviderRefused(f"Der Zahlungsanbieter hat die Anfrage abgelehnt (Status {response.status_code}).")
    if len(response.content) > _BODY_MAX:
        raise ProviderRefused("Der Zahlungsanbieter hat unerwartet viel geantwortet.")
    return response


def _read(answer: httpx.Response) -> dict[str, Any]:
    """The JSON object of a good answer."""
    response = _good(answer)
    try:
        found = response.json() if response.content else {}
    except ValueError as error:
        raise ProviderRefused("Der Zahlungsanbieter hat etwas Unlesbares geantwortet.") from error
    if not isinstance(found, dict):
        raise ProviderRefused("Der Zahlungsanbieter hat etwas Unerwartetes geantwortet.")
    return found
