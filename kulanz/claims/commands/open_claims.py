"""Taking over many claims at once: debtors, contact points, cases, claims and their opening entries, by COPY and set-based SQL."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

import polars as pl
from django.db import connection
from django.db.backends.utils import CursorWrapper

from kulanz.claims.models import Creditor
from kulanz.claims.references import draw
from kulanz.failpoints import fp
from kulanz.frames import copy_frame, read_frame
from kulanz.ledger.commands import tenant_account
from kulanz.ledger.models import AccountKind

SCHEMA: Mapping[str, type[pl.DataType]] = {
    "line": pl.Int64,
    "debtor_external_id": pl.String,
    "kind": pl.String,
    "salutation": pl.String,
    "title": pl.String,
    "given_name": pl.String,
    "family_name": pl.String,
    "company_name": pl.String,
    "street": pl.String,
    "postcode": pl.String,
    "city": pl.String,
    "country": pl.String,
    "land": pl.String,
    "language": pl.String,
    "identity_key": pl.String,
    "search_key": pl.String,
    "sort_key": pl.String,
    "email": pl.String,
    "phone": pl.String,
    "external_id": pl.String,
    "subject": pl.String,
    "invoiced_on": pl.Date,
    "due_on": pl.Date,
    "principal_cents": pl.Int64,
    "currency": pl.String,
    "consumer": pl.Boolean,
    "first_interest_day": pl.Date,
    "default_reason": pl.String,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "content_hash": pl.String,
    "source": pl.String,
    "document_ref": pl.String,
}
"""One row per claim; `external_id` unique in the frame. Nullable: email, phone, first_interest_day, margin_bp, fixed_bp. Texts are '' if
unknown. `fixed_bp` may be left out; not both rates in one row.

`identity_key` is 64 hex digits; its first two give the case's bucket, so that one person's cases lie in one part of the daily run.
"""

_OPENED = {
    "line": pl.Int64,
    "external_id": pl.String,
    "claim_id": pl.Int64,
    "account_id": pl.Int64,
    "case_id": pl.Int64,
    "status": pl.String,
}
ANALYZE_FROM_ROWS = 2_000

_DEBTOR = (
    "kind, salutation, title, given_name, family_name, company_name, street, postcode, city, country, land, language,"
    " identity_key, search_key, sort_key"
)
DEBTOR_COLUMNS = tuple(name.strip() for name in _DEBTOR.split(","))
"""What is on file about a debtor, besides the creditor's own number."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What became of a frame. `claims` has line, external_id, claim_id, account_id, case_id, status (`new`, `known`, `changed`)."""

    claims: pl.DataFrame
    new_cases: int


def open_claims(frame: pl.DataFrame, creditor: Creditor, *, day: date, now: datetime, dice: random.Random) -> Opened:
    """Open the frame's claims that this creditor has not handed in before. Runs inside the caller's transaction.

    A claim with a known number is `known` if its content hash is the same and `changed` if not; neither is touched here
    (`amend_claims` decides what may change). New claims get a ledger account and an opening entry effective on the invoice date;
    a claim of costs only (principal 0) has no opening entry.
    `frame` has the columns of `SCHEMA`.
    """
    with connection.cursor() as cursor:
        _stage(cursor, frame)
        fp("open_claims.before_debtors")
        upsert_debtors(cursor, creditor.id)
        _refresh_statistics(cursor, frame.height, "claims_debtor")
        new_cases = _open_cases(cursor, creditor.id, day, dice)
        _refresh_statistics(cursor, frame.height, "claims_case")
        fp("open_claims.before_claims")
        _insert_claims(cursor, creditor, now)
        _refresh_statistics(cursor, frame.height, "claims_claim", "ledger_account", "ledger_entry", "ledger_posting")
        fp("open_claims.after_claims")
        claims = read_frame(
            cursor,
            "SELECT i.line, i.external_id, c.id AS claim_id, c.account_id, c.case_id, CASE WHEN n.external_id IS NOT NULL THEN 'new'"
            " WHEN c.content_hash = i.content_hash THEN 'known' ELSE 'changed' END AS status"
            " FROM incoming i JOIN claims_claim c ON c.creditor_id = %s AND c.external_id = i.external_id"
            " LEFT JOIN new_claims n ON n.external_id = i.external_id ORDER BY i.line",
            _OPENED,
            [creditor.id],
        )
        cursor.execute("DROP TABLE incoming; DROP TABLE new_claims; DROP TABLE new_cases")
    return Opened(claims, new_cases)


