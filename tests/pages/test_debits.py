"""Direct debits and refunds on the pages: a debtor gives and ends a mandate, the office makes files once, two people decide refunds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from kulanz.claims.models import Case, HoldReason, Role
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct_debits import set_collector, submit_due
from kulanz.payments.commands.refunds import propose_due
from kulanz.payments.models import Collection, CollectionState, Mandate, MandateKind, MandateState, OrderFile, RefundProposal, RefundState
from tests.bank import Move, camt053
from tests.commands.debit_house import PAYER, at
from tests.pages.conftest import DAY, NOW, House, user

FORM = {
    "key": "0f3e1d3a-0000-4000-8000-000000000001",
    "holder": "Elif Yılmaz",
    "iban": "DE02 1203 0000 0000 2020 51",
    "wanted_on": "2026-04-01",
}


@pytest.fixture
def collecting(house: House) -> House:
    """The same house, whose creditor may collect."""
    set_collector(house.ours, "DE98ZZZ09999999999")
    return house


def page(house: House, name: str = "debit", *more: object) -> str:
    return reverse(f"portal:{name}", args=[house.case.public_id, *more])


def seen(debtor: Client, house: House) -> str:
    """The fingerprint of what the review shows; empty if there is nothing to sign any more."""
    review = debtor.post(page(house), FORM | {"review": ""}).content.decode()
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', review)
    return found[1] if found else ""


def sign(debtor: Client, house: House) -> Mandate:
    assert debtor.post(page(house), FORM | {"sign": "", "agreed": "yes", "seen": seen(debtor, house)}).status_code == 302
    return Mandate.objects.latest("id")


def test_what_was_not_shown_cannot_be_signed(collecting: House, debtor: Client) -> None:
    shown = seen(debtor, collecting)
    later = FORM | {"wanted_on": "2026-04-15", "sign": "", "agreed": "yes", "seen": shown}
    answer = debtor.post(page(collecting), later)
    assert answer.status_code == 200 and "Inzwischen hat sich etwas geändert" in answer.content.decode()
    assert not Mandate.objects.exists()


def test_a_mandate_is_read_before_it_is_given_and_nothing_happens_before(collecting: House, debtor: Client) -> None:
    assert "Lieber abbuchen lassen?" in debtor.get(page(collecting, "pay")).content.decode()
    assert debtor.get(page(collecting)).status_code == 200
    review = debtor.post(page(collecting), FORM | {"review": ""}).content.decode()
    for needed in ("DE98ZZZ09999999999", f"{collecting.case.reference}-M1", "acht Wochen", "DE02 1203 0000 0000 2020 51", "1.\xa0April"):
        assert needed in review, needed
    assert not Mandate.objects.exists()
    without_tick = debtor.post(page(collecting), FORM | {"sign": "", "seen": seen(debtor, collecting)}).content.decode()
    assert "Haken" in without_tick and not Mandate.objects.exists()


def test_what_was_shown_is_what_is_announced(collecting: House, debtor: Client) -> None:
    review = debtor.post(page(collecting), FORM | {"review": ""}).content.decode()
    mandate = sign(debtor, collecting)
    collection = Collection.objects.get()
    assert (mandate.kind, mandate.iban, mandate.evidence["via"]) == (MandateKind.ONE_OFF, PAYER, "portal")
    assert (collection.due_on.isoformat(), collection.noticed_on) == ("2026-04-01", DAY)
    shown = f"{collection.amount_cents // 100},{collection.amount_cents % 100:02d}"
    assert shown in review
    state = debtor.get(page(collecting)).content.decode()
    assert shown in state and "Diese Abbuchung absagen" in state
    assert "Zur Lastschrift" in debtor.get(page(collecting, "overview")).content.decode()


def test_one_form_sent_twice_is_one_mandate_and_one_collection(collecting: House, debtor: Client) -> None:
    sign(debtor, collecting)
    sign(debtor, collecting)
    assert (Mandate.objects.count(), Collection.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"iban": "DE02 1203 0000 0000 2020 52"}, "Ziffer vertauscht"),
        ({"iban": "TR330006100519786457841326"}, "in diesem Land"),
        ({"holder": ""}, "holder"),
        ({"wanted_on": "2027-01-01"}, "vier Monaten"),
    ],
)
def test_a_slip_is_named_beside_its_field_and_keeps_what_was_typed(
    wrong: dict[str, str], words: str, collecting: House, debtor: Client
) -> None:
    answer = debtor.post(page(collecting), FORM | wrong | {"sign": "", "agreed": "yes"})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not Mandate.objects.exists()
    if "iban" in wrong:
        assert wrong["iban"] in answer.content.decode()


def test_the_debtor_cancels_a_collection_and_revokes_the_mandate(collecting: House, debtor: Client) -> None:
    sign(debtor, collecting)
    collection = Collection.objects.get()
    assert debtor.post(page(collecting, "debit_cancel", collection.id)).status_code == 302
    collection.refresh_from_db()
    assert collection.state == CollectionState.CANCELLED
    assert not collecting.case.holds.filter(reason=HoldReason.COLLECTION, lifted_at=None).exists()
    assert debtor.post(page(collecting, "debit_revoke")).status_code == 302
    assert Mandate.objects.get().state == MandateState.REVOKED
    assert debtor.get(page(collecting)).status_code == 200


def test_nobody_cancels_somebody_elses_collection(collecting: House, debtor: Client) -> None:
    sign(debtor, collecting)
    collection = Collection.objects.get()
    Collection.objects.filter(id=collection.id).update(case=collecting.foreign_case, creditor=collecting.theirs)
    assert debtor.post(page(collecting, "debit_cancel", collection.id)).status_code == 404
    assert Collection.objects.get().state == CollectionState.ANNOUNCED


def test_the_mandate_as_a_file_says_what_was_signed_and_how(collecting: House, debtor: Client) -> None:
    mandate = sign(debtor, collecting)
    answer = debtor.get(page(collecting, "mandate_file", mandate.public_id))
    text = PdfReader(BytesIO(answer.content)).pages[0].extract_text()
    assert answer["Content-Type"] == "application/pdf"
    for needed in (mandate.reference, "DE98ZZZ09999999999", "Elif Yılmaz", "acht Wochen", "nicht gespeichert"):
        assert needed in text, needed
    again = debtor.get(page(collecting, "mandate_file", mandate.public_id))
    assert again.content == answer.content


def overpaid(house: House, *, iban: str = PAYER) -> RefundProposal:
    move = Move(20_000, house.case.reference, "Elif Yılmaz1", iban, ref="B1", on=DAY)
    import_statement(camt053([move]), "in.xml", actor="bank", now=NOW, day=DAY)
    propose_due(day=DAY, now=NOW)
    return RefundProposal.objects.get()


def test_the_debtor_names_an_account_for_what_was_paid_too_much(house: House, debtor: Client) -> None:
    row = overpaid(house, iban="")
    assert "Zurückzahlen lassen" in debtor.get(page(house, "overview")).content.decode()
    assert debtor.post(page(house, "refund"), {"key": FORM["key"], "holder": "Elif Yılmaz", "iban": "DE00"}).status_code == 422
    assert debtor.post(page(house, "refund"), {"key": FORM["key"], "holder": "Elif Yılmaz", "iban": PAYER}).status_code == 302
    row.refresh_from_db()
    assert (row.iban, row.iban_source, row.state) == (PAYER, "debtor", RefundState.OPEN)
    assert "Zwei Menschen prüfen" in debtor.get(page(house, "refund")).content.decode()


def test_two_people_and_one_file_for_a_refund(house: House, signed_in: Callable[[str], Client]) -> None:
    row = overpaid(house)
    user("second", Role.LEAD, house.ours)
    lead, second = signed_in("lead"), signed_in("second")
    decide = reverse("office:decide_refund", args=[row.public_id])
    order = reverse("office:order_refunds", args=[house.ours.id])
    assert row.iban[-4:] in lead.get(reverse("office:refunds")).content.decode().replace(" ", "")
    lead.post(decide, {"what": "approve"})
    lead.post(order)
    assert not OrderFile.objects.exists(), "who approved does not order"
    second.post(order)
    second.post(order)
    file = OrderFile.objects.get()
    answer = second.get(reverse("office:order_file", args=[file.public_id]))
    assert answer.content == bytes(file.content) and b"pain.001.001.09" in answer.content
    file.refresh_from_db()
    assert file.downloaded_by == "second"
    assert signed_in("stranger").get(reverse("office:order_file", args=[file.public_id])).status_code == 403


def test_the_office_makes_each_file_once_and_names_its_totals(
    collecting: House, debtor: Client, signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    sign(debtor, collecting)
    collection = Collection.objects.get()
    monkeypatch.setenv("KULANZ_NOW", at(collection.submit_on).isoformat())
    lead = signed_in("lead")
    assert "Bereit für die Bank" in lead.get(reverse("office:debits")).content.decode()
    lead.post(reverse("office:submit_debits"))
    lead.post(reverse("office:submit_debits"))
    file = OrderFile.objects.get()
    shown = lead.get(reverse("office:debits") + "?state=submitted").content.decode()
    assert file.message_id in shown and "noch nicht" in shown
    assert re.search(rf"{file.sum_cents // 100},{file.sum_cents % 100:02d}", shown)
    assert file.message_id not in signed_in("admin").get(reverse("office:refunds")).content.decode()


def test_a_file_of_another_creditor_cannot_be_fetched(collecting: House, debtor: Client, signed_in: Callable[[str], Client]) -> None:
    sign(debtor, collecting)
    day = Collection.objects.get().submit_on
    submit_due(day=day, now=at(day), actor="x")
    other = user("other", Role.LEAD, collecting.theirs)
    client = Client()
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("office:order_file", args=[OrderFile.objects.get().public_id])).status_code == 404
    assert "KLZL" not in client.get(reverse("office:debits") + "?state=submitted").content.decode()
    assert client.post(reverse("office:order_refunds", args=[collecting.ours.id])).status_code == 404


def test_pages_ask_the_database_a_fixed_number_of_questions(collecting: House, debtor: Client, signed_in: Callable[[str], Client]) -> None:
    sign(debtor, collecting)
    lead = signed_in("lead")
    for client, path in ((lead, reverse("office:debits")), (lead, reverse("office:refunds"))):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(path).status_code == 200
        own = [each for each in asked.captured_queries if "FROM" in each["sql"] and "set_config" not in each["sql"]]
        assert len(own) <= 12, [each["sql"][:80] for each in own]


def test_a_return_is_shown_without_blame(collecting: House, debtor: Client) -> None:
    sign(debtor, collecting)
    collection = Collection.objects.get()
    with transaction.atomic():
        submit_due(day=collection.submit_on, now=at(collection.submit_on), actor="x")
    day = collection.due_on
    arrived = Move(collection.amount_cents, "x", "y", PAYER, end_to_end=collection.end_to_end_id, ref="A", on=day)
    import_statement(camt053([arrived]), "a.xml", actor="bank", now=at(day), day=day)
    back = Move(-collection.amount_cents, "x", "y", PAYER, end_to_end=collection.end_to_end_id, ref="R", on=day + timedelta(days=2))
    text = camt053([back], number=2).decode().replace("<RmtInf>", "<RtrInf><Rsn><Cd>AM04</Cd></Rsn></RtrInf><RmtInf>", 1)
    import_statement(text.encode(), "r.xml", actor="bank", now=at(day + timedelta(days=2)), day=day + timedelta(days=2))
    assert Case.objects.get(id=collecting.case.id).state == "open"
    shown = debtor.get(page(collecting)).content.decode()
    assert "zurückgekommen" in shown and "Schuld" not in shown.replace("Schuldnerberatung", "")
