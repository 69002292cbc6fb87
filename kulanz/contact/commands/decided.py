"""A person has looked at what waited for one: what was said is answered, and the case waits no longer."""

from __future__ import annotations

from datetime import datetime

from kulanz.claims.commands import record_event, touch
from kulanz.claims.models import Case
from kulanz.contact.models import Utterance
from kulanz.failpoints import fp


def decided_by_person(case_id: int, *, text: str, actor: str, now: datetime) -> int:
    """Note a person's decision in the timeline, mark everything the debtor said until now as answered; returns how much that was.

    Holds stay: they are lifted with a reason of their own. Runs in the caller's transaction, under the case lock.
    """
    case = touch([case_id])[case_id]
    fp("decided.before_update")
    answered = Utterance.objects.filter(case_id=case_id, answered_at=None).update(answered_at=now)
    Case.objects.filter(id=case_id).update(needs_human=False)
    record_event(case, "person_decided", text, actor=actor, now=now, data={"answered": answered})
    fp("decided.after_update")
    return answered
