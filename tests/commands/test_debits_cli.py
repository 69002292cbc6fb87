"""`kulanz debits` and `kulanz refunds`: the same as the pages, for the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kulanz.claims.models import Role, User
from kulanz.cli import debits, refunds
from kulanz.payments.commands import import_statement
from kulanz.payments.debit_errors import CreditorIdInvalid, NothingToOrder
from kulanz.payments.models import Collection, CollectorIdentity, OrderFile
from tests import factories
from tests.bank import Move, camt053
from tests.commands.debit_house import PAYER, announced, at, collector, mandate
from tests.factories import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True)


def run(app: object, *words: str) -> str:
    answer = CliRunner().invoke(app, words)  # type: ignore[arg-type]  # a typer app is what the runner takes
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_creditor_is_set_up_with_a_checked_number() -> None:
    factories.creditor()
    with pytest.raises(CreditorIdInvalid):
        run(debits.app, "setup", "nordlicht", "DE97ZZZ09999999999")
    told = run(debits.app, "setup", "nordlicht", "DE98 ZZZ0 9999 9999 99", "--prenotice-days", "5")
    assert "Ankündigung 5 Tage" in told and CollectorIdentity.objects.get().prenotice_days == 5


def test_files_are_made_once_and_put_where_the_bank_program_looks(tmp_path: Path) -> None:
    collection = announced(mandate(factories.case(collector())))
    day = collection.submit_on.isoformat()
    told = run(debits.app, "submit", "--date", day, "--folder", str(tmp_path))
    assert "1 Posten, 84,90 EUR" in told
    (file,) = tmp_path.glob("KLZL*.xml")
    assert file.read_bytes() == bytes(OrderFile.objects.get().content)
    assert run(debits.app, "submit", "--date", day) == ""
    assert "abgeholt" in run(debits.app, "files")
    (row,) = json.loads(run(debits.app, "list", "--json"))
    assert (row["state"], row["submitted"], row["file"]) == ("submitted", "84.90", OrderFile.objects.get().message_id)
    assert Collection.objects.get().end_to_end_id == row["end_to_end_id"]


def test_a_refund_needs_two_people_who_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KULANZ_NOW", at(DAY).isoformat())
    case = factories.case()
    for name in ("anna", "ben"):
        User.objects.create_user(name, password="a-long-password", role=Role.LEAD)
    move = Move(10_800, case.reference, "Elif Yılmaz1", PAYER, ref="B1", on=DAY)
    import_statement(camt053([move]), "in.xml", actor="bank", now=NOW, day=DAY)
    assert "1 vorgeschlagen" in run(refunds.app, "find")
    assert CliRunner().invoke(refunds.app, ["approve", case.reference, "--as", "nobody"]).exit_code == 2
    run(refunds.app, "approve", case.reference, "--as", "anna")
    with pytest.raises(NothingToOrder):
        run(refunds.app, "order", "nordlicht", "--as", "anna")
    assert "1 Posten, 23,10 EUR" in run(refunds.app, "order", "nordlicht", "--as", "ben")
    (row,) = json.loads(run(refunds.app, "list", "--json"))
    assert (row["state"], row["amount"], row["decided_by"], row["ordered_by"]) == ("ordered", "23.10", "anna", "ben")
