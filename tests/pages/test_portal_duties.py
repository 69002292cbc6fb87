"""The page of what an agency must tell: for its debtors only, and honest about what is still missing."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.test import Client
from django.urls import reverse

from kulanz.contact.commands.duties import NewGround, declare_input_tax, note_ground
from tests.commands.test_agency_duties import agency
from tests.pages.conftest import NOW, House


def test_a_debtor_of_an_agency_reads_who_writes_and_why(house: House, debtor: Client) -> None:
    browser = debtor
    page = reverse("portal:duties", args=[house.case.public_id])
    assert browser.get(page).status_code == 404, "the creditor writes in its own name"
    house.ours.in_own_name = False
    house.ours.save()
    assert "Etwas fehlt uns hier noch." in browser.get(page).content.decode()
    agency()
    declare_input_tax(house.ours.id, deducts=False, actor="anna", now=NOW)
    with transaction.atomic():
        new = NewGround(house.case.claims.get().id, "Lieferung von Strom", date(2025, 4, 1), original_creditor="Stadtwerke Alt GmbH")
        note_ground(new, actor="anna", now=NOW)
    text = browser.get(page).content.decode()
    for part in ("Weser Inkasso GmbH", "Vertrag vom 1.\u00a0April\u00a02025", "Bundesamt für Justiz", "Stadtwerke Alt GmbH"):
        assert part in text
    assert "Etwas fehlt" not in text
    assert page in browser.get(reverse("portal:overview", args=[house.case.public_id])).content.decode()


def test_nobody_else_sees_it(house: House) -> None:
    house.ours.in_own_name = False
    house.ours.save()
    assert Client().get(reverse("portal:duties", args=[house.case.public_id])).status_code == 404
