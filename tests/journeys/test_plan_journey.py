"""From a debt to a plan in under a minute on a phone, a missed instalment, and the kind path."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from kulanz.contact.models import Message
from kulanz.payments.commands.agreements import check_due
from kulanz.payments.models import Agreement
from kulanz.runs.check import check
from tests.journeys.conftest import PHONE, OpenPage, enter
from tests.pages.conftest import DAY, NOW, House, message_of

pytestmark = pytest.mark.journey


class PlanPages:
    """The debtor's pages about a plan, by what one does on them."""

    def __init__(self, page: Page, house: House) -> None:
        self.page, self.house = page, house

    def overview(self) -> None:
        self.page.goto(f"/p/case/{self.house.case.public_id}/")

    def open_agreement(self) -> None:
        self.page.goto(f"/p/case/{self.house.case.public_id}/agreement")

    def choose_instalments(self) -> None:
        self.page.get_by_role("link", name="In Raten zahlen").click()
        self.page.wait_for_url("**/plan")

    def want(self, euros: str) -> None:
        """Type an amount; with scripts the schedule follows by itself, without them a button asks for it."""
        self.page.get_by_label("Ihre Rate").fill(euros)
        if not self.page.evaluate("() => typeof htmx !== 'undefined'"):
            self.page.get_by_role("button", name="Plan zeigen").click()

    def slide(self, euros: str) -> None:
        self.page.get_by_label("Rate mit dem Regler wählen, in Euro").fill(euros)

    def agree(self) -> None:
        self.page.get_by_role("button", name="Diesen Plan vereinbaren").click()
        self.page.wait_for_url("**/agreement")

    def shift_to(self, iso_day: str) -> None:
        self.page.get_by_role("link", name="Diese Rate verschieben").click()
        self.page.get_by_label("Neuer Tag").fill(iso_day)
        self.page.get_by_role("button", name="Rate verschieben").click()
        self.page.wait_for_url("**/agreement")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_plan_is_agreed_in_under_a_minute_on_a_phone(scripts: bool, house: House, open_page: OpenPage) -> None:
    reminder = message_of(house.case, step="reminder_2", state="queued")
    phone = open_page(size=PHONE, scripts=scripts)
    pages = PlanPages(phone, house)
    started = time.monotonic()
    enter(phone, house)
    pages.choose_instalments()
    if scripts:
        pages.slide("30")
        expect(phone.get_by_role("heading", name="3 Raten, fertig am")).to_be_visible()
        expect(phone.get_by_label("Ihre Rate", exact=True)).to_have_value("30")
        pages.want("20")
    else:
        phone.get_by_role("link", name="in 5 Raten").or_(phone.get_by_role("link", name="in 3 Raten")).first.click()
        phone.goto(f"/p/case/{house.case.public_id}/plan?amount=20")
    expect(phone.get_by_role("heading", name="5 Raten, fertig am")).to_be_visible()
    pages.agree()
    expect(phone.get_by_role("heading", name="Ihr Ratenplan läuft")).to_be_visible()
    assert time.monotonic() - started < 60
    assert phone.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    reminder.refresh_from_db()
    assert reminder.state == "cancelled"
    assert Agreement.objects.get().instalments.count() == 5
    assert check(DAY).findings == ()


def test_a_missed_instalment_gets_the_kind_path_and_is_shifted(house: House, open_page: OpenPage) -> None:
    phone = open_page(size=PHONE)
    pages = PlanPages(phone, house)
    enter(phone, house)
    pages.choose_instalments()
    pages.want("20")
    expect(phone.get_by_role("heading", name="5 Raten, fertig am")).to_be_visible()
    pages.agree()
    first = Agreement.objects.get().instalments.get(number=1)
    check_due(first.due_on + timedelta(days=6), NOW + timedelta(days=(first.due_on - DAY).days + 6))
    assert Message.objects.filter(template="instalment_missed").count() == 1
    pages.open_agreement()
    expect(phone.get_by_role("heading", name="Wie können wir helfen?")).to_be_visible()
    for way in ("zahlen", "Diese Rate verschieben", "Kleinere Raten"):
        expect(phone.get_by_role("link", name=way).first).to_be_visible()
    pages.shift_to((DAY + timedelta(days=35)).isoformat())
    expect(phone.get_by_role("heading", name="Ihr Ratenplan läuft")).to_be_visible()
    assert [row.state for row in Agreement.objects.order_by("id")] == ["revised", "active"]
    pages.overview()
    expect(phone.get_by_role("heading", name="Ihr Ratenplan läuft")).to_be_visible()
