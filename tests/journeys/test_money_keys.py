"""Payments are confirmed by the keyboard: one key a row, and the next one is under the hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kulanz.payments.models import BankLine
from tests import bank
from tests.journeys.conftest import PHONE, OpenPage, sign_in
from tests.pages.conftest import DAY, House, signed_in

__all__ = ["signed_in"]

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


def test_one_key_confirms_a_proposal_and_the_next_row_has_the_focus(
    house: House, open_page: OpenPage, signed_in: Callable[[str], Client]
) -> None:
    yesterday = DAY - timedelta(days=1)
    moves = [
        bank.Move(1_234, "2026-00001", "Wer Anders", "DE02120300000000202051", on=yesterday),
        bank.Move(2_345, "zu 2026-00001", "Noch Jemand", on=DAY),
    ]
    signed_in("lead").post(reverse("office:statements"), {"file": SimpleUploadedFile("a.xml", bank.camt053(moves))})
    page = open_page()
    sign_in(page, "agent")
    page.goto("/office/lines?sort=booked_on")
    page.keyboard.press("j")
    page.keyboard.press("1")
    page.wait_for_url("**#next")
    assert BankLine.objects.get(amount_cents=1_234).state == "booked"
    assert page.evaluate("document.activeElement.matches('[data-line]') && document.activeElement.innerText.includes('Noch Jemand')")
    page.keyboard.press("3")  # there is no third proposal
    assert BankLine.objects.get(amount_cents=2_345).state == "proposed"
    page.keyboard.press("1")
    page.get_by_text("Jede Zahlung hat ihre Akte").wait_for()
    assert BankLine.objects.filter(state="booked").count() == 2


def test_the_list_of_payments_fits_a_phone(house: House, open_page: OpenPage, signed_in: Callable[[str], Client]) -> None:
    moves = [
        bank.Move(1_234, "2026-00001 " + "x" * 120, "Wer Anders mit einem langen Namen GmbH & Co. KG", "DE02120300000000202051", on=DAY)
    ]
    signed_in("lead").post(reverse("office:statements"), {"file": SimpleUploadedFile("a.xml", bank.camt053(moves))})
    page = open_page(size=PHONE)
    sign_in(page, "agent")
    page.goto("/office/lines")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.get_by_role("searchbox").is_visible()
    assert page.locator("[data-choice] kbd").first.is_hidden()
