"""A debtor's link: unguessable, scoped, expiring, and locked after wrong answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kulanz.contact import links
from kulanz.contact.errors import LinkLocked, LinkUnusable
from kulanz.contact.models import PortalLink
from tests import factories
from tests.commands.outbox import DAY, MONDAY_MORNING, MemoryGateway, overdue_case, queued, send

NOW = MONDAY_MORNING


@pytest.fixture
def token(db: None) -> str:
    message = queued(overdue_case())
    gateway = MemoryGateway()
    send(gateway)
    token = links.token_for(message.provider_key)
    assert links.url_for(token) in gateway.sent[0].text
    return token


def test_a_link_opens_one_case_and_looking_changes_nothing(token: str) -> None:
    before = PortalLink.objects.values().get()
    link = links.resolve(token, day=DAY, now=NOW)
    assert link.case.debtor.family_name == "Yılmaz1"
    assert PortalLink.objects.values().get() == before
    assert token not in str(before), "only the hash is kept"


def test_a_link_may_be_typed_from_paper(token: str) -> None:
    typed = links.grouped(token).upper().replace("0", "O").replace("1", "l")
    assert links.resolve(f" {typed} ", day=DAY, now=NOW).case_id == links.resolve(token, day=DAY, now=NOW).case_id


@pytest.mark.parametrize("bad", ["", "x", "k" * 26, "../../etc/passwd", "é" * 26, "u" * 26, "0" * 10_000])
def test_whatever_is_not_a_link_is_unusable(token: str, bad: str) -> None:
    with pytest.raises(LinkUnusable):
        links.resolve(bad, day=DAY, now=NOW)


def test_expired_and_revoked_look_like_unknown(token: str) -> None:
    assert links.resolve(token, day=DAY + timedelta(days=90), now=NOW)
    with pytest.raises(LinkUnusable):
        links.resolve(token, day=DAY + timedelta(days=91), now=NOW)
    assert links.revoke(PortalLink.objects.get().case_id, now=NOW) == 1
    with pytest.raises(LinkUnusable):
        links.resolve(token, day=DAY, now=NOW)


@pytest.mark.parametrize(
    ("answer", "right"),
    [("50667", True), (" 50 667 ", True), ("2026-00001", True), ("202600001", True), ("50668", False), ("", False), ("-", False)],
)
def test_postcode_or_invoice_number_is_the_second_factor(token: str, answer: str, right: bool) -> None:
    link = links.resolve(token, day=DAY, now=NOW)
    assert links.check_second_factor(link.id, answer, now=NOW).right is right


def test_five_wrong_answers_lock_the_link_for_a_day_even_for_the_right_one(token: str) -> None:
    link = links.resolve(token, day=DAY, now=NOW)
    left = [links.check_second_factor(link.id, "00000", now=NOW).tries_left for _ in range(5)]
    assert left == [4, 3, 2, 1, 0]
    with pytest.raises(LinkLocked):
        links.check_second_factor(link.id, "50667", now=NOW)
    with pytest.raises(LinkLocked):
        links.resolve(token, day=DAY, now=NOW + timedelta(hours=23))
    tomorrow = NOW + timedelta(hours=25)
    assert links.check_second_factor(link.id, "50667", now=tomorrow).right
    assert PortalLink.objects.get().wrong_factors == 0


def test_fifteen_wrong_answers_end_the_link_for_good(token: str) -> None:
    link_id = links.resolve(token, day=DAY, now=NOW).id
    for round_ in range(3):
        for _ in range(5):
            links.check_second_factor(link_id, "00000", now=NOW + timedelta(days=2 * round_))
    later = NOW + timedelta(days=30)
    with pytest.raises(LinkUnusable):
        links.check_second_factor(link_id, "50667", now=later)
    with pytest.raises(LinkUnusable):
        links.resolve(token, day=DAY, now=later)


def test_the_invoice_number_of_another_case_opens_nothing(token: str) -> None:
    overdue_case(owner=factories.creditor(), number=2)
    link = links.resolve(token, day=DAY, now=NOW)
    assert not links.check_second_factor(link.id, "2026-00002", now=NOW).right


@given(key=st.text(max_size=60), other=st.text(max_size=60))
def test_a_token_has_130_bits_and_follows_from_its_message_alone(key: str, other: str) -> None:
    token = links.token_for(key)
    assert len(token) == 26 and links.compact(links.grouped(token)) == token
    assert (links.token_for(other) == token) == (key == other)
