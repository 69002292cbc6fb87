"""Locks of the send worker. They live in the database session or transaction, so a dead worker leaves none behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_MESSAGE = "kulanz.message:"
_IDENTITY = "kulanz.identity:"


def lock_cases(case_ids: list[int]) -> None:
    """Lock these cases in order, as every command that changes facts does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM claims_case WHERE id = ANY(%s) ORDER BY id FOR UPDATE", [sorted(case_ids)])


def message_locks(message_ids: list[int]) -> list[int]:
    """Hold these messages in this session while they are handed over, beyond the commit. Returns the ids that are
    held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_lock(hashtextextended(%s || id, 0)) FROM unnest(%s::bigint[]) AS wanted(id)", [_MESSAGE, message_ids]
        )
    return message_ids


def unlock_messages(message_ids: list[int]) -> None:
    """Let go of what `message_locks` holds."""
    if message_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_unlock(hashtextextended(%s || id, 0)) FROM unnest(%s::bigint[]) AS held(id)",
                [_MESSAGE, message_ids],
            )


@contextmanager
def try_message_lock(message_id: int) -> Iterator[bool]:
    """True if no living worker is handing this message over; it stays ours to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s || %s::text, 0))", [_MESSAGE, message_id])
        yield bool(cursor.fetchone()[0])


def lock_identities(identity_keys: list[str]) -> None:
    """Serialise messages to the same person across creditors, so that two workers together keep the contact limit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s || key, 0)) FROM (SELECT key FROM unnest(%s::text[]) AS wanted(key)"
            " ORDER BY key) ordered",
            [_IDENTITY, identity_keys],
        )
