"""What stands behind a line of the statement: the notes that the rooms store in German with a booking, in the words of any reader.

A note is recognised by its form. What a person typed (the reason of a waiver, say) stays as it was typed and is shown as the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from kulanz.claims.commands.plain import REST_WAIVED
from kulanz.claims.commands.set_off import SOURCE as SET_OFF
from kulanz.claims.receipt import LineKind
from kulanz.contact.rendering.facts import Language
from kulanz.contact.return_reasons import return_reason

_BANK: Final = r"Bankumsatz (?P<line>\S+)"
_CODE: Final = r"(?P<code>[A-Z0-9?–]{1,10})"
_NOTES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(form, re.DOTALL), key)
    for form, key in (
        (re.escape(SET_OFF), "note_set_off"),
        (re.escape(REST_WAIVED), "note_small_rest"),
        (r"Ratenplan: keine Zinsen, solange er läuft", "note_plan_interest"),
        (r"Stundung: keine Zinsen, solange (?:er|sie) läuft", "note_deferral_interest"),
        (r"\w+: keine Zinsen, solange (?:er|sie) läuft", "note_agreed_interest"),
        (r"Ratenplan eingehalten: auf den Rest wird verzichtet", "note_plan_kept"),
        (r"Vergleich eingehalten: auf den Rest wird verzichtet", "note_settlement_kept"),
        (r"\w+ eingehalten: auf den Rest wird verzichtet", "note_agreed_kept"),
        (r"Einigungsgebühr für die Zahlungsvereinbarung \((?P<rule>.+)\)", "note_agreement_fee"),
        (r"Mahnbrief vom (?P<day>[\d.]+)\. (?P<rule>.+)", "note_reminder"),
        (rf"Rücklastschrift {_CODE}, {_BANK}", "note_debit_returned"),
        (rf"Rückgabe {_CODE}, {_BANK}", "note_returned"),
        (rf"Rückgabe ?, {_BANK}", "note_returned_plain"),
        (rf"Entgelt der Bank für die Rückgabe, {_BANK}", "note_bank_charge"),
        (rf"Lastschrift (?P<number>.+), {_BANK}", "note_debit"),
        (rf"Rückzahlung, {_BANK}", "note_refund"),
        (rf"Rückzahlung kam zurück, {_BANK}", "note_refund_back"),
        (r"Erstattung über den Zahlungsanbieter, Vorgang (?P<number>\S+)", "note_provider_refund"),
        (r"Erstattung über den Zahlungsanbieter gescheitert, Vorgang (?P<number>\S+)", "note_provider_refund_back"),
        (r"Zahlung mit (?P<way>.+) erstattet, Vorgang (?P<number>\S+)", "note_way_refunded"),
        (r"Zahlung mit (?P<way>.+) zurückgeholt, Vorgang (?P<number>\S+)", "note_way_back"),
        (r"Zahlung mit (?P<way>.+), Vorgang (?P<number>\S+)", "note_way"),
        (r"Direkt an den Gläubiger gezahlt, gemeldet von (?P<who>.+)", "note_direct"),
        (r"Import (?P<number>\S+), (?P<file>.+), Zeile (?P<row>\d+)", "note_import"),
        (r"Neu verrechnet: (?P<rest>.+)", "note_anew"),
        (r"Zinsen berichtigt: (?P<text>.+)", "note_terms"),
        (r"Rechnung kam nach der Zahlung", "note_came_after"),
        (_BANK, "note_bank"),
        (r"(?:Rücknahme|[\w ]+ zurückgenommen): (?P<text>.+)", "note_undone"),
        (r"(?:Verzicht|Gutschrift|Ausbuchung|Kosten): (?P<text>.+)", "note_reason"),
    )
)
_GIVEN_UP: Final = frozenset({LineKind.WAIVER, LineKind.CREDIT_NOTE, LineKind.WRITE_OFF, LineKind.UNDONE, LineKind.CORRECTED})
_ENGLISH_WAYS: Final = {"Karte": "card", "SEPA-Lastschrift": "SEPA direct debit", "Online-Banking": "online banking", "Bargeld": "cash"}


def told(source: str, kind: LineKind, words: Mapping[str, str], language: Language) -> str:
    """The note of a line as a reader sees it, or the document it rests on. Empty if nothing was noted."""
    if not source:
        return ""
    said = _recognised(source, words, language)
    if said:
        return said
    return words["note_reason" if kind in _GIVEN_UP else "source"].format(text=source, source=source)


def credited_again(source: str) -> bool:
    """True if the line is money paid back that did not reach the account it was sent to."""
    return source.startswith(("Rückzahlung kam zurück", "Erstattung über den Zahlungsanbieter gescheitert"))


def _recognised(source: str, words: Mapping[str, str], language: Language) -> str:
    for form, key in _NOTES:
        if found := form.fullmatch(source):
            values = found.groupdict()
            if "code" in values:
                reason = return_reason(values["code"])
                values["reason"] = reason.english if language == "en" else reason.german
            if language == "en" and "way" in values:
                values["way"] = _ENGLISH_WAYS.get(values["way"], values["way"])
            if key == "note_reason" and (known := _recognised(values["text"], words, language)):
                return known
            if "rest" in values:
                values["rest"] = _recognised(values["rest"], words, language) or values["rest"]
            return words[key].format(**values)
    # The number of an invoice's own document may stand before what brought it in.
    first, separator, rest = source.partition(" · ")
    if separator and (said := _recognised(rest, words, language)):
        return words["source"].format(source=f"{first} · {said}")
    return ""
