"""The cases a person has proven to be theirs in this session: doors they opened, and references they typed in with the second factor.

Nothing else is ever looked up: whoever has proven one case learns nothing about whether there is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from django.http import HttpRequest

from kulanz.claims.models import Case, Creditor
from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact import links
from kulanz.payments.models import Agreement, AgreementState
from kulanz.payments.queries_situation import Situation, situations
from kulanz.portal import queries
from kulanz.portal.views import SESSION_KEY, TOGETHER_KEY
from kulanz.site import clock

CASES_MAX: Final = 8
"""So many cases one plan takes at most; a person with more needs a person to talk to."""


def proven_cases(request: HttpRequest, seen: queries.Overview) -> list[Case]:
    """The open cases of the person who looks, in the same currency, that were proven here; the one they came in by among them.

    Every link is asked for anew, so that one that was revoked or has expired proves nothing any more. Somebody who owes a case jointly
    with another agrees nothing here: the plan of a case is made with its main debtor.
    """
    opened: dict[str, int] = request.session.get(TOGETHER_KEY, {}) | request.session.get(SESSION_KEY, {})
    here = str(seen.case.public_id)
    names = [here, *(name for name in opened if name != here)][: CASES_MAX * 2]
    with viewing(Viewer.system()):
        found = queries.cases_of_links({UUID(name): opened[name] for name in names}, seen.case, day=seen.day)
    return found[:CASES_MAX] if any(case.id == seen.case.id for case in found) else []


def prove(request: HttpRequest, seen: queries.Overview, reference: str, answer: str) -> bool:
    """Take a case that was typed in, if it is proven; it stands in this session for this one purpose, its own pages stay closed."""
    own_link = request.session[SESSION_KEY][str(seen.case.public_id)]
    with viewing(Viewer.system()):
        link = links.prove(own_link, reference, answer, day=seen.day, now=clock.now())
    if link is None:
        return False
    request.session[TOGETHER_KEY] = request.session.get(TOGETHER_KEY, {}) | {str(link.case.public_id): link.id}
    return True


def behind_their_fence(cases: Sequence[Case]) -> Viewer:
    """Who may read these proven cases together, and nothing else of their creditors."""
    return Viewer.person({case.id: case.creditor_id for case in cases})


def free_situations(cases: Sequence[Case], day: date) -> list[Situation]:
    """What each case's part would be made from, read as the person who proved them: four queries, however many cases.

    Left out are cases in which something is agreed already, or nothing is open.
    """
    viewer = behind_their_fence(cases)
    with viewing(viewer):
        taken = set(viewer.narrow(Agreement.objects.filter(state=AgreementState.ACTIVE)).values_list("case_id", flat=True))
        found = situations([case for case in cases if case.id not in taken], day)
    return [one for one in found if one.open_cents > 0]


def several_creditors() -> bool:
    """True if this installation writes for more than one creditor; says nothing about any person."""
    with viewing(Viewer.system()):
        return Creditor.objects.count() > 1
