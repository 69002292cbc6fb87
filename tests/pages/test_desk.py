"""The agent's pages: who waits, what happened and why, and a hold that holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Debtor, Hold
from kulanz.contact import documents
from kulanz.contact.commands import hear_paid_already, hear_something_wrong
from kulanz.contact.models import Message
from kulanz.runs.daily import run_day
from kulanz.site.tables import safe_cell
from tests.pages.conftest import DAY, NOW, House, message_of


def test_the_worklist_shows_who_waits_and_why(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    assert "Im Moment braucht Sie niemand" in agent.get(reverse("desk:worklist")).content.decode()
    with transaction.atomic():
        hear_something_wrong(house.case.id, topic="goods", day=DAY, now=NOW, via="portal", idempotency_key="k", text="Zähler falsch")
    html = agent.get(reverse("desk:worklist")).content.decode()
    assert "Yılmaz1, Elif" in html and "Hat sich gemeldet" in html and "Entscheidung nötig" in html
    assert "Yılmaz1" in agent.get(reverse("desk:worklist") + "?why=said&sort=-amount").content.decode()
    assert "Yılmaz1" not in agent.get(reverse("desk:worklist") + "?why=unsure").content.decode()


def test_a_doubtful_message_waits_for_a_person_who_settles_it(house: House, signed_in: Callable[[str], Client]) -> None:
    doubtful = message_of(house.case, step="reminder_2", state="unknown")
    agent = signed_in("agent")
    assert "Versand unklar" in agent.get(reverse("desk:worklist")).content.decode()
    assert agent.post(reverse("desk:arrived", args=[doubtful.id])).status_code == 302
    doubtful.refresh_from_db()
    assert doubtful.state == "sent"
    assert agent.post(reverse("desk:again", args=[doubtful.id])).status_code == 409, "what arrived is not sent again"


def test_the_export_cannot_run_a_formula(house: House, signed_in: Callable[[str], Client]) -> None:
    Debtor.objects.filter(id=house.case.debtor_id).update(family_name='=HYPERLINK("http://x")', given_name="+1")
    Case.objects.filter(id=house.case.id).update(needs_human=True)
    content = signed_in("agent").get(reverse("desk:worklist_file")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content), delimiter=";"))
    assert rows[1][0].startswith("'=HYPERLINK")
    assert rows[1][5] == "84,90"


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_that_begins_like_a_formula_is_quoted(start: str) -> None:
    assert safe_cell(start) == "'" + start


@pytest.mark.parametrize("query", ["yilmaz", "YILMAZ1 Elif", "2026-00001", "k1@example.com"])
def test_a_case_is_found_by_what_the_caller_has_at_hand(query: str, house: House, signed_in: Callable[[str], Client]) -> None:
    html = signed_in("agent").get(reverse("desk:search"), {"q": query}).content.decode()
    assert "Elif Yılmaz1" in html


def test_a_case_is_found_by_its_reference_however_spaced(house: House, signed_in: Callable[[str], Client]) -> None:
    spaced = " ".join(house.case.reference[i : i + 4] for i in range(0, len(house.case.reference), 4)).lower()
    assert "Elif Yılmaz1" in signed_in("agent").get(reverse("desk:search"), {"q": spaced}).content.decode()


def test_htmx_gets_the_list_alone(house: House, signed_in: Callable[[str], Client]) -> None:
    html = signed_in("agent").get(reverse("desk:search"), {"q": "yilmaz"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html and "Elif Yılmaz1" in html


def test_the_case_says_why_a_message_was_sent(house: House, signed_in: Callable[[str], Client]) -> None:
    Message.objects.update(day=DAY - timedelta(days=20), sent_at=NOW - timedelta(days=20))
    run_day(DAY, shadow=False, engine="local", now=NOW)
    agent = signed_in("agent")
    message = Message.objects.filter(case=house.case, state="queued").get()
    html = agent.get(reverse("desk:case", args=[house.case.public_id])).content.decode()
    assert "Warum so?" in html and "ist an der Reihe" in html
    html = agent.get(reverse("desk:decisions", args=[house.case.public_id])).content.decode()
    assert "ist an der Reihe" in html
    assert message.step


def test_a_hold_stops_what_is_queued_and_can_be_undone(house: House, signed_in: Callable[[str], Client]) -> None:
    waiting = message_of(house.case, step="reminder_2", state="queued")
    agent, case = signed_in("agent"), house.case.public_id
    answer = agent.post(reverse("desk:place_hold", args=[case]), {"reason": "hardship", "note": "Krank"}, follow=True)
    waiting.refresh_from_db()
    hold = Hold.objects.get()
    assert waiting.state == "cancelled" and hold.reason == "hardship" and hold.note == "Krank"
    undo = reverse("desk:undo_hold", args=[case, hold.id])
    assert f'action="{undo}"' in answer.content.decode()
    assert agent.post(undo).status_code == 302
    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_a_hold_that_is_already_over_is_refused_beside_its_field(house: House, signed_in: Callable[[str], Client]) -> None:
    path = reverse("desk:place_hold", args=[house.case.public_id])
    answer = signed_in("agent").post(path, {"reason": "manual", "until_on": str(DAY - timedelta(days=1))})
    assert answer.status_code == 422
    assert "Dieser Tag ist schon vorbei" in answer.content.decode()
    assert not Hold.objects.exists()


def test_a_hold_that_has_run_out_no_longer_stands_on_the_page(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    page = reverse("desk:case", args=[house.case.public_id])
    with transaction.atomic():
        hear_paid_already(house.case.id, day=DAY, now=NOW, via="portal", idempotency_key="k")
    assert agent.get(page).context["standing"]
    Hold.objects.update(from_on=DAY - timedelta(days=20), until_on=DAY - timedelta(days=1))
    assert not agent.get(page).context["standing"]


def test_lifting_a_hold_needs_a_reason(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, case = signed_in("agent"), house.case.public_id
    agent.post(reverse("desk:place_hold", args=[case]), {"reason": "manual"})
    path = reverse("desk:lift_hold", args=[case, Hold.objects.get().id])
    assert agent.post(path, {"because": ""}).status_code == 422
    assert Hold.objects.get().lifted_at is None
    assert agent.post(path, {"because": "Alles geklärt"}).status_code == 302
    assert Hold.objects.get().lifted_because == "Alles geklärt"


def test_a_decision_takes_the_case_off_the_worklist(house: House, signed_in: Callable[[str], Client]) -> None:
    with transaction.atomic():
        hear_paid_already(house.case.id, day=DAY, now=NOW, via="portal", idempotency_key="k", paid_on=date(2026, 2, 27))
    agent = signed_in("agent")
    html = agent.get(reverse("desk:case", args=[house.case.public_id])).content.decode()
    assert "Sagt, es ist schon bezahlt" in html
    path = reverse("desk:decide", args=[house.case.public_id])
    assert agent.post(path, {"text": ""}).status_code == 422
    assert agent.post(path, {"text": "Angerufen, Beleg kommt"}).status_code == 302
    assert "Yılmaz1" not in agent.get(reverse("desk:worklist")).content.decode()
    assert "Angerufen, Beleg kommt" in agent.get(reverse("desk:case", args=[house.case.public_id])).content.decode()


def test_a_letter_is_shown_inside_the_case_and_only_there(house: House, signed_in: Callable[[str], Client]) -> None:
    path, digest = documents.keep(b"%PDF-1.7 a letter")
    letter = message_of(house.case, step="reminder_2", channel="letter")
    Message.objects.filter(id=letter.id).update(document=path, document_sha256=digest)
    agent = signed_in("agent")
    assert reverse("desk:letter", args=[letter.id]) in agent.get(reverse("desk:messages", args=[house.case.public_id])).content.decode()
    answer = agent.get(reverse("desk:letter", args=[letter.id]))
    assert answer.content == b"%PDF-1.7 a letter" and answer["Content-Type"] == "application/pdf"
    assert answer["X-Frame-Options"] == "SAMEORIGIN" and "frame-ancestors 'self'" in answer["Content-Security-Policy"]


def test_five_wrong_passwords_lock_the_login(house: House) -> None:
    client = Client()
    for _attempt in range(5):
        answer = client.post(reverse("desk:login"), {"username": "agent", "password": "wrong"})
    assert answer.status_code == 429
    assert "kurz gesperrt" in answer.content.decode()
    assert client.post(reverse("desk:login"), {"username": "agent", "password": "a-long-password"}).status_code == 429


def test_signing_in_changes_the_session(house: House) -> None:
    client = Client()
    client.get(reverse("desk:login"))
    answer = client.post(reverse("desk:login"), {"username": "agent", "password": "a-long-password"})
    assert answer.status_code == 302 and answer["Location"] == reverse("desk:worklist")


def test_markup_in_any_field_stays_text(house: House, signed_in: Callable[[str], Client]) -> None:
    canary = "<img src=x onerror=alert(1)>"
    Debtor.objects.filter(id=house.case.debtor_id).update(family_name=canary, city=canary)
    Message.objects.filter(id=house.message.id).update(subject=canary, body_text=canary, error=canary)
    agent = signed_in("agent")
    for name in ("case", "account", "messages", "decisions"):
        assert canary not in agent.get(reverse(f"desk:{name}", args=[house.case.public_id])).content.decode(), name
