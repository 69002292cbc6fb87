"""Who may use which page of the office."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse

from kulanz.claims.errors import NotAllowed
from kulanz.claims.models import Role, User

View = Callable[..., HttpResponse]

LEADING = frozenset({Role.LEAD, Role.MANAGER, Role.ADMIN})


def for_roles(roles: frozenset[Role]) -> Callable[[View], View]:
    """Let in members of staff with one of these roles; others get the page that says so."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not isinstance(request.user, User) or Role(request.user.role) not in roles:
                raise NotAllowed(fix="Wenn Sie diese Seite für Ihre Arbeit brauchen, fragen Sie bitte Ihre Teamleitung.")
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate
