"""After a test that commits the database is as it was before it: a protection of every other test, so it has a test of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from kulanz.claims.models import Debtor
from kulanz.ledger.models import Posting
from kulanz.strategy.commands import ensure_month
from tests.factories import DAY, case
from tests.pg import creation
from tests.pg.emptying import KEPT, empty


def _rows() -> dict[str, int]:
    """Every table with rows, and how many; not those that stay."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {name}")
            found[name] = cursor.fetchone()[0]
    return {name: number for name, number in found.items() if number and name not in KEPT}


@pytest.mark.django_db(transaction=True)
def test_nothing_committed_stays_whether_little_or_much_not_even_where_deletion_is_refused() -> None:
    one = case()
    ensure_month(DAY)
    columns = [field.column for field in Debtor._meta.concrete_fields if field.column != "id"]
    names, own = ", ".join(columns), {"external_id": "'many ' || n", "public_id": "gen_random_uuid()"}
    picked = ", ".join(own.get(name, name) for name in columns)
    with connection.cursor() as cursor:
        many = f"INSERT INTO claims_debtor ({names}) SELECT {picked} FROM claims_debtor, generate_series(1, 5000) n WHERE id = %s"
        cursor.execute(many, [one.debtor_id])
    assert {"claims_case", "ledger_posting"} < set(_rows())
    with pytest.raises(Exception, match="append"), transaction.atomic():
        Posting.objects.all().delete()
    with transaction.atomic():
        empty()
        assert _rows() == {}
        transaction.set_rollback(True)
    assert _rows(), "the control: what was rolled back is there again"
    empty()
    assert _rows() == {}


@pytest.mark.django_db
def test_the_copied_database_has_every_migration() -> None:
    call_command("migrate", check_unapplied=True, verbosity=0)


def test_another_migration_is_another_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "claims" / "migrations" / "0001_initial.py"
    file.parent.mkdir(parents=True)
    monkeypatch.setattr(creation, "_PRODUCT", tmp_path)
    file.write_text("one")
    before = creation.fingerprint()
    assert creation.fingerprint() == before
    file.write_text("another")
    assert creation.fingerprint() != before
