"""Paying in cash: a slip from the phone, a till that takes the money, and then nothing but peace."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from kulanz.claims.models import CaseState, Hold
from kulanz.contact.models import Message
from kulanz.payments.models import Agreement, Checkout
from kulanz.runs.check import check
from kulanz.world.provider_server.server import Server
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, enter
from tests.journeys.test_accessible import look
from tests.journeys.test_journeys import assert_left_alone
from tests.journeys.test_paying import provider, tap, wait_for
from tests.journeys.test_plan_journey import PlanPages
from tests.pages.conftest import DAY, House, message_of

pytestmark = pytest.mark.journey
__all__ = ["provider"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_a_slip_is_paid_at_the_till_and_everything_falls_silent(house: House, provider: Server, open_page: OpenPage, scripts: bool) -> None:
    reminder = message_of(house.case, step="reminder_2", state="queued")
    phone = open_page(size=PHONE, scripts=scripts)
    enter(phone, house)
    tap(phone, re.compile("^Jetzt .* bezahlen"))
    expect(phone.get_by_role("heading", name="Bar im Supermarkt bezahlen")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tap(phone, "Zahlschein holen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ihr Zahlschein über 85,48 €")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    slip = Checkout.objects.get()
    assert Hold.objects.get(case=house.case, lifted_at=None).until_on == DAY.replace(day=DAY.day + 7)
    link = phone.get_by_role("link", name="Zahlschein mit Strichcode öffnen")
    assert phone.request.get(phone.url.rpartition("/p/")[0] + str(link.get_attribute("href"))).body().startswith(b"%PDF-")

    till = open_page(size=PHONE)
    till.goto(f"http://127.0.0.1:{provider.server_port}/till/{slip.provider_ref}")
    expect(till.get_by_text("Zahlschein gescannt: 85,48 €")).to_be_visible()
    tap(till, "bar bezahlt")
    expect(till.get_by_role("heading", name="Bezahlt.")).to_be_visible()

    wait_for(slip, "paid")
    tap(phone, "Jetzt nachsehen")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("sind angekommen. Vielen Dank!")
    expect(phone.get_by_text("Damit ist alles bezahlt.")).to_be_visible()
    house.case.refresh_from_db()
    reminder.refresh_from_db()
    assert (house.case.state, reminder.state) == (CaseState.SETTLED, "cancelled")
    assert Message.objects.filter(case=house.case, template="receipt").count() == 1
    assert_left_alone(house)
    assert check(DAY).findings == ()


def test_an_instalment_is_paid_in_cash(house: House, provider: Server, open_page: OpenPage) -> None:
    phone = open_page(size=PHONE)
    pages = PlanPages(phone, house)
    enter(phone, house)
    pages.choose_instalments()
    pages.want("20")
    expect(phone.get_by_role("heading", name="5 Raten, fertig am")).to_be_visible()
    pages.agree()
    pages.overview()
    tap(phone, re.compile("^Jetzt 20,00.€ bezahlen"))
    tap(phone, "Zahlschein holen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ihr Zahlschein über 20,00 €")
    slip = Checkout.objects.get()
    provider.house.at_till(slip.provider_ref, "pay")
    wait_for(slip, "paid")
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("20,00 € sind angekommen.")
    expect(phone.get_by_text("Was vereinbart ist, gilt weiter.")).to_be_visible()
    assert slip.instalment_id == Agreement.objects.get().instalments.order_by("number")[0].id


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")])
def test_the_pages_about_cash_have_no_barrier(
    size: dict[str, int], theme: str, house: House, provider: Server, open_page: OpenPage
) -> None:
    page = open_page(size=size, theme=theme)
    enter(page, house)
    wrong = look(page, f"/p/case/{house.case.public_id}/pay")
    tap(page, "Zahlschein holen")
    page.wait_for_url("**/checkout/**")
    wrong += look(page)
    wrong += look(page, f"/p/case/{house.case.public_id}/pay")
    page.go_back()
    tap(page, "Zahlschein zurückgeben")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dieser Zahlschein gilt nicht mehr.")
    wrong += look(page)
    assert wrong == []
