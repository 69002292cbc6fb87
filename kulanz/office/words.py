"""How counts and states are called in the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.contact.models import MessageState

COUNTS: dict[str, Promise] = {
    "cases": _("Akten"),
    "action:contact": _("ansprechen"),
    "action:wait": _("warten"),
    "action:hold": _("gesperrt"),
    "action:human": _("für einen Menschen"),
    "queued": _("Nachrichten vorgesehen"),
}
_STATES: dict[str, Promise] = {
    MessageState.QUEUED: _("vorgesehen"),
    MessageState.SENDING: _("wird gesendet"),
    MessageState.SENT: _("gesendet"),
    MessageState.FAILED: _("nicht zustellbar"),
    MessageState.UNKNOWN: _("Versand unklar"),
    MessageState.CANCELLED: _("angehalten"),
}


def counts_in_columns(counts: Mapping[str, Any]) -> list[tuple[Promise, int]]:
    """What a run decided, in the columns of the page; reasons and vetoes stand in each decision."""
    return [(label, int(counts.get(name, 0))) for name, label in COUNTS.items()]


def state_in_words(state: str) -> Promise | str:
    """The state of a message in a word."""
    return _STATES.get(state, state)


RUN_STATES: dict[str, tuple[Promise, str, str]] = {
    "draft": (_("Entwurf"), "information", "info"),
    "approved": (_("freigegeben"), "attention", "clock"),
    "paid": (_("ausgezahlt"), "", "check"),
    "closed": (_("abgeschlossen"), "plain", "check"),
}
"""Each state of a remittance run: its word, the tone of its chip, its sign."""
WHY_RUN: dict[str, Promise] = {
    "nothing": _("Eingang und Honorar gleichen sich aus."),
    "below_threshold": _("Der Betrag liegt unter der vereinbarten Grenze und wartet auf den nächsten Lauf."),
    "owed_to_us": _("Das Guthaben reicht nicht für Honorar und zurückgegangene Zahlungen; der Rest wird beim nächsten Mal verrechnet."),
    "not_here_yet": _("Ein Teil liegt noch nicht auf dem Konto und geht in den nächsten Lauf ein."),
}
