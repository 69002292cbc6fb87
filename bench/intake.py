"""A CSV of claims read, judged and booked, beside COPY of the very rows it becomes into bare tables."""

from __future__ import annotations

import random
import time
from datetime import UTC, date, datetime

import polars as pl
from django.db import connection, transaction

from bench.figures import Figure, peak_rss_mb
from kulanz.claims.commands import add_creditor
from kulanz.claims.models import Creditor
from kulanz.frames import copy_frame
from kulanz.intake.commands import import_claims
from kulanz.intake.readers import FileHints, open_source, read_table
from kulanz.intake.rules.batch import Circumstances
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.profile import Profile

SIZE = 100_000
CLAIMS_PER_DEBTOR = 3
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROFILE = Profile.model_validate(
    {
        "name": "bench",
        "columns": {
            "invoice_number": "Nr",
            "debtor_number": "Kunde",
            "given_name": "Vorname",
            "family_name": "Name",
            "street": "Straße",
            "postcode": "PLZ",
            "city": "Ort",
            "email": "E-Mail",
            "invoiced_on": "Datum",
            "due_on": "Fällig",
            "amount": "Betrag",
            "paid_on": "Bezahlt am",
            "paid_amount": "Bezahlt",
        },
        "constants": {"kind": "person", "currency": "EUR"},
    }
)


TABLES = (
    "claims_debtor",
    "claims_contactpoint",
    "claims_case",
    "claims_casedebtor",
    "claims_claim",
    "claims_caseevent",
    "ledger_account",
    "ledger_entry",
    "ledger_posting",
)
"""Where a claim's rows end up: about nine rows a claim."""


def run(size: int) -> list[Figure]:
    """Import ``size`` invoices of a third as many people, one in three paid; then the same file once more.

    The floor of `intake_import` is raw COPY of the very rows the import has stored into the same tables with the same keys, but without
    foreign keys and triggers. `intake_bare` sets the same import beside COPY without any keys, `intake_source` beside COPY of one row per
    claim, which is a ninth of what is stored.
    """
    creditor = add_creditor(key="bench", name="Bench")
    file = make_file(size)
    about = Circumstances(date(2026, 3, 2), None, creditor.key, "DE", "statutory", b"bench")
    started = time.perf_counter()
    batch = judge(read_table(open_source(file, name="bench.csv"), FileHints()), PROFILE, about)
    figures = [Figure("intake_judge", size, round(size / (time.perf_counter() - started)), "rows/s", peak_rss_mb=peak_rss_mb())]
    import_s = _import_seconds(creditor, file, size, again=False)
    peak = peak_rss_mb()
    keyed_s = min(_copy_stored_seconds("INCLUDING ALL") for _ in range(3))
    bare_s = min(_copy_stored_seconds("") for _ in range(3))
    source_s = min(_copy_source_seconds(batch.claims) for _ in range(3))
    again_s = _import_seconds(creditor, file, size, again=True)
    for name, seconds, floor_s in (
        ("intake_import", import_s, keyed_s),
        ("intake_bare", import_s, bare_s),
        ("intake_source", import_s, source_s),
        ("intake_import_again", again_s, keyed_s),
    ):
        ratio = round(floor_s / seconds, 3)
        figures.append(Figure(name, size, round(size / seconds), "claims/s", round(size / floor_s), ratio, peak))
    return figures


def _import_seconds(creditor: Creditor, file: bytes, size: int, *, again: bool) -> float:
    """Seconds of one whole import, from bytes to commit."""
    started = time.perf_counter()
    taken = import_claims(file, creditor, PROFILE, name="bench.csv", actor="bench", now=NOW, dice=random.Random(1))
    seconds = time.perf_counter() - started
    if taken.problems or (taken.new, taken.known) != ((0, size) if again else (size, 0)):
        raise AssertionError(taken.as_json())
    return seconds


def _copy_stored_seconds(including: str) -> float:
    """Seconds to COPY everything the import stored into twins of its tables, made with these options of LIKE."""
    seconds = 0.0
    for table in TABLES:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE bench_floor (LIKE {table} {including})")
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT csv)") as source:
                rows = b"".join(bytes(chunk) for chunk in source)
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy("COPY bench_floor FROM STDIN (FORMAT csv)") as sink:
            sink.write(rows)
        seconds += time.perf_counter() - started
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_floor")
    return seconds


def make_file(size: int) -> bytes:
    """A German export: semicolons, decimal commas, days first, names with umlauts."""
    number = pl.int_range(0, size, eager=True)
    person = number // CLAIMS_PER_DEBTOR
    paid = number % 3 == 0
    frame = pl.DataFrame({"n": number, "p": person, "paid": paid}).with_columns(
        day=pl.lit(date(2025, 1, 1)) + pl.duration(days=pl.col("n") % 300), cents=1000 + pl.col("n") * 37 % 90_000
    )
    amount = pl.format("{},{}", pl.col("cents") // 100, (pl.col("cents") % 100).cast(pl.String).str.pad_start(2, "0"))
    written = "%d.%m.%Y"
    return (
        frame.select(
            pl.format("RE-{}", pl.col("n").cast(pl.String).str.pad_start(8, "0")).alias("Nr"),
            pl.format("K{}", "p").alias("Kunde"),
            pl.lit("Jörg").alias("Vorname"),
            pl.format("Müller-{}", "p").alias("Name"),
            pl.format("Domstraße {}", pl.col("p") % 200).alias("Straße"),
            (10_000 + pl.col("p") % 80_000).alias("PLZ"),
            pl.lit("Köln").alias("Ort"),
            pl.format("kunde{}@example.com", "p").alias("E-Mail"),
            pl.col("day").dt.strftime(written).alias("Datum"),
            (pl.col("day") + pl.duration(days=14)).dt.strftime(written).alias("Fällig"),
            amount.alias("Betrag"),
            pl.when("paid").then((pl.col("day") + pl.duration(days=20)).dt.strftime(written)).alias("Bezahlt am"),
            pl.when("paid").then(amount).alias("Bezahlt"),
        )
        .write_csv(separator=";")
        .encode()
    )


def _copy_source_seconds(claims: pl.DataFrame) -> float:
    """Seconds to COPY the claims' rows, every column they have, into a bare table that is kept."""
    kinds = {pl.Int64: "bigint", pl.Int32: "integer", pl.Date: "date", pl.Boolean: "boolean", pl.String: "text"}
    rows = claims.drop("·line")
    columns = ", ".join(f'"{name}" {kinds[type(kind)]}' for name, kind in rows.schema.items())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_floor ({columns})")
    started = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        copy_frame(cursor, "bench_floor", rows)
    seconds = time.perf_counter() - started
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_floor")
    return seconds
