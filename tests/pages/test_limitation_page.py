"""The limitation of a case at the desk: its story, and negotiations noted, ended and taken back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from django.test import Client
from django.urls import reverse

from kulanz.claims.lapsing import negotiations_of
from kulanz.claims.viewer import Viewer
from tests.pages.conftest import House


def _page(house: House, name: str, *more: str) -> str:
    return reverse(f"desk:{name}", args=[house.case.public_id, *more])


def test_an_agent_notes_negotiations_ends_them_and_takes_them_back(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    assert "Bisher keine notiert." in agent.get(_page(house, "limitation")).content.decode()
    given = {"on": "2026-02-10", "who": "Frau Yılmaz", "key": str(uuid4())}
    answer = agent.post(_page(house, "begin_negotiations"), given, follow=True)
    text = answer.content.decode()
    assert "Frist ruht" in text and "§ 203 BGB: Verhandlungen" in text and "mit Frau Yılmaz" in text
    (noted,) = negotiations_of(Viewer.system(), house.case)
    text = agent.post(_page(house, "end_negotiations", noted.source), {"on": "2026-02-20"}, follow=True).content.decode()
    assert "20.\u00a0Februar\u00a02026" in text or "20. Februar 2026" in text
    text = agent.post(_page(house, "take_negotiations_back", noted.source), {"reason": "falsche Akte"}, follow=True).content.decode()
    assert "zurückgenommen" in text and "§ 203 BGB: Verhandlungen</td>" not in text


def test_what_cannot_be_is_said_beside_the_form_and_nothing_is_noted(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    for given in ({"on": "2031-01-01", "who": "Frau Yılmaz", "key": str(uuid4())}, {"on": "2026-02-10", "who": "", "key": str(uuid4())}):
        assert agent.post(_page(house, "begin_negotiations"), given).status_code == 422
    answer = agent.post(_page(house, "end_negotiations", "negotiations:x"), {"on": "2026-02-20"})
    assert answer.status_code == 422 and "Diese Verhandlungen gibt es hier nicht." in answer.content.decode()
    assert negotiations_of(Viewer.system(), house.case) == []


def test_a_stranger_notes_nothing(house: House, signed_in: Callable[[str], Client]) -> None:
    given = {"on": "2026-02-10", "who": "Frau Yılmaz", "key": str(uuid4())}
    assert signed_in("stranger").post(_page(house, "begin_negotiations"), given).status_code == 404
    assert negotiations_of(Viewer.system(), house.case) == []
