"""The debtor's pages: a link, a second factor, an explained amount, and a stop that stops at once."""

from __future__ import annotations

import random
import re
import uuid

from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.accounts import open_amounts
from kulanz.claims.commands import open_claims
from kulanz.claims.models import Case, Hold
from kulanz.contact.models import Message, PortalLink, Utterance
from kulanz.payments.commands import import_statement
from tests import bank, factories
from tests.pages.conftest import DAY, NOW, House, message_of


def page(client: Client, name: str, house: House) -> str:
    return client.get(reverse(f"portal:{name}", args=[house.case.public_id])).content.decode()


def form_key(html: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', html)
    assert found
    return found[1]


def queue(house: House) -> Message:
    """A reminder that is already on its way out."""
    return message_of(house.case, step="reminder_2", state="queued")


def test_following_the_link_changes_nothing(house: House) -> None:
    before = list(PortalLink.objects.order_by("id").values())
    client = Client()
    for _visit in range(3):
        answer = client.get(reverse("portal:enter", args=[house.token]))
        assert answer.status_code == 200
        assert "Yılmaz" not in answer.content.decode()
    assert list(PortalLink.objects.order_by("id").values()) == before
    assert not Utterance.objects.exists()


def test_the_second_factor_is_the_postcode_or_an_invoice_number(house: House) -> None:
    for answer in ("50667", " 50 667 ", "2026-00001", "2026 00001"):
        client = Client()
        assert client.post(reverse("portal:enter", args=[house.token]), {"answer": answer}).status_code == 302, answer
        assert "Elif Yılmaz" in page(client, "overview", house)


def test_five_wrong_answers_lock_the_link_for_a_day(house: House) -> None:
    client, path = Client(), reverse("portal:enter", args=[house.token])
    for left in (4, 3, 2, 1):
        answer = client.post(path, {"answer": "99999"}, follow=True)
        assert ("einen Versuch" if left == 1 else f"{left} Versuche") in answer.content.decode()
    assert client.post(path, {"answer": "99999"}, follow=True).status_code == 429
    assert client.post(path, {"answer": "50667"}).status_code == 429, "not even the right answer opens it now"
    assert client.get(path).status_code == 429


def test_an_unknown_and_a_revoked_link_look_the_same(house: House, debtor: Client) -> None:
    unknown = Client().get(reverse("portal:enter", args=["0" * 26]))
    PortalLink.objects.filter(case=house.case).update(revoked_at=NOW)
    revoked = Client().get(reverse("portal:enter", args=[house.token]))
    assert unknown.status_code == revoked.status_code == 404
    strip = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"|value="/p/[^"]*"')
    assert strip.sub(b"", unknown.content) == strip.sub(b"", revoked.content)
    closed = debtor.get(reverse("portal:overview", args=[house.case.public_id]))
    assert closed.status_code == 404, "a revoked link ends the sessions that began with it"


def test_the_receipt_adds_up_to_the_amount_and_opens_to_its_rule(house: House, debtor: Client) -> None:
    html = page(debtor, "overview", house)
    total = sum(balance.total_cents for balance in open_amounts([house.case.id], DAY)[house.case.id])
    euros = f"{total // 100},{total % 100:02d}\u00a0€"
    assert total > 8490
    assert f'<div class="money figure">{euros}</div>' in html
    assert "84,90\u00a0€ × 6,27\u00a0%" in html or "84,90\u00a0€ × 6,27 %" in html
    assert "§ 288 Abs. 1, § 247 BGB" in html


def test_paying_shows_code_and_the_same_data_as_text(house: House, debtor: Client) -> None:
    html = page(debtor, "pay", house)
    assert "DE89 3704 0044 0532 0130 00" in html
    assert house.case.reference in html
    picture = debtor.get(reverse("portal:girocode", args=[house.case.public_id]))
    assert picture["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")


def test_paid_already_silences_the_case_in_the_same_request(house: House, debtor: Client) -> None:
    waiting = queue(house)
    path = reverse("portal:paid", args=[house.case.public_id])
    key = form_key(page(debtor, "paid", house))
    answer = debtor.post(path, {"key": key, "paid_on": "2026-02-27", "amount_cents": "84,90", "text": "Am Freitag."})
    assert answer.status_code == 302
    waiting.refresh_from_db()
    hold = Hold.objects.get(case=house.case)
    assert waiting.state == "cancelled"
    assert hold.reason == "paid_claimed" and hold.until_on is not None
    assert Utterance.objects.get().data == {"paid_on": "2026-02-27", "amount_cents": 8490}
    html = page(debtor, "overview", house)
    assert "Danke, wir suchen Ihre Zahlung." in html
    assert f"{hold.until_on.day}.\u00a0März" in html, "the day is said"


def test_the_same_form_sent_twice_is_heard_once(house: House, debtor: Client) -> None:
    path = reverse("portal:wrong", args=[house.case.public_id])
    key = form_key(page(debtor, "wrong", house))
    for _press in range(3):
        assert debtor.post(path, {"key": key, "topic": "goods", "text": "Falscher Zähler"}).status_code == 302
    assert Utterance.objects.count() == 1
    assert Hold.objects.filter(case=house.case).count() == 1


def test_something_wrong_waits_for_a_person(house: House, debtor: Client) -> None:
    path = reverse("portal:wrong", args=[house.case.public_id])
    debtor.post(path, {"key": str(uuid.uuid4()), "topic": "amount", "text": "<script>alert(1)</script>"})
    case = Case.objects.get(id=house.case.id)
    assert case.needs_human
    assert "Danke, ein Mensch sieht sich das an." in page(debtor, "overview", house)
    assert "<script>alert" not in page(debtor, "overview", house)


def test_a_wrong_entry_stays_on_the_page_with_its_remedy(house: House, debtor: Client) -> None:
    path = reverse("portal:paid", args=[house.case.public_id])
    answer = debtor.post(path, {"key": str(uuid.uuid4()), "amount_cents": "ungefähr 80", "paid_on": "2031-01-01", "text": "Bitte prüfen"})
    assert answer.status_code == 302 and answer["Location"] == path, "Back and reload must not ask to send it again"
    html = debtor.get(path).content.decode()
    assert html.count("Bitte prüfen") == debtor.get(path).content.decode().count("Bitte prüfen"), "a reload keeps the draft"
    assert 'value="ungefähr 80"' in html and "Bitte prüfen</textarea>" in html
    assert "Bitte schreiben Sie ihn so: 85,89" in html and "Dieser Tag liegt noch vor uns" in html
    assert 'aria-invalid="true"' in html
    assert not Utterance.objects.exists() and not Hold.objects.exists()


def test_the_portal_speaks_english_in_full(house: House, debtor: Client) -> None:
    debtor.post(reverse("set_language"), {"language": "en", "next": "/"})
    html = page(debtor, "overview", house)
    assert '<html lang="en"' in html
    assert "is still open" in html and "ist noch offen" not in html
    assert "€84.90" in html and "days ÷" in html


def test_leaving_closes_the_door(house: House, debtor: Client) -> None:
    assert debtor.post(reverse("portal:leave")).status_code == 302
    assert debtor.get(reverse("portal:overview", args=[house.case.public_id])).status_code == 404


def test_a_settled_case_thanks_and_asks_for_nothing(house: House, debtor: Client) -> None:
    Case.objects.filter(id=house.case.id).update(state="settled")
    html = page(debtor, "overview", house)
    assert "alles ist bezahlt" in html and "bezahlen</a>" not in html
    assert debtor.get(reverse("portal:pay", args=[house.case.public_id])).status_code == 302


def test_a_brand_colour_is_darkened_until_it_can_be_read(house: House) -> None:
    factories.Creditor.objects.filter(id=house.ours.id).update(brand_primary="#FFD400")
    sheet = Client().get(reverse("portal:brand", args=["nordlicht"])).content.decode()
    assert "#FFD400" not in sheet and "--primary: #" in sheet


def test_a_settled_invoice_steps_aside_and_the_rest_still_adds_up(house: House, debtor: Client) -> None:
    owed = open_amounts([house.case.id], DAY)[house.case.id][0]
    with transaction.atomic():
        import_statement(
            bank.camt053([bank.Move(owed.total_cents, "2026-00001", "Elif Yilmaz1", on=DAY)]), "a.xml", actor="test", now=NOW, day=DAY
        )
    row = factories.claim_row(2, debtor_external_id="K1", external_id="2026-00002", principal_cents=5_000)
    with transaction.atomic():
        open_claims(factories.frame(row), house.ours, day=DAY, now=NOW, dice=random.Random(1))
    html = page(debtor, "overview", house)
    assert "Eine Rechnung ist schon erledigt" in html
    assert '<div class="money figure">50,00\u00a0€</div>' in html
    assert "\u2212" in html, "the payment stands with the minus sign proper"


def test_the_statement_of_account_is_a_pdf_of_ones_own(house: House, debtor: Client) -> None:
    path = reverse("portal:statement", args=[house.case.public_id])
    assert path in page(debtor, "overview", house)
    answer = debtor.get(path)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")
    assert house.case.reference in answer["Content-Disposition"]
