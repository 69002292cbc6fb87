"""The calculators as public pages: the published figures, the way to them, plain refusals, in German and in English."""

from __future__ import annotations

import json
import logging
import re
import shlex
from html import unescape

import pytest
from django.test import Client
from structlog.testing import capture_logs
from typer.testing import CliRunner

from kulanz.cli.law import app
from kulanz.law.calculators import CALCULATORS
from kulanz.portal.calculators.forms import EVENTS, KINDS
from kulanz.portal.calculators.words import CALCULATORS as WORDS
from kulanz.portal.calculators.words import CHOICES, words_of

pytestmark = pytest.mark.django_db(databases=[])

# What a person must find on the page of each calculator's example; the first is its headline.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "interest": (
        "170,84 €",
        "46,14 €",
        "97,64 €",
        "27,06 €",
        "75 Tage",
        "3.089,00 € × (2,27 + 5,00) %",
        "§§ 247, 288 BGB",
        "Deutsche Bundesbank",
    ),
    "base-rate": ("1,52 %", "1. Juli 2026", "31. Dezember 2026", "§ 247 BGB"),
    "costs": ("285,50 €", "265,50 €", "20,00 €", "0,9 × 295,00 €", "§ 13e RDG", "VV RVG 7002"),
    "rvg-fee": ("383,50 €", "295,00 €", "3 × 41,50 €", "§ 13 Abs. 1 RVG"),
    "court-fee": ("74,00 €", "148,00 €", "KV GKG 1100"),
    "attachable": ("2.342,41 €", "157,59 €", "1.587,40 € + 597,42 €", "§ 850c ZPO", "30.06.2027"),
    "limitation": ("10. Juni 2027", "Die Frist beginnt von vorn.", "§ 212 Abs. 1 Nr. 1 BGB"),
    "allocate": ("0,00 €", "85,00 €", "§ 367 Abs. 1 BGB"),
    "default-start": ("10. März 2026", "11. März 2026", "Nach der Fälligkeit kam eine Mahnung an."),
    "court": ("AG Coburg", "§ 689 Abs. 2 und 3 ZPO"),
}


def text_of(path: str, language: str = "de") -> str:
    """What a page says, without its code."""
    response = Client(headers={"accept-language": language}).get(path)
    assert response.status_code == 200, path
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", " ", response.content.decode(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(plain).replace("\u00a0", " "))


def example(name: str) -> str:
    return f"/law/{name}?{WORDS[name].example}"


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_each_calculator_shows_its_published_example_with_the_way_to_it(name: str) -> None:
    page = text_of(example(name))
    headline, *others = PUBLISHED[name]
    assert headline in page
    assert [one for one in others if one not in page] == []
    assert "So lässt sich das noch nicht rechnen" not in page


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_the_command_on_the_page_and_the_json_give_the_same_answer(name: str) -> None:
    page = Client().get(example(name)).content.decode()
    command = unescape(re.search(r"<code>(kulanz law .*?)</code>", page)[1])  # type: ignore[index]
    printed = json.loads(CliRunner().invoke(app, shlex.split(command)[2:]).stdout)
    assert Client().get(example(name).replace("?", ".json?")).json() == printed


@pytest.mark.parametrize("name", sorted(CALCULATORS))
def test_the_english_page_is_english(name: str) -> None:
    page = text_of(example(name), "en")
    assert (
        re.findall(r"\b(?:der|die|das|und|oder|nicht|für|Tage|Gebühr|Zinsen|Frist|Kosten|Jahre|ist)\b", page.replace("Hell Dunkel", ""))
        == []
    )


def test_every_calculator_field_and_choice_has_its_words() -> None:
    assert set(WORDS) == set(CALCULATORS) == set(PUBLISHED)
    for calculator in CALCULATORS.values():
        for field in calculator.fields:
            assert words_of(calculator.name, field.name)[0]
            for item in field.items:
                assert words_of(field.name, item.name)[0]
            assert [choice for choice in field.choices if choice not in CHOICES] == []
    assert [name for name in (*KINDS, *EVENTS) if name not in CHOICES] == []


def test_the_list_names_every_calculator_and_the_tables() -> None:
    page = text_of("/law/")
    for words in WORDS.values():
        assert str(words.title) in page
    assert Client().get("/law/nothing").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("interest?principal=viel&first_interest_day=2025-04-17&last_interest_day=2026-02-20", "Diesen Betrag verstehen wir nicht"),
        ("interest?principal=10&first_interest_day=2025-04-17", "Letzter Tag mit Zinsen –"),
        ("interest?principal=10&first_interest_day=2026-04-17&last_interest_day=2026-02-20", "Der letzte Zinstag liegt vor dem ersten."),
        (
            "interest?principal=10&first_interest_day=2026-04-17&last_interest_day=2027-02-20",
            "Letzter Tag mit Zinsen – Basiszinssatz (§ 247 BGB)",
        ),
        (
            "interest?principal=10&first_interest_day=2026-04-17&last_interest_day=2026-05-20&margin_pp=5&rate_percent=4",
            "nur eines ausfüllen",
        ),
        ("interest?principal=10&first_interest_day=2026-04-17&last_interest_day=2026-05-20&payments-0-amount=5", "auch dieses Feld"),
        ("base-rate?on=2300-01-01", "einen Tag zwischen 1900 und 2199"),
        ("base-rate?on=2026-07-01&country=ch", "Land – Die Schweiz kennt keinen Basiszinssatz"),
        ("rvg-fee?value=10&on=2026-07-01&rate=1,333", "höchstens zwei Stellen"),
        ("allocate?payment=10", "mindestens eine Zeile"),
        ("default-start?due_on=2026-06-04&calendar_date=2026-06-04&land=XX", "Bundesland oder Kanton – „XX“"),
    ],
)
def test_what_cannot_be_calculated_is_said_beside_the_field(query: str, said: str) -> None:
    page = text_of(f"/law/{query}")
    assert "So lässt sich das noch nicht rechnen" in page
    assert said in page


