"""An agency's first letter to a private person tells everything § 13a (1) RDG asks for, or it does not leave."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from typer.testing import CliRunner

from kulanz.claims.commands import add_creditor
from kulanz.claims.commands.voice import set_voice
from kulanz.claims.models import Case, Claim, Creditor, Debtor
from kulanz.cli.agency import app
from kulanz.contact.commands.duties import NewGround, declare_input_tax, note_ground, set_collecting_agency
from kulanz.contact.commands.resolve import send_again
from kulanz.contact.errors import DutiesRefused
from kulanz.contact.models import AgencyClient, ClaimGround, CollectingAgency, Message, MessageState
from kulanz.contact.rendering.duties import disclosures, duty_words
from kulanz.contact.sending.facts import present
from kulanz.contact.sending.prepare import render
from kulanz.law import jurisdiction
from kulanz.law.duties import Duty, Occasion
from kulanz.runs.daily import run_day
from tests import factories
from tests.commands.outbox import MONDAY_MORNING, MemoryGateway, queued, send
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
DE = jurisdiction("DE")
DUTIES = {duty.item for duty in DE.information_duties(Occasion.FIRST_LETTER)}
SUPERVISOR = {
    "supervisor": "Bundesamt für Justiz",
    "supervisor_address": "Musterallee 1, 53113 Bonn",
    "supervisor_contact": "aufsicht@behoerde.example",
}


def agency(**values: str) -> CollectingAgency:
    """The firm that writes; its supervisor's address is made up."""
    given = {"legal_name": "Weser Inkasso GmbH", "street": "Am Wall 3", "postcode": "28195", "city": "Bremen"} | SUPERVISOR
    return set_collecting_agency(**(given | values))


def client(**values: Any) -> Creditor:
    creditor = factories.creditor(in_own_name=False, **values)
    declare_input_tax(creditor.id, deducts=False, actor="anna", now=NOW)
    return creditor


def grounded(claim: Claim, **values: Any) -> Claim:
    with transaction.atomic():
        note_ground(replace(NewGround(claim.id, "Lieferung von Strom", date(2025, 4, 1)), **values), actor="anna", now=NOW)
    return claim


def waiting(case: Case, **values: Any) -> Message:
    """A message in the outbox."""
    with transaction.atomic():
        return queued(case, **values)


def overdue(owner: Creditor, **values: Any) -> Claim:
    """A claim with interest since February; other people's numbers are `number`."""
    return factories.claim(owner, first_interest_day=date(2026, 2, 10), default_reason="reminder", **values)


def text_of(message: Message) -> str:
    return " ".join(render(message, now=MONDAY_MORNING, day=DAY).text.split()).replace("\u00a0", " ")


@pytest.mark.parametrize("channel", ["email", "letter"])
def test_the_first_message_of_an_agency_tells_every_item_of_the_law(channel: str) -> None:
    agency()
    claim = grounded(overdue(client()))
    message = waiting(claim.case, channel=channel, to="k1@example.com" if channel == "email" else "")
    text = text_of(message)
    expected = (
        "Auftraggeber: Nordlicht Energie GmbH, Hafenstraße 4, 24103 Kiel",
        "Inkassodienstleister: Weser Inkasso GmbH, Am Wall 3, 28195 Bremen",
        "Rechnung 2026-00001: Vertrag vom 1. April 2025, Lieferung von Strom.",
        "vom 10. Februar 2026 bis 1. März 2026, 6,27 % im Jahr auf 84,90 €.",
        "Kosten verlangen wir nicht.",
        "Von Nordlicht Energie GmbH. Stimmt daran etwas nicht",
        "Bundesamt für Justiz, Musterallee 1, 53113 Bonn, aufsicht@behoerde.example",
        "Weser Inkasso GmbH schreibt Ihnen im Auftrag von Nordlicht Energie.",
    )
    assert [part for part in expected if part not in text] == []
    assert "in eigener Sache" not in text


def test_every_duty_of_the_law_is_either_told_or_missing_or_does_not_apply() -> None:
    agency()
    claim = grounded(overdue(client()))
    Claim.objects.filter(id=claim.id).update(margin_bp=800)
    (found,) = present([waiting(claim.case, channel="letter")], MONDAY_MORNING, DAY)
    assert found.facts.duties is not None
    with_costs = replace(found.facts.duties, costs=[("collection_cost", 3660, "§ 280 BGB")])
    made = disclosures(with_costs, found.facts.sender, "de")
    assert {one.item for one in made.told} == DUTIES and made.missing == ()
    lines = {one.item: " ".join(one.lines) for one in made.told}
    assert "über dem gesetzlichen Verzugszins von 6,27\u00a0%" in lines["interest_above_statutory"]
    assert "nicht als Vorsteuer abziehen" in lines["vat"]
    assert "36,60" in lines["collection_costs"] and "§ 280 BGB" in lines["collection_costs"]
    unknown = replace(with_costs, duties=[*with_costs.duties, Duty("something_new", "Neues", "§ 13a Abs. 1 Nr. 9 RDG")])
    assert [duty.item for duty in disclosures(unknown, found.facts.sender, "de").missing] == ["something_new"]


