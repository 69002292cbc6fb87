"""German sentences from below the pages, in the language of the page: refusals (`KulanzError`) and notes stored with a booking.

The rooms that raise and store them know no languages. A fixed sentence is looked up as it is; `kulanz.site.refusals` finds them all for
the translators. A sentence with values in it is recognised by its pattern below, and the values are put into the translated pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from kulanz.errors import KulanzError
from kulanz.law.english import in_english
from kulanz.law.errors import LawError
from kulanz.site.told_files import FILES, LINES
from kulanz.site.told_providers import PROVIDERS
from kulanz.site.told_timeline import TIMELINE

_PATTERNS: tuple[str, ...] = (
    # Where a line of a receipt comes from.
    _("Bankumsatz %(number)s"),
    _("Import %(number)s, %(file)s, Zeile %(line)s"),
    _("Neu verrechnet: %(rest)s"),
    _("Lastschrift %(number)s, Bankumsatz %(line)s"),
    _("Zahlung mit %(way)s, Vorgang %(number)s"),
    _("Direkt an den Gläubiger gezahlt, gemeldet von %(who)s"),
    _("Mahnbrief vom %(day)s. %(rule)s"),
    # What a refusal says with values in it.
    _("Für diese Mahnung darf nichts berechnet werden. %(rule)s."),
    _("Für diese Mahnung sind höchstens %(sum)s möglich. %(rule)s."),
    _("Zinsen laufen frühestens am Tag nach der Fälligkeit, sie war am %(day)s fällig."),
    _("Unbekannt: %(names)s."),
    _("Die IBAN „%(iban)s“ ist nicht gültig."),
    _("Die Zahlungsreferenz „%(reference)s“ hat keine gültige Prüfziffer (ISO 11649)."),
    _("Der Brief lässt sich nicht setzen: %(problem)s"),
    _("Der Kontoauszug lässt sich nicht setzen: %(problem)s"),
    _("Bitte fassen Sie sich etwas kürzer: höchstens %(count)s Zeichen."),
    _("Diese Konten gibt es nicht: %(names)s."),
    _("Möglich: %(names)s."),
    _("Keine Kontonummer mit höchstens %(count)s Ziffern: %(names)s."),
    _("Das sind mehr als %(count)s Zeilen."),
    _("Es fehlen Kontonummern für: %(names)s."),
    _("In %(count)s Akte(n) gibt es keine Forderung."),
    _("Der Umsatz ist in %(theirs)s, die Akte wird in %(ours)s geführt."),
    _("Ein Entwurf bis %(day)s steht noch."),
    _("Es ist schon bis %(day)s abgerechnet. Was später dazukam, steht im nächsten Lauf."),
    _("Ein Umsatz lässt sich auf einen bis %(count)s Anteile verteilen."),
    _("Es bleiben noch %(rest)s zu verteilen."),
    _("Es sind %(rest)s zu viel verteilt."),
    _("Der Umsatz ist in %(theirs)s, mindestens eine Akte wird in einer anderen Währung geführt."),
    # About mandates.
    _("Der Weg zum Lastschriftmandat ist geschickt."),
    _("durch ein neues Mandat ersetzt"),
    _("vom Kontoinhaber widerrufen"),
    _("%(count)s Monate nicht genutzt"),
    # What is wrong with a list that a payer sent.
    _("„%(written)s“ ist kein eindeutiger Betrag (so: 1.234,56)."),
    _("„%(written)s“ ist zu lang für ein Aktenzeichen oder eine Rechnungsnummer."),
    _("Die Liste hat mehr als %(count)s Zeilen. Bitte teilen."),
    _("Die Liste ist größer als %(size)s MB."),
    _("Die Liste ist leer."),
    _("Das ist keine Textdatei. Bitte als CSV speichern."),
    _("In dieser Zeile fehlt die Nummer oder der Betrag (so: RE-17;84,90)."),
    _("Mehr als zwei Spalten: Bitte eine Kopfzeile mit „Nummer“ und „Betrag“ voranstellen."),
    _("Es fehlt das Aktenzeichen oder die Rechnungsnummer."),
    _("Der Zahlungsanbieter antwortet gerade nicht (Status %(status)s)."),
    _("Der Zahlungsanbieter hat die Anfrage abgelehnt (Status %(status)s)."),
)
_NESTED = ("rest", "note")
"""The values that are themselves such sentences."""


@dataclass(frozen=True, slots=True)
class Told:
    """A refusal for a page. ``detail`` is what could be said in German only; empty when everything is in the page's language."""

    message: str
    remedy: str
    detail: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.remedy, self.detail and f"({self.detail})") if part)


def told(error: KulanzError) -> Told:
    """The sentence of an error and what to do, in the language of the page."""
    remedy = in_words(error.remedy)
    if _german():
        return Told(error.message, error.remedy)
    if (message := in_words(error.message)) != error.message:
        return Told(message, remedy)
    if isinstance(error, LawError):
        return Told(in_english(error.message), remedy)
    kinds = (kind.__doc__ or "" for kind in type(error).__mro__ if issubclass(kind, KulanzError))
    general = next(iter(_translated(said.strip().split("\n\n")[0] for said in kinds)), error.message)
    return Told(general, remedy, "" if general == error.message else error.message)


def in_words(text: str) -> str:
    """A German sentence in the language of the page; as it is if nobody translated it."""
    if not text or _german():
        return text
    if (said := gettext(text)) != text:
        return said
    for shape, pattern in _shapes():
        if found := shape.fullmatch(text):
            return gettext(pattern) % {name: in_words(value) if name in _NESTED else value for name, value in found.groupdict().items()}
    return text


def _translated(sentences: Iterable[str]) -> Iterable[str]:
    return (said for sentence in sentences if (said := in_words(sentence)) != sentence)


def _german() -> bool:
    return (get_language() or "de").startswith("de")


@cache
def _shapes() -> tuple[tuple[re.Pattern[str], str], ...]:
    every = (*_PATTERNS, *FILES, *LINES, *TIMELINE, *PROVIDERS)
    return tuple((re.compile(_shape(text), re.DOTALL), text) for text in every if "%(" in text)


def _shape(text: str) -> str:
    """A pattern with places as a regular expression with groups."""
    parts = re.split(r"%\((\w+)\)s", text)
    return "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part.replace("%%", "%")) for place, part in enumerate(parts))
