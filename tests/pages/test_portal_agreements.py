"""Paying later on the debtor's pages: seen before agreed, equal ease, refused outside the limits, changed without fear."""

from __future__ import annotations

import re
from datetime import timedelta

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kulanz.claims.models import Hold
from kulanz.contact.models import Message
from kulanz.law import jurisdiction
from kulanz.law.duties import Occasion
from kulanz.payments.commands.agreements import OfferAsked, check_due, offer_settlement
from kulanz.payments.models import Agreement, AgreementPolicy, AgreementState, BudgetStatement
from kulanz.site.plans import NOTES
from tests.pages.conftest import DAY, NOW, House
from tests.pages.test_portal import queue


def address(name: str, house: House, query: str = "") -> str:
    return reverse(f"portal:{name}", args=[house.case.public_id]) + query


def get(client: Client, name: str, house: House, query: str = "") -> str:
    return client.get(address(name, house, query), follow=True).content.decode()


def hidden(html: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', html))


def agree(client: Client, house: House, query: str = "?amount=20") -> str:
    """What a browser does: look at a plan, press its button."""
    html = get(client, "plan", house, query)
    form = html[html.index('id="shown"') :]
    return client.post(address("plan", house), hidden(form), follow=True).content.decode()


def test_all_ways_stand_side_by_side_with_the_same_weight(house: House, debtor: Client) -> None:
    html = get(debtor, "overview", house)
    ways = html[html.index('class="ways"') : html.index("</nav>", html.index('class="ways"'))]
    for words in ("Später zahlen", "In Raten zahlen", "Schon bezahlt", "Stimmt nicht"):
        assert words in ways
    assert ways.count('class="way"') == 4


def test_a_plan_is_shown_with_end_interest_and_cost_before_anyone_agrees(house: House, debtor: Client) -> None:
    html = get(debtor, "plan", house, "?amount=20")
    for words in ("5 Raten, fertig am", "Zinsen für die Laufzeit", "Kosten der Vereinbarung", "§§ 205, 212 BGB", "Zusammen"):
        assert words in html, words
    assert not Agreement.objects.exists()


def test_every_duty_to_inform_has_its_sentence_on_the_page(house: House, debtor: Client) -> None:
    law = jurisdiction("de")
    duties = [*law.information_duties(Occasion.INSTALMENT_AGREEMENT), *law.information_duties(Occasion.ACKNOWLEDGEMENT)]
    assert {duty.item for duty in duties} == set(NOTES)
    html = get(debtor, "plan", house)
    assert all(str(note).split("„")[0] in html for note in NOTES.values())


def test_agreeing_makes_exactly_what_was_shown_once_and_silences_everything(house: House, debtor: Client) -> None:
    reminder = queue(house)
    html = get(debtor, "plan", house, "?amount=20")
    form = hidden(html[html.index('id="shown"') :])
    for _ in range(2):
        answer = debtor.post(address("plan", house), form)
        assert answer.status_code == 302 and answer.url == address("agreement", house)
    agreed = Agreement.objects.get()
    assert (agreed.state, agreed.via) == (AgreementState.ACTIVE, "portal")
    shown = re.findall(r'<span>([^<]+)</span><span class="num">([^<]+)</span>', html)
    assert len(shown) == agreed.instalments.count() == len(agreed.evidence["schedule"])
    assert "objections_lost" in agreed.evidence["shown"]
    reminder.refresh_from_db()
    assert reminder.state == "cancelled" and Hold.objects.get().reason == "plan"
    page = get(debtor, "agreement", house)
    assert "Ihr Ratenplan läuft" in page and '<progress aria-label="Raten bezahlt" max="5" value="0">' in page
    assert "Ansehen oder ändern" in get(debtor, "overview", house)


def test_the_server_refuses_outside_the_limits_whatever_the_form_says(house: House, debtor: Client) -> None:
    AgreementPolicy.objects.create(creditor=house.ours, instalment_cents_min=1500, months_max=6)
    html = get(debtor, "plan", house, "?amount=5")
    assert "So geht es leider nicht" in html and "Die kleinste mögliche Rate ist 15,00" in html and "Diesen Plan vereinbaren" not in html
    good = get(debtor, "plan", house, "?amount=20")
    form = hidden(good[good.index('id="shown"') :])
    assert debtor.post(address("plan", house), form | {"amount_cents": "500"}).status_code == 422
    tampered = debtor.post(address("plan", house), form | {"amount_cents": "3000"}, follow=True).content.decode()
    assert "Inzwischen hat sich etwas geändert" in tampered
    late = (DAY + timedelta(days=90)).isoformat()
    assert "Bitte wählen Sie einen Tag zwischen" in get(debtor, "plan", house, f"?amount=20&first_on={late}")
    assert "Diesen Betrag verstehen wir nicht" in get(debtor, "plan", house, "?amount=viel")
    assert not Agreement.objects.exists()


def test_a_plan_that_never_ends_is_refused_with_a_way_out(house: House, debtor: Client) -> None:
    AgreementPolicy.objects.create(creditor=house.ours, instalment_cents_min=1, interest_during="statutory", months_max=12)
    html = get(debtor, "plan", house, "?amount=0,05")
    assert "würde der Plan nie enden" in html and "rechnen</a>" in html


def test_later_is_one_click_and_everything_rests_until_that_day(house: House, debtor: Client) -> None:
    html = get(debtor, "later", house)
    assert "am 15.\u00a0März" in html
    form = hidden(html) | {"until_on": "2026-03-15"}
    page = debtor.post(address("later", house), form, follow=True).content.decode()
    assert "Sie haben Zeit bis zum 16.\u00a0März\u00a02026" in page
    assert Hold.objects.get().reason == "deferral"
    assert debtor.post(address("later", house), form | {"key": hidden(html)["key"], "until_on": "2026-12-24"}).status_code == 302


def test_a_day_too_far_away_is_refused_in_a_sentence(house: House, debtor: Client) -> None:
    form = hidden(get(debtor, "later", house)) | {"until_on": "2026-12-24"}
    answer = debtor.post(address("later", house), form)
    assert answer.status_code == 422 and "So lange können wir nicht warten" in answer.content.decode()
    assert not Agreement.objects.exists()


def test_a_missed_instalment_shows_three_ways_and_shifting_keeps_the_plan(house: House, debtor: Client) -> None:
    agree(debtor, house)
    first = Agreement.objects.get().instalments.get(number=1)
    check_due(first.due_on + timedelta(days=6), NOW)
    page = get(debtor, "agreement", house)
    for words in ("Wie können wir helfen?", "Diese Rate verschieben", "Kleinere Raten", "zahlen", "Schuldnerberatung"):
        assert words in page
    form = hidden(page[page.index('id="verschieben"') :]) | {"to": (DAY + timedelta(days=40)).isoformat()}
    page = debtor.post(address("shift", house), form, follow=True).content.decode()
    assert "Ihr Ratenplan läuft" in page
    assert [row.state for row in Agreement.objects.order_by("id")] == ["revised", "active"]


def test_changing_the_rate_shows_and_makes_the_same_plan_without_the_interest_given_up(
    house: House, debtor: Client, settings: object
) -> None:
    agree(debtor, house, "?amount=40")
    html = get(debtor, "plan", house, "?amount=15")
    assert "Raten ändern" in html
    debtor.post(address("plan", house), hidden(html[html.index('id="shown"') :]))
    new = Agreement.objects.get(state="active")
    assert new.instalments.first() is not None and new.instalments.order_by("number")[0].amount_cents == 1500


def test_the_debtor_can_end_a_plan_and_choose_again(house: House, debtor: Client) -> None:
    agree(debtor, house)
    page = debtor.post(address("end_agreement", house), follow=True).content.decode()
    assert "In Raten zahlen" in page and not Hold.objects.filter(lifted_at=None).exists()


def test_an_offer_is_shown_taken_once_and_never_before_a_second_person_agreed(house: House, debtor: Client) -> None:
    with transaction.atomic():
        asked = OfferAsked(house.case.id, 2_000, DAY + timedelta(days=14), "Kulanz", "o1", "desk", "anna")
        offer = offer_settlement(asked, day=DAY, now=NOW)
    assert offer.state == "proposed"
    assert "Unser Angebot" not in get(debtor, "overview", house)
    Agreement.objects.filter(id=offer.id).update(state="offered", approved_by="ben")
    page = get(debtor, "agreement", house)
    assert "Mit 20,00\u00a0€ ist alles erledigt" in page
    for _ in range(2):
        debtor.post(address("take_offer", house))
    assert Agreement.objects.get().state == "active" and Message.objects.filter(template="settlement_agreed").count() == 1


def test_a_budget_is_only_kept_when_the_box_is_ticked_and_can_be_deleted(house: House, debtor: Client) -> None:
    stated = {"net_income": "2000", "dependants": "0", "needs": "1500", "other": ""}
    page = debtor.post(address("budget", house), stated).content.decode()
    assert "wären gut zu schaffen" in page and "§ 850c ZPO" in page and not BudgetStatement.objects.exists()
    debtor.post(address("budget", house), stated | {"keep": "on"})
    assert BudgetStatement.objects.get().expires_on == DAY + timedelta(days=90)
    debtor.post(address("budget", house), {"forget": "1"})
    assert not BudgetStatement.objects.exists()
    poor = debtor.post(address("budget", house), stated | {"net_income": "1400"}).content.decode()
    assert "keine Rate" in poor and "Schuldnerberatung" in poor


def test_the_calendar_file_names_days_and_amounts_and_no_debt(house: House, debtor: Client) -> None:
    agree(debtor, house)
    answer = debtor.get(address("calendar", house))
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar") and text.count("BEGIN:VEVENT") == 5
    assert "Nordlicht" in text and "Schuld" not in text and "Mahn" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_the_pages_need_few_queries(house: House, debtor: Client) -> None:
    agree(debtor, house)
    for name in ("overview", "agreement", "plan"):
        with CaptureQueriesContext(connection) as seen:
            debtor.get(address(name, house))
        read = [query["sql"] for query in seen.captured_queries if query["sql"].startswith("SELECT") and "_config(" not in query["sql"]]
        read = [sql for sql in read if "session" not in sql and "current_setting" not in sql]
        assert len(read) <= 16, (name, len(read), read)
