"""Pages of money going out: who sees what, the two pairs of eyes, the papers, reports that book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kulanz.claims.models import CaseState
from kulanz.payments.commands import import_statement
from kulanz.payments.commands.datev import NewSettings, set_datev
from kulanz.payments.commands.remit import NewTerms, prepare, set_agency, set_terms
from kulanz.payments.models import DatevExport, DirectPayment, Remittance
from tests.bank import Move, camt053
from tests.pages.conftest import DAY, NOW, House

OK, GO, NO, GONE = 200, 302, 403, 404
SignedIn = Callable[[str], Client]


@pytest.fixture
def collected(house: House) -> Remittance:
    """Both creditors' money came in; ours has a draft."""
    set_agency(
        legal_name="Fair Inkasso GmbH", street="Am Markt 1", postcode="28195", city="Bremen", vat_id="DE1", iban="DE02120300000000202051"
    )
    for creditor in (house.ours, house.theirs):
        terms = NewTerms(date(2026, 1, 1), "DE02100500000054540402", creditor.legal_name, vat_bp=1900, fee_bp=1000)
        set_terms(creditor.id, terms, actor="lead", now=NOW)
    for case, account in ((house.case, house.ours.iban), (house.foreign_case, house.theirs.iban)):
        data = camt053([Move(8600, case.reference, case.debtor.display_name)], account=account)
        import_statement(data, "a.xml", actor="test", now=NOW, day=DAY)
    run = prepare(house.ours.id, to_on=DAY - timedelta(days=1), actor="somebody", now=NOW, day=DAY)
    foreign = prepare(house.theirs.id, to_on=DAY - timedelta(days=1), actor="somebody", now=NOW, day=DAY)
    assert run is not None and foreign is not None
    return run


def test_a_lead_approves_and_gets_every_paper(collected: Remittance, signed_in: SignedIn) -> None:
    lead = signed_in("lead")
    page = lead.get(reverse("office:remittance", args=[collected.id])).content.decode()
    assert "freigeben" in page and "Elif" in page
    assert lead.post(reverse("office:approve_remittance", args=[collected.id])).status_code == GO
    for what, kind in (("statement.pdf", b"%PDF"), ("statement.csv", b"\xef\xbb\xbf"), ("invoice.pdf", b"%PDF"), ("order.xml", b"<?xml")):
        answer = lead.get(reverse("office:remittance_paper", args=[collected.id, what]))
        assert (answer.status_code, answer.content[: len(kind)]) == (OK, kind), what
    assert lead.get(reverse("office:remittance_paper", args=[collected.id, "nothing.pdf"])).status_code == GONE


def test_whoever_drafted_is_told_that_somebody_else_approves(collected: Remittance, signed_in: SignedIn) -> None:
    Remittance.objects.filter(id=collected.id).update(prepared_by="lead")
    lead = signed_in("lead")
    assert "Freigeben kann nur eine andere Person" in lead.get(reverse("office:remittance", args=[collected.id])).content.decode()
    assert lead.post(reverse("office:approve_remittance", args=[collected.id])).status_code == NO
    assert Remittance.objects.get(id=collected.id).state == "draft"


def test_an_agent_sees_statements_but_no_drafts_and_no_orders(collected: Remittance, signed_in: SignedIn) -> None:
    agent = signed_in("agent")
    address = reverse("office:remittance", args=[collected.id])
    assert agent.get(address).status_code == GONE
    assert agent.post(reverse("office:approve_remittance", args=[collected.id])).status_code == NO
    signed_in("lead").post(reverse("office:approve_remittance", args=[collected.id]))
    assert agent.get(address).status_code == OK
    assert agent.get(reverse("office:remittance_paper", args=[collected.id, "statement.pdf"])).status_code == OK
    assert agent.get(reverse("office:remittance_paper", args=[collected.id, "order.xml"])).status_code == GONE


