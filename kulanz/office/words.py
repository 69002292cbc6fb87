"""How counts and states are called in the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.contact.models import MessageState

_COUNTS: dict[str, Promise] = {
    "cases": _("Akten"),
    "decisions": _("Entscheidungen"),
    "contact": _("ansprechen"),
    "wait": _("warten"),
    "hold": _("gesperrt"),
    "human": _("für einen Menschen"),
    "none": _("nichts zu tun"),
    "queued": _("Nachrichten vorgesehen"),
    "known": _("schon vorgesehen"),
    "stale": _("inzwischen geändert"),
}
_STATES: dict[str, Promise] = {
    MessageState.QUEUED: _("vorgesehen"),
    MessageState.SENDING: _("wird gesendet"),
    MessageState.SENT: _("gesendet"),
    MessageState.FAILED: _("nicht zustellbar"),
    MessageState.UNKNOWN: _("Versand unklar"),
    MessageState.CANCELLED: _("angehalten"),
}


def counts_in_words(counts: Mapping[str, Any]) -> list[tuple[Promise | str, int]]:
    """The counts of a run by name; whatever is no plain number stays out."""
    return [(_COUNTS.get(name, name), count) for name, count in counts.items() if isinstance(count, int) and not isinstance(count, bool)]


def state_in_words(state: str) -> Promise | str:
    """The state of a message in a word."""
    return _STATES.get(state, state)
