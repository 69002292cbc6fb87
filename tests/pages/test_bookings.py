"""Booking by hand at the desk and deciding in the office: both people's ways, and what each of them may not do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from kulanz.claims.accounts import ClaimBalance, open_amounts
from kulanz.claims.models import CaseDebtor, Claim, Debtor, Proposal, Role
from kulanz.contact.rendering.statement import statement_data
from kulanz.contact.statements import statement_facts
from kulanz.ledger.components import Component
from kulanz.ledger.models import Entry, EntryKind
from kulanz.ledger.queries import audit
from tests import factories
from tests.pages.conftest import DAY, House, message_of, user

SignIn = Callable[[str], Client]


def page(house: House) -> str:
    return reverse("desk:bookings", args=[house.case.public_id])


def key_of(client: Client, address: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', client.get(address).content.decode())
    assert found, "the form carries a key that makes it count once"
    return found[1]


def send(client: Client, house: House, what: str, amount: str = "", **more: object) -> tuple[int, str]:
    """Fill in the form as the page shows it; the status and the page one lands on."""
    claim = Claim.objects.get(case=house.case)
    data = {"key": key_of(client, page(house)), "what": what, "claim": claim.id, "amount": amount, "reason": "Paket kam beschädigt an"}
    answer = client.post(page(house), data | more, follow=True)
    return answer.status_code, answer.content.decode()


def balance(house: House) -> ClaimBalance:
    return open_amounts([house.case.id], DAY)[house.case.id][0]


def test_a_small_credit_note_is_booked_at_once_and_can_be_taken_back(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    before = balance(house).total_cents
    status, html = send(agent, house, "credit_note", "20,00")
    assert status == 200 and "Gebucht." in html and "nur mit einer Gegenbuchung" in html
    assert balance(house).principal_cents == 6_490
    entry = Entry.objects.get(kind=EntryKind.CREDIT_NOTE)
    undo = reverse("desk:undo_booking", args=[house.case.public_id, entry.id])
    assert undo in html
    refused = agent.post(undo, {"reason": ""}, follow=True).content.decode()
    assert "Grund angeben" in refused and balance(house).principal_cents == 6_490
    done = agent.post(undo, {"reason": "falsche Akte"}, follow=True).content.decode()
    assert "Zurückgenommen mit einer Gegenbuchung" in done and "zurückgenommen" in done
    assert undo not in done, "what was taken back is not offered again"
    assert balance(house).total_cents == before
    assert audit().findings == ()


def test_the_same_form_sent_twice_books_once(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    claim = Claim.objects.get(case=house.case)
    data = {"key": key_of(agent, page(house)), "what": "waive:principal", "claim": claim.id, "amount": "10,00", "reason": "Kulanz"}
    for _ in range(2):
        assert agent.post(page(house), data).status_code == 302
    assert balance(house).principal_cents == 7_490


def test_interest_is_waived_whole_if_no_amount_is_given(house: House, signed_in: SignIn) -> None:
    assert balance(house).interest_cents > 0
    send(signed_in("agent"), house, "waive:interest")
    assert balance(house).interest_cents == 0


def test_above_the_limit_a_second_person_decides_and_never_the_one_who_asked(house: House, signed_in: SignIn) -> None:
    agent, lead, decisions = signed_in("agent"), signed_in("lead"), reverse("office:proposals")
    _, html = send(agent, house, "write_off")
    assert "Gebucht ist noch nichts" in html and "Wartet auf eine zweite Person" in html
    proposal = Proposal.objects.get()
    decide = reverse("office:decide_proposal", args=[proposal.id])
    mine = agent.get(decisions).content.decode()
    assert "Das haben Sie vorgeschlagen" in mine and decide not in mine
    assert agent.post(decide, {"verdict": "agree"}).status_code == 403
    assert balance(house).total_cents > 0

    shown = lead.get(decisions).content.decode()
    assert decide in shown and "Paket kam beschädigt an" in shown and "Ausbuchen" in shown
    assert "Bitte beim Ablehnen" in lead.post(decide, {"verdict": "refuse", "because": ""}, follow=True).content.decode()
    assert "Zugestimmt und gebucht" in lead.post(decide, {"verdict": "agree"}, follow=True).content.decode()
    assert balance(house).total_cents == 0
    again = lead.post(decide, {"verdict": "refuse", "because": "doch nicht"}, follow=True).content.decode()
    assert "schon jemand entschieden" in again and balance(house).total_cents == 0
    assert "lead" in lead.get(decisions, {"state": "agreed"}).content.decode()
    assert audit().findings == ()


def test_a_lead_who_asked_cannot_decide_and_another_agent_may_not(house: House, signed_in: SignIn) -> None:
    user("otheragent", Role.AGENT, house.ours)
    lead = signed_in("lead")
    send(lead, house, "credit_note", "60,00")
    decide = reverse("office:decide_proposal", args=[Proposal.objects.get().id])
    assert lead.post(decide, {"verdict": "agree"}).status_code == 403
    other = signed_in("otheragent")
    assert "Darüber entscheidet Ihre Teamleitung" in other.get(reverse("office:proposals")).content.decode()
    assert other.post(decide, {"verdict": "agree"}).status_code == 403
    assert signed_in("stranger").post(decide, {"verdict": "agree"}).status_code == 404
    refused = signed_in("admin").post(decide, {"verdict": "refuse", "because": "zu viel"}, follow=True).content.decode()
    assert "Abgelehnt." in refused
    proposal = Proposal.objects.get()
    assert (proposal.state, proposal.decided_by, proposal.decided_because) == ("refused", "admin", "zu viel")


def test_the_list_of_decisions_is_searched_and_sorted(house: House, signed_in: SignIn) -> None:
    send(signed_in("agent"), house, "credit_note", "60,00")
    send(signed_in("agent"), house, "credit_note", "55,00")
    lead, address = signed_in("lead"), reverse("office:proposals")
    up, down = (lead.get(address, {"sort": sort}).content.decode() for sort in ("cents", "-cents"))
    assert up.index("55,00") < up.index("60,00") and down.index("60,00") < down.index("55,00")
    for text in ("yilmaz", house.case.reference[:8], "2026-00001", "agent"):
        assert "60,00" in lead.get(address, {"q": text}).content.decode(), text
    assert "Nichts gefunden" in lead.get(address, {"q": "niemand"}).content.decode()
    assert "60,00" not in signed_in("stranger").get(address).content.decode()


def test_reminder_costs_are_offered_for_a_second_letter_only(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    first = agent.get(page(house)).content.decode()
    assert 'value="charge:dunning_fee"' not in first and "Die erste Mahnung kostet nichts" in first
    letter = message_of(house.case, step="reminder_2", channel="letter")
    letter.sent_at = factories.NOW + timedelta(minutes=5)
    letter.save()
    shown = agent.get(page(house)).content.decode()
    assert 'value="charge:dunning_fee"' in shown and f'value="{letter.id}"' in shown
    status, html = send(agent, house, "charge:dunning_fee", "2,50", letter=letter.id)
    assert status == 422 and "höchstens 1,00" in html and "2,50" in html
    assert send(agent, house, "charge:dunning_fee", "0,95", letter=letter.id)[0] == 200
    assert balance(house).fees == {Component.DUNNING_FEE: 95}
    assert 'value="charge:dunning_fee"' not in agent.get(page(house)).content.decode(), "a letter is charged once"


def test_what_is_missing_is_said_beside_its_field_and_nothing_is_booked(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    status, html = send(agent, house, "credit_note", "")
    assert status == 422 and "Bitte einen Betrag angeben." in html
    status, html = send(agent, house, "credit_note", "viel")
    assert status == 422 and "Diesen Betrag verstehen wir nicht" in html and 'value="viel"' in html
    assert not Entry.objects.filter(kind=EntryKind.CREDIT_NOTE).exists()


def test_another_creditors_case_is_not_found(house: House, signed_in: SignIn) -> None:
    stranger = signed_in("stranger")
    assert stranger.get(page(house)).status_code == 404
    assert stranger.post(reverse("desk:undo_booking", args=[house.case.public_id, 1]), {"reason": "nur so"}).status_code == 404


def test_a_lead_corrects_the_start_of_default_and_an_agent_may_not(house: House, signed_in: SignIn) -> None:
    address = reverse("desk:terms", args=[house.case.public_id])
    denied = signed_in("agent").get(address)
    assert denied.status_code == 403 and "Teamleitung" in denied.content.decode()
    assert address not in signed_in("agent").get(page(house)).content.decode()
    lead = signed_in("lead")
    assert address in lead.get(page(house)).content.decode()
    claim = Claim.objects.get(case=house.case)
    data = {"key": key_of(lead, address), "claim": claim.id, "rate": "statutory", "percent": "", "reason": "Mahnung war später da"}
    early = lead.post(address, data | {"first_interest_day": "2026-01-01"})
    assert early.status_code == 422 and "nach der Fälligkeit" in early.content.decode()
    before = balance(house).total_cents
    done = lead.post(address, data | {"first_interest_day": "2026-02-20"}, follow=True).content.decode()
    assert "Berichtigt." in done and "−" in done
    assert balance(house).total_cents < before
    fixed = lead.post(address, data | {"first_interest_day": "2026-02-20", "rate": "fixed", "percent": "8,5"}, follow=True)
    claim.refresh_from_db()
    assert fixed.status_code == 200 and (claim.margin_bp, claim.fixed_bp) == (None, 850)
    assert audit().findings == ()


def join(house: House) -> Debtor:
    """Somebody who owes jointly, in another town."""
    ben = Debtor.objects.create(
        creditor=house.ours, external_id="J1", kind="person", given_name="Ben", family_name="Weber", postcode="20095", city="Hamburg",
        identity_key="cd" * 32, search_key="ben weber", sort_key="weber ben",
    )  # fmt: skip
    CaseDebtor.objects.create(case=house.case, debtor=ben, creditor=house.ours, role="joint")
    return ben


def test_a_joint_debtor_comes_in_by_their_own_link_and_both_know_of_each_other(house: House, signed_in: SignIn, debtor: Client) -> None:
    ben, agent = join(house), signed_in("agent")
    html = agent.get(reverse("desk:case", args=[house.case.public_id])).content.decode()
    issue = reverse("desk:joint_link", args=[house.case.public_id, ben.public_id])
    assert "Haften gemeinsam" in html and "Ben Weber" in html and issue in html
    assert "Elif" in agent.get(reverse("desk:search") + "?q=ben+weber").content.decode(), "found by the second name, too"
    shown = agent.post(issue).content.decode()
    token = re.search(r"/p/([0-9a-z-]{31})", shown)
    assert token and "Hamburg" in shown
    theirs = Client()
    door = reverse("portal:enter", args=[token[1]])
    assert theirs.post(door, {"answer": "50667"}, follow=True).redirect_chain[-1][0] == door, "another person's postcode opens nothing"
    inside = theirs.post(door, {"answer": "20095"}, follow=True).content.decode()
    assert "Guten Tag Ben Weber" in inside and "Sie schulden das gemeinsam" in inside and "Elif" in inside
    assert "Ben Weber" in debtor.get(reverse("portal:overview", args=[house.case.public_id])).content.decode()
    assert agent.post(issue).status_code == 200
    assert theirs.get(reverse("portal:overview", args=[house.case.public_id])).status_code == 404, "a new way in ends the old one"
    assert signed_in("stranger").post(issue).status_code == 404


def test_the_statement_names_everybody_who_owes(house: House) -> None:
    join(house)
    told = statement_data(statement_facts(house.case, [balance(house)], DAY, "de"))
    assert "Es haften gemeinsam: Elif Yılmaz1, Ben Weber." in told["intro"]
