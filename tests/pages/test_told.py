"""Refusals and stored notes in the language of the page: an English page never answers in German."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

import kulanz
from kulanz.claims.commands.plain import REST_WAIVED
from kulanz.claims.errors import CostNotOwed, NotFound
from kulanz.intake.rules.problems import SENTENCES, ProblemCode
from kulanz.law.errors import UnknownCountry
from kulanz.law.interest import Segment
from kulanz.payments.commands.agreements.words import NOUN
from kulanz.payments.commands.direct_debits import set_collector, submit_due
from kulanz.payments.commands.remit.prepare import DraftStands
from kulanz.payments.models import Collection
from kulanz.site import refusals
from kulanz.site.receipt import segment_text
from kulanz.site.receipt_words import note
from kulanz.site.told import in_words, told
from tests.commands.debit_house import at
from tests.pages.conftest import House
from tests.pages.test_debits import page, sign

PACKAGE = Path(kulanz.__file__).parent
ENGLISH = {"HTTP_ACCEPT_LANGUAGE": "en"}
BEHIND_PAGES = (
    *("claims/commands", "contact/commands", "intake", "payments/commands"),
    *("payments/providers/wire.py", "desk", "office", "portal"),
)


def composed() -> Iterator[tuple[str, str]]:
    """Every refusal with values in it that stands in the rooms behind the pages: where, and the sentence with a 7 for each value."""
    for place in BEHIND_PAGES:
        root = PACKAGE / place
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and _is_refusal(node.exc):
                    for said in (*node.exc.args[:1], *(word.value for word in node.exc.keywords if word.arg == "fix")):
                        if isinstance(said, ast.JoinedStr):
                            parts = (part.value if isinstance(part, ast.Constant) else "7" for part in said.values)
                            yield f"{path.name}:{node.lineno}", "".join(str(part) for part in parts)


def _is_refusal(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id not in {"ValueError", "AssertionError", "TypeError", "RuntimeError"}


def test_every_refusal_with_values_has_an_english_pattern() -> None:
    sentences = list(composed())
    assert len(sentences) > 10
    with override("en"):
        lacking = [f"{where}: {said}" for where, said in sentences if in_words(said) == said]
    assert lacking == []


def test_the_translators_see_class_sentences_remedies_and_what_is_raised() -> None:
    found = {text for _, _, text in refusals.sentences(PACKAGE)}
    assert "Das gibt es hier nicht." in found, "the sentence of a class"
    assert "Bitte neu laden und noch einmal entscheiden." in found, "the remedy of a class"
    assert "Der Zahlungstag liegt in der Zukunft." in found, "a sentence at a raise"


def test_values_stay_in_a_translated_sentence() -> None:
    error = DraftStands("Ein Entwurf bis 31.10.2026 steht noch.")
    with override("en"):
        assert str(told(error)) == "A draft up to 31.10.2026 still stands. Please approve or discard the draft first."
    with override("de"):
        assert str(told(error)) == str(error)


def test_what_nobody_translated_is_said_in_general_and_the_german_stands_beside_it() -> None:
    with override("en"):
        said = told(CostNotOwed("Ein ganz neuer Satz."))
    assert (said.message, said.detail) == ("These costs may not be charged here.", "Ein ganz neuer Satz.")


def test_a_refusal_of_the_law_is_english_on_an_english_page() -> None:
    with override("en"):
        assert "Land" not in str(told(UnknownCountry()))


@pytest.mark.parametrize(
    ("stored", "english"),
    [
        ("Bankumsatz 1470", "bank transaction 1470"),
        ("Import 49, rechnungen.csv, Zeile 78", "import 49, rechnungen.csv, line 78"),
        ("Neu verrechnet: Bankumsatz 3", "shared out anew: bank transaction 3"),
        (
            "Sperre aufgehoben: Stundung. Alles wie vereinbart bezahlt. Danke.",
            "Hold lifted: Deferral. Everything paid as agreed. Thank you.",
        ),
        ("Sperre: sagt, es ist schon bezahlt bis 03.12.2026", "Hold: says it is already paid until 03.12.2026"),
        ("Sperre aufgehoben: Stundung. Am Telefon geklärt", "Hold lifted: Deferral. Am Telefon geklärt"),
        ("Ein eigenes Wort", "Ein eigenes Wort"),
    ],
)
def test_what_is_stored_in_german_is_said_in_english(stored: str, english: str) -> None:
    with override("en"):
        assert in_words(stored) == english
    with override("de"):
        assert in_words(stored) == stored


def test_a_note_without_a_document_is_a_whole_sentence_without_terms_of_law() -> None:
    notes = [note(REST_WAIVED), *(note(f"{noun}: keine Zinsen, solange er läuft") for noun in NOUN.values())]
    assert all(one.endswith(".") for one in notes)
    assert not any(re.search("Stundung|Vergleich", one) for one in notes)
    assert note("Bankumsatz 3") == note("Notiz einer Person") == ""


def test_one_day_of_interest_is_one_day_and_no_span() -> None:
    one = Segment(date(2026, 10, 1), date(2026, 10, 1), 1, 365, 652, None, 10000, Fraction(18))
    with override("de"):
        shown = segment_text(one, "EUR").replace("\xa0", " ")
    assert shown.startswith("1. Oktober 2026: ")
    assert "× 1 Tag ÷" in shown


def test_an_english_desk_and_office_refuse_in_english(house: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    case = lead.get(reverse("desk:case", args=[uuid4()]), **ENGLISH)
    taken = lead.get(reverse("office:import", args=[999999]), **ENGLISH)
    assert case.status_code == 404
    assert "There is no such case here." in case.content.decode()
    assert taken.status_code == 404
    assert "There is no such import here." in taken.content.decode()
    with override("en"):
        assert told(NotFound()).message == "There is no such thing here."


def test_an_english_portal_refuses_in_english(house: House, debtor: Client) -> None:
    set_collector(house.ours, "DE98ZZZ09999999999")
    sign(debtor, house)
    collection = Collection.objects.get()
    with transaction.atomic():
        submit_due(day=collection.submit_on, now=at(collection.submit_on), actor="x")
    answer = debtor.post(page(house, "debit_cancel", collection.id), follow=True, **ENGLISH)
    shown = answer.content.decode()
    assert "This direct debit is already with the bank." in shown
    assert "schon bei der Bank" not in shown


def timeline() -> Iterator[tuple[str, str]]:
    """Every sentence the rooms write into a timeline, with a 7 for each value: where, and the sentence. Those that begin with a value, or
    whose value is a part of a sentence, are made of words that stand elsewhere."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if {"world", "migrations"} & set(path.parts):
            continue
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                yield from ((f"{path.name}:{function.name}", said) for said in _said_in(function) if not re.search(r"[a-z]7|7 7", said))


