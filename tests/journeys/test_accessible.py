"""Every page and state, light and dark, on a phone and on a desk: axe finds nothing, nothing is cut off, the keyboard reaches all."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from playwright.sync_api import Page

from kulanz.claims.models import Case, HoldReason
from kulanz.contact.commands import hear_something_wrong, silence
from kulanz.contact.models import Message
from kulanz.runs.daily import run_day
from tests import bank
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, enter, sign_in
from tests.pages.conftest import DAY, NOW, House, message_of

pytestmark = pytest.mark.journey

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
VIEWS = [("phone", PHONE, "light"), ("phone", PHONE, "dark"), ("desk", DESKTOP, "light"), ("desk", DESKTOP, "dark")]
PROFILE = b"""name: test
columns: {invoice_number: Nr, invoiced_on: Datum, due_on: Faellig, amount: Brutto, debtor_number: Kunde, family_name: Name}
constants: {currency: EUR, kind: person}
"""


GOOD_ROWS = [f"A-{number};20.01.2026;15.02.2026;12,50;{number};Brandt" for number in range(1, 6)]
BROKEN_ROWS = ["B-1;gestern;15.02.2026;viel;8;Nowak"]


def look(page: Page, path: str = "") -> list[str]:
    """What is wrong with a page: axe's findings, and anything wider than the window."""
    if path:
        page.goto(path)
    page.wait_for_load_state("load")
    found = Axe().run(page, options=RULES).response["violations"]
    wrong = [f"{page.url}: {one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        wrong.append(f"{page.url}: wider than the window")
    return wrong


@pytest.fixture
def busy(house: House) -> House:
    """A case in which everything has happened that a page can show."""
    message_of(house.case, step="reminder_2", state="unknown")
    message_of(house.case, step="reminder_3", state="failed")
    Message.objects.filter(id=house.message.id).update(day="2026-02-01")
    with transaction.atomic():
        hear_something_wrong(house.case.id, topic="goods", day=DAY, now=NOW, via="portal", idempotency_key="k", text="Zähler falsch")
        silence(house.case.id, HoldReason.HARDSHIP, day=DAY, now=NOW, source="desk", until_on=None, note="Krank")
    run_day(DAY, shadow=False, engine="local", now=NOW)
    return house


@pytest.mark.parametrize(("name", "size", "theme"), VIEWS, ids=[f"{view[0]}-{view[2]}" for view in VIEWS])
def test_the_portal_has_no_barrier(name: str, size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    page = open_page(size=size, theme=theme)
    wrong = look(page, f"/p/{house.token}") + look(page, "/p/unknown") + look(page, "/p/left") + look(page, "/nowhere")
    page.goto(f"/p/{house.token}")
    page.get_by_label("Postleitzahl").fill("00000")
    page.get_by_role("button", name="Weiter").click()
    wrong += look(page)
    enter(page, house)
    case = f"/p/case/{house.case.public_id}"
    for path in (f"{case}/", f"{case}/pay", f"{case}/paid", f"{case}/wrong"):
        wrong += look(page, path)
    page.get_by_role("button", name="Absenden").click()
    page.goto(f"{case}/")
    for summary in page.locator("details > summary").all():
        summary.click()
    wrong += look(page)
    page.goto(f"{case}/paid")
    page.get_by_label("Wie viel?").fill("viel")
    page.get_by_role("button", name="Ich habe bezahlt").click()
    wrong += look(page)
    page.get_by_label("Wie viel?").fill("84,90")
    page.get_by_role("button", name="Ich habe bezahlt").click()
    wrong += look(page)
    Case.objects.filter(id=house.case.id).update(state="settled")
    wrong += look(page, f"{case}/")
    page.get_by_role("button", name="English").click()
    wrong += look(page)
    assert wrong == []


@pytest.mark.parametrize(("name", "size", "theme"), VIEWS, ids=[f"{view[0]}-{view[2]}" for view in VIEWS])
def test_desk_and_office_have_no_barrier(name: str, size: dict[str, int], theme: str, busy: House, open_page: OpenPage) -> None:
    page = open_page(size=size, theme=theme)
    wrong = look(page, "/styleguide") + look(page, "/desk/login")
    sign_in(page, "lead")
    case = f"/desk/cases/{busy.case.public_id}"
    statement = bank.camt053([bank.Move(4_000, "Danke", "Jemand"), bank.Move(8_490, "Strom", "Elif Yılmaz1")])
    lists = ["/desk/", "/desk/?why=unsure", "/desk/search", "/desk/search?q=yilmaz", "/desk/search?q=nobody"]
    tabs = [f"{case}/", f"{case}/account", f"{case}/messages", f"{case}/decisions"]
    office = ["/office/claims", "/office/statements", "/office/lines", "/office/lines?state=ignored", "/office/runs", "/office/health"]
    for path in lists + tabs + office:
        page.goto(path)
        for summary in page.locator("main details > summary").all():
            summary.click()
        wrong += look(page)
    page.goto("/office/statements")
    page.get_by_label("Kontoauszug").set_input_files({"name": "a.xml", "mimeType": "text/xml", "buffer": statement})
    page.get_by_role("button", name="Einlesen").click()
    wrong += look(page) + look(page, "/office/lines")
    page.goto("/office/claims")
    page.get_by_role("button", name="Prüfen").click()
    wrong += look(page)
    for rows in (GOOD_ROWS[:1] + BROKEN_ROWS, GOOD_ROWS + BROKEN_ROWS):
        page.goto("/office/claims")
        content = "\n".join(["Nr;Datum;Faellig;Brutto;Kunde;Name", *rows, ""]).encode()
        page.get_by_label("Datei").first.set_input_files({"name": "f.csv", "mimeType": "text/csv", "buffer": content})
        page.get_by_label("Eigenes Profil").set_input_files({"name": "p.yaml", "mimeType": "text/yaml", "buffer": PROFILE})
        page.get_by_role("button", name="Prüfen").click()
        wrong += look(page)
    page.get_by_role("button", name="So übernehmen").click()
    wrong += look(page)
    page.goto(f"{case}/")
    page.keyboard.press("?")
    wrong += look(page)
    assert wrong == []


def test_the_way_to_pay_needs_no_mouse(house: House, open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    enter(page, house)
    page.goto(f"/p/case/{house.case.public_id}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip", "the first stop leads past the head"
    page.keyboard.press("Enter")
    for _stop in range(12):
        page.keyboard.press("Tab")
        if "bezahlen" in (page.evaluate("document.activeElement.textContent") or ""):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/pay")


def test_nothing_is_cut_off_at_four_times_the_size(house: House, open_page: OpenPage) -> None:
    page = open_page(size={"width": 320, "height": 256})
    enter(page, house)
    case = f"/p/case/{house.case.public_id}"
    for path in (f"{case}/", f"{case}/pay", f"{case}/paid", f"{case}/wrong"):
        page.goto(path)
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), path


@pytest.mark.parametrize(("name", "size", "theme"), VIEWS, ids=[f"{view[0]}-{view[2]}" for view in VIEWS])
def test_the_calculators_have_no_barrier(name: str, size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    page = open_page(size=size, theme=theme)
    wrong = look(page, "/law/") + look(page, "/law/tables") + look(page, "/law/allocate")
    wrong += look(page, "/law/base-rate?on=2300-01-01") + look(page, "/law/limitation?arose_on=2022-03-15&events-0-kind=suit")
    page.goto("/law/interest")
    page.get_by_label("Betrag der Rechnung").fill("3.089,00")
    page.get_by_label("Erster Tag mit Zinsen").fill("2025-04-17")
    page.get_by_label("Letzter Tag mit Zinsen").fill("2026-02-20")
    page.keyboard.press("Enter")
    page.get_by_text("170,84").wait_for()
    for summary in page.locator("details > summary").all():
        summary.click()
    wrong += look(page)
    page.get_by_role("button", name="English").click()
    page.get_by_text("How it is calculated").wait_for()
    wrong += look(page)
    assert wrong == []
