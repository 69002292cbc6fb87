"""The notes stored with bookings, as a reader of the statement sees them: plain sentences in both languages, a person's words untouched."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import kulanz
from kulanz.claims.commands.plain import REST_WAIVED
from kulanz.claims.commands.set_off import SOURCE as SET_OFF
from kulanz.claims.receipt import LineKind
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.statement import statement_words
from kulanz.contact.rendering.statement_notes import told
from kulanz.contact.return_reasons import RETURN_REASONS
from kulanz.payments.commands.agreements.words import NOUN

GERMAN = re.compile(r"[äöüßÄÖÜ]|\b(?:und|der|die|das|wir|Bankumsatz|Zeile|Vorgang|Zahlung|Rückgabe|mit|vom|Ratenplan|Vergleich|Stundung)\b")
SOURCES = [
    SET_OFF,
    REST_WAIVED,
    "Bankumsatz 12",
    "Rückgabe AC04, Bankumsatz 12",
    "Rückgabe , Bankumsatz 12",
    "Rücklastschrift –, Bankumsatz 12",
    "Entgelt der Bank für die Rückgabe, Bankumsatz 12",
    "Lastschrift RF18-L3, Bankumsatz 12",
    "Zahlung mit Karte, Vorgang 3",
    "Zahlung mit PayPal zurückgeholt, Vorgang 3",
    "Zahlung mit SEPA-Lastschrift erstattet, Vorgang 3",
    "Direkt an den Gläubiger gezahlt, gemeldet von anna",
    "Rückzahlung, Bankumsatz 12",
    "Rückzahlung kam zurück, Bankumsatz 12",
    "Erstattung über den Zahlungsanbieter, Vorgang 3",
    "Erstattung über den Zahlungsanbieter gescheitert, Vorgang 3",
    "Einigungsgebühr für die Zahlungsvereinbarung (VV RVG 1000 Nr. 2, § 31b RVG)",
    "Import 3, offen.csv, Zeile 7",
    "Neu verrechnet: Bankumsatz 12",
    "Neu verrechnet: Ratenplan: keine Zinsen, solange er läuft",
    "Rechnung kam nach der Zahlung",
    *(f"{noun}: keine Zinsen, solange er läuft" for noun in NOUN.values()),
    *(f"{noun} eingehalten: auf den Rest wird verzichtet" for noun in NOUN.values()),
    *(f"Rücklastschrift {code}, Bankumsatz 12" for code in RETURN_REASONS),
]


@pytest.mark.parametrize("source", SOURCES)
def test_a_note_of_ours_is_a_sentence_in_either_language(source: str) -> None:
    for language in ("de", "en"):
        said = told(source, LineKind.PAYMENT, statement_words(language), language)
        assert said and said != source and "{" not in said
        if language == "en":
            assert not GERMAN.search(said), said


@pytest.mark.parametrize(("language", "label"), [("de", "Der Grund: "), ("en", "The reason: ")])
def test_what_a_person_typed_stays_as_it_was(language: Language, label: str) -> None:
    words = statement_words(language)
    for source in ("Verzicht: Paket verloren", "Gutschrift: Paket verloren", "Rücknahme: Paket verloren", "Paket verloren"):
        assert told(source, LineKind.WAIVER, words, language) == f"{label}Paket verloren"
    assert told("", LineKind.PAYMENT, words, language) == ""
    assert told("RE-12.pdf", LineKind.OPENED, words, language) == words["source"].format(source="RE-12.pdf")
    reminder = told("Kosten: Mahnbrief vom 20.02.2026. §§ 280, 286 BGB", LineKind.CHARGE, words, language)
    assert "20.02.2026" in reminder and label not in reminder


def stored() -> Iterator[str]:
    """Every note the money rooms compose for a booking (`source=` or the text of a `NewFact`), with a 7 for each value."""
    for path in sorted((Path(kulanz.__file__).parent / "payments" / "commands").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("NewFact", "Payment"):
                texts = [*node.args[4:5], *(word.value for word in node.keywords if word.arg == "source")]
                for text in texts:
                    if isinstance(text, ast.JoinedStr):
                        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in text.values)


def test_no_note_that_the_money_rooms_store_is_left_raw() -> None:
    found = set(stored())
    assert len(found) > 6
    words = statement_words("en")
    raw = {source for source in found if told(source, LineKind.PAYMENT, words, "en") == words["source"].format(source=source)}
    assert not raw
