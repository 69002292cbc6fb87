"""The common form of everything that comes in: claims, what happened to them before, and the problems."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

import polars as pl

from kulanz.intake.readers.table import Table

HISTORY_SCHEMA: Final[dict[str, type[pl.DataType]]] = {
    "external_id": pl.String,
    "position": pl.Int64,
    "line": pl.Int64,
    "day": pl.Date,
    "verb": pl.String,
    "component": pl.String,
    "amount_cents": pl.Int64,
}
"""What happened to a claim after it was opened and before it came to us, in order of ``position`` (1, 2, … within
the claim).

``verb`` is `charge` (``component`` says of what) or `payment` (``component`` is empty); ``amount_cents`` is above zero.
"""


CLAIM_COLUMNS: Final = (
    "line",
    "debtor_external_id",
    "kind",
    "salutation",
    "title",
    "given_name",
    "family_name",
    "company_name",
    "street",
    "postcode",
    "city",
    "country",
    "land",
    "language",
    "identity_key",
    "search_key",
    "sort_key",
    "email",
    "phone",
    "external_id",
    "subject",
    "invoiced_on",
    "due_on",
    "principal_cents",
    "currency",
    "consumer",
    "first_interest_day",
    "default_reason",
    "margin_bp",
    "fixed_bp",
    "content_hash",
    "document_ref",
)
"""What a batch says of each claim: the frame of `open_claims` without the source, which names the import."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the rules must be told: the day of the import, up to when history is known, and who the creditor is."""

    today: date
    as_of: date | None
    creditor_key: str
    country: str
    interest: str
    secret: bytes


@dataclass(frozen=True, slots=True)
class Later:
    """What was left out because it happened after the day the import is made for."""

    payments: int = 0
    payments_cents: int = 0
    charges: int = 0
    charges_cents: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """A file, judged. ``claims`` has the columns of `open_claims`; ``history`` those of `HISTORY_SCHEMA`, up to the
    day it is made for.

    ``all_keys`` are the keys of the whole history, including what is left out as later: what was booked once must be
    among them.
    ``joint`` are the people who owe jointly, a row an invoice that has one (`rules.joint`).
    ``rejected`` counts rows with a problem, ``held_back`` the good rows of an event log whose case has a row with a
    problem.
    """

    table: Table
    claims: pl.DataFrame
    history: pl.DataFrame
    all_keys: pl.DataFrame
    problems: pl.DataFrame
    rejected: int
    held_back: int
    later: Later
    styles: dict[str, str]
    totals: dict[str, int]
    joint: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict.fromkeys(("external_id", "debtor_number"), pl.String)))
