"""Two creditors that must never see each other, people at both desks, and a debtor's open door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Creditor, Role, User
from kulanz.contact import links
from kulanz.contact.models import Message
from tests import factories

NOW = factories.NOW
DAY = factories.DAY


@dataclass
class House:
    """What every page test starts from. Canary words mark the other creditor's data."""

    ours: Creditor
    theirs: Creditor
    case: Case
    foreign_case: Case
    message: Message
    foreign_message: Message
    token: str


def message_of(case: Case, *, step: str = "reminder_1", state: str = "sent", channel: str = "email") -> Message:
    """A message as the send worker leaves it."""
    return Message.objects.create(
        case=case,
        creditor=case.creditor,
        debtor=case.debtor,
        identity_key=case.debtor.identity_key,
        channel=channel,
        step=step,
        day=DAY,
        template=step,
        to="somebody@example.com",
        state=state,
        queued_at=NOW,
        sent_at=NOW if state == "sent" else None,
        provider_key=f"{case.reference}-{step}-{channel}",
        subject="Ihre Rechnung ist noch offen",
        body_text="Guten Tag, Ihre Rechnung ist noch offen.",
    )


def user(name: str, role: Role, *creditors: Creditor) -> User:
    """A member of staff."""
    created = User.objects.create_user(name, password="a-long-password", role=role)
    created.creditors.set(creditors)
    return created


@pytest.fixture
def house(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> House:
    """A day in the life of two creditors."""
    monkeypatch.setenv("KULANZ_NOW", NOW.isoformat())
    ours = factories.creditor()
    theirs = factories.creditor("fremd", name="Fremdfirma", legal_name="Fremdfirma Kanarienvogel GmbH", iban="DE02120300000000202051")
    case = factories.case(ours, due_on=factories.date(2026, 1, 20), first_interest_day=factories.date(2026, 1, 21))
    foreign = factories.case(theirs, number=77, family_name="Kanarienvogel", sort_key="kanarienvogel", search_key="elif kanarienvogel")
    message, other = message_of(case), message_of(foreign)
    links.issue([message, other], day=DAY, now=NOW)
    user("agent", Role.AGENT, ours)
    user("lead", Role.LEAD, ours)
    user("admin", Role.ADMIN)
    user("stranger", Role.AGENT, theirs)
    return House(ours, theirs, case, foreign, message, other, links.grouped(links.token_for(message.provider_key)))


@pytest.fixture
def signed_in(house: House) -> Callable[[str], Client]:
    """A browser in which this member of staff has signed in."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(User.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def debtor(house: House) -> Client:
    """A browser in which the debtor has followed the link and given the postcode."""
    client = Client()
    answer = client.post(reverse("portal:enter", args=[house.token]), {"answer": "50667"})
    assert answer.status_code == 302
    return client
