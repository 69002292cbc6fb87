"""Emptying the test database after a test that commits: only what was written is deleted, and what Django lays out once stays.

Django would truncate every table, new files for all of their indexes included, and then register its content types and permissions
again: half a second for a test that wrote ten rows, and so many locks at once that a busy server can refuse it.
"""

from __future__ import annotations

from typing import Any, Final

from django.db import connection, transaction
from django.test import TransactionTestCase
from psycopg.pq import TransactionStatus

KEPT: Final = ("django_migrations", "django_content_type", "auth_permission")
"""What `migrate` itself writes; everything else that a test finds, it has put there."""

_LARGE: Final = 256 * 1024
"""From this size on (bytes of the table) new files are cheaper than a row by row deletion and what it leaves to read over."""

_WRITTEN: Final = """
    SELECT quote_ident(c.relname), pg_relation_size(c.oid) >= %s FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> ALL(%s) AND pg_relation_size(c.oid) > 0
    ORDER BY c.relname"""


def empty() -> None:
    """Delete every row that tests have committed. Waits for writers that other connections left behind, as TRUNCATE does.

    Triggers are off for this transaction: append-only tables refuse a deletion otherwise, and no check of a reference stays pending.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_WRITTEN, [_LARGE, list(KEPT)])
        written = cursor.fetchall()
        if not written:
            return
        cursor.execute(f"LOCK TABLE {', '.join(name for name, _ in written)} IN SHARE ROW EXCLUSIVE MODE")
        if large := [name for name, is_large in written if is_large]:
            cursor.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        if small := [name for name, is_large in written if not is_large]:
            cursor.execute(";".join(f"DELETE FROM {name}" for name in small))


def _after_a_test(_case: Any) -> None:
    """Leave an empty database and a session like a new one; a session that a test broke is replaced, one left in a transaction told."""
    left_open = connection.in_atomic_block
    session = connection.connection
    if left_open or (session is not None and session.info.transaction_status != TransactionStatus.IDLE):
        connection.in_atomic_block = False
        connection.close()
    empty()
    with connection.cursor() as cursor:
        cursor.execute("RESET ALL; RESET ROLE; SELECT pg_advisory_unlock_all()")
    connection.init_connection_state()
    assert not left_open, "the test left a transaction open"


def install() -> None:
    """Let Django's `TransactionTestCase`, which pytest-django builds on, empty the database this way and keep its connection."""
    TransactionTestCase._fixture_teardown = _after_a_test  # type: ignore[method-assign]
    TransactionTestCase._should_reload_connections = lambda _case: False  # type: ignore[attr-defined]