def test_a_rate_of_ones_own_stands_in_for_the_statutory_one() -> None:
    days = "principal=1000&first_interest_day=2025-01-01&last_interest_day=2025-12-31&debtor=consumer"
    assert "67,66 €" in text_of(f"/law/interest?{days}")
    assert "40,00 €" in text_of(f"/law/interest?{days}&rate_percent=4")
    assert "42,65 €" in text_of(f"/law/interest?{days}&margin_pp=2,5")


def test_the_form_shows_what_was_calculated_also_where_the_address_said_nothing() -> None:
    page = Client().get(example("interest")).content.decode()
    chosen = dict(re.findall(r'<select name="([a-z_]+)".*?<option value="([^"]*)" selected', page, flags=re.DOTALL))
    assert chosen == {"debtor": "consumer", "payment_day_counts": "no", "country": "de", "day_count": "", "rounding": ""}
    assert '<details class="help"><summary>' in page  # what is seldom needed is folded away …
    open_page = Client().get(example("interest") + "&day_count=act_365").content.decode()
    assert '<details class="help" open><summary>' in open_page  # … unless it is used


def test_another_countrys_order_needs_no_other_choice() -> None:
    assert "Art. 85 bis 87 OR" in text_of(example("allocate") + "&scheme=ch&country=de")


def test_lists_grow_without_a_script() -> None:
    page = Client().get(
        example("allocate").replace("claims-0-id=A", "claims-0-id=A&claims-1-id=B&claims-1-due_on=2025-01-01&claims-1-principal=5")
    )
    assert b'name="claims-2-id"' in page.content
    assert b'name="claims-3-id"' not in page.content
    more = Client().get(example("allocate") + "&more=claims")
    assert b'name="claims-3-id"' in more.content
    assert b'id="answer"' not in more.content
    assert b'name="claims-11-id"' in Client().get(example("allocate") + "&claims-99-id=Z").content
    assert b'name="claims-12-id"' not in Client().get(example("allocate") + "&claims-99-id=Z").content


def test_a_story_keeps_its_columns_where_a_stretch_has_no_end() -> None:
    page = Client().get(example("limitation")).content.decode()
    rows = [re.findall(r"<td", row) for row in re.findall(r"<tr>(?=<td).*?</tr>", page)]
    assert [len(row) for row in rows] == [4] * 5


def test_enter_in_a_field_calculates_and_does_not_add_rows() -> None:
    page = Client().get("/law/interest").content.decode()
    first = re.search(r'<button [^>]*type="submit"[^>]*>', page.split('<form class="stack"')[1])
    assert first is not None
    assert "more" not in first[0]


def test_payments_are_told_segment_by_segment() -> None:
    page = text_of(example("interest") + "&payments-0-on=2025-12-01&payments-0-amount=89,00")
    assert "169,59 €" in page
    assert "3.000,00 €" in page


def test_the_debtors_own_order_may_be_said_in_german() -> None:
    page = text_of(example("allocate") + "&component_order=Hauptforderung")
    assert "100,00 €" in page
    assert Client().get(example("allocate").replace("?", ".json?") + "&component_order=Hauptforderung").json()["parts"] == [
        {"id": "A", "component": "principal", "amount": "100.00"}
    ]


def test_programs_get_errors_as_objects() -> None:
    refused = Client().get("/law/base-rate.json?on=2030-01-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "outside_table")
    unread = Client().get("/law/base-rate.json?on=gestern")
    assert (unread.status_code, unread.json()) == (422, {"error": {"code": "bad_field", "fields": ["on"]}})
    assert Client().get("/law/base-rate.json").status_code == 422
    assert Client().get("/law/nothing.json").status_code == 404


def test_what_is_asked_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), capture_logs() as told:
        Client().get(example("interest").replace("3089,00", "4711,99"))
    assert [line["route"] for line in told] == ["law:calculator"]
    assert "4711" not in caplog.text + str(told)


def test_the_page_of_the_tables_warns_sixty_days_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def on(day: str) -> str:
        monkeypatch.setenv("KULANZ_NOW", f"{day}T12:00:00+01:00")
        return text_of("/law/tables")

    assert "Basiszinssatz (§ 247 BGB) DE 01.01.2002 31.12.2026 noch 60 Tage" in on("2026-11-01")
    assert "Basiszinssatz (§ 247 BGB) DE 01.01.2002 31.12.2026 noch" not in on("2026-10-31")
    assert "Basiszinssatz (§ 247 BGB) DE 01.01.2002 31.12.2026 abgelaufen" in on("2027-01-01")
