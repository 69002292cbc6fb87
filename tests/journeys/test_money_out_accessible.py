"""The pages of money going out, with and without money: axe finds nothing, nothing is cut off."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct import DirectReport, report_direct
from kulanz.payments.commands.remit import NewTerms, prepare, set_agency, set_terms
from tests.bank import Move, camt053
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, sign_in
from tests.journeys.test_accessible import look
from tests.pages.conftest import DAY, NOW, House

pytestmark = pytest.mark.journey

PAGES = ("client-money", "remittances", "direct", "datev", "doubtful", "doubtful?overdue=365")


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "dark"), (DESKTOP, "light")], ids=["phone", "desk"])
def test_the_pages_of_money_going_out_have_no_barrier(size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    page = open_page(size=size, theme=theme)
    sign_in(page, "lead")
    wrong = [line for path in PAGES for line in look(page, f"/office/{path}")]
    set_agency(
        legal_name="Fair Inkasso GmbH", street="Am Markt 1", postcode="28195", city="Bremen", vat_id="DE1", iban="DE02120300000000202051"
    )
    terms = NewTerms(date(2026, 1, 1), "DE02100500000054540402", house.ours.legal_name, vat_bp=1900, fee_bp=1000)
    set_terms(house.ours.id, terms, actor="lead", now=NOW)
    report_direct(DirectReport(house.case.id, 100, date(2026, 2, 20), "B1"), actor="lead", now=NOW, day=DAY)
    moves = [Move(8600, house.case.reference, house.case.debtor.display_name), Move(700, "wem gehört das")]
    import_statement(camt053(moves, account=house.ours.iban), "a.xml", actor="test", now=NOW, day=DAY)
    run = prepare(house.ours.id, to_on=DAY - timedelta(days=1), actor="somebody", now=NOW, day=DAY)
    assert run is not None
    for path in (*PAGES, f"client-money/{house.ours.id}", f"remittances/{run.id}"):
        wrong += look(page, f"/office/{path}")
    assert wrong == []
