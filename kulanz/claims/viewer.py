"""Who looks: every list and every page reads through a ``Viewer``, and the database enforces it a second time (row security)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Self, TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The reader of a query.

    ``creditor_ids`` are the tenants the reader may see (None: all of this installation). ``case_ids`` narrow a debtor to one case, or
    to those the same person has proven to be theirs.
    """

    kind: Literal["system", "staff", "debtor"]
    creditor_ids: frozenset[int] | None
    case_ids: frozenset[int] | None = None
    user_id: int | None = None

    @classmethod
    def system(cls) -> Self:
        """The installation itself: the daily run, the send worker, the command line."""
        return cls("system", None)

    @classmethod
    def debtor(cls, *, case_id: int, creditor_id: int) -> Self:
        """A debtor (or someone with the link and the second factor) who sees one case and nothing else."""
        return cls("debtor", frozenset({creditor_id}), frozenset({case_id}))

    @classmethod
    def person(cls, cases: Mapping[int, int]) -> Self:
        """A debtor who has proven several cases, and sees these and nothing else; ``cases`` are case and creditor."""
        return cls("debtor", frozenset(cases.values()), frozenset(cases))

    def sees_creditor(self, creditor_id: int | None) -> bool:
        """True if rows of this creditor are visible; rows without creditor (unknown bank accounts) only to those who see all."""
        return self.creditor_ids is None or (creditor_id is not None and creditor_id in self.creditor_ids)

    def narrow(self, rows: QuerySet[M], *, creditor: str = "creditor_id", case: str = "case_id") -> QuerySet[M]:
        """Keep the rows this viewer may see. ``creditor`` and ``case`` name the columns that hold tenant and case."""
        if self.creditor_ids is not None:
            rows = rows.filter(**{f"{creditor}__in": self.creditor_ids})
        if self.case_ids is not None:
            rows = rows.filter(**{f"{case}__in": self.case_ids})
        return rows


@contextmanager
def viewing(viewer: Viewer) -> Iterator[None]:
    """Run a transaction as ``viewer``: row security of PostgreSQL hides every other tenant's rows, whatever the query says."""
    tenants = "*" if viewer.creditor_ids is None else ",".join(str(i) for i in sorted(viewer.creditor_ids))
    cases = "" if viewer.case_ids is None else ",".join(str(i) for i in sorted(viewer.case_ids)) or "-"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('role'), coalesce(current_setting('kulanz.creditors', true), ''),"
            " coalesce(current_setting('kulanz.case', true), '')"
        )
        before = cursor.fetchone()
        _become(cursor, "kulanz_viewer", tenants or "-", cases)
        yield
        # An error rolls these settings back with the savepoint; a normal end inside an outer transaction must do it itself.
        _become(cursor, *before)


def _become(cursor: CursorWrapper, role: str, tenants: str, case: str) -> None:
    cursor.execute(
        "SELECT set_config('kulanz.creditors', %s, true), set_config('kulanz.case', %s, true), set_config('role', %s, true)",
        [tenants, case, role],
    )


@contextmanager
def unfenced() -> Iterator[None]:
    """Run a bulk command from inside a page: COPY cannot pass row security (PostgreSQL refuses it), so it runs as the owner.

    Only for commands whose creditor was found through the viewer before. Afterwards the fence stands again; if the command
    fails, the roll-back brings it back by itself.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        role = cursor.fetchone()[0]
        cursor.execute("SET LOCAL ROLE NONE")
        yield
        if role == "kulanz_viewer":
            cursor.execute("SET LOCAL ROLE kulanz_viewer")
