"""Paying in cash on the portal: a slip is taken, shown, sent, handed back, and never two of them at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import ContactPoint, Hold
from kulanz.contact.models import Message
from kulanz.payments.commands.checkouts import SentBack, order_back, poll, send_back, send_waiting
from kulanz.payments.commands.refunds import approve
from kulanz.payments.models import Checkout, CheckoutState, RefundProposal, RefundState
from kulanz.payments.providers.cash import CashTerms, CustomerKey, SlipBy
from kulanz.payments.providers.config import Endpoint
from kulanz.payments.providers.viafintech import Viafintech
from kulanz.runs.check import check
from kulanz.site import clock
from kulanz.world.provider_server.house import Temper
from tests.commands.test_provider_refunds import transfer
from tests.factories import NOW
from tests.pages.conftest import DAY, House
from tests.pages.test_checkout_pages import choose, page_of
from tests.providers import Played, connected, played


@pytest.fixture
def world(house: House) -> Iterator[Played]:
    fake = played(clock=clock.now)
    with connected(fake):
        yield fake


def on_terms(world: Played, terms: CashTerms) -> None:
    """Other terms, for the endpoint and for its adapter."""
    world.endpoints["viafintech"] = replace(world.endpoints["viafintech"], cash=terms)
    adapter = world.adapters["viafintech"]
    assert isinstance(adapter, Viafintech)
    adapter._terms = terms


def pay_page(client: Client, house: House) -> str:
    return client.get(reverse("portal:pay", args=[house.case.public_id])).content.decode()


def taken(client: Client, house: House) -> Checkout:
    choose(client, house, "cash")
    return Checkout.objects.get()


def post(client: Client, name: str, checkout: Checkout) -> Any:
    return client.post(reverse(f"portal:{name}", args=[checkout.case.public_id, checkout.public_id]))


def test_cash_stands_beside_the_other_ways_with_how_it_goes(debtor: Client, house: House, world: Played) -> None:
    page = pay_page(debtor, house)
    assert "Bar im Supermarkt bezahlen" in page and "Zahlschein holen" in page
    assert "Der Zahlschein gilt 7 Tage." in page and "aber nicht Ihren Namen" in page
    assert 'href="https://www.barzahlen.de/"' in page
    assert "Oder überweisen" in page and "girocode.svg" in page


def test_a_slip_is_taken_shown_and_paid_at_the_till(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    page = page_of(debtor, checkout)
    assert "Ihr Zahlschein über" in page and "9. März 2026".replace(" ", "\u00a0") in page and "hx-get" not in page
    file = debtor.get(reverse("portal:slip", args=[house.case.public_id, checkout.public_id]))
    assert file["Content-Type"] == "application/pdf" and file.content.startswith(b"%PDF-") and "inline" in file["Content-Disposition"]
    hold = Hold.objects.get(case=house.case, lifted_at=None)
    assert (hold.reason, hold.until_on) == ("collection", DAY + timedelta(days=7)), "quiet as long as it can be paid"
    world.house.at_till(checkout.provider_ref, "pay")
    assert "sind angekommen. Vielen Dank!" in page_of(debtor, checkout)
    assert not Hold.objects.filter(case=house.case, lifted_at=None, reason="collection").exists()


def test_there_is_one_slip_at_a_time_and_the_pay_page_leads_to_it(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    page = pay_page(debtor, house)
    assert "Zahlschein ansehen" in page and "Zahlschein holen" not in page
    form = {"key": "00000000-0000-4000-8000-000000000001", "method": "cash"}
    for _ in range(2):
        debtor.post(reverse("portal:begin_checkout", args=[house.case.public_id]), form)
    assert Checkout.objects.get() == checkout and len(world.house.book.payments) == 1
    assert "PayPal" in page, "and all other ways stay open"


def test_a_slip_that_was_handed_back_is_worthless_and_a_new_one_can_be_taken(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    assert post(debtor, "slip_back", checkout).status_code == 302
    checkout.refresh_from_db()
    assert checkout.state == CheckoutState.EXPIRED
    page = page_of(debtor, checkout)
    assert "Dieser Zahlschein gilt nicht mehr." in page and "Neuen Zahlschein holen" in page
    world.house.at_till(checkout.provider_ref, "pay")
    assert world.house.book.payments[checkout.provider_ref].status == "expired"
    assert post(debtor, "slip_back", checkout).status_code == 302, "twice does nothing"
    assert not Hold.objects.filter(case=house.case, lifted_at=None, reason="collection").exists()
    choose(debtor, house, "cash")
    assert Checkout.objects.count() == 2


def test_who_hands_back_a_slip_that_was_paid_a_moment_ago_has_paid(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    world.house.at_till(checkout.provider_ref, "pay")
    answer = debtor.post(reverse("portal:slip_back", args=[house.case.public_id, checkout.public_id]), follow=True).content.decode()
    assert "Der Zahlschein war schon bezahlt." in answer and "sind angekommen. Vielen Dank!" in answer


def test_the_overview_leads_to_an_open_slip(debtor: Client, house: House, world: Played) -> None:
    taken(debtor, house)
    assert "Zahlschein ansehen" in debtor.get(reverse("portal:overview", args=[house.case.public_id])).content.decode()


def test_a_slip_that_ended_says_so_kindly(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    Checkout.objects.update(valid_until=NOW - timedelta(minutes=1))
    page = page_of(debtor, checkout)
    assert "Dieser Zahlschein ist abgelaufen." in page and "Das ist nicht schlimm" in page
    assert debtor.get(reverse("portal:slip", args=[house.case.public_id, checkout.public_id])).status_code == 302


def test_the_slip_comes_by_e_mail_where_it_was_agreed_so(debtor: Client, house: House, world: Played) -> None:
    on_terms(world, CashTerms(slip=SlipBy.EMAIL))
    ContactPoint.objects.filter(debtor=house.case.debtor).delete()
    assert "Zahlschein holen" not in pay_page(debtor, house), "without an address there is no such way"
    ContactPoint.objects.create(debtor=house.case.debtor, creditor=house.case.creditor, channel="email", value="elif@example.com")
    assert "Ihre E-Mail-Adresse, aber nicht Ihren Namen" in pay_page(debtor, house)
    checkout = taken(debtor, house)
    page = page_of(debtor, checkout)
    assert "kommt per E-Mail von Barzahlen" in page and "slip.pdf" not in page
    assert b"elif@example.com" in next(r for r in world.requests if r.url.path.endswith("/v2/slips")).content
    assert post(debtor, "slip_again", checkout).status_code == 302
    assert world.requests[-1].url.path.endswith("/resend/email")


def test_more_than_the_service_takes_is_not_offered_in_cash(debtor: Client, house: House, world: Played) -> None:
    on_terms(world, CashTerms(max_cents=100, customer_key=CustomerKey.NUMBER))
    assert "Zahlschein holen" not in pay_page(debtor, house)
    debtor.post(
        reverse("portal:begin_checkout", args=[house.case.public_id]), {"key": "00000000-0000-4000-8000-000000000001", "method": "cash"}
    )
    assert not Checkout.objects.exists()


def test_a_provider_that_is_down_leaves_the_page_and_says_so(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    world.house.temper = Temper(broken=1.0)
    for name in ("slip", "slip_again", "slip_back"):
        send = debtor.get if name == "slip" else debtor.post
        assert send(reverse(f"portal:{name}", args=[house.case.public_id, checkout.public_id])).status_code == 302
    assert "Das geht gerade nicht" in page_of(debtor, checkout)


def test_a_slip_of_another_case_is_closed(debtor: Client, house: House, world: Played) -> None:
    checkout = taken(debtor, house)
    Checkout.objects.update(case=house.foreign_case, creditor=house.theirs)
    for name in ("slip", "slip_again", "slip_back"):
        address = reverse(f"portal:{name}", args=[house.case.public_id, checkout.public_id])
        assert (debtor.get(address) if name == "slip" else debtor.post(address)).status_code == 404
    assert world.house.book.payments[checkout.provider_ref].status == "open"


def test_when_everything_was_paid_otherwise_the_slip_becomes_worthless(debtor: Client, house: House, world: Played) -> None:
    slip = taken(debtor, house)
    choose(debtor, house, "paypal")
    paypal = Checkout.objects.get(method="paypal")
    world.house.act(paypal.provider_ref, "pay")
    page_of(debtor, paypal)
    poll(day=DAY, now=clock.now())
    slip.refresh_from_db()
    assert slip.state == CheckoutState.EXPIRED
    assert world.house.book.payments[slip.provider_ref].status == "expired"


def test_a_lost_message_is_made_up_for_by_asking_and_an_old_slip_is_given_up(debtor: Client, house: House, world: Played) -> None:
    slip = taken(debtor, house)

    def asked() -> int:
        return sum(request.url.path.endswith(slip.provider_ref) for request in world.requests)

    later = clock.now() + timedelta(hours=1)
    poll(day=DAY, now=later)
    poll(day=DAY, now=later + timedelta(hours=1))
    assert asked() == 1, "not every ten minutes for a week"
    world.house.at_till(slip.provider_ref, "pay")
    world.house.outgoing.clear()
    poll(day=DAY, now=later + timedelta(hours=7))
    slip.refresh_from_db()
    assert slip.state == CheckoutState.PAID


def test_nobody_carries_it_to_a_till(debtor: Client, house: House, world: Played) -> None:
    slip = taken(debtor, house)
    end = NOW + timedelta(days=9, hours=1)
    with mock.patch.object(clock, "now", lambda: end):
        assert poll(day=DAY + timedelta(days=7), now=NOW + timedelta(days=8)).given_up == 0
        assert poll(day=DAY + timedelta(days=10), now=NOW + timedelta(days=10)).given_up == 1
    slip.refresh_from_db()
    assert slip.state == CheckoutState.EXPIRED
    assert re.search("Das ist nicht schlimm", page_of(debtor, slip))


def test_an_endpoint_without_terms_has_the_usual_ones() -> None:
    assert Endpoint("x", "nordlicht", "viafintech", ()).cash == CashTerms()


def test_what_was_paid_too_much_in_cash_waits_at_the_till_for_its_owner(debtor: Client, house: House, world: Played) -> None:
    slip = taken(debtor, house)
    transfer(house.case, 5000)
    world.house.at_till(slip.provider_ref, "pay")
    page_of(debtor, slip)
    with transaction.atomic():
        row = approve(RefundProposal.objects.get(id=_proposed(debtor, house)).id, actor="anna", now=NOW)
        order_back(row.creditor_id, now=NOW, actor="ben")
    assert send_back([row.id], day=DAY, now=NOW) == SentBack(running=1)
    assert Message.objects.filter(case=house.case, template="refund_at_till").count() == 1
    page = debtor.get(reverse("portal:refund", args=[house.case.public_id])).content.decode()
    assert "liegen für Sie bereit" in page and "Auszahlschein öffnen" in page
    address = reverse("portal:refund_slip", args=[house.case.public_id])
    assert debtor.get(address).content.startswith(b"%PDF-")
    row.refresh_from_db()
    world.house.at_till(row.provider_refund, "pay")
    world.house.outgoing.clear()  # the message is lost
    assert send_waiting(day=DAY, now=NOW) == SentBack(gone=1)
    row.refresh_from_db()
    assert (row.state, row.paid_on) == (RefundState.PAID, DAY)
    assert debtor.get(address).status_code == 302
    assert check(DAY).findings == ()


def _proposed(debtor: Client, house: House) -> int:
    assert debtor.post(reverse("portal:refund", args=[house.case.public_id])).status_code == 302
    return RefundProposal.objects.get().id
