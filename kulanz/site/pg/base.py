"""The database backend: PostgreSQL; where the embedded server is used and does not answer, it is started and asked once more."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db.backends.postgresql import base

from kulanz.site import database


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's wrapper plus one retry: a killed embedded server comes back with the next connection."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; if the embedded server refuses, start it and connect again."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            if not database.embedded():
                raise
            database.start()
            return super().get_new_connection(conn_params)