def _said_in(function: ast.FunctionDef) -> Iterator[str]:
    named: dict[str, list[ast.expr]] = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record_event" and len(node.args) > 2:
            given = node.args[2]
            for said in named.get(given.id, []) if isinstance(given, ast.Name) else [given]:
                if isinstance(said, ast.Constant):
                    yield str(said.value)
                elif isinstance(said, ast.JoinedStr) and isinstance(said.values[0], ast.Constant):
                    yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in said.values)


def test_every_sentence_of_the_timeline_has_an_english_pattern() -> None:
    sentences = list(timeline())
    assert len(sentences) > 10
    with override("en"):
        lacking = [f"{where}: {said}" for where, said in sentences if in_words(said) == said]
    assert lacking == []


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("Verzicht über 60,00 € vorgeschlagen: Bruch. Eine zweite Person entscheidet.", "Waiver of 60,00 € proposed: Bruch. A second"),
        ("Ausbuchung zurückgenommen: Irrtum", "Write-off taken back: Irrtum"),
        ("Zahlung über 84,90 EUR zurückgenommen: Irrtum", "Payment of 84,90 EUR taken back: Irrtum"),
        ("2 wartende Nachrichten angehalten: Sperre: Einwand", "2 waiting messages stopped: Hold: Dispute"),
        (
            "Ratenplan: Geld, mit dem alles erledigt war, ging zurück. Ob der Nachlass bleibt, entscheidet ein Mensch.",
            "Instalment plan: Money",
        ),
        ("Abbuchung über 40,00 EUR kam zurück (AM04): Die Bank hat keinen Grund genannt.", "Debit of 40,00 EUR came back (AM04): "),
        (
            "Die Rückgabe wurde nicht von selbst mitgeteilt. Sperre: Todesfall",
            "The debtor was not told of the return automatically. Hold: Death",
        ),
    ],
)
def test_composed_notes_read_in_english(german: str, english: str) -> None:
    with override("en"):
        assert in_words(german).startswith(english)
    with override("de"):
        assert in_words(german) == german


@pytest.mark.parametrize("code", list(SENTENCES))
def test_why_a_line_of_a_file_is_left_reads_in_english_with_its_values(code: ProblemCode) -> None:
    german = SENTENCES[code].format(value="V9", detail="D8")
    with override("en"):
        english = in_words(german)
    assert english != german
    assert ("V9" in german, "D8" in german) == ("V9" in english, "D8" in english)
