"""Negotiations about a claim or what it rests on: while they last, its period stands still (§ 203 BGB).

Noted in the timeline, which is append only: that they began, that they ended, and, where it was an error, that the note is taken back. The
last note counts; `claims.lapsing` reads what it does.
"""

from __future__ import annotations

from datetime import date, datetime

from kulanz.claims.commands.case import record_event, touch
from kulanz.claims.errors import NegotiationsNotPossible
from kulanz.claims.lapsing import NOTED, Negotiations, negotiations_of
from kulanz.claims.models import Case
from kulanz.claims.viewer import Viewer

SOURCE = "negotiations:"


def begin_negotiations(case_id: int, *, on: date, who: str, key: str, actor: str, day: date, now: datetime) -> str:
    """Note that negotiations with `who` began; returns their source. The same `key` (one form, sent twice) is noted once.

    Raises `NegotiationsNotPossible` for a day to come, while others still last, and outside Germany, where their effect is not checked.
    """
    case = touch([case_id])[case_id]
    source = f"{SOURCE}{key}"
    known = negotiations_of(Viewer.system(), case)
    if any(one.source == source for one in known):
        return source
    if case.creditor.country != "DE":
        raise NegotiationsNotPossible("Was Verhandlungen außerhalb Deutschlands bewirken, ist hier nicht geprüft.")
    if on > day:
        raise NegotiationsNotPossible("Der Tag liegt in der Zukunft.")
    if any(one.lasting for one in known):
        raise NegotiationsNotPossible("Es wird schon verhandelt.", fix="Bitte zuerst das Ende der laufenden Verhandlungen eintragen.")
    _note(case, Negotiations(source, on, None, who.strip()), f"Verhandlungen seit {on:%d.%m.%Y} mit {who.strip()}.", actor=actor, now=now)
    return source


def end_negotiations(case_id: int, source: str, *, on: date, actor: str, day: date, now: datetime) -> None:
    """Note the last day of negotiations. Raises `NegotiationsNotPossible` if they did not last then."""
    case = touch([case_id])[case_id]
    begun = _known(case, source)
    if begun.to_on == on:
        return
    if begun.to_on is not None or begun.taken_back:
        raise NegotiationsNotPossible("Diese Verhandlungen sind schon beendet oder zurückgenommen.")
    if not begun.from_on <= on <= day:
        raise NegotiationsNotPossible("Das Ende liegt zwischen dem Beginn und heute.")
    _note(case, Negotiations(source, begun.from_on, on, begun.who), f"Verhandlungen beendet am {on:%d.%m.%Y}.", actor=actor, now=now)


def take_negotiations_back(case_id: int, source: str, *, reason: str, actor: str, now: datetime) -> None:
    """Note that there were no such negotiations: the period runs as if nothing had been noted. Both notes stay in the timeline."""
    case = touch([case_id])[case_id]
    begun = _known(case, source)
    if begun.taken_back:
        return
    undone = Negotiations(source, begun.from_on, begun.to_on, begun.who, taken_back=True)
    text = f"Verhandlungen seit {begun.from_on:%d.%m.%Y} zurückgenommen: {reason.strip()}"
    _note(case, undone, text, actor=actor, now=now)


def _known(case: Case, source: str) -> Negotiations:
    found = next((one for one in negotiations_of(Viewer.system(), case) if one.source == source), None)
    if found is None:
        raise NegotiationsNotPossible("Diese Verhandlungen gibt es hier nicht.")
    return found


def _note(case: Case, noted: Negotiations, text: str, *, actor: str, now: datetime) -> None:
    """One line of the timeline, with what `claims.lapsing` needs."""
    data = {
        "event": "negotiations",
        "from": noted.from_on.isoformat(),
        "to": noted.to_on.isoformat() if noted.to_on else None,
        "source": noted.source,
        "who": noted.who,
        "taken_back": noted.taken_back,
    }
    record_event(case, NOTED, text, actor=actor, now=now, data=data)
