"""The office: a file is looked at before it is taken, money finds its case, and the installation says how it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Claim
from kulanz.contact import mailbox
from kulanz.contact.models import Message
from kulanz.intake.models import ImportFile
from kulanz.payments.models import BankLine
from tests import bank
from tests.pages.conftest import DAY, House, message_of

PROFILE = """\
name: test
columns: {invoice_number: Nr, invoiced_on: Datum, due_on: Faellig, amount: Brutto, debtor_number: Kunde, family_name: Name, email: Mail}
constants: {currency: EUR, kind: person}
"""
GOOD = "Nr;Datum;Faellig;Brutto;Kunde;Name;Mail\nA-1;20.01.2026;15.02.2026;1.234,56;77;Brändt;brandt@example.com\n"
BROKEN = GOOD + "A-2;31.02.2026;15.02.2026;10,00;78;Nowak;n@example.com\nA-3;20.01.2026;15.02.2026;viel;79;Öztürk;o@example.com\n"


def upload(client: Client, house: House, text: str = GOOD, *, profile: str = PROFILE) -> str:
    """Hand in a file; returns the address of its preview."""
    data = {
        "creditor": house.ours.id,
        "file": SimpleUploadedFile("forderungen.csv", text.encode("cp1252")),
        "own_profile": SimpleUploadedFile("p.yaml", profile.encode()),
    }
    answer = client.post(reverse("office:claims"), data)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_file_is_shown_before_it_is_taken_and_known_afterwards(house: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    preview = upload(lead, house)
    html = lead.get(preview).content.decode()
    assert "1252" in html, "a file in the old Windows encoding is recognised"
    assert "1.234,56\u00a0€" in html and "15.02.2026" in html and "brandt@example.com" in html
    assert not Claim.objects.filter(external_id="A-1").exists(), "looking takes nothing"
    taken = lead.post(f"{preview}/take", follow=True)
    assert "Übernommen. 1 Rechnung ist neu." in taken.content.decode()
    assert Claim.objects.get(external_id="A-1").principal_cents == 123456
    assert lead.post(f"{preview}/take").status_code == 404, "a second press finds it taken"
    again = upload(lead, house)
    lead.post(f"{again}/take")
    assert Claim.objects.filter(creditor=house.ours).count() == 2
    assert ImportFile.objects.order_by("-id")[0].new == 0


def test_broken_rows_are_listed_with_line_and_reason_and_come_as_a_file(house: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    preview = upload(lead, house, BROKEN)
    html = lead.get(preview).content.decode()
    assert "2 Zeilen bleiben liegen" in html
    assert "31.02.2026" in html and "viel" in html
    file = lead.get(f"{preview}/problems.csv")
    assert file.content.decode("utf-8-sig").count("\n") == 3
    assert "attachment" in file["Content-Disposition"]
    lead.post(f"{preview}/take")
    imported = ImportFile.objects.get()
    assert (imported.rows, imported.new, imported.problems) == (3, 1, 2)
    kept = lead.get(reverse("office:import_problems", args=[imported.id])).content.decode("utf-8-sig")
    assert "A-2" in kept and "A-3" in kept and "A-1" not in kept


def test_a_file_that_is_no_table_is_refused_and_changes_nothing(house: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    answer = lead.get(upload(lead, house, "\x00\x01\x02" * 50))
    assert answer.status_code == 422
    assert "Es wurde nichts verändert." in answer.content.decode()
    assert Claim.objects.count() == 2


def test_somebody_elses_upload_is_not_found(house: House, signed_in: Callable[[str], Client]) -> None:
    preview = upload(signed_in("lead"), house)
    assert signed_in("admin").get(preview).status_code == 404


def test_a_profile_that_cannot_be_read_is_named_beside_its_field(house: House, signed_in: Callable[[str], Client]) -> None:
    data = {
        "creditor": house.ours.id,
        "file": SimpleUploadedFile("a.csv", GOOD.encode()),
        "own_profile": SimpleUploadedFile("p.yaml", b"columns: ["),
    }
    answer = signed_in("lead").post(reverse("office:claims"), data)
    assert answer.status_code == 422 and "data-error" in answer.content.decode()


def test_a_payment_from_a_statement_silences_the_case(house: House, signed_in: Callable[[str], Client]) -> None:
    waiting = message_of(house.case, step="reminder_2", state="queued")
    total = 9_000
    moves = [bank.Move(total, f"Rechnung {house.case.reference}", "Elif Yilmaz", on=DAY - timedelta(days=1))]
    file = SimpleUploadedFile("auszug.xml", bank.camt053(moves))
    lead = signed_in("lead")
    answer = lead.post(reverse("office:statements"), {"file": file})
    assert answer.status_code == 302, "a reload must not hand the file in again"
    assert "1 gebucht" in lead.get(answer["Location"]).content.decode()
    assert signed_in("admin").get(answer["Location"])["Location"] == reverse("office:statements"), "nobody else's to see"
    waiting.refresh_from_db()
    assert waiting.state == "cancelled"
    assert Case.objects.get(id=house.case.id).state == "settled"
    assert Message.objects.filter(case=house.case, template__contains="receipt").exists()


def test_a_statement_of_another_creditors_account_is_refused(house: House, signed_in: Callable[[str], Client]) -> None:
    file = SimpleUploadedFile("auszug.xml", bank.camt053([bank.Move(100, "x")], account=house.theirs.iban))
    answer = signed_in("lead").post(reverse("office:statements"), {"file": file})
    assert answer.status_code == 422 and "keinem Ihrer Mandanten" in answer.content.decode()
    assert not BankLine.objects.exists()


def test_a_file_that_is_no_statement_is_refused_with_a_sentence(house: House, signed_in: Callable[[str], Client]) -> None:
    answer = signed_in("admin").post(reverse("office:statements"), {"file": SimpleUploadedFile("x.txt", b"Guten Tag")})
    assert answer.status_code == 422
    assert not BankLine.objects.exists()


def test_a_line_without_a_case_is_assigned_and_taken_back_by_hand(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, lead = signed_in("agent"), signed_in("lead")
    lead.post(reverse("office:statements"), {"file": SimpleUploadedFile("a.xml", bank.camt053([bank.Move(1_000, "Danke", "Jemand")]))})
    line = BankLine.objects.get()
    assert line.state == "unmatched"
    assert "Jemand" in agent.get(reverse("office:lines")).content.decode()
    assert agent.post(reverse("office:assign_line", args=[line.id]), {"reference": "RF00 0000"}).status_code == 404
    assert agent.post(reverse("office:assign_line", args=[line.id]), {"reference": "2026-00001"}).status_code == 302
    line.refresh_from_db()
    assert line.state == "booked" and line.case_id == house.case.id
    assert agent.post(reverse("office:undo_line", args=[line.id]), {"reason": "falsche Person"}).status_code == 302
    line.refresh_from_db()
    assert line.state == "unmatched"


def test_a_proposal_is_confirmed_by_its_key_and_the_list_stays_where_it_was(house: House, signed_in: Callable[[str], Client]) -> None:
    moves = [bank.Move(1_234, "2026-00001", "Wer Anders"), bank.Move(777, "Spende", "Jemand")]
    signed_in("lead").post(reverse("office:statements"), {"file": SimpleUploadedFile("a.xml", bank.camt053(moves))})
    agent = signed_in("agent")
    html = agent.get(reverse("office:lines") + "?q=wer&sort=amount_cents").content.decode()
    assert html.count("data-line ") == 1 and 'data-choice="1"' in html and "Jemand" not in html
    line = BankLine.objects.get(amount_cents=1_234)
    answer = agent.post(
        reverse("office:assign_line", args=[line.id]), {"reference": house.case.reference, "query": "q=wer&sort=amount_cents&evil=1"}
    )
    assert answer["Location"] == reverse("office:lines") + "?sort=amount_cents&q=wer#next"
    assert "Jemand" in agent.get(reverse("office:lines") + "?q=7.77").content.decode()
    assert "Nichts gefunden" in agent.get(reverse("office:lines") + "?q=zebra").content.decode()
    assert "Jemand" in agent.get(reverse("office:lines_file") + "?q=spende").content.decode("utf-8-sig")


def test_health_names_worries_and_nobody(house: House) -> None:
    answer = Client().get("/health")
    found = answer.json()
    assert answer.status_code == 200 and found["database"] is True
    assert "daily_run" in found["worries"] and found["status"] == "attention"
    assert "Yılmaz" not in answer.content.decode()


def test_the_demo_inbox_shows_mail_in_a_frame_without_power(house: House, settings: Any, tmp_path: Path) -> None:
    settings.KULANZ_DEMO, settings.KULANZ_HOME = True, tmp_path
    mail = (
        b"Message-ID: <key1@kulanz>\r\nFrom: a@example.com\r\nTo: b@example.com\r\nSubject: Ihre Rechnung\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<html><head></head><body><script>alert(1)</script>"
        b"<a href='/p/x'>Link</a></body></html>"
    )
    assert mailbox.store(mailbox.folder(), mail)
    assert "Ihre Rechnung" in Client().get("/demo/inbox").content.decode()
    page = Client().get("/demo/inbox/key1").content.decode()
    assert 'sandbox="allow-popups' in page and "<script>alert" not in page
    body = Client().get("/demo/inbox/key1/body")
    policy = body["Content-Security-Policy"]
    assert "sandbox" in policy and "default-src 'none'" in policy and "script-src" not in policy


def test_the_front_door_of_the_demo_names_the_logins(house: House, settings: Any) -> None:
    settings.KULANZ_DEMO = True
    html = Client().get("/").content.decode()
    assert "kulanz-demo-2026" in html and "agent" in html


def test_the_shown_password_is_the_worlds() -> None:
    from kulanz.site.pages import DEMO_PASSWORD
    from kulanz.world.setup import PASSWORD

    assert DEMO_PASSWORD == PASSWORD


@pytest.mark.parametrize("size", [0, 1])
def test_an_empty_or_tiny_file_is_answered_kindly(size: int, house: House, signed_in: Callable[[str], Client]) -> None:
    data = {
        "creditor": house.ours.id,
        "file": SimpleUploadedFile("a.csv", b"x" * size),
        "own_profile": SimpleUploadedFile("p.yaml", PROFILE.encode()),
    }
    lead = signed_in("lead")
    answer = lead.post(reverse("office:claims"), data)
    status = lead.get(answer["Location"]).status_code if answer.status_code == 302 else answer.status_code
    assert status == 422
    assert not ImportFile.objects.exists()
