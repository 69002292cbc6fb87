"""Direct debits on the agent's case page: the mandate without its account, what comes next, what became of it, ending and offering it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.commands import place_hold
from kulanz.claims.models import CaseEvent, HoldReason
from kulanz.contact.models import Message
from kulanz.desk.forms import REASONS
from kulanz.payments.commands.direct_debits import set_collector
from kulanz.payments.models import Collection, CollectionState, Mandate, MandateState
from kulanz.site.debits import masked
from tests.commands.debit_house import CREDITOR_ID, announced, mandate
from tests.pages.conftest import DAY, NOW, House
from tests.pages.test_speed import QUERIES_MAX, questions

pytestmark = pytest.mark.django_db(transaction=True)


def page(client: Client, house: House) -> str:
    return str(client.get(reverse("desk:debits", args=[house.case.public_id])).content.decode())


def test_a_mandate_is_shown_with_its_evidence_and_without_its_account(house: House, signed_in: Callable[[str], Client]) -> None:
    set_collector(house.ours, CREDITOR_ID)
    collection = announced(mandate(house.case))
    html = page(signed_in("agent"), house)
    assert "Elif Yılmaz" in html and "DE•• •••• •••• •••• ••20 51" in html and "DE0212030000" not in html.replace(" ", "")
    assert "auf der eigenen Seite" in html and "postcode" in html and Mandate.objects.get().evidence["text_sha256"] in html
    assert "angekündigt, geht am" in html and f"{collection.due_on.day}." in html
    assert "Mandat anbieten" not in html
    assert "Geld ist unterwegs" in html, "the hold has a name"


def test_what_came_back_is_told_in_plain_words(house: House, signed_in: Callable[[str], Client]) -> None:
    set_collector(house.ours, CREDITOR_ID)
    collection = announced(mandate(house.case))
    Collection.objects.filter(id=collection.id).update(state=CollectionState.RETURNED, return_code="AM04", returned_on=date(2026, 3, 1))
    html = page(signed_in("agent"), house)
    assert "AM04: " in html and "zurück am 01.03.2026" in html and "Zurzeit ist keine geplant." in html


def test_a_mandate_ends_with_a_reason_and_the_debtor_is_told(house: House, signed_in: Callable[[str], Client]) -> None:
    set_collector(house.ours, CREDITOR_ID)
    announced(mandate(house.case))
    agent, path = signed_in("agent"), reverse("desk:revoke_mandate", args=[house.case.public_id])
    assert agent.post(path, {"because": " "}).status_code == 422
    assert Mandate.objects.get().state == MandateState.ACTIVE
    assert signed_in("stranger").post(path, {"because": "fremd"}).status_code == 404
    assert agent.post(path, {"because": "am Telefon widerrufen"}).status_code == 302
    ended = Mandate.objects.get()
    assert (ended.state, ended.ended_because) == (MandateState.REVOKED, "am Telefon widerrufen")
    assert Collection.objects.get().state == CollectionState.CANCELLED
    assert Message.objects.filter(case=house.case, template="mandate_ended").count() == 1
    html = page(agent, house)
    assert "Frühere Mandate" in html and "am Telefon widerrufen" in html and "In dieser Akte gilt kein Mandat." in html
    assert agent.post(path, {"because": "noch einmal"}).status_code == 404


def test_the_way_to_the_mandate_is_sent_once_a_day_and_only_where_it_may_be(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, path = signed_in("agent"), reverse("desk:offer_mandate", args=[house.case.public_id])
    sent = Message.objects.filter(case=house.case, template="mandate_offered")
    assert "wird keine Lastschrift angeboten" in page(agent, house)
    assert "kein Lastschrifteinzug eingerichtet" in agent.post(path, follow=True).content.decode()
    set_collector(house.ours, CREDITOR_ID)
    assert "Weg zum Mandat schicken" in page(agent, house)
    for _ in range(2):
        assert "ist unterwegs" in agent.post(path, follow=True).content.decode()
    assert sent.count() == 1
    assert CaseEvent.objects.filter(case=house.case, kind="mandate_offered", actor="agent").exists()
    sent.delete()
    mandate(house.case)
    assert "gilt schon ein Mandat" in agent.post(path, follow=True).content.decode()
    Mandate.objects.update(state=MandateState.REVOKED)
    with transaction.atomic():
        place_hold(house.case.id, HoldReason.REPRESENTATION, day=DAY, now=NOW, source="desk", actor="agent")
    assert "unter der nichts angeboten wird" in agent.post(path, follow=True).content.decode()
    assert not sent.exists()


def test_the_page_asks_little_however_much_was_collected(house: House, signed_in: Callable[[str], Client]) -> None:
    set_collector(house.ours, CREDITOR_ID)
    for number in range(6):
        one = announced(mandate(house.case, key=str(number)))
        Collection.objects.filter(id=one.id).update(state=CollectionState.RETURNED, return_code="AM04")
    asked = questions(signed_in("agent"), reverse("desk:debits", args=[house.case.public_id]))
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)


def test_every_hold_has_a_name() -> None:
    assert set(REASONS) == set(HoldReason)


def test_an_account_is_masked_whatever_its_length() -> None:
    assert masked("NO9386011117947").replace(" ", "") == "NO" + "•" * 9 + "7947"
    assert masked("DE02120300000000202051").endswith("••20 51")
