"""Taking a file in: read, judge, open what is new, bring up to date what changed, book the history. One transaction."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kulanz.claims.commands import open_claims
from kulanz.claims.commands.joint import SCHEMA as JOINT_SCHEMA
from kulanz.claims.commands.joint import add_joint_debtors
from kulanz.claims.commands.open_claims import DEBTOR_COLUMNS
from kulanz.claims.commands.open_claims import SCHEMA as CLAIM_SCHEMA
from kulanz.claims.commands.set_off import set_off
from kulanz.claims.commands.settle_cases import settle_cases
from kulanz.claims.models import Creditor
from kulanz.failpoints import fp
from kulanz.intake.commands.deliver_again import deliver_again
from kulanz.intake.commands.record_import import begin_import, record_import
from kulanz.intake.commands.tenant import tenant
from kulanz.intake.queries import known_claims, known_liable
from kulanz.intake.readers import open_source, read_table
from kulanz.intake.readers.table import LINE
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.bookings import history_bookings
from kulanz.intake.rules.joint import joint_conflicts
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.problems import Problem, problem_file, problems_of
from kulanz.intake.rules.profile import Profile
from kulanz.intake.rules.redelivery import conflicts, without_conflicts
from kulanz.intake.rules.waterfall import ORDER
from kulanz.ledger.commands import post_bulk


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file. ``rows`` = new + known + changed + problems in the layout `claims`; in `events`, ``claims`` =
    new + known + changed + claims not taken. ``problems`` counts rows, one row may have several reasons.
    """

    file: str
    dry_run: bool
    import_id: int | None
    rows: int
    claims: int
    new: int
    known: int
    changed: int
    problems: int
    new_cases: int
    settled_cases: int
    batch: Batch

    def reasons(self) -> list[Problem]:
        """Every problem with its place and its sentence."""
        return list(problems_of(self.batch.problems, self.file))

    def problem_file(self) -> bytes:
        """The rows that were not taken, to correct and import again (CSV)."""
        return problem_file(self.batch.table, self.batch.problems)

    def as_json(self) -> dict[str, Any]:
        """Plain data for ``--json`` and the import's record; amounts in cents."""
        later = self.batch.later
        return {
            "file": self.file,
            "dry_run": self.dry_run,
            "import_id": self.import_id,
            "rows": self.rows,
            "claims": self.claims,
            "new": self.new,
            "known": self.known,
            "changed": self.changed,
            "problems": self.problems,
            "held_back": self.batch.held_back,
            "later_payments": later.payments,
            "later_payments_cents": later.payments_cents,
            "later_charges": later.charges,
            "later_charges_cents": later.charges_cents,
            "new_cases": self.new_cases,
            "settled_cases": self.settled_cases,
            "totals_cents": dict(self.batch.totals),
            "detected": self.batch.table.detected.as_json() | {"styles": self.batch.styles},
        }


def import_claims(
    origin: Path | bytes,
    creditor: Creditor,
    profile: Profile,
    *,
    name: str = "",
    as_of: date | None = None,
    dry_run: bool = False,
    actor: str,
    now: datetime,
    dice: random.Random,
) -> Imported:
    """Import one file of claims. The same file twice changes nothing; a file that is refused leaves the data as it was.

    ``as_of``: the day the import is made for; payments and charges after it are not booked (they were not known yet).
    ``dry_run`` does everything and takes it back. Raises `IntakeError` if the file as a whole cannot be taken.
    """
    today = timezone.localdate(now)
    table = read_table(open_source(origin, name=name), profile.hints())
    about = Circumstances(
        today=today,
        as_of=as_of,
        creditor_key=creditor.key,
        country=creditor.country,
        interest=creditor.interest_policy,
        secret=settings.SECRET_KEY.encode(),
    )
    batch = judge(table, profile, about)
    with transaction.atomic():
        _queue_up(creditor)
        imported = _take(batch, creditor, profile, about, actor=actor, now=now, dice=dice)
        if dry_run:
            transaction.set_rollback(True)
            return replace(imported, dry_run=True, import_id=None)
    return imported


