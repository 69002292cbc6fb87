"""Why a bank line belongs where it does, in the language of the page. The reasons are stored in German, composed of these phrases."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

_PHRASES: Final = (
    _("Ende-zu-Ende-Kennung stimmt"),
    _("Aktenzeichen stimmt"),
    _("Rechnungsnummer stimmt"),
    _("Aktenzeichen mit einem Tippfehler, über die Prüfziffer erkannt"),
    _("Rechnungsnummer steckt in anderem Text"),
    _("Kundennummer stimmt"),
    _("Rechnungsnummer mit einem Tippfehler"),
    _("Betrag stimmt"),
    _("Betrag stimmt für %(count)s Rechnungen"),
    _("Betrag ist alles, was offen ist"),
    _("Betrag eines früheren Briefs (Rechnung mit Zinsen bis dahin)"),
    _("Betrag einer Rechnung stimmt"),
    _("Betrag einer Rechnung mit Zinsen bis zu einem früheren Brief"),
    _("Betrag von %(count)s Rechnungen zusammen stimmt"),
    _("Betrag gehört zu einer anderen Rechnung"),
    _("von diesem Konto kam schon eine Zahlung"),
    _("Name stimmt"),
    _("Name steht im Verwendungszweck"),
    _("Name ähnlich"),
    _("Beträge stehen in der Liste"),
    _("Beträge gehen genau auf"),
    _("Sammelzahlung für %(count)s Akten, alle mit Nummer genannt"),
    _("Das Konto gehört zu keinem Mandanten."),
    _("Keine Nummer, kein Name und kein Betrag passt zu einer offenen Forderung."),
    _("Belastung: Geld ist abgegangen."),
    _("Rückgabe einer Zahlung"),
    _("Bitte prüfen, welche Buchung zurückzunehmen ist."),
    _("Lastschrift eingezogen"),
    _("von Hand zugeordnet"),
    _("von Hand aufgeteilt"),
    _("zurückgenommen"),
)


def in_words(reason: str) -> str:
    """The reason as a page of the current language says it; what a person wrote stays as it is."""
    if (get_language() or "de").startswith("de"):
        return reason
    pattern, known = _pattern()
    text = pattern.sub(lambda found: _said(known[re.sub(r"\d+", "#", found[0])], found[0]), reason)
    return text[:1].upper() + text[1:]


def _said(phrase: str, found: str) -> str:
    number = re.search(r"\d+", found)
    return gettext(phrase) % {"count": number[0]} if number else gettext(phrase)


@cache
def _pattern() -> tuple[re.Pattern[str], dict[str, str]]:
    """One pattern of all phrases, the longest first; and each phrase by what it looks like with its number left out."""
    longest_first = sorted(_PHRASES, key=len, reverse=True)
    pattern = "|".join(re.escape(phrase).replace(re.escape("%(count)s"), r"\d+") for phrase in longest_first)
    return re.compile(pattern), {phrase.replace("%(count)s", "#"): phrase for phrase in _PHRASES}
