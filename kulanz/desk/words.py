"""How states and reasons are called on the desk."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kulanz.claims.models import HoldReason
from kulanz.contact.models import MessageState
from kulanz.desk.forms import REASONS
from kulanz.desk.queries import Why

_WHY: dict[Why, Promise] = {
    Why.UNSURE: _("Versand unklar"),
    Why.SAID: _("Hat sich gemeldet"),
    Why.HUMAN: _("Entscheidung nötig"),
    Why.MONEY: _("Zahlung bestätigen"),
    Why.FAILED: _("Nicht zustellbar"),
    Why.NO_CHANNEL: _("Kontakt fehlt"),
}
_STATE: dict[str, tuple[Promise, str]] = {
    MessageState.QUEUED: (_("vorgesehen"), "information"),
    MessageState.SENDING: (_("wird gesendet"), "information"),
    MessageState.SENT: (_("gesendet"), ""),
    MessageState.FAILED: (_("nicht zustellbar"), "danger"),
    MessageState.UNKNOWN: (_("Versand unklar"), "attention"),
    MessageState.CANCELLED: (_("angehalten"), "plain"),
}
_CHANNEL: dict[str, tuple[Promise, str]] = {
    "email": (_("E-Mail"), "mail"),
    "letter": (_("Brief"), "file-text"),
    "sms": (_("SMS"), "smartphone"),
    "phone": (_("Telefon"), "phone"),
}
_CANCELLED: dict[str, Promise] = {
    "hold": _("Angehalten durch eine Sperre."),
    "nothing_open": _("Es war nichts mehr offen."),
    "case_closed": _("Die Akte war geschlossen."),
    "channel_unusable": _("Die Adresse war nicht mehr nutzbar."),
    "contact_limit": _("Es wären zu viele Nachrichten in kurzer Zeit gewesen."),
    "stale": _("Zu spät: der nächste Tageslauf entscheidet neu."),
}
_TEMPLATE: dict[str, Promise] = {
    "friendly_notice": _("Freundlicher Hinweis vor der Fälligkeit"),
    "reminder_1": _("Erinnerung"),
    "reminder_2": _("Zweite Erinnerung"),
    "last_notice": _("Letzte Mitteilung"),
    "receipt": _("Dank für die Zahlung"),
    "answer_paid_already": _("Antwort auf „schon bezahlt“"),
    "answer_something_wrong": _("Antwort auf „stimmt nicht“"),
    "payment_back": _("Zahlung kam zurück"),
    "plan_agreed": _("Bestätigung des Ratenplans"),
    "deferral_agreed": _("Bestätigung der Stundung"),
    "promise_agreed": _("Bestätigung der Zahlungszusage"),
    "settlement_offer": _("Angebot eines Vergleichs"),
    "settlement_agreed": _("Bestätigung des Vergleichs"),
    "instalment_reminder": _("Hinweis auf eine Rate"),
    "instalment_missed": _("Freundliche Nachfrage zu einer Rate"),
    "agreement_ended": _("Vereinbarung beendet"),
    "mandate_offered": _("Weg zum Lastschriftmandat"),
    "mandate_signed": _("Bestätigung des Lastschriftmandats"),
    "mandate_ended": _("Lastschriftmandat beendet"),
    "debit_announced": _("Ankündigung einer Abbuchung"),
    "debit_cancelled": _("Abbuchung entfällt"),
    "debit_returned": _("Abbuchung kam zurück"),
    "payment_returned": _("Zahlung kam zurück"),
    "payment_disputed": _("Zahlung zurückgeholt: Frage, was nicht stimmt"),
    "refund_account_wanted": _("Frage nach dem Konto für eine Rückzahlung"),
    "refund_coming": _("Rückzahlung unterwegs"),
    "refund_at_till": _("Rückzahlung liegt an der Kasse bereit"),
}
_ACTOR: dict[str, Promise] = {"debtor": _("im Portal"), "kulanz": _("Kulanz")}
_EVENT_SYMBOL: dict[str, str] = {
    "paid_already": "message-square",
    "something_wrong": "flag",
    "person_decided": "user",
    "claim": "receipt-text",
    "hold_placed": "pause",
    "hold_lifted": "play",
    "case_settled": "circle-check",
    "case_reopened": "history",
    "payment": "banknote",
    "agreement": "heart-handshake",
    "settlement": "heart-handshake",
    "instalment": "calendar",
    "limitation": "hourglass",
    "debit": "landmark",
    "mandate": "landmark",
    "refund": "undo-2",
    "return": "undo-2",
    "relief": "hand-heart",
    "cost": "euro",
    "terms": "scale",
    "booking": "undo-2",
    "utterance": "message-square",
    "message": "mail",
}


def why_text(why: Why) -> Promise:
    """Why a case waits, in two words."""
    return _WHY[why]


def chips(whys: Sequence[Why]) -> list[tuple[Promise, str]]:
    """Each reason with the tone of its chip: what somebody is waiting for stands out."""
    return [(_WHY[why], "attention" if why in (Why.SAID, Why.UNSURE) else "information" if why == Why.HUMAN else "plain") for why in whys]


def state_text(state: str) -> tuple[Promise, str]:
    """The state of a message in a word, and the tone of its chip."""
    return _STATE[state]


def cancelled_text(code: str) -> str:
    """Why a queued message did not go out, from the outbox's code (``hold: dispute``, ``nothing_open`` …)."""
    cause, _separator, reason = code.partition(": ")
    if cause == "hold" and reason in REASONS:
        return gettext("Angehalten durch eine Sperre: %(reason)s") % {"reason": REASONS[HoldReason(reason)]}
    return str(_CANCELLED.get(cause, code))


def channel_text(channel: str) -> tuple[Promise | str, str]:
    """A channel by its name, and its icon."""
    return _CHANNEL.get(channel, (channel, "send"))


def title_text(subject: str, template: str) -> str:
    """What a message is called: its subject, or before it is written the name of its text."""
    return subject or str(_TEMPLATE.get(template, template))


def actor_text(actor: str) -> str:
    """Who did something: staff by name, others by what they are."""
    return str(_ACTOR.get(actor, actor))


def event_symbol(kind: str) -> str:
    """The icon of a timeline entry: by its kind, or by how its kind begins."""
    for begin, symbol in _EVENT_SYMBOL.items():
        if kind.startswith(begin):
            return symbol
    return "clock"