def _queue_up(creditor: Creditor) -> None:
    """One import per creditor at a time: two at once would each take the same claim for new."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('intake'), %s)", [creditor.id])


def _take(
    batch: Batch, creditor: Creditor, profile: Profile, about: Circumstances, *, actor: str, now: datetime, dice: random.Random
) -> Imported:
    """Write the batch. Runs inside the caller's transaction."""
    day = about.as_of or about.today
    claims_read = batch.claims.height
    known = known_claims(creditor.id, batch.claims["external_id"])
    batch = without_conflicts(batch, conflicts(batch, known, profile))
    liable = known_liable(creditor.id, batch.claims["debtor_external_id"])
    batch = without_conflicts(batch, joint_conflicts(batch, liable, profile))
    file = begin_import(batch, creditor, profile, as_of=about.as_of, actor=actor, now=now)
    source = f"Import {file.id}, {batch.table.name}"
    frame = batch.claims.with_columns(source=pl.format("{}, Zeile {}", pl.lit(source), "line")).select(*CLAIM_SCHEMA)
    fp("import_claims.before_open")
    opened = open_claims(frame, creditor, day=day, now=now, dice=dice)
    fp("import_claims.before_history")
    _add_joint(batch, creditor, actor=actor, now=now)
    status = opened.claims
    again = deliver_again(batch, status, known, creditor, profile, import_id=file.id, source=source, day=day, actor=actor, now=now)
    new = status.filter(pl.col("status") == "new")
    _book_history(batch, new, creditor, source=source, now=now)
    set_off(new["case_id"].to_list(), new["claim_id"].to_list(), actor=actor, now=now)
    fp("import_claims.before_settle")
    touched = pl.concat([new["case_id"], again.cases])
    settled = settle_cases(touched, actor=actor, now=now)
    batch = again.batch
    imported = Imported(
        file=batch.table.name,
        dry_run=False,
        import_id=file.id,
        rows=batch.table.rows,
        claims=claims_read,
        new=new.height,
        known=status.height - new.height - again.changed - again.refused,
        changed=again.changed,
        problems=batch.rejected,
        new_cases=opened.new_cases,
        settled_cases=settled,
        batch=batch,
    )
    record_import(file, imported, new["case_id"], actor=actor, now=now)
    fp("import_claims.after_record")
    return imported


def _add_joint(batch: Batch, creditor: Creditor, *, actor: str, now: datetime) -> None:
    """Make liable who owes the file's invoices jointly."""
    taken = batch.joint.join(batch.claims.select("external_id"), on="external_id", how="semi")
    if taken.is_empty():
        return
    people = taken.with_columns(
        pl.col("debtor_number").alias("debtor_external_id"),
        *(pl.col(name).fill_null("") for name in DEBTOR_COLUMNS),
    )
    add_joint_debtors(people.rename({LINE: "line"}).select(*JOINT_SCHEMA), creditor, actor=actor, now=now)


def _book_history(batch: Batch, new: pl.DataFrame, creditor: Creditor, *, source: str, now: datetime) -> None:
    """Book the history of claims just opened, currency by currency."""
    opened = new.join(batch.claims.select("external_id", "principal_cents", "currency"), on="external_id")
    for (currency,), mine in opened.group_by("currency"):
        history = batch.history.join(mine.select("external_id", "account_id", "claim_id"), on="external_id")
        standing = mine.select(
            "account_id",
            "claim_id",
            *(pl.lit(0, dtype=pl.Int64).alias(component) for component in ORDER if component != "principal"),
            pl.col("principal_cents").alias("principal"),
            pl.lit(0, dtype=pl.Int64).alias("overpaid"),
        )
        bookings = history_bookings(standing, history, tenant(creditor, str(currency)), source=source)
        post_bulk(bookings.entries, bookings.postings, now=now)
