"""What is wrong with payment providers: kept, shown to those who may see it, marked as done; and refunds sent by two people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Role
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.checkouts import Wish, hear, place, providers_of_day, send_off
from kulanz.payments.commands.refunds import propose_due
from kulanz.payments.models import Checkout, ProblemKind, ProviderProblem, RefundProposal, RefundState
from kulanz.payments.providers.errors import NotGenuine, ProviderError
from kulanz.payments.providers.port import Delivery, Method
from kulanz.world.provider_server import as_stripe
from kulanz.world.provider_server.house import GOOD, Temper
from tests.bank import Move, camt053
from tests.factories import DAY, NOW
from tests.pages.conftest import House, user
from tests.pages.test_speed import QUERIES_MAX, questions
from tests.providers import SECRET, Played, connected, played

HERE = reverse("office:providers")


@pytest.fixture
def world(house: House) -> Iterator[Played]:
    fake = played(clock=lambda: NOW)
    with connected(fake):
        yield fake


def open_kinds() -> list[str]:
    return sorted(ProviderProblem.objects.filter(done_at=None).values_list("kind", flat=True))


def forge(count: int) -> None:
    for _ in range(count):
        with pytest.raises(NotGenuine):
            hear("stripe", "nordlicht-stripe", Delivery({"stripe-signature": "t=1,v1=00"}, b"{}"), day=DAY, now=NOW)


def garble(word: str = "nonsense") -> None:
    body = f'{{"id": "evt_{word}", "created": "{word}", "type": "refund.updated", "data": {{"object": {{}}}}}}'.encode()
    with pytest.raises(ProviderError):
        hear("stripe", "nordlicht-stripe", Delivery(as_stripe.sign(body, SECRET, NOW), body), day=DAY, now=NOW)


def test_each_thing_is_kept_once_and_counted(world: Played) -> None:
    forge(3)
    for word in ("one", "one", "two"):
        garble(word)
    assert open_kinds() == ["unproven", "unreadable", "unreadable"]
    assert ProviderProblem.objects.get(kind=ProblemKind.UNPROVEN).times == 3


def test_a_silent_provider_is_kept_until_it_answers_again(world: Played) -> None:
    world.house.temper = Temper(broken=1.0)
    assert len(providers_of_day(day=DAY, now=NOW).problems) == 3
    assert open_kinds() == ["unreachable"] * 3, "one for each provider that is asked for settlements"
    world.house.temper = GOOD
    providers_of_day(day=DAY, now=NOW + timedelta(hours=1))
    kept = [kind for kind in open_kinds() if kind == "unreachable"]
    assert kept == [], "it has passed by itself"
    assert set(ProviderProblem.objects.filter(kind="unreachable").values_list("done_by", flat=True)) == {"kulanz"}


def test_the_page_shows_finds_sorts_and_marks(world: Played, house: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    assert "Alles stimmt" in lead.get(HERE).content.decode()
    forge(2)
    garble()
    asked = questions(lead, HERE + "?sort=kind")
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)
    shown = lead.get(HERE + "?sort=kind").content.decode()
    assert "Nachricht ohne Nachweis" in shown and "2 Mal" in shown and "Nachricht nicht verstanden" in shown
    assert "Nachricht nicht verstanden</strong>" not in lead.get(HERE + "?q=Geheimnis").content.decode()
    assert "Nachricht ohne Nachweis</strong>" not in lead.get(HERE + "?kind=unreadable").content.decode()
    assert "Nichts gefunden" in lead.get(HERE + "?q=Unfug").content.decode()
    assert "nordlicht-stripe" in lead.get(reverse("office:providers_file")).content.decode()

    problem = ProviderProblem.objects.get(kind=ProblemKind.UNPROVEN)
    path = reverse("office:provider_done", args=[problem.id])
    lead.post(path, {"note": "  "})
    problem.refresh_from_db()
    assert problem.done_at is None, "nothing is done without a word about how"
    lead.post(path, {"note": "=Geheimnis getauscht"})
    lead.post(path, {"note": "noch einmal"})
    problem.refresh_from_db()
    assert (problem.done_by, problem.done_note) == ("lead", "=Geheimnis getauscht")
    assert "Geheimnis getauscht" in lead.get(HERE + "?state=done").content.decode()
    file = lead.get(reverse("office:providers_file") + "?state=done").content.decode()
    assert "'=Geheimnis getauscht" in file, "a spreadsheet runs nothing of it"
    forge(1)
    problem.refresh_from_db()
    assert (problem.done_by, problem.times) == ("lead", 3), "what a person has dealt with stays done"


def test_another_creditors_people_see_and_change_nothing(world: Played, house: House, signed_in: Callable[[str], Client]) -> None:
    forge(1)
    problem = ProviderProblem.objects.get()
    user("other", Role.LEAD, house.theirs)
    other = signed_in("other")
    assert "Alles stimmt" in other.get(HERE).content.decode()
    assert other.post(reverse("office:provider_done", args=[problem.id]), {"note": "weg damit"}).status_code == 404
    problem.refresh_from_db()
    assert problem.done_at is None


def card_and_transfer(world: Played, house: House) -> Checkout:
    """Elif pays twice: by card, and by a transfer that was under way."""
    cents = 8490
    with transaction.atomic():
        checkout = place(Wish(house.case.id, "nordlicht-stripe", Method.CARD, cents, "twice"), day=DAY, now=NOW)
    send_off(checkout.id, site_url="http://kulanz.test", return_path="/p/back", language="de", now=NOW)
    checkout.refresh_from_db()
    move = Move(20_000, house.case.reference, "Elif Yılmaz1", "DE02120300000000202051", ref="B1", on=DAY)
    import_statement(camt053([move]), "in.xml", actor="bank", now=NOW, day=DAY)
    world.house.act(checkout.provider_ref, "pay")
    for post in world.house.posts():
        hear("stripe", "nordlicht-stripe", Delivery(post.headers, post.body), day=DAY, now=NOW)
    checkout.refresh_from_db()
    return checkout


def test_two_people_send_card_money_back_from_the_page(
    world: Played, house: House, debtor: Client, signed_in: Callable[[str], Client]
) -> None:
    checkout = card_and_transfer(world, house)
    where = reverse("portal:refund", args=[house.case.public_id])
    assert "auf demselben Weg zurück" in debtor.get(where).content.decode()
    propose_due(day=DAY, now=NOW)
    row = RefundProposal.objects.get()
    assert "Zwei Menschen prüfen das gerade" in debtor.get(where).content.decode()
    user("second", Role.LEAD, house.ours)
    lead, second = signed_in("lead"), signed_in("second")
    page, send = reverse("office:refunds"), reverse("office:send_refunds", args=[house.ours.id])
    shown = lead.get(page).content.decode()
    assert "auf dem Weg, auf dem es kam" in shown and "Konto eintragen" not in shown
    lead.post(reverse("office:decide_refund", args=[row.public_id]), {"what": "approve"})
    lead.post(send)
    assert not world.house.book.payments[checkout.provider_ref].backs, "who approved does not order"
    assert "Über den Anbieter zurückgeben" in second.get(page).content.decode()
    second.post(send)
    second.post(send)
    row.refresh_from_db()
    assert (row.state, row.ordered_by) == (RefundState.PAID, "second")
    assert [back.cents for back in world.house.book.payments[checkout.provider_ref].backs] == [row.amount_cents]
    assert "Karte" in second.get(reverse("office:refunds_file") + "?state=paid").content.decode()
    assert "auf demselben Weg zurückgegeben" in debtor.get(where).content.decode() or "gehören Ihnen" in debtor.get(where).content.decode()
