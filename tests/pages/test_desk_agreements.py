"""Agreeing in a call, offering a settlement with a second person, one plan for several creditors, and the office's list."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Hold, Role
from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact.models import Message
from kulanz.payments.commands.agreements.bundle import proof
from kulanz.payments.models import Agreement, AgreementPolicy
from kulanz.payments.queries_agreements import of_case
from tests import factories
from tests.pages.conftest import DAY, House, user

SignIn = Callable[[str], Client]


def url(name: str, house: House) -> str:
    return reverse(f"desk:{name}", args=[house.case.public_id])


def hidden(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with this action."""
    start = html.index(f'action="{action}"')
    return dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', html[start : html.index("</form>", start)]))


def tab(client: Client, house: House, query: str = "") -> str:
    return client.get(url("agreement", house) + query).content.decode()


def test_an_agent_agrees_the_plan_that_was_read_out(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    html = tab(agent, house, "?amount=20")
    form = hidden(html, url("agree_plan", house))
    assert agent.post(url("agree_plan", house), form, follow=True).status_code == 200
    assert not Agreement.objects.exists(), "without the box nothing is agreed"
    page = agent.post(url("agree_plan", house), form | {"told": "on"}, follow=True).content.decode()
    assert "Der Ratenplan steht" in page and "Ratenplan über" in page
    made = Agreement.objects.get()
    assert (made.via, made.offered_by, made.evidence["by"]) == ("phone", "agent", "agent")
    assert Hold.objects.get().reason == "plan" and Message.objects.filter(template="plan_agreed").count() == 1


def test_an_estimate_in_the_call_keeps_nothing(house: House, signed_in: SignIn) -> None:
    page = tab(signed_in("agent"), house, "?net_income=2100&dependants=0&needs=1500&other=")
    assert "im Monat sind sicher" in page and "§ 850c ZPO" in page


def test_a_plan_is_shifted_changed_and_ended_at_the_desk(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.post(url("agree_plan", house), hidden(tab(agent, house, "?amount=20"), url("agree_plan", house)) | {"told": "on"})
    html = tab(agent, house)
    form = hidden(html, url("change_agreement", house)) | {"to": (DAY + timedelta(days=30)).isoformat()}
    assert "verschoben" in agent.post(url("change_agreement", house), form, follow=True).content.decode()
    changed = hidden(tab(agent, house, "?amount=15"), url("agree_plan", house)) | {"told": "on"}
    assert "geändert" in agent.post(url("agree_plan", house), changed, follow=True).content.decode()
    page = agent.post(url("change_agreement", house), {"because": "auf Wunsch"}, follow=True).content.decode()
    assert "Beendet" in page
    assert [row.state for row in Agreement.objects.order_by("id")] == ["revised", "revised", "cancelled"]


def test_a_promise_and_a_deferral_too_far_away_are_answered_in_words(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    form = hidden(tab(agent, house), url("agree_day", house))
    far = form | {"kind": "promise", "until_on": (DAY + timedelta(days=60)).isoformat()}
    assert "So lange können wir nicht warten" in agent.post(url("agree_day", house), far, follow=True).content.decode()
    near = form | {"kind": "promise", "until_on": (DAY + timedelta(days=7)).isoformat(), "amount": "50"}
    assert "Vereinbart" in agent.post(url("agree_day", house), near, follow=True).content.decode()
    assert Agreement.objects.get().total_cents == 5_000


def test_a_large_settlement_waits_for_a_second_person_and_nobody_decides_alone(house: House, signed_in: SignIn) -> None:
    agent, lead = signed_in("agent"), signed_in("lead")
    form = hidden(tab(agent, house), url("offer_settlement", house))
    asked = form | {"amount": "20", "until_on": (DAY + timedelta(days=10)).isoformat(), "reason": "lange krank"}
    assert "zweite Person" in agent.post(url("offer_settlement", house), asked, follow=True).content.decode()
    assert not Message.objects.filter(template="settlement_offer").exists() and not Hold.objects.exists()
    assert agent.post(url("decide_settlement", house), {"decision": "agree"}).status_code >= 400
    assert Agreement.objects.get().state == "proposed"
    assert "angeboten" in lead.post(url("decide_settlement", house), {"decision": "agree"}, follow=True).content.decode()
    assert Agreement.objects.get().approved_by == "lead" and Message.objects.filter(template="settlement_offer").count() == 1
    lead.post(url("change_agreement", house), {"what": "accept"})
    assert Agreement.objects.get().state == "active"


def test_one_rate_for_two_creditors_is_split_provably_and_nobody_sees_the_others_part(house: House, signed_in: SignIn) -> None:
    same = factories.claim(house.theirs, number=1, principal_cents=30_000)
    assert same.case.debtor.identity_key == house.case.debtor.identity_key
    user("agency", Role.AGENT, house.ours, house.theirs)
    client = signed_in("agency")
    page = client.get(url("bundle", house)).content.decode()
    assert "Fremdfirma" in page and "Nordlicht" in page
    data = dict(re.findall(r'type="hidden" name="(key|amount|first_on)" value="([^"]*)"', page)) | {"agree": "yes", "amount": "40"}
    for case in (house.case, same.case):
        data |= {f"case-{case.id}": "on", f"consent-{case.id}": "Ja, beide zusammen"}
    without = {name: value for name, value in data.items() if name != f"consent-{same.case_id}"}
    assert client.post(url("bundle", house), without).status_code == 422
    assert not Agreement.objects.exists()
    for _ in range(2):
        assert client.post(url("bundle", house), data).status_code == 302
    rows = list(Agreement.objects.order_by("case_id"))
    assert len(rows) == 2 and len({row.bundle for row in rows}) == 1 and proof(rows)
    assert sum(row.evidence["share"]["cents"] for row in rows) == 4_000
    for mine, other in ((house.case, same.case), (same.case, house.case)):
        viewer = Viewer("staff", frozenset({mine.creditor_id}))
        with viewing(viewer):
            assert [row.case_id for row in Agreement.objects.all()] == [mine.id], "row security, whatever the query says"
            assert of_case(viewer, other.id) == []
    own = next(row for row in rows if row.case_id == house.case.id)
    stored = f"{own.terms} {own.evidence}"
    assert "Fremdfirma" not in stored and "30000" not in stored and same.case.reference not in stored


def test_an_agent_of_one_creditor_sees_no_other_case_of_the_same_person(house: House, signed_in: SignIn) -> None:
    factories.claim(house.theirs, number=1, principal_cents=30_000)
    page = signed_in("agent").get(url("bundle", house)).content.decode()
    assert "Fremdfirma" not in page
    assert "weiteren Akte" not in tab(signed_in("agent"), house)


def test_the_office_lists_searches_and_exports_what_is_agreed(house: House, signed_in: SignIn) -> None:
    agent = signed_in("agent")
    agent.post(url("agree_plan", house), hidden(tab(agent, house, "?amount=20"), url("agree_plan", house)) | {"told": "on"})
    listed = reverse("office:agreements")
    for query, there in (("", True), ("?q=yilmaz1", True), ("?q=nobody", False), ("?state=late", False), ("?state=all&sort=-total", True)):
        assert (house.case.debtor.display_name in agent.get(listed + query).content.decode()) is there, query
    assert house.case.debtor.display_name not in signed_in("stranger").get(listed + "?state=all").content.decode()
    file = agent.get(reverse("office:agreements_file") + "?state=all").content.decode()
    assert "Ratenplan" in file and house.case.reference in file


def test_a_lead_sets_the_limits_and_the_portal_obeys(house: House, signed_in: SignIn, debtor: Client) -> None:
    lead, page = signed_in("lead"), reverse("office:agreement_limits", args=["nordlicht"])
    html = lead.get(page).content.decode()
    values = dict(re.findall(r'<input type="(?:number|text)" name="([a-z_]+)" value="([^"]*)"', html))
    values |= {"instalment": "25", "first": "", "interest_during": "none"}
    assert lead.post(page, values).status_code == 302
    assert AgreementPolicy.objects.get().instalment_cents_min == 2_500
    seen = debtor.get(reverse("portal:plan", args=[house.case.public_id]) + "?amount=20").content.decode()
    assert "Die kleinste mögliche Rate ist 25,00" in seen
    assert lead.post(page, values | {"months_max": "0"}).status_code == 422
    assert lead.get(reverse("office:agreement_limits", args=["fremd"])).status_code == 404


def test_a_stranger_agrees_nothing_in_another_creditors_case(house: House, signed_in: SignIn) -> None:
    form = hidden(tab(signed_in("agent"), house, "?amount=20"), url("agree_plan", house)) | {"told": "on"}
    assert signed_in("stranger").post(url("agree_plan", house), form).status_code == 404
    assert not Agreement.objects.exists() and Case.objects.get(id=house.case.id).state == "open"
