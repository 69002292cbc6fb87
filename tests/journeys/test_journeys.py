"""The three ways that matter most, from the first click to what everybody sees at the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from kulanz.claims.models import Case, Hold
from kulanz.contact.models import Message, Utterance
from kulanz.runs.check import check
from kulanz.runs.daily import run_day
from tests import bank
from tests.journeys.conftest import PHONE, OpenPage, enter, sign_in
from tests.pages.conftest import DAY, NOW, House, message_of

pytestmark = pytest.mark.journey


def assert_left_alone(house: House) -> None:
    """Three weeks of daily runs say nothing more to this person, and the books balance."""
    before = set(Message.objects.filter(case=house.case).values_list("id", flat=True))
    for days in range(1, 22, 4):
        run_day(DAY + timedelta(days=days), shadow=False, engine="local", now=NOW + timedelta(days=days))
    after = Message.objects.filter(case=house.case).exclude(id__in=before)
    assert not after.exists(), list(after.values("template", "day"))
    assert check(DAY).findings == ()


def test_a_debtor_pays_by_transfer_and_is_left_alone(house: House, open_page: OpenPage) -> None:
    reminder = message_of(house.case, step="reminder_2", state="queued")
    phone = open_page(size=PHONE)
    enter(phone, house)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ihre Rechnung vom 5. Januar ist noch offen.")
    phone.locator("summary", has_text="Verzugszinsen").click()
    expect(phone.get_by_text("Basiszinssatz").first).to_be_visible()
    phone.get_by_role("link", name="bezahlen").click()
    expect(phone.get_by_role("img", name="GiroCode")).to_be_visible()
    expect(phone.get_by_text("DE89 3704 0044 0532 0130 00")).to_be_visible()
    amount = phone.get_by_role("heading", level=1).inner_text().split()[0]
    cents = int(amount.replace(".", "").replace(",", ""))

    lead = open_page()
    sign_in(lead, "lead")
    lead.get_by_role("link", name="Geldeingang").click()
    lead.get_by_role("link", name="Kontoauszug einlesen").click()
    statement = bank.camt053([bank.Move(cents, f"{house.case.reference} Danke", "E. Yilmaz", on=DAY)])
    lead.get_by_label("Kontoauszug").set_input_files({"name": "auszug.xml", "mimeType": "text/xml", "buffer": statement})
    lead.get_by_role("button", name="Einlesen").click()
    expect(lead.get_by_text("1 gebucht")).to_be_visible()

    phone.goto(f"/p/case/{house.case.public_id}/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("alles ist bezahlt. Vielen Dank!")
    reminder.refresh_from_db()
    assert reminder.state == "cancelled"
    assert Message.objects.filter(case=house.case, template__contains="receipt", state="queued").count() == 1
    assert Case.objects.get(id=house.case.id).state == "settled"
    assert_left_alone(house)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_debtor_says_paid_already_and_contact_stops(scripts: bool, house: House, open_page: OpenPage) -> None:
    reminder = message_of(house.case, step="reminder_2", state="queued")
    phone = open_page(size=PHONE, scripts=scripts)
    enter(phone, house)
    phone.get_by_role("link", name="Schon bezahlt").click()
    phone.get_by_label("Wie viel?").fill("achtzig")
    phone.get_by_role("button", name="Ich habe bezahlt").click()
    expect(phone.get_by_text("Bitte schreiben Sie ihn so: 85,89").first).to_be_visible()
    phone.get_by_label("Wie viel?").fill("84,90")
    phone.get_by_label("Möchten Sie etwas dazu sagen?").fill("Am Freitag überwiesen.")
    phone.get_by_role("button", name="Ich habe bezahlt").click()
    expect(phone.get_by_role("heading", name="Danke, wir suchen Ihre Zahlung.")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("Bis zum 16. März 2026 bekommen Sie keine Erinnerung.")).to_be_visible()
    phone.go_back()
    phone.go_forward()
    assert Utterance.objects.count() == 1 and Hold.objects.count() == 1
    reminder.refresh_from_db()
    assert reminder.state == "cancelled"

    agent = open_page()
    sign_in(agent, "agent")
    expect(agent.get_by_text("Hat sich gemeldet").first).to_be_visible()
    agent.get_by_role("link", name="Yılmaz1, Elif").click()
    expect(agent.get_by_text("Am Freitag überwiesen.").first).to_be_visible()
    expect(agent.get_by_text("84,90").first).to_be_visible()


def test_an_agent_finds_a_case_reads_why_and_sets_a_hold_by_keyboard(house: House, open_page: OpenPage) -> None:
    Message.objects.filter(case=house.case).update(day=DAY - timedelta(days=20), sent_at=NOW - timedelta(days=20))
    run_day(DAY, shadow=False, engine="local", now=NOW)
    reminder = Message.objects.get(case=house.case, state="queued")
    desk = open_page()
    sign_in(desk, "agent")
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Tasten am Arbeitsplatz")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("/")
    desk.wait_for_url("**/desk/search")
    desk.get_by_label("Suchen nach").press_sequentially("yilmaz")
    expect(desk.get_by_role("link", name="Elif Yılmaz1")).to_be_visible()
    desk.keyboard.press("Tab")
    desk.get_by_role("link", name="Elif Yılmaz1").press("Enter")
    desk.wait_for_url("**/desk/cases/**")
    desk.get_by_text("Warum so?").first.click()
    expect(desk.get_by_text("ist an der Reihe").first).to_be_visible()
    desk.keyboard.press("h")
    desk.get_by_label("Warum?").select_option("hardship")
    desk.get_by_label("Notiz").fill("Krankenhaus, meldet sich im April")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_text("Sperre gesetzt.")).to_be_visible()
    expect(desk.get_by_text("Krankenhaus, meldet sich im April")).to_be_visible()
    reminder.refresh_from_db()
    assert reminder.state == "cancelled"
    assert_left_alone(house)


def test_light_dark_and_language_are_remembered_without_scripts(house: House, open_page: OpenPage) -> None:
    page = open_page(size=PHONE, scripts=False)
    enter(page, house)
    page.get_by_role("button", name="Dunkel").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.get_by_role("heading", level=1)).to_contain_text("is still open")
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
