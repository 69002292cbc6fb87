"""The pages about agreements, light and dark, on a phone and on a desk: axe finds nothing and nothing is cut off."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kulanz.contact import links
from kulanz.payments.commands.agreements import check_due
from kulanz.payments.models import Agreement
from tests import factories
from tests.journeys.conftest import DESKTOP, PHONE, OpenPage, enter, sign_in
from tests.journeys.test_accessible import look
from tests.pages.conftest import DAY, NOW, House, message_of

pytestmark = pytest.mark.journey

VIEWS = [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light")]
IDS = ["phone-light", "phone-dark", "desk-light"]


@pytest.mark.parametrize(("size", "theme"), VIEWS, ids=IDS)
def test_the_pages_about_plans_have_no_barrier(size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    page = open_page(size=size, theme=theme)
    enter(page, house)
    case = f"/p/case/{house.case.public_id}"
    wrong: list[str] = []
    for path in ("plan", "plan?amount=1", "plan?amount=viel&rhythm=week", "later", "budget"):
        wrong += look(page, f"{case}/{path}")
    page.get_by_label("Was kommt im Monat herein?").fill("2100")
    page.get_by_role("button", name="Ausrechnen").click()
    wrong += look(page)
    page.goto(f"{case}/plan?amount=20")
    page.get_by_role("button", name="Diesen Plan vereinbaren").click()
    page.wait_for_url("**/agreement")
    wrong += look(page) + look(page, f"{case}/")
    first = Agreement.objects.get().instalments.get(number=1)
    check_due(first.due_on + timedelta(days=6), NOW + timedelta(days=(first.due_on - DAY).days + 6))
    wrong += look(page, f"{case}/agreement")
    page.get_by_role("button", name="English").click()
    wrong += look(page)
    assert wrong == []


@pytest.mark.parametrize(("size", "theme"), VIEWS, ids=IDS)
def test_one_plan_for_several_creditors_has_no_barrier(size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    same = factories.claim(house.theirs, number=1, principal_cents=30_000)
    links.issue([message_of(same.case)], day=DAY, now=NOW)
    page = open_page(size=size, theme=theme)
    enter(page, house)
    path = f"/p/case/{house.case.public_id}/plan/together"
    wrong = look(page, path)
    page.get_by_label("Aktenzeichen").fill(same.case.reference)
    page.get_by_label("Ihre Postleitzahl oder eine Rechnungsnummer daraus").fill("50667")
    page.get_by_role("button", name="Dazunehmen").click()
    page.get_by_text("Diese Rechnung ist jetzt dabei").wait_for()
    wrong += look(page) + look(page, f"{path}?amount=1") + look(page, f"{path}?amount=viel") + look(page, f"{path}?amount=40")
    for name in ("Nordlicht", "Fremdfirma"):
        page.get_by_label(f"Ja, {name}").check()
    page.get_by_role("button", name="Diesen Plan mit allen vereinbaren").click()
    page.get_by_text("Ihr gemeinsamer Plan steht").wait_for()
    wrong += look(page)
    page.get_by_role("button", name="English").click()
    wrong += look(page)
    assert wrong == []


@pytest.mark.parametrize(("size", "theme"), VIEWS, ids=IDS)
def test_the_desk_pages_about_agreements_have_no_barrier(size: dict[str, int], theme: str, house: House, open_page: OpenPage) -> None:
    factories.claim(house.theirs, number=1, principal_cents=30_000)
    page = open_page(size=size, theme=theme)
    sign_in(page, "admin")
    case = f"/desk/cases/{house.case.public_id}"
    wrong = look(page, f"{case}/agreement?net_income=2100&dependants=0&needs=&other=")
    for summary in page.locator("details > summary").all():
        summary.click()
    wrong += look(page) + look(page, f"{case}/agreement/bundle")
    page.goto(f"{case}/agreement?amount=20")
    page.get_by_label("Vorgelesen").check()
    page.get_by_role("button", name="Plan vereinbaren").click()
    page.wait_for_url("**/agreement")
    wrong += look(page) + look(page, "/office/agreements") + look(page, "/office/agreements?state=kept")
    wrong += look(page, "/office/agreements/limits/nordlicht")
    assert wrong == []
