"""Making the test database: migrated once for a state of the schema, copied for every process of every run after that."""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import psycopg
from django.conf import settings
from django.db.backends.postgresql.creation import DatabaseCreation

from kulanz.site.home import home

_PRODUCT: Final = Path(__file__).resolve().parents[2] / "kulanz"
_SCHEMA: Final = ("*/migrations/*.py", "*/models.py", "*/models/*.py", "site/row_security.py", "site/apps.py", "site/fields.py")
"""Where the schema comes from. Models count, too: content types, permissions and the fence of row security follow them."""

_PREFIX: Final = "kulanz_template_"


def fingerprint() -> str:
    """A name for the state of the schema: two checkouts with the same one have the same empty database."""
    digest = hashlib.sha256(repr((settings.INSTALLED_APPS, metadata.version("django"), metadata.version("django-axes"))).encode())
    for file in sorted({file for pattern in _SCHEMA for file in _PRODUCT.glob(pattern)}):
        digest.update(f"{file.relative_to(_PRODUCT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


class Creation(DatabaseCreation):
    """Django's way to a test database, with a template in between."""

    def create_test_db(self, verbosity: int = 1, autoclobber: bool = False, serialize: bool = True, keepdb: bool = False) -> str:
        """A fresh copy of the template, under Django's name for it. `autoclobber`, `serialize` and `keepdb` have no meaning here."""
        template, name = f"{_PREFIX}{fingerprint()}", self._get_test_db_name()
        with _alone():
            with self._nodb_cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
                made = cursor.fetchone() is not None
            if not made:
                self._make(template, verbosity)
            with self._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
                cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._turn_to(name)
        self.connection.ensure_connection()
        return name

    def _make(self, template: str, verbosity: int) -> None:
        """Migrate an empty database under another name, so that what was interrupted is never taken for a template."""
        making = f"{template}_making"
        with self._nodb_cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"])
            for (old,) in cursor.fetchall():
                cursor.execute(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
        given: dict[str, Any] = self.connection.settings_dict["TEST"]
        named = given["NAME"]
        given["NAME"] = making
        before = self.connection.settings_dict["NAME"]
        try:
            super().create_test_db(verbosity, autoclobber=True, serialize=False)
        finally:
            given["NAME"] = named
            self._turn_to(before)
        with self._nodb_cursor() as cursor:
            cursor.execute(f"ALTER DATABASE {making} RENAME TO {template}")

    def _turn_to(self, name: str) -> None:
        self.connection.close()
        settings.DATABASES[self.connection.alias]["NAME"] = name
        self.connection.settings_dict["NAME"] = name


def hasten() -> None:
    """Let the test server write without waiting for the disk: what it holds is thrown away, and no test pulls the plug on it."""
    from kulanz.site import database

    with psycopg.connect(database.conninfo("postgres"), autocommit=True) as session:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            session.execute(f"ALTER SYSTEM SET {setting} = off")
        session.execute("SELECT pg_reload_conf()")


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time looks for the template, makes it and copies it."""
    with (home() / "template.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
