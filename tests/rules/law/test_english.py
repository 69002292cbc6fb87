"""The law's sentences in English: no German word is left, and statutes keep the names by which they are found."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from kulanz.law import at, ch, de
from kulanz.law.english import in_english, in_language
from kulanz.law.limitation import EventRule
from kulanz.law.tables import TABLES, rows
from tests.rules.law.test_examples import EXAMPLES

# Words no English sentence has, and the umlauts; names of places and institutions are taken out before.
GERMAN = re.compile(
    r"\b(?:der|die|das|den|dem|und|oder|nicht|ist|für|von|zum|zur|mit|bis|ab|eine?r?|kein\w*|Frist|Tage?|Jahre?|Monate?|Kosten|Gebühr\w*|"
    r"Zins\w*|Zahlung\w*|nach|über|Satz|Abs|Ziff|Nr)\b|\w*[äöüß]\w*"
)
NAMES = re.compile(r"Düsseldorf|Köln|Hünfeld|Länder|AG \w+|Betreibungsamt|Oesterreichische Nationalbank|Deutsche Bundesbank|GebV SchKG")


def sentences() -> Iterator[str]:
    """Everything the law says in the examples, in the countries' lists of events and orders, and in the tables' titles."""
    for example in EXAMPLES:
        said = example["answer"]
        if "error" in said:
            if said["error"]["code"] != "bad_field":
                yield said["error"]["message"]
            continue
        yield from (said[key] for key in ("rule", "court") if key in said)
        yield from (line["rule"] for line in said.get("story", []))
    events: list[EventRule] = [*de.limitation.EVENTS.values(), *at.limitation.EVENTS.values(), *ch.limitation.EVENTS.values()]
    yield from (rule.rule for rule in events)
    yield from (scheme.rule for law in (de.GERMANY, at.AUSTRIA, ch.SWITZERLAND) for scheme in law.schemes.values())
    yield from (table.title for table in TABLES)


def test_no_german_word_is_left() -> None:
    left = {text: GERMAN.findall(NAMES.sub("", in_english(text))) for text in sentences()}
    assert {text: words for text, words in left.items() if words} == {}


@pytest.mark.parametrize(
    ("german", "english"),
    [
        ("§ 286 Abs. 2 Nr. 1 BGB, § 193 BGB", "§ 286 (2) no. 1 BGB, § 193 BGB"),
        ("§ 286 Abs. 3 Satz 1 BGB", "§ 286 (3) sentence 1 BGB"),
        ("§ 689 Abs. 2 und 3 ZPO: allgemeiner Gerichtsstand des Antragstellers", "§ 689 (2) and (3) ZPO: where the applicant is at home"),
        ("§ 286 Abs. 1 bis 3 BGB", "§ 286 (1) to (3) BGB"),
        ("§§ 195, 199 Abs. 1 BGB: drei Jahre ab dem Ende des Jahres", "§§ 195, 199 (1) BGB: three years from the end of the year"),
        ("Art. 135 Ziff. 2, Art. 138 Abs. 1 OR: Klage", "Art. 135 no. 2, Art. 138 (1) OR: suit"),
        ("§ 6 Abs. 1 Z 15 KSchG", "§ 6 (1) no. 15 KSchG"),
        ("Art. 85 bis 87 OR", "Art. 85 to 87 OR"),
        ("§§ 247, 288 BGB: Basiszinssatz + 5,00 Prozentpunkte", "§§ 247, 288 BGB: base rate + 5.00 percentage points"),
        ("0,9-fache Geschäftsgebühr (VV RVG 2300, unbestritten)", "0.9 times the business fee (VV RVG 2300, undisputed)"),
        ("die Tabelle endet am 31.12.2026", "The table ends on 2026-12-31"),
        ("Die Art „eternal“ ist nicht bekannt.", "The kind “eternal” is not known."),
        ("Der Satz 1,31 liegt über dem Höchstsatz 1,3 für diesen Fall.", "The rate 1.31 is above the highest rate 1.3 in this case."),
        ("", ""),
        ("Unübersetztes bleibt", "Unübersetztes bleibt"),
    ],
)
def test_citations_numbers_and_days_are_written_as_english_readers_do(german: str, english: str) -> None:
    assert in_english(german) == english
    assert in_language(german, "en-gb") == english
    assert in_language(german, "de") == in_language(german, "de-at") == german


def test_a_phrase_inside_a_longer_word_is_left_alone() -> None:
    assert in_english("Klageschrift") == "Klageschrift"


def test_no_phrase_is_listed_twice() -> None:
    listed = [row["german"] for row in rows("english")]
    assert len(listed) == len(set(listed))
    assert all(row["english"] for row in rows("english"))