def _refresh_statistics(cursor: CursorWrapper, rows: int, *tables: str) -> None:
    """Tell the planner about a large import while it runs. It has never seen a new creditor's rows, takes them for one row and joins
    them row by row: measured 10 minutes and more for 100,000 claims instead of seconds.
    """
    if rows >= ANALYZE_FROM_ROWS:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _stage(cursor: CursorWrapper, frame: pl.DataFrame) -> None:
    types = {pl.Int64: "bigint", pl.Int32: "integer", pl.Date: "date", pl.Boolean: "boolean", pl.String: "text"}
    columns = ", ".join(f'"{name}" {types[kind]}' for name, kind in SCHEMA.items())
    cursor.execute(f"CREATE TEMP TABLE incoming ({columns}) ON COMMIT DROP")
    if "fixed_bp" not in frame.columns:
        frame = frame.with_columns(fixed_bp=pl.lit(None, pl.Int32))
    copy_frame(cursor, "incoming", frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items()))
    cursor.execute("CREATE UNIQUE INDEX ON incoming (external_id); ANALYZE incoming")


def upsert_debtors(cursor: CursorWrapper, creditor_id: int) -> None:
    """Insert unknown debtors of the table ``incoming``, bring known ones' name and address up to date, add contact points."""
    columns = DEBTOR_COLUMNS
    cursor.execute(
        f"INSERT INTO claims_debtor AS d (creditor_id, external_id, public_id, {_DEBTOR})"  # noqa: S608  (column names of this file)
        f" SELECT DISTINCT ON (debtor_external_id) %s, debtor_external_id, gen_random_uuid(), {_DEBTOR}"
        " FROM incoming ORDER BY debtor_external_id, line DESC"
        " ON CONFLICT (creditor_id, external_id) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in columns)
        + f" WHERE ({', '.join(f'd.{name}' for name in columns)}) IS DISTINCT FROM ({', '.join(f'excluded.{name}' for name in columns)})",
        [creditor_id],
    )
    cursor.execute(
        "INSERT INTO claims_contactpoint (debtor_id, creditor_id, channel, value, state, preferred)"
        " SELECT DISTINCT d.id, d.creditor_id, point.channel, point.value, 'usable', false"
        " FROM incoming i JOIN claims_debtor d ON d.creditor_id = %s AND d.external_id = i.debtor_external_id"
        " CROSS JOIN LATERAL (VALUES ('email', i.email), ('phone', i.phone), ('letter', CASE WHEN i.street <> '' AND i.postcode <> ''"
        " AND i.city <> '' THEN i.street || ', ' || i.postcode || ' ' || i.city END)) AS point(channel, value)"
        " WHERE coalesce(point.value, '') <> '' ON CONFLICT DO NOTHING",
        [creditor_id],
    )


def _open_cases(cursor: CursorWrapper, creditor_id: int, day: date, dice: random.Random) -> int:
    """Open a case for each debtor and currency that has none; returns how many."""
    cursor.execute(
        "CREATE TEMP TABLE new_cases ON COMMIT DROP AS SELECT d.id AS debtor_id, i.currency, d.identity_key,"
        " row_number() OVER (ORDER BY d.id, i.currency) AS n FROM (SELECT DISTINCT debtor_external_id, currency FROM incoming) i"
        " JOIN claims_debtor d ON d.creditor_id = %s AND d.external_id = i.debtor_external_id"
        " WHERE NOT EXISTS (SELECT FROM claims_case c"
        " WHERE c.creditor_id = d.creditor_id AND c.debtor_id = d.id AND c.currency = i.currency)",
        [creditor_id],
    )
    cursor.execute("SELECT count(*) FROM new_cases")
    count = int(cursor.fetchone()[0])
    references = _free_references(cursor, count, dice)
    cursor.execute("CREATE TEMP TABLE new_references (n bigint, reference text) ON COMMIT DROP")
    copy_frame(cursor, "new_references", pl.DataFrame({"n": range(1, count + 1), "reference": references}))
    cursor.execute(
        "INSERT INTO claims_case"
        " (public_id, creditor_id, debtor_id, reference, bucket, currency, opened_on, state, step, needs_human, revision)"
        " SELECT gen_random_uuid(), %s, n.debtor_id, r.reference, ('x' || left(n.identity_key, 2))::bit(8)::int,"
        " n.currency, %s, 'open', '', false, 1"
        " FROM new_cases n JOIN new_references r USING (n)",
        [creditor_id, day],
    )
    cursor.execute(
        "INSERT INTO claims_casedebtor (case_id, debtor_id, creditor_id, role) SELECT c.id, c.debtor_id, c.creditor_id, 'main'"
        " FROM new_cases n JOIN claims_case c ON c.creditor_id = %s AND c.debtor_id = n.debtor_id AND c.currency = n.currency",
        [creditor_id],
    )
    cursor.execute("DROP TABLE new_references")
    return count