def test_nothing_of_another_creditor_is_shown_or_touched(collected: Remittance, house: House, signed_in: SignedIn) -> None:
    foreign = Remittance.objects.get(creditor=house.theirs)
    lead, stranger = signed_in("lead"), signed_in("stranger")
    for name in ("client_money", "client_money_file", "remittances", "remittances_file", "direct", "datev", "doubtful", "doubtful_file"):
        assert "Kanarienvogel" not in lead.get(reverse(f"office:{name}")).content.decode(), name
        assert "Fremdfirma" not in lead.get(reverse(f"office:{name}")).content.decode(), name
    for name in ("approve_remittance", "drop_remittance"):
        assert lead.post(reverse(f"office:{name}", args=[foreign.id])).status_code == GONE
    assert lead.get(reverse("office:creditor_money", args=[house.theirs.id])).status_code == GONE
    assert stranger.get(reverse("office:remittance_paper", args=[collected.id, "statement.pdf"])).status_code == GONE
    assert lead.post(reverse("office:prepare_remittance"), {"creditor": house.theirs.id, "until": "2026-03-01"}).status_code == GO
    assert Remittance.objects.filter(creditor=house.theirs).count() == 1
    assert "Fremdfirma" in signed_in("admin").get(reverse("office:client_money")).content.decode(), "the control: an admin sees both"


def test_the_overview_says_whose_money_it_is_in_few_queries(collected: Remittance, signed_in: SignedIn) -> None:
    admin = signed_in("admin")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = admin.get(reverse("office:client_money")).content.decode()
    assert "86,00" in page.replace("\xa0", " ") and "Zahlungseingangsquote" in page
    own = [
        one["sql"]
        for one in asked.captured_queries
        if not one["sql"].startswith(("SAVEPOINT", "RELEASE", "SELECT set_config", "BEGIN", "SET LOCAL", "SELECT current_"))
    ]
    assert len(own) <= 12, own
    assert admin.get(reverse("office:client_money") + "?q=gibtesnicht").content.decode().count("Nichts gefunden") == 1


def test_a_direct_payment_is_reported_once_and_taken_back(house: House, signed_in: SignedIn) -> None:
    agent = signed_in("agent")
    data = {"what": "one", "key": "k" * 32, "reference": house.case.reference, "amount": "84,90", "paid_on": "2026-02-20", "note": "bar"}
    assert agent.post(reverse("office:direct"), data).status_code == GO
    assert agent.post(reverse("office:direct"), data).status_code == GO
    made = DirectPayment.objects.get()
    assert (made.amount_cents, made.reported_by) == (8490, "agent")
    assert signed_in("stranger").post(reverse("office:undo_direct", args=[made.id]), {"reason": "nicht meins"}).status_code == GONE
    agent.post(reverse("office:undo_direct", args=[made.id]), {"reason": "falscher Kunde"})
    made.refresh_from_db()
    house.case.refresh_from_db()
    assert (made.undone_because, house.case.state) == ("falscher Kunde", CaseState.OPEN)


def test_a_report_that_cannot_be_keeps_what_was_typed(house: House, signed_in: SignedIn) -> None:
    agent = signed_in("agent")
    data = {"what": "one", "key": "k", "reference": house.foreign_case.reference, "amount": "1.234", "paid_on": "2026-02-20"}
    answer = agent.post(reverse("office:direct"), data)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Bitte einen Betrag wie 84,90 eingeben." in page and 'value="1.234"' in page
    assert "keine Akte" in agent.post(reverse("office:direct"), data | {"amount": "12,34"}).content.decode()
    assert not DirectPayment.objects.exists()


def test_a_batch_for_datev_is_made_locked_and_stays(collected: Remittance, house: House, signed_in: SignedIn) -> None:
    lead = signed_in("lead")
    period = {"creditor": house.ours.id, "since": "2026-02-01", "until": "2026-02-28"}
    assert "nicht eingerichtet" in lead.post(reverse("office:datev"), period).content.decode()
    accounts = {"bank": "1200", "suspense": "1590", "claim": "1400", "income": "8400"}
    set_datev(house.ours.id, NewSettings(29098, 55003, accounts))
    assert lead.post(reverse("office:datev"), period).status_code == GO
    made = DatevExport.objects.get()
    assert lead.get(reverse("office:datev_batch", args=[made.id])).content.startswith(b'"EXTF";700;21')
    assert "Soll und Haben sind gleich" in lead.get(reverse("office:datev_sums", args=[made.id])).content.decode()
    lead.post(reverse("office:lock_datev", args=[made.id]))
    assert lead.post(reverse("office:discard_datev", args=[made.id])).status_code == 409
    assert DatevExport.objects.get().state == "locked"


def test_doubtful_claims_name_their_reason(house: House, signed_in: SignedIn) -> None:
    lead = signed_in("lead")
    assert house.case.claims.get().external_id in lead.get(reverse("office:doubtful") + "?overdue=30").content.decode()
    assert "Nichts in Zweifel" in lead.get(reverse("office:doubtful") + "?overdue=365").content.decode()
