"""Noting what makes a claim lapse later: rooms above say what was agreed, `claims.lapsing` tells what it does."""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands.case import record_event
from kulanz.claims.lapsing import NOTED, NotedKind
from kulanz.claims.models import Case

_WORDS: dict[NotedKind, str] = {
    "deferral": "Verjährung: angehalten, solange die Zahlung gestundet ist (§ 205 BGB)",
    "acknowledgement": "Verjährung: Die Forderung wurde anerkannt, die Frist beginnt neu (§ 212 BGB)",
    "negotiations": "Verjährung: angehalten, solange verhandelt wird (§ 203 BGB)",
}


def note_limitation(case: Case, kind: NotedKind, *, from_on: date, to_on: date | None, source: str, actor: str, now: datetime) -> None:
    """Note one event for the limitation of all claims of a case that exist then; `to_on` None: it lasts still.

    The timeline is append only: a later note with the same `source` and `kind` takes the place of an earlier one (it says when it ended).
    Runs in the caller's transaction.
    """
    end = f", bis {to_on:%d.%m.%Y}" if to_on and to_on != from_on else ""
    data = {"event": kind, "from": from_on.isoformat(), "to": to_on.isoformat() if to_on else None, "source": source}
    record_event(case, NOTED, f"{_WORDS[kind]}{end}.", actor=actor, now=now, data=data)
