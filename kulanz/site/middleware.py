"""Every request runs as somebody, and every error becomes a page that says what to do."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from kulanz.claims.staff import viewer_of
from kulanz.claims.viewer import Viewer, viewing
from kulanz.errors import KulanzError
from kulanz.site.logs import where
from kulanz.site.views import problem_page

log = structlog.get_logger()
GetResponse = Callable[[HttpRequest], HttpResponse]


class ViewerMiddleware:
    """Give the request its viewer and, for staff, run it under the database's row security.

    Portal views find their case by the signed link and call `viewing` themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        viewer = viewer_of(request.user)
        request.viewer = viewer  # type: ignore[attr-defined]  # Django's documented way to extend a request
        if viewer is None:
            return self.get_response(request)
        with viewing(viewer):
            return self.get_response(request)


class ErrorMiddleware:
    """Turn a `KulanzError` into its page and status, and log each request by route name, without addresses or values."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            route=match.view_name if match else "unknown",
            method=request.method,
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000),
        )
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an expected error; let a bug go on to Django's 500 after logging its class and place."""
        if isinstance(error, KulanzError):
            return problem_page(request, error)
        log.error("unexpected", error=type(error).__name__, where=where(error))
        return None


def viewer_from(request: HttpRequest) -> Viewer:
    """The viewer of a staff request. Views behind login have one."""
    viewer = getattr(request, "viewer", None)
    if not isinstance(viewer, Viewer):
        raise NotSignedIn
    return viewer


class NotSignedIn(KulanzError):
    """Bitte melden Sie sich an."""

    code, status = "not_signed_in", 403
