"""Who may open what: every address of the site against every kind of visitor. An address without a row here fails the build."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from kulanz.claims.commands import place_hold
from kulanz.claims.models import Case, HoldReason
from kulanz.claims.viewer import Viewer, unfenced, viewing
from kulanz.payments.models import BankLine, BankStatement, StatementFile
from kulanz.site import styles
from tests.pages.conftest import DAY, NOW, House

OK, GO, NO, GONE, METHOD, UNANSWERED = 200, 302, 403, 404, 405, 422
VISITORS = ("anonymous", "debtor", "agent", "stranger", "lead", "admin")

# Status on GET for: anonymous, debtor, agent of this creditor, agent of another creditor, lead of this creditor, admin.
TABLE: dict[str, tuple[int, int, int, int, int, int]] = {
    "start": (GO, GO, GO, GO, GO, GO),
    "theme": (METHOD,) * 6,
    "styles": (OK,) * 6,
    "styleguide": (OK,) * 6,
    "set_language": (GO,) * 6,
    "health": (OK,) * 6,
    "law:index": (OK,) * 6,
    "law:tables": (OK,) * 6,
    "law:calculator": (OK,) * 6,
    "law:json": (UNANSWERED,) * 6,
    "demo_inbox": (GONE,) * 6,
    "demo_mail": (GONE,) * 6,
    "demo_mail_body": (GONE,) * 6,
    "demo_letter": (GONE,) * 6,
    "api:webhook": (METHOD,) * 6,
    "v1:openapi-json": (OK,) * 6,
    "v1:statements": (METHOD,) * 6,
    "v1:api-root": (GONE,) * 6,
    "portal:brand": (OK,) * 6,
    "portal:leave": (METHOD,) * 6,
    "portal:left": (OK,) * 6,
    "portal:enter": (OK,) * 6,
    "portal:overview": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:pay": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:begin_checkout": (METHOD,) * 6,
    "portal:checkout": (GONE,) * 6,  # a payment that is not there
    "portal:slip": (GONE,) * 6,
    "portal:refund_slip": (GONE, GO, GONE, GONE, GONE, GONE),
    "portal:slip_again": (METHOD,) * 6,
    "portal:slip_back": (METHOD,) * 6,
    "portal:statement": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:duties": (GONE, GONE, GONE, GONE, GONE, GONE),
    "portal:girocode": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:paid": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:wrong": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:plan": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:together": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:later": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:budget": (GONE, OK, GONE, GONE, GONE, GONE),
    "portal:agreement": (GONE, GO, GONE, GONE, GONE, GONE),
    "portal:calendar": (GONE,) * 6,
    "portal:shift": (METHOD,) * 6,
    "portal:end_agreement": (METHOD,) * 6,
    "portal:take_offer": (METHOD,) * 6,
    "portal:debit": (GONE, GO, GONE, GONE, GONE, GONE),
    "portal:debit_again": (METHOD,) * 6,
    "portal:debit_cancel": (METHOD,) * 6,
    "portal:debit_revoke": (METHOD,) * 6,
    "portal:mandate_file": (GONE,) * 6,
    "portal:refund": (GONE, GO, GONE, GONE, GONE, GONE),
    "desk:login": (OK, OK, GO, GO, GO, GO),
    "desk:logout": (METHOD,) * 6,
    "desk:worklist": (GO, GO, OK, OK, OK, OK),
    "desk:worklist_file": (GO, GO, OK, OK, OK, OK),
    "desk:search": (GO, GO, OK, OK, OK, OK),
    "desk:case": (GO, GO, OK, GONE, OK, OK),
    "desk:account": (GO, GO, OK, GONE, OK, OK),
    "desk:statement": (GO, GO, OK, GONE, OK, OK),
    "desk:messages": (GO, GO, OK, GONE, OK, OK),
    "desk:decisions": (GO, GO, OK, GONE, OK, OK),
    "desk:views": (GO, GO, OK, GONE, OK, OK),
    "desk:bookings": (GO, GO, OK, GONE, OK, OK),
    "desk:undo_booking": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:joint_link": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:limitation": (GO, GO, OK, GONE, OK, OK),
    "desk:begin_negotiations": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:end_negotiations": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:take_negotiations_back": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:terms": (GO, GO, NO, NO, OK, OK),
    "desk:debits": (GO, GO, OK, GONE, OK, OK),
    "desk:offer_mandate": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:revoke_mandate": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:agreement": (GO, GO, OK, GONE, OK, OK),
    "desk:bundle": (GO, GO, OK, GONE, OK, OK),
    "desk:agree_plan": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:agree_day": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:offer_settlement": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:decide_settlement": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:change_agreement": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:place_hold": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:lift_hold": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:undo_hold": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:decide": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:arrived": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:again": (GO, GO, METHOD, METHOD, METHOD, METHOD),
    "desk:letter": (GO, GO, GONE, GONE, GONE, GONE),
    "office:claims": (GO, GO, NO, NO, OK, OK),
    "office:preview": (GO, GO, NO, NO, GONE, GONE),
    "office:preview_problems": (GO, GO, NO, NO, GONE, GONE),
    "office:take": (METHOD,) * 6,
    "office:import": (GO, GO, NO, NO, GONE, GONE),
    "office:import_problems": (GO, GO, NO, NO, GONE, GONE),
    "office:statements": (GO, GO, NO, NO, OK, OK),
    "office:statement_result": (GO, GO, NO, NO, GO, GO),
    "office:lines": (GO, GO, OK, OK, OK, OK),
    "office:lines_file": (GO, GO, OK, OK, OK, OK),
    "office:assign_line": (METHOD,) * 6,
    "office:ignore_line": (METHOD,) * 6,
    "office:undo_line": (METHOD,) * 6,
    "office:share_line": (GO, GO, GONE, GONE, GONE, GONE),
    "office:proposals": (GO, GO, OK, OK, OK, OK),
    "office:decide_proposal": (METHOD,) * 6,
    "office:debits": (GO, GO, NO, NO, OK, OK),
    "office:debits_file": (GO, GO, NO, NO, OK, OK),
    "office:submit_debits": (METHOD,) * 6,
    "office:order_file": (GO, GO, NO, NO, GONE, GONE),
    "office:refunds": (GO, GO, NO, NO, OK, OK),
    "office:refunds_file": (GO, GO, NO, NO, OK, OK),
    "office:decide_refund": (METHOD,) * 6,
    "office:order_refunds": (METHOD,) * 6,
    "office:send_refunds": (METHOD,) * 6,
    "office:providers": (GO, GO, NO, NO, OK, OK),
    "office:providers_file": (GO, GO, NO, NO, OK, OK),
    "office:provider_done": (METHOD,) * 6,
    "office:client_money": (GO, GO, NO, NO, OK, OK),
    "office:client_money_file": (GO, GO, NO, NO, OK, OK),
    "office:creditor_money": (GO, GO, NO, NO, GONE, GONE),
    "office:remittances": (GO, GO, OK, OK, OK, OK),
    "office:remittances_file": (GO, GO, OK, OK, OK, OK),
    "office:prepare_remittance": (METHOD,) * 6,
    "office:remittance": (GO, GO, GONE, GONE, GONE, GONE),
    "office:approve_remittance": (METHOD,) * 6,
    "office:drop_remittance": (METHOD,) * 6,
    "office:remittance_paper": (GO, GO, GONE, GONE, GONE, GONE),
    "office:direct": (GO, GO, OK, OK, OK, OK),
    "office:direct_file": (GO, GO, OK, OK, OK, OK),
    "office:undo_direct": (METHOD,) * 6,
    "office:datev": (GO, GO, NO, NO, OK, OK),
    "office:datev_batch": (GO, GO, NO, NO, GONE, GONE),
    "office:datev_sums": (GO, GO, NO, NO, GONE, GONE),
    "office:lock_datev": (METHOD,) * 6,
    "office:discard_datev": (METHOD,) * 6,
    "office:doubtful": (GO, GO, NO, NO, OK, OK),
    "office:doubtful_file": (GO, GO, NO, NO, OK, OK),
    "office:checkouts": (GO, GO, NO, NO, OK, OK),
    "office:accept_checkout": (METHOD,) * 6,
    "office:set_aside_checkout": (METHOD,) * 6,
    "office:creditors": (GO, GO, NO, NO, NO, OK),
    "office:creditor": (GO, GO, NO, NO, NO, OK),
    "office:agreements": (GO, GO, OK, OK, OK, OK),
    "office:agreements_file": (GO, GO, OK, OK, OK, OK),
    "office:agreement_limits": (GO, GO, NO, NO, OK, OK),
    "office:limitation": (GO, GO, OK, OK, OK, OK),
    "office:runs": (GO, GO, NO, NO, OK, OK),
    "office:health": (GO, GO, NO, NO, OK, OK),
}


def names(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Every named address of the site."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            yield from names(pattern.url_patterns, inner)
        else:
            assert pattern.name, f"{pattern.pattern} has no name"
            yield prefix + pattern.name


def address(name: str, house: House) -> str:
    """The address with the ids of our own creditor's things."""
    case = house.case.public_id
    arguments = _arguments(house)
    if name in arguments:
        return reverse(name, args=arguments[name])
    by_case = name.startswith("portal:") and name not in {"portal:leave", "portal:left"}
    of_desk = {
        *("debits", "offer_mandate", "revoke_mandate"),
        *("case", "account", "statement", "messages", "decisions", "bookings", "terms", "views", "place_hold"),
        *("decide", "agreement", "bundle", "agree_plan", "agree_day", "offer_settlement", "decide_settlement", "change_agreement"),
    }
    by_case = by_case or name in {f"desk:{page}" for page in of_desk}
    return reverse(name, args=[case] if by_case else [])


