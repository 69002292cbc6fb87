"""Sharing a payment out by hand: proposals stand there, the rest is reckoned, lists are taken by row, nothing is booked by halves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kulanz.claims.models import Case, Claim
from kulanz.payments.commands import import_statement
from kulanz.payments.models import BankLine, LineState
from tests import factories
from tests.bank import Move, camt053
from tests.pages.conftest import DAY, NOW, House
from tests.pages.test_speed import QUERIES_MAX, questions

pytestmark = pytest.mark.django_db(transaction=True)


def claims(house: House) -> list[Claim]:
    return [
        factories.claim(house.ours, number=number, principal_cents=1000 * number, given_name="Ben", family_name=f"Möller{number}",
                        search_key=f"ben moeller{number}", invoiced_on=DAY)
        for number in (2, 3)
    ]  # fmt: skip


def line_of(cents: int, text: str = "Sammelüberweisung") -> BankLine:
    import_statement(camt053([Move(cents, text, "Betreuungsverein")]), "a.xml", actor="test", now=NOW, day=DAY)
    return BankLine.objects.get()


def press(client: Client, line: BankLine, do: str, rows: list[tuple[str, str]], status: int = 200, **more: object) -> str:
    data = {"do": do, "number": [number for number, _ in rows], "amount": [cents for _, cents in rows], **more}
    answer = client.post(reverse("office:share_line", args=[line.id]), data)
    assert answer.status_code == status, answer.content.decode()
    return str(answer.content.decode())


def test_proposals_stand_there_and_what_is_missing_is_found_added_and_booked(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, (second, third) = signed_in("agent"), claims(house)
    line = line_of(4500, f"{second.external_id} und {third.external_id}")
    path = reverse("office:share_line", args=[line.id])
    assert path in agent.get(reverse("office:lines")).content.decode(), "the way there"
    html = agent.get(path).content.decode()
    assert f'value="{second.case.reference}"' in html and 'value="20,00"' in html and 'value="25,00"' in html, "as far as the money goes"
    found = press(agent, line, "search", [(second.external_id, "20,00")], q="möller")
    assert f'value="add:{third.case.reference}"' in found and f'value="add:{second.case.reference}"' not in found
    added = press(agent, line, f"add:{third.case.reference}", [(second.external_id, "20,00")])
    assert 'value="25,00"' in added and "0,00\xa0€" in added
    less = press(agent, line, "remove:0", [(second.external_id, "20,00"), (third.case.reference, "25,00")])
    assert f'value="{second.external_id}"' not in less and f'value="{third.case.reference}"' in less
    press(agent, line, "book", [(second.external_id, "20,00"), (third.case.reference, "25,00")], status=302)
    line.refresh_from_db()
    assert (line.state, [split["cents"] for split in line.splits], line.splits[0]["claims"]) == ("booked", [2000, 2500], [second.id])
    booked = agent.get(reverse("office:lines") + "?state=booked").content.decode()
    assert "von Hand aufgeteilt" in booked and "Möller2" in booked and "Möller3" in booked
    assert agent.get(path).status_code == 302, "what is booked is taken back first"
    agent.post(reverse("office:undo_line", args=[line.id]), {"reason": "falsche Liste"})
    assert BankLine.objects.get().state == LineState.UNMATCHED


def test_nothing_is_booked_while_a_cent_is_left_or_a_row_is_wrong(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, (second, third) = signed_in("agent"), claims(house)
    line = line_of(4500)
    foreign = house.foreign_case.reference
    for rows, word in (
        ([], "Es ist noch nichts verteilt."),
        ([(second.external_id, "44,99")], "Es bleiben noch 0,01"),
        ([(second.external_id, "45,01")], "Es sind 0,01"),
        ([(second.external_id, "45,00"), (third.external_id, "")], "Hier fehlt der Betrag."),
        ([(second.external_id, "45,00"), (third.external_id, "1.000")], "Bitte einen Betrag wie 84,90 eingeben."),
        ([(second.external_id, "25,00"), ("gibtsnicht", "20,00")], "keine Akte"),
        ([(second.external_id, "25,00"), (foreign, "20,00")], "keine Akte"),
        ([(second.external_id, "25,00"), ("", "20,00")], "fehlt das Aktenzeichen"),
    ):
        html = press(agent, line, "book", rows, status=422)
        assert word in html and "Noch nicht gebucht" in html, word
        assert all(f'value="{number}"' in html for number, _ in rows if number), "what was typed stays"
    assert BankLine.objects.get().state != LineState.BOOKED
    assert "Kanarienvogel" not in press(agent, line, "search", [], q="kanarienvogel")
    assert signed_in("stranger").get(reverse("office:share_line", args=[line.id])).status_code == 404


@pytest.mark.parametrize("upload", [False, True])
def test_a_list_is_taken_row_by_row_and_what_is_wrong_is_named(house: House, signed_in: Callable[[str], Client], upload: bool) -> None:
    agent, (second, third) = signed_in("agent"), claims(house)
    line = line_of(5000)
    text = f"Nummer;Betrag\n{second.external_id};20,00\n{third.case.reference};29,00\nUnbekannt-9;1,00\n{second.external_id};viel\n"
    given = {"file": SimpleUploadedFile("liste.csv", text.encode("cp1252"))} if upload else {"list": text}
    html = press(agent, line, "list", [("wird", "ersetzt")], **given)
    assert 'value="ersetzt"' not in html
    assert 'value="20,00"' in html and 'value="29,00"' in html and 'value="Unbekannt-9"' in html
    assert "Zeile 5:" in html and "„viel“ ist kein eindeutiger Betrag" in html, "the row that cannot be read"
    assert "Zu dieser Nummer gibt es bei diesem Mandanten keine Akte." in html, "the row that fits nobody"
    assert BankLine.objects.get().state != LineState.BOOKED, "taking a list books nothing"


def test_the_page_asks_little_however_many_rows(house: House, signed_in: Callable[[str], Client]) -> None:
    agent = signed_in("agent")
    numbers = [factories.claim(house.ours, number=100 + number).external_id for number in range(20)]
    line = line_of(100_000, " ".join(numbers[:4]))
    path = reverse("office:share_line", args=[line.id])
    assert len(questions(agent, path)) <= QUERIES_MAX
    asked = questions(agent, path, {"do": "search", "number": numbers, "amount": ["1,00"] * 20, "q": "yilmaz"})
    assert len(asked) <= QUERIES_MAX, "\n".join(asked)


def test_an_amount_above_what_is_open_is_shown_as_credit(house: House, signed_in: Callable[[str], Client]) -> None:
    agent, (second, _) = signed_in("agent"), claims(house)
    line = line_of(4500)
    html = press(agent, line, "check", [(second.external_id, "45,00")])
    assert "25,00\xa0€ mehr, als offen ist" in html
    press(agent, line, "book", [(second.external_id, "45,00")], status=302)
    assert Case.objects.get(id=second.case_id).state == "settled"
