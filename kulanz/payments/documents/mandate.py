"""The mandate as a PDF for the debtor: the text that was signed, the evidence of the signature, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.format import long_day
from kulanz.contact.rendering.parts import imprint_of
from kulanz.contact.rendering.typeset import set_pdf
from kulanz.contact.sending.facts import sender_of
from kulanz.payments.models import Mandate, MandateState

_TEMPLATES: Final = Path(__file__).parent / "templates"
_ZONE: Final = ZoneInfo("Europe/Berlin")
_LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "de": {
        "title": "SEPA-Lastschriftmandat",
        "creditor": "Zahlungsempfänger",
        "reference": "Mandatsreferenz",
        "creditor_id": "Gläubiger-Identifikationsnummer",
        "holder": "Kontoinhaber",
        "iban": "IBAN",
        "state": "Stand",
        "evidence": "So wurde das Mandat erteilt",
        "at": "Zeitpunkt",
        "how": "Weg",
        "via": "Auf der eigenen Seite, geöffnet mit {factor}",
        "hash": "Prüfsumme des Textes (SHA-256)",
        "ip": "Netzadresse",
        "no_ip": "nicht gespeichert",
        "note": "Dieses Mandat wurde elektronisch erteilt. Sie können es jederzeit auf Ihrer Seite widerrufen.",
        "active": "gültig",
        "used": "einmalig genutzt",
        "suspended": "ausgesetzt",
        "revoked": "widerrufen",
        "expired": "abgelaufen",
    },
    "en": {
        "title": "SEPA direct debit mandate",
        "creditor": "Creditor",
        "reference": "Mandate reference",
        "creditor_id": "Creditor identifier",
        "holder": "Account holder",
        "iban": "IBAN",
        "state": "Status",
        "evidence": "How the mandate was given",
        "at": "Time",
        "how": "Way",
        "via": "On your own page, opened with {factor}",
        "hash": "Checksum of the text (SHA-256)",
        "ip": "Network address",
        "no_ip": "not kept",
        "note": "This mandate was given electronically. You can revoke it on your page at any time.",
        "active": "valid",
        "used": "used once",
        "suspended": "suspended",
        "revoked": "revoked",
        "expired": "expired",
    },
}


def mandate_pdf(mandate: Mandate) -> bytes:
    """Set the mandate in the language it was signed in, as PDF/A-2a and PDF/UA-1. The same mandate is the same file.

    It comes with its case and creditor. Raises `LetterUnprintable` if a sign has no glyph.
    """
    return set_pdf(_TEMPLATES / "mandate.typ", _data(mandate), day=mandate.signed_on, called="Das Mandat")


def _data(mandate: Mandate) -> dict[str, Any]:
    language: Language = "en" if mandate.language == "en" else "de"
    words, sender = _WORDS[language], sender_of(mandate.case.creditor)
    day, signed = mandate.signed_on, mandate.signed_at.astimezone(_ZONE)
    ended = long_day(mandate.ended_at.astimezone(_ZONE).date(), language) if mandate.ended_at else ""
    state = words[MandateState(mandate.state).value] + (f" ({ended})" if ended else "")
    written = mandate.text.split("\n\n")
    return {
        "language": language,
        "region": "GB" if language == "en" else "DE",
        "day": [day.year, day.month, day.day],
        "title": words["title"],
        "sender": sender.legal_name or sender.name,
        "facts": [
            [words["creditor"], f"{sender.legal_name or sender.name}, {sender.street}, {sender.postcode} {sender.city}".strip(", ")],
            [words["reference"], mandate.reference],
            [words["creditor_id"], mandate.sepa_creditor_id],
            [words["holder"], mandate.holder],
            [words["iban"], " ".join(mandate.iban[at : at + 4] for at in range(0, len(mandate.iban), 4))],
            [words["state"], state],
        ],
        # The head (title, creditor, numbers) and the foot (holder, account) of the text stand in the table above.
        "text": written[2:-1],
        "evidence_heading": words["evidence"],
        "evidence": [
            [words["at"], str(format_datetime(signed, "d. MMMM y, HH:mm:ss zzz", locale=_LOCALES[language]))],
            [words["how"], words["via"].format(factor=mandate.evidence.get("second_factor", "–"))],
            [words["hash"], _broken(str(mandate.evidence.get("text_sha256", "–")))],
            [words["ip"], words["no_ip"]],
        ],
        "note": words["note"],
        "imprint": imprint_of(sender, language),
    }


def _broken(checksum: str) -> str:
    """A checksum in two lines."""
    return f"{checksum[:32]} {checksum[32:]}".strip()