def _arguments(house: House) -> dict[str, list[object]]:
    """What each address that is not about a case is called with."""
    case, message = house.case.public_id, house.message.id
    return {
        "styles": [styles.version()],
        "law:calculator": ["interest"],
        "law:json": ["interest"],
        "portal:brand": ["nordlicht"],
        "portal:enter": [house.token],
        "portal:debit_cancel": [case, 1],
        "portal:mandate_file": [case, uuid.UUID(int=1)],
        "api:webhook": ["stripe", "x"],
        "portal:checkout": [case, case],
        "portal:slip": [case, case],
        "portal:slip_again": [case, case],
        "portal:slip_back": [case, case],
        "office:accept_checkout": [case],
        "office:set_aside_checkout": [case],
        "demo_mail": ["x"],
        "demo_mail_body": ["x"],
        "demo_letter": [message],
        "desk:lift_hold": [case, 1],
        "desk:undo_hold": [case, 1],
        "desk:undo_booking": [case, 1],
        "desk:limitation": [case],
        "desk:begin_negotiations": [case],
        "desk:end_negotiations": [case, "negotiations:1"],
        "desk:take_negotiations_back": [case, "negotiations:1"],
        "desk:joint_link": [case, case],
        "office:decide_proposal": [1],
        "desk:arrived": [message],
        "desk:again": [message],
        "desk:letter": [message],
        "office:preview": ["0" * 32],
        "office:preview_problems": ["0" * 32],
        "office:take": ["0" * 32],
        "office:import": [1],
        "office:import_problems": [1],
        "office:creditor_money": [1],
        "office:remittance": [1],
        "office:approve_remittance": [1],
        "office:drop_remittance": [1],
        "office:remittance_paper": [1, "statement.pdf"],
        "office:undo_direct": [1],
        "office:datev_batch": [1],
        "office:datev_sums": [1],
        "office:lock_datev": [1],
        "office:discard_datev": [1],
        "office:statement_result": ["0" * 16],
        "office:assign_line": [1],
        "office:agreement_limits": ["nordlicht"],
        "office:creditor": ["nordlicht"],
        "office:ignore_line": [1],
        "office:undo_line": [1],
        "office:share_line": [1],
        "office:order_file": [uuid.UUID(int=1)],
        "office:decide_refund": [uuid.UUID(int=1)],
        **{name: [1] for name in ("office:order_refunds", "office:send_refunds", "office:provider_done")},
    }


