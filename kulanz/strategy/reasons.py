"""Why a case is contacted, waits, is held or goes to a person: stable codes, and a sentence for each in German and
English.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

Language = Literal["de", "en"]


class Action(StrEnum):
    """What happens to a case today."""

    CONTACT = "contact"
    WAIT = "wait"
    HOLD = "hold"
    HUMAN = "human"
    NONE = "none"


class Reason(StrEnum):
    """The decisive cause of an action."""

    STEP_DUE = "step_due"
    STEP_DUE_AFTER_QUIET_DAY = "step_due_after_quiet_day"
    STEP_NOT_DUE = "step_not_due"
    CONDITION_NOT_MET = "condition_not_met"
    PERSON_DECIDES = "person_decides"
    LADDER_AT_END = "ladder_at_end"
    STEP_UNKNOWN = "step_unknown"
    CASE_CLOSED = "case_closed"
    NOT_ISSUED = "not_issued"
    NOTHING_OPEN = "nothing_open"
    HOLD_STANDS = "hold_stands"
    TIME_BARRED = "time_barred"
    CURRENCY = "currency"
    NEEDS_HUMAN = "needs_human"
    SMALL_AMOUNT = "small_amount"
    NO_CHANNEL = "no_channel"
    CONTACTED_RECENTLY = "contacted_recently"
    CAP_7_DAYS = "cap_7_days"
    CAP_28_DAYS = "cap_28_days"
    CHANGED_MEANWHILE = "changed_meanwhile"


SENTENCES: dict[Reason, tuple[str, str]] = {
    Reason.STEP_DUE: (
        "Der Schritt „{step}“ ist an der Reihe: {distance}, offen sind {open}.",
        "The step “{step}” is due: {distance}, {open} open.",
    ),
    Reason.STEP_DUE_AFTER_QUIET_DAY: (
        "Der Schritt „{step}“ ist an der Reihe; heute ist am Wohnort Sonn- oder Feiertag, deshalb geht er erst danach hinaus.",
        "The step “{step}” is due; today is a Sunday or public holiday at the debtor's place, so it leaves afterwards.",
    ),
    Reason.STEP_NOT_DUE: (
        "Der nächste Schritt „{step}“ ist erst am {next_step_on} an der Reihe.",
        "The next step “{step}” is not due before {next_step_on}.",
    ),
    Reason.CONDITION_NOT_MET: (
        "Die Bedingung des Schritts „{step}“ ist noch nicht erfüllt.",
        "The condition of the step “{step}” is not met yet.",
    ),
    Reason.PERSON_DECIDES: (
        "Alle freundlichen Schritte sind getan. Jetzt entscheidet ein Mensch, wie es weitergeht.",
        "All friendly steps have been taken. Now a person decides how to go on.",
    ),
    Reason.LADDER_AT_END: (
        "Der Ablaufplan sieht keinen weiteren Schritt vor.",
        "The playbook has no further step.",
    ),
    Reason.STEP_UNKNOWN: (
        "Der vermerkte Schritt „{last_step}“ kommt im Ablaufplan nicht vor. Ein Mensch muss die Stelle festlegen.",
        "The noted step “{last_step}” is not in the playbook. A person has to set the position.",
    ),
    Reason.CASE_CLOSED: ("Die Akte ist geschlossen.", "The case is closed."),
    Reason.NOT_ISSUED: ("Die Rechnung trägt ein späteres Datum.", "The invoice bears a later date."),
    Reason.NOTHING_OPEN: ("Es ist nichts offen.", "Nothing is open."),
    Reason.HOLD_STANDS: (
        "Kontakt ist gesperrt: {hold}{hold_until}.",
        "Contact is on hold: {hold}{hold_until}.",
    ),
    Reason.TIME_BARRED: (
        "Die Forderung kann seit dem {limitation_on} verjährt sein. Ein Mensch muss das prüfen; gemahnt wird nicht.",
        "The claim may be time-barred since {limitation_on}. A person has to check; no reminder is sent.",
    ),
    Reason.CURRENCY: (
        "Schreiben gibt es bisher nur in Euro; diese Akte läuft in {currency}. Ein Mensch muss sie führen.",
        "Letters exist in euro only; this case is kept in {currency}. A person has to handle it.",
    ),
    Reason.NEEDS_HUMAN: (
        "Die Akte wartet auf die Entscheidung eines Menschen.",
        "The case waits for a person to decide.",
    ),
    Reason.SMALL_AMOUNT: (
        "Offen sind nur {open}; für so wenig wird niemand angeschrieben.",
        "Only {open} is open; nobody is written to for so little.",
    ),
    Reason.NO_CHANNEL: (
        "Kein Kontaktweg bekannt: Kontakt ermitteln.",
        "No channel known: find contact.",
    ),
    Reason.CONTACTED_RECENTLY: (
        "Die letzte Nachricht ist erst {contact_days} her; wir lassen Zeit zum Antworten.",
        "The last message is only {contact_days} old; there must be time to answer.",
    ),
    Reason.CAP_7_DAYS: (
        "Diese Person hat in 7 Tagen schon {contacts_7} erhalten; mehr wäre zu viel.",
        "This person has had {contacts_7} in 7 days; more would be too much.",
    ),
    Reason.CAP_28_DAYS: (
        "Diese Person hat in 28 Tagen schon {contacts_28} erhalten; mehr wäre zu viel.",
        "This person has had {contacts_28} in 28 days; more would be too much.",
    ),
    Reason.CHANGED_MEANWHILE: (
        "Während der Entscheidung hat sich in der Akte etwas geändert; deshalb wurde nichts veranlasst.",
        "Something changed in the case while it was decided; so nothing was done.",
    ),
}

HOLD_WORDS: dict[str, tuple[str, str]] = {
    "insolvency": ("Insolvenz", "insolvency"),
    "death": ("Todesfall", "death"),
    "wrong_person": ("falsche Person", "wrong person"),
    "limitation": ("Verjährung", "limitation"),
    "representation": ("wird vertreten", "is represented"),
    "dispute": ("Einwand", "dispute"),
    "paid_claimed": ("sagt, es ist schon bezahlt", "says it is paid"),
    "maybe_paid": ("vielleicht schon bezahlt", "maybe paid"),
    "hardship": ("Härtefall", "hardship"),
    "plan": ("Ratenplan", "instalment plan"),
    "deferral": ("Stundung", "deferral"),
    "settlement": ("Vergleich", "settlement"),
    "promise": ("Zahlungszusage", "promise to pay"),
    "collection": ("Zahlung ist unterwegs", "payment is on its way"),
    "pause": ("Pause", "pause"),
    "manual": ("von Hand gesetzt", "set by hand"),
}


def sentence(reason: Reason, facts: Mapping[str, Any], *, step_name: str, next_step_on: date | None, language: Language) -> str:
    """The reason as a sentence, filled from the facts of the decision. Amounts and days in the form of the language."""
    german = language == "de"
    hold = HOLD_WORDS.get(str(facts["hold_reason"]), ("", ""))
    until = facts["hold_until"]
    ahead = facts["contacts_ahead_today"]
    messages = (("Nachricht", "Nachrichten"), ("message", "messages"))
    return SENTENCES[reason][0 if german else 1].format(
        step=step_name,
        last_step=facts["step"],
        distance=_distance(facts["days_overdue"], german=german),
        open=_money(facts["open_cents"], facts["currency"], german=german),
        next_step_on=_day(next_step_on, german=german),
        hold=hold[0 if german else 1],
        hold_until="" if until is None else (" bis " if german else " until ") + _day(until, german=german),
        limitation_on=_day(facts["limitation_on"], german=german),
        currency=facts["currency"],
        contact_days=_count(facts["days_since_contact"] or 0, ("Tag", "Tage"), ("day", "days"), german=german),
        contacts_7=_count(facts["contacts_last_7_days"] + ahead, *messages, german=german),
        contacts_28=_count(facts["contacts_last_28_days"] + ahead, *messages, german=german),
    )


def _money(cents: int, currency: str, *, german: bool) -> str:
    whole, part = divmod(abs(cents), 100)
    sign = "-" if cents < 0 else ""
    if german:
        return f"{sign}{whole:,}".replace(",", ".") + f",{part:02d} {'€' if currency == 'EUR' else currency}"
    return f"{currency} {sign}{whole:,}.{part:02d}"


def _count(number: int, de: tuple[str, str], en: tuple[str, str], *, german: bool) -> str:
    """A number with its word in singular or plural."""
    return f"{number} {(de if german else en)[number != 1]}"


def _distance(days_overdue: int | None, *, german: bool) -> str:
    """How far the due date is away, in words."""
    if not days_overdue:
        return "heute ist Zahltag" if german else "today is the due date"
    number = _count(abs(days_overdue), ("Tag", "Tage"), ("day", "days"), german=german)
    if days_overdue > 0:
        return f"{number} nach dem Zahltag" if german else f"{number} after the due date"
    return f"{number} vor dem Zahltag" if german else f"{number} before the due date"


def _day(day: date | str | None, *, german: bool) -> str:
    if day is None:
        return "–"
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{day:%d.%m.%Y}" if german else day.isoformat()
