"""Shared fixtures. The suite runs on its own embedded PostgreSQL in a folder of its own (see tests/settings.py)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from kulanz.site import database
from tests.pg import creation, emptying

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"

settings.register_profile("default", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("default")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once before the workers, so that they do not queue for its lock; say how the database is emptied after a test."""
    emptying.install()
    if database.embedded() and not hasattr(config, "workerinput"):
        database.start()
        creation.hasten()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server of this run, unless a folder to keep was named."""
    if database.embedded() and not hasattr(config, "workerinput") and not os.environ.get("KULANZ_TEST_HOME"):
        database.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first: a world of minutes that begins last would be waited for by an idle neighbour."""
    long = {item.path for item in items if any(item.get_closest_marker(mark) for mark in ("slow", "crash"))}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files, which are not part of the project; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real files is not here")
    return SHARED
