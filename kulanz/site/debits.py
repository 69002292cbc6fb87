"""Words for mandates and collections, the same in the office and at the desk."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.contact.return_reasons import return_reason
from kulanz.payments.models import Collection, CollectionState, MandateState
from kulanz.payments.rules.debits import WHY_NOT, NotCollected
from kulanz.site.templatetags.kulanz_ui import locale

STATES: dict[CollectionState, Promise] = {
    CollectionState.ANNOUNCED: _("angekündigt"),
    CollectionState.SUBMITTED: _("bei der Bank"),
    CollectionState.COLLECTED: _("angekommen"),
    CollectionState.RETURNED: _("zurückgekommen"),
    CollectionState.CANCELLED: _("entfallen"),
}
MANDATES: dict[MandateState, tuple[Promise, str]] = {
    MandateState.ACTIVE: (_("gilt"), ""),
    MandateState.USED: (_("einmalig, verwendet"), "plain"),
    MandateState.SUSPENDED: (_("ausgesetzt"), "attention"),
    MandateState.REVOKED: (_("widerrufen"), "plain"),
    MandateState.EXPIRED: (_("abgelaufen"), "plain"),
}
"""Each state of a mandate: its word, the tone of its chip."""


def became(one: Collection) -> str:
    """What became of a collection, in words; a return with its code and reason."""
    german = locale() == "de_DE"
    if one.return_code:
        reason = return_reason(one.return_code)
        return f"{reason.code}: {reason.german if german else reason.english}"
    if one.because:
        return WHY_NOT[NotCollected(one.because)][0 if german else 1]
    return str(STATES[CollectionState(one.state)])


def masked(iban: str) -> str:
    """Country and the last four digits of an account: ``DE•• •••• •••• •••• ••20 51``."""
    hidden = iban[:2] + "•" * (len(iban) - 6) + iban[-4:]
    return " ".join(hidden[start : start + 4] for start in range(0, len(hidden), 4))