def _free_references(cursor: CursorWrapper, count: int, dice: random.Random) -> list[str]:
    """As many unused references as wanted, all different."""
    free: dict[str, None] = {}
    fountain = draw(dice)
    while len(free) < count:
        drawn = list(dict.fromkeys(islice(fountain, count - len(free))))
        cursor.execute("SELECT reference FROM claims_case WHERE reference = ANY(%s)", [drawn])
        taken = {reference for (reference,) in cursor.fetchall()}
        free.update((reference, None) for reference in drawn if reference not in taken)
    return list(free)


def _insert_claims(cursor: CursorWrapper, creditor: Creditor, now: datetime) -> None:
    """Insert the claims whose number is new, each with its account and opening entry; cases that were settled are open again."""
    cursor.execute(
        "CREATE TEMP TABLE new_claims ON COMMIT DROP AS SELECT i.external_id, c.id AS case_id,"
        # The sub-selects name each sequence once; without them the catalogue is asked for every row.
        " nextval((SELECT pg_get_serial_sequence('ledger_account', 'id'))::regclass) AS account_id,"
        " nextval((SELECT pg_get_serial_sequence('ledger_entry', 'id'))::regclass) AS entry_id,"
        " nextval((SELECT pg_get_serial_sequence('claims_claim', 'id'))::regclass) AS claim_id"
        " FROM incoming i JOIN claims_debtor d ON d.creditor_id = %s AND d.external_id = i.debtor_external_id"
        " JOIN claims_case c ON c.creditor_id = d.creditor_id AND c.debtor_id = d.id AND c.currency = i.currency"
        " WHERE NOT EXISTS (SELECT FROM claims_claim k WHERE k.creditor_id = %s AND k.external_id = i.external_id);"
        "ANALYZE new_claims",
        [creditor.id, creditor.id],
    )
    cursor.execute(
        "INSERT INTO ledger_account (id, tenant_id, kind, currency) SELECT n.account_id, %s, 'claim', i.currency"
        " FROM new_claims n JOIN incoming i USING (external_id)",
        [creditor.id],
    )
    cursor.execute(
        "INSERT INTO claims_claim"
        " (id, case_id, creditor_id, account_id, external_id, subject, invoiced_on, due_on, principal_cents, currency,"
        " consumer, first_interest_day, default_reason, margin_bp, fixed_bp, day_count, rounding, payment_day_counts,"
        " content_hash, source, document_ref)"
        " SELECT n.claim_id, n.case_id, %s, n.account_id, i.external_id, i.subject,"
        " i.invoiced_on, i.due_on, i.principal_cents, i.currency,"
        " i.consumer, i.first_interest_day, i.default_reason, i.margin_bp, i.fixed_bp, %s, %s, %s, i.content_hash, i.source, i.document_ref"
        " FROM new_claims n JOIN incoming i USING (external_id)",
        [creditor.id, creditor.day_count, creditor.rounding, creditor.payment_day_counts],
    )
    cursor.execute(
        "INSERT INTO ledger_entry (id, tenant_id, occurred_on, booked_at, kind, source, idempotency_key, asked)"
        " SELECT n.entry_id, %s, i.invoiced_on, %s, 'claim_opened', i.source, 'claim:' || n.claim_id || ':opened', '{}'"
        " FROM new_claims n JOIN incoming i USING (external_id) WHERE i.principal_cents <> 0",
        [creditor.id, now],
    )
    cursor.execute("SELECT DISTINCT currency FROM new_claims JOIN incoming USING (external_id)")
    for (currency,) in cursor.fetchall():
        income = tenant_account(creditor.id, AccountKind.INCOME, currency)
        cursor.execute(
            "INSERT INTO ledger_posting (entry_id, account_id, tenant_id, component, amount_cents)"
            " SELECT n.entry_id, side.account_id, %s, 'principal', side.sign * i.principal_cents"
            " FROM new_claims n JOIN incoming i USING (external_id)"
            " CROSS JOIN LATERAL (VALUES (n.account_id, 1), (%s, -1)) AS side(account_id, sign)"
            " WHERE i.currency = %s AND i.principal_cents <> 0",
            [creditor.id, income, currency],
        )
    cursor.execute(
        "UPDATE claims_case c SET revision = c.revision + 1, state = CASE WHEN c.state = 'settled' THEN 'open' ELSE c.state END"
        " FROM (SELECT DISTINCT case_id FROM new_claims) n WHERE c.id = n.case_id"
        # A case opened just now starts at revision 1; writing each of them twice would cost as much as inserting them.
        " AND NOT EXISTS (SELECT FROM new_cases f WHERE f.debtor_id = c.debtor_id AND f.currency = c.currency)"
    )
