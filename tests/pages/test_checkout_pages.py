"""Paying through a provider on the portal: shown only if there is one, one tap each, and pages that tell the truth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.urls import reverse

from kulanz.payments.models import Checkout, CheckoutState
from kulanz.world.provider_server.house import Temper
from tests.factories import NOW
from tests.pages.conftest import House
from tests.providers import BASE, Played, connected, played

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"
PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture
def world(house: House) -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def buttons(client: Client, house: House, agent: str = "", page: str = "pay") -> list[dict[str, str]]:
    answer = client.get(reverse(f"portal:{page}", args=[house.case.public_id]), HTTP_USER_AGENT=agent)
    forms = re.findall(r'name="key" value="([^"]+)"><input type="hidden" name="method" value="([^"]+)"', answer.content.decode())
    return [{"key": key, "method": method} for key, method in forms]


def choose(client: Client, house: House, method: str) -> str:
    chosen = next(button for button in buttons(client, house) if button["method"] == method)
    answer = client.post(reverse("portal:begin_checkout", args=[house.case.public_id]), chosen)
    assert answer.status_code == 302
    return str(answer["Location"])


def page_of(client: Client, checkout: Checkout, more: str = "") -> str:
    return client.get(reverse("portal:checkout", args=[checkout.case.public_id, checkout.public_id]) + more).content.decode()


def test_without_a_provider_there_is_the_transfer_and_nothing_else(debtor: Client, house: House) -> None:
    assert buttons(debtor, house) == []
    assert "überweisen" in debtor.get(reverse("portal:pay", args=[house.case.public_id])).content.decode()


def test_what_the_device_has_stands_first_and_what_it_cannot_have_is_not_there(debtor: Client, house: House, world: Played) -> None:
    on_iphone = [button["method"] for button in buttons(debtor, house, IPHONE)]
    on_android = [button["method"] for button in buttons(debtor, house, PIXEL)]
    assert on_iphone[0] == "apple_pay" and "google_pay" not in on_iphone
    assert on_android[0] == "google_pay" and "apple_pay" not in on_android
    assert {"card", "paypal", "sepa_debit", "bank", "klarna"} <= set(on_iphone)


def test_who_paid_with_something_before_finds_it_first(debtor: Client, house: House, world: Played) -> None:
    choose(debtor, house, "sepa_debit")
    Checkout.objects.update(state=CheckoutState.PAID, paid_on=NOW.date())
    assert buttons(debtor, house)[0]["method"] == "sepa_debit"
    assert [button["method"] for button in buttons(debtor, house, page="overview")] == ["sepa_debit"], "one tap from the first page"


def test_one_tap_leads_to_the_providers_page_and_back_to_the_truth(debtor: Client, house: House, world: Played) -> None:
    page = choose(debtor, house, "card")
    checkout = Checkout.objects.get()
    assert page == f"{BASE}/pay/{checkout.provider_ref}"
    waiting = page_of(debtor, checkout)
    assert "Wir warten auf die Bestätigung" in waiting and 'hx-trigger="every 5s"' in waiting and "Jetzt nachsehen" in waiting
    world.house.act(checkout.provider_ref, "pay")
    assert "sind angekommen. Vielen Dank!" in page_of(debtor, checkout), "asked at this moment, webhook or not"
    assert "Damit ist alles bezahlt" in page_of(debtor, checkout)


def test_pending_is_not_paid_and_nobody_pays_twice(debtor: Client, house: House, world: Played) -> None:
    choose(debtor, house, "sepa_debit")
    checkout = Checkout.objects.get()
    world.house.act(checkout.provider_ref, "pay")
    shown = page_of(debtor, checkout)
    assert "Ihre Zahlung ist unterwegs." in shown and "angekommen. Vielen" not in shown
    assert buttons(debtor, house) == []
    assert "Bitte bezahlen Sie nicht noch einmal" in debtor.get(reverse("portal:pay", args=[house.case.public_id])).content.decode()


def test_who_cancels_is_told_that_nothing_was_taken(debtor: Client, house: House, world: Played) -> None:
    choose(debtor, house, "paypal")
    checkout = Checkout.objects.get()
    assert "Es wurde nichts abgebucht" in page_of(debtor, checkout, "?cancelled=1")
    world.house.act(checkout.provider_ref, "pay")
    assert "sind angekommen" in page_of(debtor, checkout, "?cancelled=1"), "an address proves nothing, the provider does"


def test_a_provider_that_is_down_leaves_the_other_ways(debtor: Client, house: House, world: Played) -> None:
    world.house.temper = Temper(broken=1.0)
    page = choose(debtor, house, "card")
    assert page == reverse("portal:pay", args=[house.case.public_id])
    assert "Es wurde nichts abgebucht" in debtor.get(page).content.decode()


def test_only_the_pages_with_buttons_may_lead_to_the_provider(debtor: Client, house: House, world: Played) -> None:
    pay = debtor.get(reverse("portal:pay", args=[house.case.public_id]))
    paid = debtor.get(reverse("portal:paid", args=[house.case.public_id]))
    assert BASE in pay["Content-Security-Policy"]
    assert BASE not in paid["Content-Security-Policy"]


@pytest.mark.parametrize(
    "form", [{}, {"method": "card"}, {"method": "cash", "key": "x"}, {"method": "twint", "key": "00000000-0000-4000-8000-000000000000"}]
)
def test_a_form_nobody_filled_in_here_starts_nothing(debtor: Client, house: House, world: Played, form: dict[str, str]) -> None:
    assert debtor.post(reverse("portal:begin_checkout", args=[house.case.public_id]), form).status_code == 302
    assert not Checkout.objects.exists()


def test_a_payment_of_another_case_cannot_be_looked_at(debtor: Client, house: House, world: Played) -> None:
    choose(debtor, house, "card")
    checkout = Checkout.objects.get()
    Checkout.objects.update(case=house.foreign_case, creditor=house.theirs)
    assert debtor.get(reverse("portal:checkout", args=[house.case.public_id, checkout.public_id])).status_code == 404


def test_a_webhook_is_taken_by_its_proof_alone(house: House, debtor: Client, world: Played) -> None:
    choose(debtor, house, "card")
    checkout = Checkout.objects.get()
    world.house.act(checkout.provider_ref, "pay")
    (post,) = world.house.posts()
    anybody = Client(enforce_csrf_checks=True)
    path = reverse("api:webhook", args=["stripe", "nordlicht-stripe"])
    kind = "application/json"
    assert anybody.post(path, post.body, content_type=kind, headers={"Stripe-Signature": "t=1,v1=00"}).status_code == 400
    assert anybody.post(path, post.body, content_type=kind, headers=dict(post.headers)).status_code == 200
    assert anybody.post(path, post.body, content_type=kind, headers=dict(post.headers)).status_code == 200
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.PAID
    assert anybody.post(reverse("api:webhook", args=["stripe", "nobody"]), post.body, content_type=kind).status_code == 404


def test_the_office_decides_what_does_not_fit(debtor: Client, house: House, world: Played, signed_in: Callable[[str], Client]) -> None:
    choose(debtor, house, "card")
    checkout = Checkout.objects.get()
    world.house.book.payments[checkout.provider_ref].cents = 5000
    world.house.act(checkout.provider_ref, "pay")
    page_of(debtor, checkout)
    lead = signed_in("lead")
    shown = lead.get(reverse("office:checkouts")).content.decode()
    assert "50,00 EUR statt" in shown and "Gemeldeten Betrag buchen" in shown
    assert "50,00 EUR statt" not in signed_in("admin").get(reverse("office:checkouts") + "?which=paid").content.decode()
    lead.post(reverse("office:accept_checkout", args=[checkout.public_id]))
    checkout.refresh_from_db()
    assert (checkout.state, checkout.amount_cents, checkout.parked) == (CheckoutState.PAID, 5000, "")
