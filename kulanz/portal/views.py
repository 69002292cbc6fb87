"""The debtor's pages: a link, a second factor, what is owed and why, and three ways to act. Nothing changes on GET."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kulanz.claims.models import Case, CaseState
from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact import links
from kulanz.contact.commands import hear_paid_already, hear_something_wrong
from kulanz.contact.duties import duties_told
from kulanz.contact.errors import LinkLocked, LinkUnusable
from kulanz.contact.rendering.brand import legible_primary
from kulanz.contact.rendering.duties import duty_words
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.girocode import giro_svg
from kulanz.contact.statements import statement_pdf
from kulanz.payments.queries_debits import debits_of
from kulanz.portal import queries
from kulanz.portal.checkouts.ways import may_lead_to, ways
from kulanz.portal.forms import WORDS_MAX, FactorForm, OnceForm, PaidForm, WrongForm
from kulanz.site import clock
from kulanz.site.receipt import receipt

SESSION_KEY = "portal"
TRIES_KEY = "portal-tries"
DRAFTS_KEY = "portal-drafts"
TOGETHER_KEY = "portal-together"
PortalView = Callable[..., HttpResponse]
DARK = '@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { --primary: #7ED3B0; --primary-strong: #A3E2C8; } }\n'
"""In the dark the calm standard stays: a brand's colour is made for paper."""


def by_link_alone(view: PortalView) -> PortalView:
    """Run a view as the installation: the link decides what it opens, whoever else is signed in at this browser."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with viewing(Viewer.system()):
            return view(request, *args, **kwargs)

    return guarded


@never_cache
@by_link_alone
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest, token: str) -> HttpResponse:
    """The signed link. GET asks for the second factor and changes nothing, so that link scanners do no harm."""
    try:
        link = links.resolve(token, day=clock.today(), now=clock.now())
    except (LinkUnusable, LinkLocked) as closed:
        return _closed(request, locked=isinstance(closed, LinkLocked))
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = links.check_second_factor(link.id, form.cleaned_data["answer"], now=clock.now())
        if answer.right:
            opened = dict(request.session.get(SESSION_KEY, {}))
            request.session.cycle_key()
            request.session[SESSION_KEY] = opened | {str(link.case.public_id): link.id}
            return redirect("portal:overview", link.case.public_id)
        request.session[TRIES_KEY] = answer.tries_left
        return redirect("portal:enter", token)
    tries_left = request.session.pop(TRIES_KEY, 0)
    return render(request, "portal/enter.html", {"form": FactorForm(), "creditor": link.creditor, "tries_left": tries_left})


def _closed(request: HttpRequest, *, locked: bool) -> HttpResponse:
    return render(request, "portal/closed.html", {"locked": locked}, status=429 if locked else 404)


def closed(request: HttpRequest) -> HttpResponse:
    """The page for whoever has not opened this case here."""
    return _closed(request, locked=False)


def case_behind_the_door(request: HttpRequest, public_id: UUID) -> Case | None:
    """The case whose link was opened in this session, None if it was not. Asked anew on every request."""
    link_id = request.session.get(SESSION_KEY, {}).get(str(public_id))
    with viewing(Viewer.system()):
        return queries.case_of_link(link_id, public_id, day=clock.today()) if link_id else None


def behind_the_door(view: PortalView) -> PortalView:
    """Let in who has opened this case's link in this session; run the view as that debtor, under the database's fence."""

    @wraps(view)
    def guarded(request: HttpRequest, public_id: UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        case = case_behind_the_door(request, public_id)
        if case is None:
            return closed(request)
        viewer = Viewer.debtor(case_id=case.id, creditor_id=case.creditor_id)
        with viewing(viewer):
            return view(request, queries.overview(viewer, case, clock.today()), *args, **kwargs)

    return never_cache(guarded)


def _context(seen: queries.Overview) -> dict[str, Any]:
    return {"seen": seen, "case": seen.case, "creditor": seen.creditor, "debtor": seen.case.debtor, "day": seen.day}


@require_safe
@behind_the_door
def overview(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """What is owed and why, what happens next, what can be done."""
    done = [] if seen.settled else [balance for balance in seen.balances if balance.total_cents == 0]
    rest = [balance for balance in seen.balances if balance not in done]
    context = _context(seen) | {
        "receipt": receipt(rest, seen.day),
        "done": receipt(done, seen.day) if done else None,
        "done_count": len(done),
        "jointly": queries.jointly(seen.viewer, seen.case),
    }
    context |= (offered := ways(request, seen))
    return may_lead_to(request, render(request, "portal/overview.html", context), offered["origins"])


@require_safe
@behind_the_door
def duties(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """What an agency must tell (§ 13a RDG), for as long as the link lives."""
    language: Language = "en" if (get_language() or "de").startswith("en") else "de"
    told = duties_told(seen.viewer, seen.case, seen.open_balances, seen.day, language)
    if told is None:
        raise Http404
    return render(request, "portal/duties.html", _context(seen) | {"told": told, "words": duty_words(language)})


@require_safe
@behind_the_door
def pay(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Pay through a provider, or by transfer: QR code, and the same data to copy."""
    if seen.settled:
        return redirect("portal:overview", seen.case.public_id)
    offered = ways(request, seen)
    more = {"code": seen.can_transfer and seen.case.currency == "EUR", "debits": debits_of(seen.viewer, seen.case)}
    return may_lead_to(request, render(request, "portal/pay.html", _context(seen) | more | offered), offered["origins"])


