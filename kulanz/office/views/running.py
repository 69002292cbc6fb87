"""How the installation runs: daily runs, health, and in the demo the inbox of everybody we wrote to."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact import documents, mailbox
from kulanz.office import queries
from kulanz.office.access import LEADING, for_roles
from kulanz.office.words import COUNTS, counts_in_columns, state_in_words
from kulanz.site import clock
from kulanz.site.framing import in_our_frame, powerless_frame


@require_safe
@for_roles(LEADING)
def runs(request: HttpRequest) -> HttpResponse:
    """The last daily runs with their counts. A missing day is seen here."""
    found = [(run, counts_in_columns(run.counts)) for run in queries.runs()]
    return render(request, "office/runs.html", {"runs": found, "columns": list(COUNTS.values()), "room": "runs"})


@require_safe
@for_roles(LEADING)
def health_page(request: HttpRequest) -> HttpResponse:
    """Database, last run, outbox, ends of the law's tables."""
    found = queries.health(clock.today())
    outbox = [(state_in_words(state), count) for state, count in found.outbox.items()]
    return render(request, "office/health.html", {"health": found, "outbox": outbox, "room": "health"})


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """The same for machines, without login and without anything about anybody. 503 if the database does not answer."""
    with viewing(Viewer.system()):
        found = queries.health(clock.today())
    return JsonResponse(queries.as_json(found), status=200 if found.database else 503)


DemoView = Callable[..., HttpResponseBase]


def only_in_the_demo(view: DemoView) -> DemoView:
    """Outside the demo these pages do not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.KULANZ_DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@only_in_the_demo
def inbox(request: HttpRequest) -> HttpResponse:
    """What people found in their mail: e-mails that went to the demo's own server, and letters."""
    text = request.GET.get("q", "").strip()[:100]
    context = {
        "mails": mailbox.list_mail(mailbox.folder(), search=text, limit=100),
        "letters": [] if text else queries.letters(limit=50),
        "text": text,
    }
    return render(request, "office/inbox.html", context)


@require_safe
@only_in_the_demo
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """One e-mail, in a frame that can do nothing."""
    found = mailbox.read_mail(mailbox.folder(), key)
    if found is None:
        raise Http404
    return render(request, "office/mail.html", {"mail": found})


@require_safe
@only_in_the_demo
@powerless_frame
def mail_body(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML of an e-mail exactly as it was sent. It runs no script and belongs to no origin; links open in a new window."""
    found = mailbox.read_mail(mailbox.folder(), key)
    if found is None:
        raise Http404
    return HttpResponse(found.html.replace("<head>", '<head><base target="_blank">', 1))


@require_safe
@only_in_the_demo
@in_our_frame
def letter(request: HttpRequest, message_id: int) -> HttpResponse:
    """A letter as it was printed."""
    found = queries.letter(message_id)
    if found is None:
        raise Http404
    return HttpResponse(documents.read(found.document, found.document_sha256), content_type="application/pdf")