def test_every_address_stands_in_the_table() -> None:
    assert set(names(get_resolver().url_patterns)) == set(TABLE)


def test_every_visitor_gets_what_the_table_says(house: House, signed_in: Callable[[str], Client], debtor: Client) -> None:
    clients = {"anonymous": Client(), "debtor": debtor} | {name: signed_in(name) for name in VISITORS[2:]}
    found = {name: tuple(clients[visitor].get(address(name, house)).status_code for visitor in VISITORS) for name in TABLE}
    assert {name: got for name, got in found.items() if got != TABLE[name]} == {}


POSTS = ("desk:place_hold", "desk:lift_hold", "desk:undo_hold", "desk:decide", "desk:arrived", "desk:again")


def test_nobody_changes_another_creditors_case(house: House, signed_in: Callable[[str], Client]) -> None:
    with transaction.atomic():
        hold = place_hold(house.case.id, HoldReason.MANUAL, day=DAY, now=NOW, source="test", actor="test")
    stranger, agent = signed_in("stranger"), signed_in("agent")
    data = {"reason": "manual", "because": "a reason", "text": "a reason"}
    for name in POSTS:
        path = address(name, house).replace("/1/", f"/{hold.id}/")
        before = Case.objects.get(id=house.case.id).revision
        assert stranger.post(path, data).status_code == GONE, name
        assert Case.objects.get(id=house.case.id).revision == before, name
    # The same requests by the right person work, so the refusals above were not for a wrong reason.
    path = address("desk:lift_hold", house).replace("/1/", f"/{hold.id}/")
    assert agent.post(path, data).status_code == GO
    hold.refresh_from_db()
    assert hold.lifted_at is not None