@require_safe
@behind_the_door
def girocode(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """The transfer as a QR code image."""
    if seen.settled or not seen.can_transfer or seen.case.currency != "EUR":
        raise Http404
    creditor = seen.creditor
    svg = giro_svg(creditor.account_holder, creditor.iban, creditor.bic, seen.pay_cents, seen.case.reference)
    return HttpResponse(svg, content_type="image/svg+xml")


@require_safe
@behind_the_door
def statement(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """The statement of account as a PDF, in the language of the page."""
    pdf = statement_pdf(seen.case, seen.balances, seen.day, "en" if get_language() == "en" else "de")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{seen.case.reference}-{seen.day}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def paid(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Already paid: contact stops at once, and we look."""

    def hear(form: OnceForm) -> None:
        data = form.cleaned_data
        hear_paid_already(
            seen.case.id, day=seen.day, now=clock.now(), via="portal", idempotency_key=_key(seen.case, form),
            paid_on=data["paid_on"], amount_cents=data["amount_cents"], text=data["text"],
        )  # fmt: skip

    return _say(request, seen, PaidForm, "portal/paid.html", hear)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_the_door
def wrong(request: HttpRequest, seen: queries.Overview) -> HttpResponse:
    """Something is wrong: contact stops until a person has answered."""

    def hear(form: OnceForm) -> None:
        data = form.cleaned_data
        hear_something_wrong(
            seen.case.id, topic=data["topic"], day=seen.day, now=clock.now(), via="portal",
            idempotency_key=_key(seen.case, form), text=data["text"],
        )  # fmt: skip

    return _say(request, seen, WrongForm, "portal/wrong.html", hear)


def _say(
    request: HttpRequest, seen: queries.Overview, kind: type[OnceForm], template: str, hear: Callable[[OnceForm], None]
) -> HttpResponse:
    """Show a form, or hear what it says and go back to the overview, which shows the new state however often it is reloaded.

    What was not clear is kept as a draft and shown again by GET: Back and reload never ask to send anything twice.
    """
    drafts = dict(request.session.get(DRAFTS_KEY, {}))
    if request.method == "POST":
        form = kind(request.POST, day=seen.day)
        if form.is_valid():
            if seen.case.state != CaseState.CLOSED:
                hear(form)
            drafts.pop(request.path, None)
            request.session[DRAFTS_KEY] = drafts
            return redirect("portal:overview", seen.case.public_id)
        request.session[DRAFTS_KEY] = drafts | {request.path: {name: request.POST.get(name, "")[: WORDS_MAX + 1] for name in form.fields}}
        return redirect(request.path)
    form = kind(drafts.get(request.path), day=seen.day)
    return render(request, template, _context(seen) | {"form": form})


def _key(case: Case, form: OnceForm) -> str:
    return f"portal:{case.id}:{form.cleaned_data['key']}"


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Close the door again, for phones that are shared."""
    for key in (SESSION_KEY, DRAFTS_KEY, TRIES_KEY, TOGETHER_KEY):
        request.session.pop(key, None)
    return redirect("portal:left")


@require_safe
def left(request: HttpRequest) -> HttpResponse:
    """Signed out."""
    return render(request, "portal/left.html")


@require_safe
@by_link_alone
def brand(request: HttpRequest, key: str) -> HttpResponse:
    """A creditor's colour as a style sheet of one rule, darkened until white text on it can be read."""
    colour = queries.brand(key)
    if colour is None:
        raise Http404
    legible = legible_primary(colour)
    rule = f':root:not([data-theme="dark"]) {{ --primary: {legible}; --primary-strong: {legible}; }}\n' if colour else ""
    response = HttpResponse(rule + DARK, content_type="text/css; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    return response
