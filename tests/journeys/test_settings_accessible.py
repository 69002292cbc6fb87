"""Sharing out, the settings of a creditor, the mandate of a case; filled, refused, in English: axe finds nothing, nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from kulanz.claims.models import Role
from kulanz.payments.commands.direct_debits import set_collector
from kulanz.payments.models import BankLine, Collection
from tests.commands.debit_house import CREDITOR_ID, announced, mandate
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, sign_in
from tests.journeys.test_accessible import look
from tests.journeys.test_share_keys import collective
from tests.pages.conftest import DAY, House, signed_in, user
from tests.pages.test_creditor_settings import GROUPS, send

__all__ = ["signed_in"]

pytestmark = pytest.mark.journey
VIEWS = [(PHONE, "dark"), (DESKTOP, "light")]


@pytest.mark.parametrize(("size", "theme"), VIEWS, ids=["phone", "desk"])
def test_they_have_no_barrier(
    size: dict[str, int], theme: str, house: House, open_page: OpenPage, signed_in: Callable[[str], Client]
) -> None:
    user("manager", Role.MANAGER, house.ours)
    page = open_page(size=size, theme=theme)
    sign_in(page, "manager")
    first, _second = collective(house)
    wrong = look(page, "/office/lines") + look(page, f"/office/lines/{BankLine.objects.get().id}/share")
    page.get_by_label("Liste einfügen").fill(f"{first};99,00\nUnbekannt;1,00\n{first};viel")
    page.get_by_role("button", name="Liste übernehmen").click()
    wrong += look(page)
    page.get_by_label("Name, Aktenzeichen oder Rechnungsnummer").fill("Elif")
    page.get_by_role("button", name="Suchen").click()
    wrong += look(page)
    page.get_by_role("button", name="So buchen").click()
    wrong += look(page)
    case = f"/desk/cases/{house.case.public_id}/debits"
    wrong += look(page, case) + look(page, "/office/creditors") + look(page, "/office/creditors/nordlicht")
    for group in GROUPS:
        send(signed_in("manager"), group)
    wrong += look(page, "/office/creditors/nordlicht")
    page.get_by_label("Auszahlungskonto (IBAN)").fill("DE00")
    page.get_by_role("button", name="Speichern Abrechnung").click()
    page.get_by_text("Diese IBAN ist nicht gültig.").first.wait_for()
    wrong += look(page)
    set_collector(house.ours, CREDITOR_ID)
    wrong += look(page, case)
    back = announced(mandate(house.case, key="a"))
    Collection.objects.filter(id=back.id).update(state="returned", return_code="AM04", returned_on=DAY)
    announced(mandate(house.case, key="b"))
    page.goto(case)
    for summary in page.locator("main details > summary").all():
        summary.click()
    wrong += look(page)
    page.get_by_role("button", name="English").click()
    for path in (case, "/office/creditors/nordlicht", f"/office/lines/{BankLine.objects.get().id}/share"):
        wrong += look(page, path)
    assert wrong == []
