"""The embedded server: found again, killed and back, backed up and restored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

pytestmark = pytest.mark.crash

_START = "from kulanz.site import database; database.start(); print(database.conninfo())"


@pytest.fixture
def home(server_home: Path) -> Iterator[dict[str, str]]:
    """The environment of an empty data folder whose server is stopped afterwards. The product's own settings: the test run's would
    lead the command line to the test run's data folder."""
    environment = {**os.environ, "KULANZ_HOME": str(server_home), "DJANGO_SETTINGS_MODULE": "kulanz.site.settings"}
    environment.pop("DATABASE_URL", None)
    yield environment
    _python("from kulanz.site import database; database.stop()", environment)


def _python(code: str, environment: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _postmaster(environment: dict[str, str]) -> int:
    return int(_python("from kulanz.site import database; print(database._postmaster_pid())", environment))


def test_two_processes_find_the_same_server_and_killing_one_leaves_it_up(home: dict[str, str]) -> None:
    conninfo = _python(_START, home)
    first = _postmaster(home)
    code = _START + "; import os; os.kill(os.getpid(), 9)"
    killed = subprocess.run([sys.executable, "-c", code], env=home, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert _python(_START, home) == conninfo
    assert _postmaster(home) == first


def test_a_killed_server_comes_back_with_all_that_was_committed(home: dict[str, str]) -> None:
    conninfo = _python(_START, home)
    with psycopg.connect(conninfo, autocommit=True) as session:
        session.execute("CREATE TABLE kept (n integer)")
        for round_ in range(3):
            session_ = psycopg.connect(conninfo, autocommit=True) if round_ else session
            session_.execute("INSERT INTO kept VALUES (%s)", [round_])
            os.kill(_postmaster(home), signal.SIGKILL)
            _python(_START, home)
    with psycopg.connect(conninfo) as session:
        assert [n for (n,) in session.execute("SELECT n FROM kept ORDER BY n")] == [0, 1, 2]


def test_the_application_reconnects_by_itself_after_the_server_was_killed(home: dict[str, str]) -> None:
    code = """
import os, signal, django
django.setup()
from django.db import connection
from kulanz.site import database
with connection.cursor() as cursor: cursor.execute("SELECT 1")
os.kill(database._postmaster_pid(), signal.SIGKILL)
connection.close()
with connection.cursor() as cursor:
    cursor.execute("SELECT 41 + 1")
    print(cursor.fetchone()[0])
"""
    assert _python(code, {**home, "DJANGO_SETTINGS_MODULE": "kulanz.site.settings"}) == "42"


def test_a_cluster_stays_where_it_was_made_when_permissions_change(home: dict[str, str]) -> None:
    where = "from kulanz.site import database; print(database.data_folder())"
    _python(_START, home)
    made = _python(where, home)
    folder = Path(home["KULANZ_HOME"])
    folder.chmod(0o700 if folder.stat().st_mode & 0o001 else 0o755)
    assert _python(where, home) == made
    folder.chmod(0o755)


def test_a_backup_brings_everything_back_and_a_broken_one_changes_nothing(home: dict[str, str], tmp_path: Path) -> None:
    kulanz = [sys.executable, "-m", "kulanz.cli.main"]

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*kulanz, *words], env=home, capture_output=True, text=True, timeout=120, check=False)

    def creditors() -> str:
        return run("creditor", "list", "--json").stdout

    assert run("creditor", "add", "eins", "--name", "Eins").returncode == 0
    file = tmp_path / "backup.dump"
    assert run("db", "backup", str(file)).returncode == 0
    before = creditors()
    run("creditor", "add", "zwei", "--name", "Zwei")
    broken = tmp_path / "broken.dump"
    broken.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    failed = run("db", "restore", str(broken), "--yes")
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "zwei" in creditors()
    assert run("db", "restore", str(file), "--yes").returncode == 0
    assert creditors() == before
