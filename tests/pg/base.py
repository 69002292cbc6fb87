"""The product's backend with two things for tests: a database copied from a template, and a `flush` that append-only tables allow."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.backends.postgresql.operations import DatabaseOperations

from kulanz.site.pg import base
from tests.pg.creation import Creation


class Operations(DatabaseOperations):
    def execute_sql_flush(self, sql_list: Iterable[str]) -> None:
        """Truncate with triggers off, the diary that Django does not manage as well; the product has no way to do this."""
        sql_list = ["TRUNCATE strategy_decision", *sql_list]
        super().execute_sql_flush(["SET session_replication_role = replica", *sql_list, "SET session_replication_role = DEFAULT"])


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations
    creation_class = Creation