def test_a_creditor_in_its_own_name_and_a_company_that_owes_get_no_such_page() -> None:
    agency()
    own = waiting(overdue(factories.creditor("eigen")).case, channel="letter")
    firm = overdue(client(), number=2, consumer=False)
    Debtor.objects.filter(id=firm.case.debtor_id).update(kind="company", company_name="Bäckerei KG")
    for message in (own, waiting(firm.case, channel="letter")):
        message.refresh_from_db()
        assert "Was Sie über diese Forderung wissen sollen" not in text_of(message)
    assert "in eigener Sache" in text_of(own)
    CollectingAgency.objects.all().delete()
    unnamed = text_of(Message.objects.get(case=firm.case))
    assert "im Auftrag von Nordlicht Energie" in unnamed and "in eigener Sache" not in unnamed


BROKEN: dict[str, Callable[[], object]] = {
    "client": lambda: Creditor.objects.update(street=""),
    "ground": lambda: ClaimGround.objects.all().delete(),
    "supervisor": lambda: CollectingAgency.objects.update(supervisor_contact=""),
}


@pytest.mark.parametrize("item", sorted(BROKEN))
def test_without_a_compulsory_item_the_letter_stays_for_a_person_and_goes_out_once_it_is_complete(item: str) -> None:
    agency()
    owner = client()
    claim = grounded(overdue(owner))
    message = waiting(claim.case, channel="email", to="k1@example.com")
    BROKEN[item]()
    gateway = MemoryGateway()
    send(gateway)
    message.refresh_from_db()
    duty = next(duty for duty in DE.information_duties(Occasion.FIRST_LETTER) if duty.item == item)
    assert message.state == MessageState.FAILED and duty.rule in message.error
    assert Case.objects.get(id=claim.case_id).needs_human
    assert not Message.objects.filter(state=MessageState.SENT).exists()
    Creditor.objects.filter(id=owner.id).update(street="Hafenstraße 4")
    agency()
    grounded(claim)
    with transaction.atomic():
        send_again(message.id, actor="anna", now=MONDAY_MORNING)
    send(gateway)
    message.refresh_from_db()
    assert message.state == MessageState.SENT and "Auftraggeber: Nordlicht Energie GmbH" in message.body_text


def test_costs_with_vat_need_the_clients_word() -> None:
    agency()
    claim = grounded(overdue(client()))
    AgencyClient.objects.all().delete()
    (found,) = present([waiting(claim.case, channel="letter")], MONDAY_MORNING, DAY)
    assert found.facts.duties is not None and found.facts.duties.deducts_input_tax is None
    with_costs = replace(found.facts.duties, costs=[("collection_cost", 3660, "§ 280 BGB")])
    assert [duty.item for duty in disclosures(with_costs, found.facts.sender, "de").missing] == ["vat"]
    for deducts, said in ((True, "keine Umsatzsteuer enthalten"), (False, "nicht als Vorsteuer")):
        (vat,) = [
            one for one in disclosures(replace(with_costs, deducts_input_tax=deducts), found.facts.sender, "de").told if one.item == "vat"
        ]
        assert said in vat.lines[0]


def test_the_second_letter_repeats_nothing_but_a_new_claim_is_told_again() -> None:
    agency()
    owner = client()
    claim = grounded(overdue(owner))
    first = waiting(claim.case, channel="email", to="k1@example.com", step="reminder_1")
    send(MemoryGateway())
    first.refresh_from_db()
    assert first.state == MessageState.SENT and first.params["duties_told"] == [claim.id]
    later = MONDAY_MORNING + timedelta(days=20)
    second = waiting(claim.case, channel="email", to="k1@example.com", step="reminder_2", template="reminder_2", day=later.date())
    assert present([second], later, later.date())[0].facts.duties is None
    grounded(factories.claim(owner, number=1, external_id="2026-00077", invoiced_on=date(2026, 1, 8)))
    assert Claim.objects.filter(case=claim.case).count() == 2
    found = present([second], later, later.date())[0].facts.duties
    assert found is not None and len(found.claims) == 2


