"""The house of the crash tests: one warm parent and one mail log per test process, prepared databases shared by all of them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kulanz.site import database
from tests.crash.house import House, admin
from tests.crash.mail import mail_log
from tests.crash.warm import Warm


@pytest.fixture
def server_home() -> Iterator[Path]:
    """A folder for a database server of its own, which every account may enter, wherever pytest keeps its own folders."""
    folder = Path(tempfile.mkdtemp(prefix="kulanz-crash-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Where experiments begin. Copies are removed after each; the prepared stages stay until the next test run removes them."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "crash"
    shared.mkdir(exist_ok=True)
    database.start()
    # Killed processes leave the system's memory intact, so this throw-away server need not wait for the disk at every copy and drop.
    admin("ALTER SYSTEM SET fsync = off")
    admin("SELECT pg_reload_conf()")
    warm = Warm()
    try:
        with mail_log() as log:
            made = House(warm, log, shared, tmp_path_factory.mktemp("experiments"))
            yield made
            made.removals.shutdown()
    finally:
        warm.close()
