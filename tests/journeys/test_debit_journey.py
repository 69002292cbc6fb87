"""A debtor gives a mandate on a phone, without a script; the office makes the files; no page has a barrier."""

from __future__ import annotations

import time

import pytest

from kulanz.claims.models import HoldReason
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.direct_debits import set_collector, submit_due
from kulanz.payments.commands.refunds import propose_due
from kulanz.payments.models import Collection, CollectionState, Mandate, MandateState
from tests import factories
from tests.bank import Move, camt053
from tests.commands.debit_house import PAYER, announced, at, mandate
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, enter, sign_in
from tests.journeys.test_accessible import look
from tests.pages.conftest import DAY, NOW, House

pytestmark = pytest.mark.journey


@pytest.mark.parametrize(("scripts", "theme"), [(True, "light"), (False, "dark")], ids=["with scripts", "without scripts"])
def test_a_mandate_is_given_on_a_phone_within_a_minute_and_taken_back(scripts: bool, theme: str, house: House, open_page: OpenPage) -> None:
    set_collector(house.ours, "DE98ZZZ09999999999")
    page = open_page(size=PHONE, theme=theme, scripts=scripts)
    enter(page, house)
    begun = time.monotonic()
    page.get_by_role("link", name="bezahlen").first.click()
    page.get_by_role("link", name="Per Lastschrift zahlen").click()
    wrong = look(page) if scripts else []
    page.get_by_label("IBAN").fill("DE02 1203 0000 0000 2020 52")
    page.get_by_role("button", name="Weiter: Mandat lesen").click()
    wrong += look(page) if scripts else []
    page.get_by_label("IBAN").fill("DE02 1203 0000 0000 2020 51")
    page.get_by_role("button", name="Weiter: Mandat lesen").click()
    wrong += look(page) if scripts else []
    page.get_by_label("Ich erteile dieses Mandat").check()
    page.get_by_role("button", name="Mandat erteilen").click()
    page.get_by_role("heading", name="Ihr Mandat").wait_for()
    assert time.monotonic() - begun < 60
    wrong += look(page) if scripts else []
    assert Collection.objects.get().state == CollectionState.ANNOUNCED
    assert house.case.holds.filter(reason=HoldReason.COLLECTION, lifted_at=None).exists()
    page.get_by_text("Mandat widerrufen").click()
    page.get_by_role("button", name="Ja, widerrufen").click()
    page.get_by_text("Es ist kein Mandat").or_(page.get_by_role("heading", name="Per Lastschrift zahlen")).wait_for()
    assert Mandate.objects.get().state == MandateState.REVOKED
    assert Collection.objects.get().state == CollectionState.CANCELLED
    assert wrong == []


@pytest.mark.parametrize(("size", "theme"), [(PHONE, "light"), (DESKTOP, "dark")], ids=["phone", "desk"])
def test_the_offices_pages_about_debits_and_refunds_have_no_barrier(
    size: dict[str, int], theme: str, house: House, open_page: OpenPage
) -> None:
    set_collector(house.ours, "DE98ZZZ09999999999")
    announced(mandate(house.case))
    day = Collection.objects.get().submit_on
    submit_due(day=day, now=at(day), actor="lead")
    for number, iban in ((2, PAYER), (3, "")):
        case = factories.case(house.ours, number=number)
        move = Move(9_000, case.reference, f"Elif Yılmaz{number}", iban, ref=f"B{number}", on=DAY)
        import_statement(camt053([move], number=number), "in.xml", actor="bank", now=NOW, day=DAY)
    propose_due(day=DAY, now=NOW)
    page = open_page(size=size, theme=theme)
    sign_in(page, "lead")
    wrong = look(page, "/office/debits") + look(page, "/office/debits?state=submitted") + look(page, "/office/refunds")
    for summary in page.locator("td details > summary").all():
        summary.click()
    wrong += look(page)
    assert wrong == []
