"""A page asks the database a handful of times, however much it shows."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import factories
from tests.pages.conftest import House, message_of

QUERIES_MAX = 12
FENCE = ("SAVEPOINT", "RELEASE", "SET LOCAL", "SELECT set_config", "SELECT current_setting", "BEGIN", "COMMIT")


def questions(client: Client, path: str, data: dict[str, object] | None = None) -> list[str]:
    """The statements of one page (or of one form with ``data``), those of the fence and of transactions left out: they ask nothing."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(path) if data is None else client.post(path, data)
        assert answer.status_code == 200, path
    return [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(FENCE)]


@pytest.fixture
def full(house: House) -> House:
    """A case with thirty messages, and thirty cases that wait."""
    for number in range(30):
        message_of(house.case, step=f"step_{number}")
        factories.case(house.ours, number=100 + number)
    factories.Case.objects.filter(creditor=house.ours).update(needs_human=True)
    return house


def test_pages_of_the_staff_ask_little(full: House, signed_in: Callable[[str], Client]) -> None:
    lead = signed_in("lead")
    tabs = ("case", "account", "bookings", "terms", "views", "debits", "messages", "decisions")
    by_case = [reverse(f"desk:{name}", args=[full.case.public_id]) for name in tabs]
    lists = [reverse("desk:worklist"), reverse("desk:search") + "?q=yilmaz", reverse("office:claims"), reverse("office:lines"),
             reverse("office:proposals"), reverse("office:statements"), reverse("office:runs"), reverse("office:health")]  # fmt: skip
    for path in by_case + lists:
        asked = questions(lead, path)
        assert len(asked) <= QUERIES_MAX, "\n".join([path, *asked])


def test_pages_of_the_debtor_ask_little(full: House, debtor: Client) -> None:
    for name in ("overview", "pay", "paid", "wrong"):
        asked = questions(debtor, reverse(f"portal:{name}", args=[full.case.public_id]))
        assert len(asked) <= QUERIES_MAX, "\n".join(asked)
