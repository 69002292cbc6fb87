"""Statements that come by themselves: from a watched folder, and from programs with a token."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from kulanz.cli import sources as cli
from kulanz.payments.commands.collect import Collected, collect
from kulanz.payments.commands.tokens import create_token, revoke_token
from kulanz.payments.errors import TokenNotFound
from kulanz.payments.models import ApiToken, BankLine
from kulanz.payments.sources import FolderSource
from tests import factories
from tests.bank import ACCOUNT, Move, camt053
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)
OTHER = "DE02120300000000202051"


def drop(folder: Path, name: str, data: bytes, *, age: float = 60) -> Path:
    path = folder / name
    path.write_bytes(data)
    os.utime(path, (time.time() - age,) * 2)
    return path


def sweep(folder: Path) -> Collected:
    return collect(FolderSource(folder), actor="test", now=NOW, day=DAY)


def test_a_complete_file_is_booked_and_moved_beside_its_report(tmp_path: Path) -> None:
    claim = factories.claim()
    drop(tmp_path, "auszug.xml", camt053([Move(8490, claim.case.reference, "Elif Yılmaz1")]))
    assert sweep(tmp_path) == Collected(taken=1, refused=0, new=1)
    assert BankLine.objects.get().state == "booked"
    assert [path.name for path in sorted((tmp_path / "done").iterdir())] == ["auszug.xml", "auszug.xml.reason"]
    assert "1 neu, 0 bekannt, 1 gebucht" in (tmp_path / "done" / "auszug.xml.reason").read_text()


def test_the_same_file_twice_books_nothing_twice_and_neither_is_lost(tmp_path: Path) -> None:
    claim = factories.claim()
    file = camt053([Move(2000, claim.case.reference, "Elif Yılmaz1")])
    drop(tmp_path, "a.xml", file)
    sweep(tmp_path)
    drop(tmp_path, "a.xml", file)
    assert sweep(tmp_path) == Collected(taken=1, refused=0, new=0)
    assert BankLine.objects.count() == 1
    assert len([path for path in (tmp_path / "done").iterdir() if path.suffix == ".xml"]) == 2


def test_a_file_that_is_still_being_written_waits(tmp_path: Path) -> None:
    factories.creditor()
    data = camt053([Move(100, "x")])
    drop(tmp_path, "fresh.xml", data[:50], age=0)
    drop(tmp_path, "download.part", data)
    drop(tmp_path, ".hidden", data)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.xml").symlink_to(tmp_path / "download.part")
    assert sweep(tmp_path) == Collected()
    assert (tmp_path / "fresh.xml").exists()


def test_a_refused_file_lies_apart_with_its_reason(tmp_path: Path) -> None:
    factories.creditor()
    drop(tmp_path, "brief.pdf", b"%PDF-1.7 ...")
    drop(tmp_path, "halb.xml", camt053([Move(100, "x")])[:200])
    assert sweep(tmp_path) == Collected(taken=0, refused=2, new=0)
    assert "PDF" in (tmp_path / "refused" / "brief.pdf.reason").read_text()
    assert "beschädigt oder unvollständig" in (tmp_path / "refused" / "halb.xml.reason").read_text()
    assert not BankLine.objects.exists()


def test_a_crash_between_booking_and_putting_away_brings_the_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    claim = factories.claim()
    drop(tmp_path, "a.xml", camt053([Move(2000, claim.case.reference, "Elif Yılmaz1")]))

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FolderSource, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            sweep(tmp_path)
    assert (tmp_path / "a.xml").exists()
    assert sweep(tmp_path).new == 0
    assert BankLine.objects.count() == 1


def test_the_command_looks_once_and_says_what_it_found(tmp_path: Path) -> None:
    factories.creditor()
    drop(tmp_path, "a.xml", camt053([Move(100, "x")]))
    told = CliRunner().invoke(cli.watch_app, ["statements", str(tmp_path), "--once", "--json"])
    assert json.loads(told.stdout) == {"taken": 1, "refused": 0, "new": 1}


def post(client: Client, data: bytes, token: str | None, name: str = "a.xml") -> Any:
    file = io.BytesIO(data)
    file.name = name
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return client.post("/api/v1/statements", {"file": file}, headers=headers)


def test_a_program_hands_in_a_statement_with_its_token() -> None:
    claim = factories.claim()
    token = create_token("Bankabruf", creditor_id=claim.creditor_id, actor="test", now=NOW)
    file = camt053([Move(8490, claim.case.reference, "Elif Yılmaz1")])
    answer = post(Client(), file, token.secret)
    assert answer.status_code == 200, answer.content
    assert [(one["new"], one["booked"]) for one in answer.json()["statements"]] == [(1, 1)]
    assert post(Client(), file, token.secret).json()["statements"][0]["known"] == 1
    row = ApiToken.objects.get()
    assert row.last_used_at is not None
    assert token.secret not in row.token_hash


@pytest.mark.parametrize("token", [None, "", "kulanz_wrong", "x" * 5000])
def test_without_the_right_token_nothing_is_taken(token: str | None) -> None:
    factories.creditor()
    assert post(Client(), camt053([Move(100, "x")]), token).status_code == 401
    assert not BankLine.objects.exists()


def test_a_revoked_token_opens_nothing() -> None:
    factories.creditor()
    token = create_token("alt", creditor_id=None, actor="test", now=NOW)
    revoke_token(token.id, now=NOW)
    assert post(Client(), camt053([Move(100, "x")]), token.secret).status_code == 401
    with pytest.raises(TokenNotFound):
        revoke_token(token.id, now=NOW)


def test_a_token_of_one_creditor_does_not_reach_another_ones_account() -> None:
    ours = factories.creditor()
    factories.creditor("papiergarten", iban=OTHER)
    token = create_token("Bankabruf", creditor_id=ours.id, actor="test", now=NOW)
    answer = post(Client(), camt053([Move(100, "x")], account=OTHER), token.secret)
    assert (answer.status_code, answer.json()["code"]) == (422, "foreign_account")
    assert not BankLine.objects.exists()
    assert post(Client(), camt053([Move(100, "x")], account=ACCOUNT), token.secret).status_code == 200


def test_what_is_no_statement_or_too_large_is_refused_with_a_reason(settings: Any) -> None:
    token = create_token("alle", creditor_id=None, actor="test", now=NOW)
    answer = post(Client(), b"Guten Tag", token.secret)
    assert (answer.status_code, answer.json()["refused"]) == (422, True)
    assert answer.json()["problems"][0]["code"] == "statement_unknown_format"
    settings.KULANZ_UPLOAD_MAX_BYTES = 100
    assert post(Client(), b"x" * 200, token.secret).status_code == 413
    assert post(Client(), b"x" * 200_000, token.secret).status_code == 413


def test_the_description_for_machines_is_open_and_names_the_way_in() -> None:
    found = Client().get("/api/v1/openapi.json").json()
    assert list(found["paths"]) == ["/api/v1/statements"]
    assert found["components"]["securitySchemes"]["Bearer"]["scheme"] == "bearer"


def test_a_token_is_shown_once_and_listed_without_its_secret() -> None:
    factories.creditor()
    made = json.loads(CliRunner().invoke(cli.api_app, ["token", "create", "Nachtlauf", "--creditor", "nordlicht", "--json"]).stdout)
    listed = CliRunner().invoke(cli.api_app, ["token", "list"]).stdout
    assert "Nachtlauf" in listed and "nordlicht" in listed and made["token"] not in listed
    CliRunner().invoke(cli.api_app, ["token", "revoke", str(made["id"])])
    assert "gesperrt" in CliRunner().invoke(cli.api_app, ["token", "list"]).stdout
