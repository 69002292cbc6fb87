"""One plan for several creditors on the debtor's pages: only what was proven, split to the cent, a yes to each, no data crossing."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Claim
from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact import links
from kulanz.contact.models import PortalLink
from kulanz.payments.commands.agreements.bundle import proof
from kulanz.payments.models import Agreement
from tests import factories
from tests.pages.conftest import DAY, NOW, House, message_of
from tests.pages.test_speed import QUERIES_MAX, questions

RATE = "?amount=40"
WRONG = "passen nicht zusammen"


@pytest.fixture
def same(house: House) -> Claim:
    """The same person owes the other creditor, too, and has got a letter with a link."""
    claim = factories.claim(house.theirs, number=1, external_id="FREMD-1", principal_cents=30_000)
    assert claim.case.debtor.identity_key == house.case.debtor.identity_key
    links.issue([message_of(claim.case)], day=DAY, now=NOW)
    return claim


def url(house: House) -> str:
    return reverse("portal:together", args=[house.case.public_id])


def page(client: Client, house: House, query: str = "") -> str:
    return client.get(url(house) + query).content.decode()


def type_in(client: Client, house: House, case: Case, answer: str = "50667") -> str:
    typed = {"reference": links.grouped(case.reference.lower()), "answer": answer}
    return client.post(url(house), typed, follow=True).content.decode()


def form_of(html: str) -> dict[str, str | list[str]]:
    """What a browser sends from the form under the split, without any yes."""
    start = html.index("<form", html.index('id="shown"'))
    form = html[start : html.index("</form>", start)]
    found: dict[str, str | list[str]] = dict(re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form))
    return found | {"with": re.findall(r'name="with" value="([^"]*)"', form)}


def yes(*cases: Case) -> dict[str, str]:
    return {f"yes-{case.public_id}": "on" for case in cases}


def test_nothing_tells_that_there_is_another_case_before_it_is_proven(house: House, debtor: Client, same: Claim) -> None:
    plan = debtor.get(reverse("portal:plan", args=[house.case.public_id])).content.decode()
    before = page(debtor, house)
    for html in (plan, before):
        assert "Fremdfirma" not in html and same.case.reference not in html and "300,00" not in html
    Case.objects.filter(id=same.case_id).update(state="closed")
    strip = re.compile(r'value="[^"]{20,}"|nonce="[^"]+"')
    assert strip.sub("", page(debtor, house)) == strip.sub("", before), "with and without another case the page is the same"
    assert "Ein Plan für alle zusammen" in plan


def test_what_is_typed_wrong_looks_the_same_whatever_is_wrong_and_locks_out_only_who_guesses(
    house: House, debtor: Client, same: Claim
) -> None:
    links.issue([message_of(house.foreign_case, step="reminder_2")], day=DAY, now=NOW)
    assert WRONG in type_in(debtor, house, same.case, answer="10115"), "right case, wrong postcode"
    assert WRONG in type_in(debtor, house, house.foreign_case), "the case of somebody else"
    assert WRONG in debtor.post(url(house), {"reference": "RF00 0000", "answer": "50667"}, follow=True).content.decode()
    assert "Fremdfirma" not in page(debtor, house)
    for _ in range(2):
        type_in(debtor, house, same.case, answer="10115")
    assert "erst morgen" in type_in(debtor, house, same.case), "even the right answer comes too late"
    tries = dict(PortalLink.objects.values_list("case_id", "wrong_factors"))
    assert tries[house.case.id] == links.WRONG_TRIES_MAX and tries[same.case_id] == 0


def test_one_rate_is_split_to_the_cent_and_agreed_with_a_yes_to_each(house: House, debtor: Client, same: Claim) -> None:
    assert "Diese Rechnung ist jetzt dabei" in type_in(debtor, house, same.case, answer="fremd 1")
    html = page(debtor, house, RATE)
    assert "Fremdfirma" in html and "So wird jede Rate geteilt" in html and "Zum Nachrechnen" in html
    assert not Agreement.objects.exists()
    form = form_of(html)
    missing = debtor.post(url(house), form | yes(house.case))
    assert missing.status_code == 422 and "ausdrücklich Ja" in missing.content.decode() and not Agreement.objects.exists()
    for _ in range(2):
        done = debtor.post(url(house), form | yes(house.case, same.case), follow=True).content.decode()
        assert "Ihr gemeinsamer Plan steht" in done and "Fremdfirma" in done
    rows = list(Agreement.objects.order_by("case_id"))
    assert len(rows) == 2 and len({row.bundle for row in rows}) == 1 and proof(rows)
    assert sum(row.evidence["share"]["cents"] for row in rows) == 4_000
    for mine, other in zip(rows, reversed(rows), strict=True):
        with viewing(Viewer.debtor(case_id=mine.case_id, creditor_id=mine.creditor_id)):
            assert [row.id for row in Agreement.objects.all()] == [mine.id], "row security, whatever the query says"
        stored = f"{mine.terms} {mine.evidence}"
        assert mine.creditor.name in mine.evidence["consent"] and mine.evidence["shown"] and mine.evidence["schedule"]
        assert other.creditor.name not in stored and other.case.reference not in stored
        assert str(other.evidence["share"]["owed_cents"]) not in stored


def test_a_link_opened_in_the_same_browser_proves_as_well_and_one_may_be_left_out(house: House, debtor: Client, same: Claim) -> None:
    token = links.token_for(f"{same.case.reference}-reminder_1-email")
    debtor.post(reverse("portal:enter", args=[token]), {"answer": "50667"})
    assert "So wird jede Rate geteilt" in page(debtor, house, RATE)
    alone = page(debtor, house, f"{RATE}&with={house.case.public_id}")
    assert "So wird jede Rate geteilt" not in alone and "Fremdfirma" in alone
    links.revoke(same.case_id, now=NOW)
    assert "Fremdfirma" not in page(debtor, house, RATE), "a revoked link proves nothing any more"


def test_a_typed_case_is_there_for_the_plan_only_and_not_in_other_browsers(house: House, debtor: Client, same: Claim) -> None:
    type_in(debtor, house, same.case)
    assert debtor.get(reverse("portal:overview", args=[same.case.public_id])).status_code == 404
    other = Client()
    other.post(reverse("portal:enter", args=[house.token]), {"answer": "50667"})
    assert "Fremdfirma" not in page(other, house)
    debtor.post(reverse("portal:leave"))
    debtor.post(reverse("portal:enter", args=[house.token]), {"answer": "50667"})
    assert "Fremdfirma" not in page(debtor, house), "leaving forgets it"


def test_a_case_of_somebody_else_in_the_same_browser_is_not_offered(house: House, debtor: Client) -> None:
    token = links.grouped(links.token_for(house.foreign_message.provider_key))
    postcode = house.foreign_case.debtor.postcode
    assert debtor.post(reverse("portal:enter", args=[token]), {"answer": postcode}).status_code == 302
    html = page(debtor, house, RATE)
    same_person = house.foreign_case.debtor.identity_key == house.case.debtor.identity_key
    assert not same_person and "Fremdfirma" not in html


def test_what_changed_after_the_split_was_shown_is_shown_anew_and_not_agreed(house: House, debtor: Client, same: Claim) -> None:
    type_in(debtor, house, same.case)
    form = form_of(page(debtor, house, RATE)) | yes(house.case, same.case) | {"seen": "0" * 24}
    answer = debtor.post(url(house), form, follow=True).content.decode()
    assert "hat sich etwas geändert" in answer and not Agreement.objects.exists()


def test_a_rate_too_small_is_answered_with_the_one_that_works(house: House, debtor: Client, same: Claim) -> None:
    type_in(debtor, house, same.case)
    html = page(debtor, house, "?amount=1")
    assert "Die kleinste mögliche Rate für alle zusammen ist" in html and "So wird jede Rate geteilt" not in html


def opened_by(client: Client, *cases: Case) -> None:
    """The person has opened the links of these cases in this browser."""
    links.issue([message_of(case) for case in cases], day=DAY, now=NOW)
    session = client.session
    session["portal"] = session["portal"] | {str(link.case.public_id): link.id for link in PortalLink.objects.select_related("case")}
    session.save()


@pytest.mark.parametrize("count", [2, 8])
def test_the_page_asks_little_however_many_cases(house: House, debtor: Client, count: int) -> None:
    owners = [
        factories.creditor(f"weitere-{number}", name=f"Weitere {number}", iban="DE02120300000000202051") for number in range(1, count)
    ]
    further = [factories.claim(owner, number=1, external_id=f"W-{owner.key}").case for owner in owners]
    opened_by(debtor, *further)
    asked = questions(debtor, url(house) + "?amount=100")
    html = page(debtor, house, "?amount=100")
    assert all(owner.name in html for owner in owners) and "So wird jede Rate geteilt" in html
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)
    agreed = debtor.post(url(house), form_of(html) | yes(house.case, *further), follow=True).content.decode()
    assert "Ihr gemeinsamer Plan steht" in agreed and all(owner.name in agreed for owner in owners)
    asked = questions(debtor, url(house))
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)


def test_the_desks_page_of_the_same_plan_asks_little_too(house: House, signed_in: Callable[[str], Client]) -> None:
    for number in range(1, 8):
        factories.claim(factories.creditor(f"weitere-{number}", name=f"Weitere {number}"), number=1, external_id=f"W-{number}")
    asked = questions(signed_in("admin"), reverse("desk:bundle", args=[house.case.public_id]))
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)
