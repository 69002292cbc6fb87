"""Paying by card and by debit on a phone: three taps from the link, a page of the (played) provider, and back to the truth."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from kulanz.claims.models import CaseState, Hold
from kulanz.contact.models import Message
from kulanz.payments.commands.agreements import check_due
from kulanz.payments.models import Agreement, Checkout, CheckoutState
from kulanz.runs.check import check
from kulanz.site import clock
from kulanz.world.mail_process import free_port
from kulanz.world.provider_server import demo
from kulanz.world.provider_server.house import GOOD
from kulanz.world.provider_server.server import Server, house_from
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, enter, sign_in
from tests.journeys.test_accessible import look
from tests.journeys.test_journeys import assert_left_alone
from tests.journeys.test_plan_journey import PlanPages
from tests.pages.conftest import DAY, NOW, House, message_of

pytestmark = pytest.mark.journey


@pytest.fixture
def provider(house: House, live_server: Any, tmp_path: Path, settings: Any) -> Iterator[Server]:
    """The played provider, connected to this site in both directions."""
    file, port = tmp_path / "providers.toml", free_port()
    settings.KULANZ_PROVIDERS, settings.KULANZ_PUBLIC_URL = str(file), live_server.url
    demo.connect(file, provider_port=port, web_port=int(live_server.url.rpartition(":")[2]))
    content = file.read_text().replace("http://127.0.0.1:" + live_server.url.rpartition(":")[2], live_server.url)
    file.write_text(content)
    server = Server(port, house_from(file, f"http://127.0.0.1:{port}", GOOD))
    assert server.house.clock is clock.now
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "dark", "desk"])
def test_the_pages_about_paying_have_no_barrier(
    size: dict[str, int], theme: str, house: House, provider: Server, open_page: OpenPage
) -> None:
    page = open_page(size=size, theme=theme)
    enter(page, house)
    wrong = look(page, f"/p/case/{house.case.public_id}/pay")
    tap(page, "PayPal")
    page.wait_for_url("**/pay/**")
    checkout = Checkout.objects.get()
    back = f"/p/case/{house.case.public_id}/checkout/{checkout.public_id}"
    wrong += look(page, back) + look(page, f"{back}?cancelled=1") + look(page, f"/p/case/{house.case.public_id}/pay")
    page.goto(back)
    provider.house.act(checkout.provider_ref, "pay")
    expect(page.get_by_text("sind angekommen")).to_be_visible(timeout=20_000)  # the page looks again by itself
    wrong += look(page)
    for state in (CheckoutState.FAILED, CheckoutState.REFUNDED, CheckoutState.CHARGED_BACK):
        Checkout.objects.update(state=state, parked="Der Anbieter meldet 12,00 € statt 84,90 €.")
        wrong += look(page, back)
    sign_in(page, "admin")
    wrong += look(page, "/office/checkouts?which=parked") + look(page, "/office/checkouts?which=all")
    assert wrong == []


def tap(page: Page, name: str | re.Pattern[str]) -> None:
    """One tap on what is visible."""
    page.locator("button:visible, a:visible").filter(has_text=name).first.click()


def test_three_taps_from_the_link_to_paid_by_paypal(house: House, provider: Server, open_page: OpenPage) -> None:
    reminder = message_of(house.case, step="reminder_2", state="queued")
    phone = open_page(size=PHONE)
    phone.goto(f"/p/{house.token}")
    phone.get_by_label("Ihre Postleitzahl oder eine Rechnungsnummer").fill("50667")
    tap(phone, "Weiter")
    phone.wait_for_url("**/p/case/**")
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    tap(phone, "PayPal")  # the way that stands first is on the first page
    phone.wait_for_url("**/pay/**")
    expect(phone.get_by_text("Hier fließt kein Geld")).to_be_visible()
    tap(phone, "bezahlen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("sind angekommen. Vielen Dank!")
    expect(phone.get_by_text("Damit ist alles bezahlt.")).to_be_visible()
    house.case.refresh_from_db()
    reminder.refresh_from_db()
    assert (house.case.state, reminder.state) == (CaseState.SETTLED, "cancelled")
    assert Message.objects.filter(case=house.case, template="receipt").count() == 1
    assert_left_alone(house)


def test_a_debit_is_under_way_then_there_then_taken_back_kindly(house: House, provider: Server, open_page: OpenPage) -> None:
    phone = open_page(size=PHONE, scripts=False)
    phone.goto(f"/p/{house.token}")
    phone.get_by_label("Ihre Postleitzahl oder eine Rechnungsnummer").fill("50667")
    tap(phone, "Weiter")
    tap(phone, re.compile("^Jetzt .* bezahlen"))
    expect(phone.get_by_text("Testanbieter: Hier fließt kein Geld.")).to_be_visible()
    expect(phone.get_by_role("img", name="GiroCode")).to_be_visible()
    tap(phone, "SEPA-Lastschrift")
    phone.wait_for_url("**/pay/**")
    tap(phone, "bezahlen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ihre Zahlung ist unterwegs.")
    assert Hold.objects.get(case=house.case, lifted_at=None).reason == "collection"

    checkout = Checkout.objects.get()
    provider.house.act(checkout.provider_ref, "settle")
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("sind angekommen")

    provider.house.act(checkout.provider_ref, "dispute")
    wait_for(checkout, CheckoutState.CHARGED_BACK)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Diese Zahlung ist zurückgekommen.")
    expect(phone.get_by_text("Sie haben Zeit, das in Ruhe zu klären.")).to_be_visible()
    assert Message.objects.filter(case=house.case, template="payment_back").count() == 1


def test_who_cancels_comes_back_to_all_other_ways(house: House, provider: Server, open_page: OpenPage) -> None:
    phone = open_page(size=PHONE, theme="dark")
    phone.goto(f"/p/{house.token}")
    phone.get_by_label("Ihre Postleitzahl oder eine Rechnungsnummer").fill("50667")
    tap(phone, "Weiter")
    tap(phone, re.compile("^Jetzt .* bezahlen"))
    tap(phone, "Kredit- oder Debitkarte")
    phone.wait_for_url("**/pay/**")
    tap(phone, "Abbrechen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_text("Es wurde nichts abgebucht.")).to_be_visible()
    tap(phone, "Anders bezahlen")
    expect(phone.get_by_text("PayPal").first).to_be_visible()


def wait_for(checkout: Checkout, state: CheckoutState) -> None:
    """Until the webhook has come."""
    for _ in range(200):
        checkout.refresh_from_db()
        if checkout.state == state:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"{checkout.state} instead of {state}")


def test_a_plan_its_first_instalment_by_card_the_second_missed_and_the_kind_path(
    house: House, provider: Server, open_page: OpenPage
) -> None:
    phone = open_page(size=PHONE)
    pages = PlanPages(phone, house)
    enter(phone, house)
    pages.choose_instalments()
    pages.want("20")
    expect(phone.get_by_role("heading", name="5 Raten, fertig am")).to_be_visible()
    pages.agree()
    pages.overview()
    tap(phone, re.compile("^Jetzt 20,00.€ bezahlen"))
    expect(phone.get_by_role("heading", level=1)).to_have_text("20,00 € bezahlen")
    tap(phone, "Kredit- oder Debitkarte")
    phone.wait_for_url("**/pay/**")
    tap(phone, "bezahlen")
    phone.wait_for_url("**/checkout/**")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("20,00 € sind angekommen.")
    expect(phone.get_by_text("Was vereinbart ist, gilt weiter.")).to_be_visible()

    first, second = Agreement.objects.get().instalments.order_by("number")[:2]
    assert Checkout.objects.get().instalment_id == first.id
    pages.open_agreement()
    expect(phone.get_by_text("20,00 €").first).to_be_visible()
    late = second.due_on + timedelta(days=6)
    check_due(first.due_on + timedelta(days=6), NOW + timedelta(days=(first.due_on - DAY).days + 6))
    assert not Message.objects.filter(template="instalment_missed").exists(), "who has paid is not asked"
    check_due(late, NOW + timedelta(days=(late - DAY).days))
    assert Message.objects.filter(template="instalment_missed").count() == 1
    pages.open_agreement()
    expect(phone.get_by_role("heading", name="Wie können wir helfen?")).to_be_visible()
    expect(phone.get_by_role("link", name="Diese Rate verschieben").first).to_be_visible()
    assert check(DAY).findings == ()
