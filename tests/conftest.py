"""Shared fixtures. The suite runs on its own embedded PostgreSQL in a folder of its own; nothing of an installation is touched."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


def _test_home() -> Path:
    if given := os.environ.get("KULANZ_TEST_HOME"):
        return Path(given)
    checkout = hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]
    return Path(tempfile.gettempdir()) / f"kulanz-test-{checkout}"


os.environ["KULANZ_HOME"] = str(_test_home())
os.environ.setdefault("KULANZ_SECRET", "only-for-tests-" + "x" * 40)
for name in ("KULANZ_NOW", "KULANZ_DEMO", "KULANZ_SMTP_URL", "KULANZ_PUBLIC_URL", "PORT", "KULANZ_FAILPOINT"):
    os.environ.pop(name, None)

from hypothesis import HealthCheck, settings  # noqa: E402  (the environment above must be set before anything of ours is imported)

settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once before the workers, so that they do not queue for its lock."""
    from kulanz.site import database

    if database.embedded() and not hasattr(config, "workerinput"):
        database.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of this run, unless a folder to keep was named."""
    from kulanz.site import database

    if database.embedded() and not hasattr(config, "workerinput") and not os.environ.get("KULANZ_TEST_HOME"):
        database.stop()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files, which are not part of the project; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real files is not here")
    return SHARED