def test_an_unknown_delivery_does_not_count_as_told() -> None:
    agency()
    claim = grounded(overdue(client()))
    waiting(claim.case, channel="email", to="k1@example.com", step="reminder_1")
    send(MemoryGateway())
    Message.objects.update(state=MessageState.UNKNOWN)
    second = waiting(claim.case, channel="letter", step="reminder_2")
    assert present([second], MONDAY_MORNING, DAY)[0].facts.duties is not None


def test_a_ground_after_the_invoice_or_without_words_is_refused() -> None:
    claim = overdue(client())
    for wrong in (NewGround(claim.id, "Strom", claim.invoiced_on + timedelta(days=1)), NewGround(claim.id, "  ", claim.invoiced_on)):
        with pytest.raises(DutiesRefused), transaction.atomic():
            note_ground(wrong, actor="anna", now=NOW)
    with pytest.raises(DutiesRefused):
        set_collecting_agency(legal_name="Inkasso")


def test_the_command_line_sets_it_up_from_nothing(tmp_path: Path) -> None:
    owner = add_creditor(key="nordlicht", name="Nordlicht", street="Weg 1", postcode="24103", city="Kiel")
    claim = overdue(owner)
    run = CliRunner()
    words = ["--legal-name", "Weser Inkasso GmbH", "--street", "Wall 3", "--postcode", "28195", "--city", "Bremen"]
    words += ["--supervisor", "Amt", "--supervisor-address", "Bonn 1", "--supervisor-contact", "a@b.example"]
    assert run.invoke(app, ["set", *words]).exit_code == 0
    assert run.invoke(app, ["client", "nordlicht", "--deducts-not"]).exit_code == 0
    assert "1 ohne Grund" in run.invoke(app, ["missing", "nordlicht"]).output
    file = tmp_path / "grounds.csv"
    file.write_text(f"number;subject;on\n{claim.external_id};Stromlieferung;01.04.2025\n", encoding="utf-8")
    assert "1 notiert." in run.invoke(app, ["grounds", "nordlicht", str(file)]).output
    assert "0 ohne Grund" in run.invoke(app, ["missing", "nordlicht"]).output
    owner.refresh_from_db()
    assert not owner.in_own_name and ClaimGround.objects.get().on == date(2025, 4, 1)
    file.write_text("number;subject;on\nX-1;Strom;01.04.2025\n", encoding="utf-8")
    with pytest.raises(DutiesRefused, match="Zeile 2: Eine Rechnung „X-1“"):
        run.invoke(app, ["grounds", "nordlicht", str(file)], catch_exceptions=False)
    set_voice(owner.id, in_own_name=True)


@pytest.mark.slow
def test_over_weeks_of_a_portfolio_each_first_message_of_the_agency_tells_all_and_no_other_does() -> None:
    agency()
    theirs, own = client(), factories.creditor("eigen", iban="DE02120300000000202051")
    dice = random.Random(7)
    for number in range(1, 19):
        owner = theirs if number % 3 else own
        company = number % 5 == 0
        kind = {"kind": "company", "company_name": f"Firma {number} KG", "consumer": False, "given_name": "", "family_name": ""}
        for invoice in range(dice.randint(1, 3)):
            values: dict[str, Any] = {
                "number": number,
                "external_id": f"R-{number}-{invoice}",
                "invoiced_on": date(2026, 1, 1) + timedelta(days=dice.randint(0, 40)),
                "first_interest_day": date(2026, 3, 1) if dice.random() < 0.5 else None,
                "language": dice.choice(["de", "en"]),
            }
            claim = factories.claim(owner, **values, **(kind if company else {}))
            if not owner.in_own_name:
                grounded(claim, on=date(2025, 6, 1))
    for ahead in range(0, 40, 2):
        day, now = DAY + timedelta(days=ahead), MONDAY_MORNING + timedelta(days=ahead)
        run_day(day, shadow=False, engine="local", now=now)
        send(MemoryGateway(), MemoryGateway("letter"), now=now)
    told: dict[int, set[int]] = {}
    firsts = 0
    for message in Message.objects.filter(state=MessageState.SENT).select_related("case__creditor", "debtor").order_by("sent_at", "id"):
        words = duty_words("en" if message.language == "en" else "de")
        carries = words["heading"] in message.body_text
        if message.case.creditor.in_own_name or message.debtor.kind == "company":
            assert not carries
            continue
        before = told.setdefault(message.case_id, set())
        named = set(message.params.get("duties_told", []))
        assert carries == bool(named - before), "told with the first letter that names a claim, and only then"
        assert before or carries
        firsts += not before
        if carries:
            for item in ("client", "ground", "interest", "collection_costs", "address_source", "supervisor"):
                assert words[f"{item}_heading"] in message.body_text
        before |= named
    assert firsts >= 8 and not Message.objects.filter(state=MessageState.FAILED).exists()
