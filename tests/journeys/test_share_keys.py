"""A collective payment is shared out by keyboard alone, with the rest running along; and without JavaScript the same way."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kulanz.payments.commands import import_statement
from kulanz.payments.models import BankLine
from tests import factories
from tests.bank import Move, camt053
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, sign_in
from tests.pages.conftest import DAY, NOW, House

pytestmark = pytest.mark.journey


def collective(house: House) -> list[str]:
    claims = [
        factories.claim(
            house.ours, number=number, principal_cents=1000 * number, family_name=f"Möller{number}", search_key=f"elif moeller{number}"
        )
        for number in (2, 3)
    ]
    move = Move(4500, f"Betreute laut Liste: {claims[0].external_id}", "Betreuungsverein Kiel e. V.", "DE02120300000000202051")
    import_statement(camt053([move]), "a.xml", actor="test", now=NOW, day=DAY)
    return [claim.external_id for claim in claims]


def left(page: Page, text: str) -> None:
    expect(page.locator("[data-rest]")).to_have_text(text)


def test_shared_out_with_the_keyboard_and_the_rest_runs_along(house: House, open_page: OpenPage) -> None:
    _, second = collective(house)
    page = open_page(size=DESKTOP)
    sign_in(page, "agent")
    page.goto("/office/lines")
    page.keyboard.press("j")
    page.keyboard.press("t")
    page.wait_for_url("**/share")
    left(page, "25,00\xa0€")
    page.get_by_label("Nummer einer weiteren Zeile").fill(second)
    page.keyboard.press("Tab")
    page.keyboard.type("24,00")
    left(page, "1,00\xa0€")
    page.keyboard.type("x")
    left(page, "–")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Betrag in Zeile 2")).to_have_value("24,00")
    left(page, "1,00\xa0€")
    page.get_by_label("Betrag in Zeile 2").fill("25,00")
    left(page, "0,00\xa0€")
    page.get_by_role("button", name="So buchen").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/lines")
    expect(page.get_by_text("Gebucht auf 2 Anteile.")).to_be_visible()
    assert [split["cents"] for split in BankLine.objects.get().splits] == [2000, 2500]


def test_shared_out_on_a_phone_without_scripts(house: House, open_page: OpenPage) -> None:
    first, second = collective(house)
    page = open_page(size=PHONE, scripts=False)
    sign_in(page, "agent")
    page.goto(f"/office/lines/{BankLine.objects.get().id}/share")
    page.get_by_label("Liste einfügen").fill(f"{first};20,00\n{second};25,00\nSumme;45,00")
    page.get_by_role("button", name="Liste übernehmen").click()
    left(page, "0,00\xa0€")
    page.get_by_label("Betrag in Zeile 1").fill("19,00")
    page.get_by_role("button", name="Neu rechnen").click()
    left(page, "1,00\xa0€")
    page.get_by_label("Name, Aktenzeichen oder Rechnungsnummer").fill("Yılmaz")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Dazu Elif Yılmaz1").click()
    left(page, "0,00\xa0€")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="So buchen").click()
    page.wait_for_url("**/office/lines")
    assert sorted(split["cents"] for split in BankLine.objects.get().splits) == [100, 1900, 2500]
