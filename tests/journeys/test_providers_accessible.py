"""Refunds through providers and what does not fit with them, looked at by axe: wide and narrow, light and dark."""

from __future__ import annotations

import pytest

from kulanz.payments.commands.money_file import take_money_file
from kulanz.payments.commands.refunds import propose_due
from tests.commands.test_settlement_files import PAYPAL, paypal_row
from tests.journeys.conftest import OpenPage, enter, sign_in
from tests.journeys.test_accessible import VIEWS, look
from tests.pages.conftest import DAY, NOW, House
from tests.pages.test_provider_problems import card_and_transfer, forge, garble
from tests.providers import connected, played

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(("name", "size", "theme"), VIEWS, ids=[f"{view[0]}-{view[2]}" for view in VIEWS])
def test_refunds_and_discrepancies_have_no_barrier(name: str, size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    world = played(clock=lambda: NOW)
    page = open_page(size=size, theme=theme)
    with connected(world):
        card_and_transfer(world, house)
        enter(page, house)
        refund = f"/p/case/{house.case.public_id}/refund"
        wrong = look(page, refund)
        propose_due(day=DAY, now=NOW)
        wrong += look(page, refund)
        sign_in(page, "lead")
        wrong += look(page, "/office/providers")
        forge(2)
        garble()
        rows = [paypal_row("3FOREIGN", "PayPal Express-Zahlung", 900, 40, ours="shop-77")]
        take_money_file("\n".join([PAYPAL, *rows, ""]).encode(), "maerz.csv", actor="test", now=NOW, day=DAY)
        for path in ("/office/providers", "/office/providers?q=nichts", "/office/refunds"):
            page.goto(path)
            for summary in page.locator("main details > summary").all():
                summary.click()
            wrong += look(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
    assert wrong == []
