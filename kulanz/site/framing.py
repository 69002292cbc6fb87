"""Which answers may stand inside a frame, and what they may do there. Everything else refuses to be framed."""

from __future__ import annotations

from collections.abc import Callable

from csp.decorators import csp, csp_replace
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

View = Callable[..., HttpResponseBase]

_POWERLESS = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def in_our_frame(view: View) -> View:
    """For a document of our own (a letter) that a page of ours shows."""
    return xframe_options_sameorigin(csp_replace({"frame-ancestors": ["'self'"]})(view))


def powerless_frame(view: View) -> View:
    """For HTML that was made for elsewhere (an e-mail): it belongs to no origin, runs no script, and its links open a new window."""
    return xframe_options_sameorigin(csp(_POWERLESS)(view))