def test_nobody_decides_about_another_creditors_bank_line(house: House, signed_in: Callable[[str], Client]) -> None:
    file = StatementFile.objects.create(name="x", sha256="0" * 64, format="mt940", created_at=NOW, created_by="test")
    statement = BankStatement.objects.create(file=file, creditor=house.ours, account_iban=house.ours.iban, currency="EUR")
    line = BankLine.objects.create(
        statement=statement, creditor=house.ours, account_iban=house.ours.iban, booked_on=DAY, amount_cents=100, currency="EUR", key="k"
    )
    data = {"reference": house.foreign_case.reference, "reason": "not ours at all"}
    for name in ("office:assign_line", "office:ignore_line", "office:undo_line"):
        assert signed_in("stranger").post(reverse(name, args=[line.id]), data).status_code == GONE, name
    line.refresh_from_db()
    assert line.state == "unmatched"
    assert signed_in("agent").post(reverse("office:ignore_line", args=[line.id]), data).status_code == GO


def test_no_page_of_one_creditor_carries_a_word_of_the_other(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    for name in ("desk:worklist", "desk:worklist_file", "desk:search", "office:lines", "office:lines_file"):
        for query in ("", "?q=kanarienvogel", f"?q={house.foreign_case.reference}"):
            text = agent.get(reverse(name) + query).content.decode()
            assert "Kanarienvogel" not in text, name
            assert str(house.foreign_case.public_id) not in text, name
    assert b"Kanarienvogel" in signed_in("admin").get(reverse("desk:search") + "?q=kanarienvogel").content


def test_a_debtor_sees_one_case_and_no_other(house: House, debtor: Client) -> None:
    assert debtor.get(reverse("portal:overview", args=[house.case.public_id])).status_code == OK
    for name in ("portal:overview", "portal:pay", "portal:girocode", "portal:statement", "portal:paid", "portal:wrong"):
        assert debtor.get(reverse(name, args=[house.foreign_case.public_id])).status_code == GONE
    answer = debtor.post(reverse("portal:paid", args=[house.foreign_case.public_id]), {"key": "0" * 32})
    assert answer.status_code == GONE


FORMS = ("set_language", "portal:paid", "portal:wrong", "portal:enter", "desk:login", "office:claims", "office:statements")
# Programs have no cookie a stranger's page could ride on: they prove themselves anew with every call (signature, token).
UNSAFE = [*FORMS, *(name for name, statuses in TABLE.items() if METHOD in statuses and not name.startswith(("api:", "v1:")))]


@pytest.mark.parametrize("name", UNSAFE)
def test_every_form_needs_its_token(name: str, house: House) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(name, house), {}).status_code == NO


def test_headers_forbid_frames_scripts_and_guessing(house: House, debtor: Client) -> None:
    for path in (reverse("portal:overview", args=[house.case.public_id]), reverse("desk:login"), reverse("styleguide")):
        headers = debtor.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe-inline" not in policy and "unsafe-eval" not in policy
        assert "frame-ancestors 'none'" in policy and headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"


def test_a_scanner_that_only_asks_for_the_head_gets_an_answer(house: House, debtor: Client) -> None:
    for name in ("start", "styleguide", "health", "portal:enter", "portal:overview", "portal:paid", "desk:login"):
        assert debtor.head(address(name, house)).status_code in (OK, GO), name


def test_a_bulk_command_inside_a_page_leaves_the_fence_standing(house: House) -> None:
    with viewing(Viewer("staff", frozenset({house.ours.id}))):
        with unfenced():
            assert Case.objects.count() == 2, "the owner sees both creditors"
        assert Case.objects.count() == 1, "afterwards the fence stands again"
        with pytest.raises(RuntimeError), unfenced():
            raise RuntimeError("the command fails")
        assert Case.objects.count() == 1, "and after a failure too"
