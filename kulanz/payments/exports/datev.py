"""Bookings as a DATEV batch (`Buchungsstapel`, EXTF 700, category 21, version 13): Windows-1252, CRLF, semicolons, decimal comma. Pure.

An entry of the ledger has any number of lines; DATEV wants pairs of account and contra account. Debits and credits of an entry are laid
beside each other in a fixed order and cut where one of them ends, so that every cent stands in exactly one pair. Pairs of one account
with itself say nothing and are left out, but counted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import polars as pl

from kulanz.law.money import format_money
from kulanz.payments.errors import AccountsMissing
from kulanz.payments.exports.datev_columns import COLUMNS, QUOTED

ROWS_MAX: Final = 99_999
"""What one batch may hold."""

LINE_SCHEMA: Final = {
    "entry_id": pl.Int64, "occurred_on": pl.Date, "booked_for": pl.Date, "source": pl.String, "reference": pl.String,
    "account": pl.String, "component": pl.String, "cents": pl.Int64,
}  # fmt: skip
"""A posting to be exported. `booked_for` is the day it stands under in the batch: its own, or the first of the period if it came late."""

_NOT_IN_REFERENCE: Final = re.compile(r"[^A-Za-z0-9$&%*+\-/]")
_TEXT_MAX: Final = 60
_REFERENCE_MAX: Final = 36
_LABEL_MAX: Final = 30
_FILLED: Final = 14
_REST: Final = "".join(';""' if index in QUOTED else ";" for index in range(_FILLED, len(COLUMNS)))
"""The columns behind the booking text, which no booking of ours fills."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The head of a batch: whose books, which year, which period. `chart` is 03 or 04 if the accounts follow SKR 03 or 04."""

    consultant: int
    client: int
    year_begins: date
    account_length: int
    from_on: date
    to_on: date
    label: str
    created_at: datetime
    chart: str = ""


def account_number(accounts: Mapping[str, str], account: str, component: str) -> str | None:
    """The number set for an account: for its component (`income:interest`), else for the account as a whole (`income`)."""
    return accounts.get(f"{account}:{component}") or accounts.get(account)


def paired(lines: pl.DataFrame, accounts: Mapping[str, str]) -> pl.DataFrame:
    """Postings (`LINE_SCHEMA`) as pairs: entry_id, occurred_on, booked_for, source, reference, debit, credit, cents; entries in order.

    Raises `AccountsMissing` naming every account that has no number. Entries that change nothing between the numbers have no pair.
    """
    keys = lines.select("account", "component").unique()
    numbers = keys.with_columns(
        pl.struct("account", "component")
        .map_elements(lambda key: account_number(accounts, key["account"], key["component"]), return_dtype=pl.String)
        .alias("number")
    )
    if missing := sorted(f"{row['account']}:{row['component']}" for row in numbers.filter(pl.col("number").is_null()).to_dicts()):
        raise AccountsMissing(
            f"Es fehlen Kontonummern für: {', '.join(missing)}.",
            fix="Bitte eintragen, einzeln (income:interest) oder für das ganze Konto (income). Geraten wird keine.",
        )
    known = (
        lines.with_columns(pl.col("reference").fill_null(""))
        .join(numbers, on=["account", "component"])
        .sort("entry_id", "component", "account", "number", "cents")
    )
    sides = []
    for sign, name in ((1, "debit"), (-1, "credit")):
        side = known.filter(pl.col("cents") * sign > 0).with_columns((pl.col("cents") * sign).alias("width"))
        ends = side.with_columns(pl.col("width").cum_sum().over("entry_id").alias("end"))
        sides.append(ends.with_columns((pl.col("end") - pl.col("width")).alias("start"), pl.col("number").alias(name)))
    debit, credit = sides
    what = ["entry_id", "occurred_on", "booked_for", "source", "reference"]
    joined = debit.select(*what, "debit", "start", "end").join(
        credit.select("entry_id", "credit", "start", "end"), on="entry_id", suffix="_c"
    )
    cut = joined.with_columns((pl.min_horizontal("end", "end_c") - pl.max_horizontal("start", "start_c")).alias("cents"))
    return (
        cut.filter((pl.col("cents") > 0) & (pl.col("debit") != pl.col("credit")))
        .group_by(*what, "debit", "credit")
        .agg(pl.col("cents").sum())
        .sort("entry_id", "debit", "credit")
    )


def write_batch(batch: Batch, pairs: pl.DataFrame) -> bytes:
    """The file. The same batch and pairs are the same bytes."""
    rows = [_head(batch), ";".join(COLUMNS)]
    rows += [_row(row) for row in pairs.iter_rows(named=True)]
    return ("\r\n".join(rows) + "\r\n").encode("cp1252")


def _head(batch: Batch) -> str:
    created = f"{batch.created_at:%Y%m%d%H%M%S}{batch.created_at.microsecond // 1000:03d}"
    fields = [
        '"EXTF"',
        "700",
        "21",
        '"Buchungsstapel"',
        "13",
        created,
        "",
        '"KZ"',
        '"Kulanz"',
        '""',
        str(batch.consultant),
        str(batch.client),
        f"{batch.year_begins:%Y%m%d}",
        str(batch.account_length),
        f"{batch.from_on:%Y%m%d}",
        f"{batch.to_on:%Y%m%d}",
        _quoted(plain_text(batch.label)[:_LABEL_MAX]),
        '""',
        "1",
        "0",
        "0",
        '"EUR"',
        "",
        '""',
        "",
        "",
        _quoted(batch.chart),
        "",
        "",
        '""',
        '""',
    ]
    return ";".join(fields)


def _row(pair: Mapping[str, object]) -> str:
    booked_for, occurred_on = pair["booked_for"], pair["occurred_on"]
    text = str(pair["source"])
    if booked_for != occurred_on and isinstance(occurred_on, date):
        text = f"Wert {occurred_on:%d.%m.%Y} {text}"
    fields = [""] * _FILLED
    fields[0] = format_money(_int(pair["cents"])).replace(".", ",")
    fields[1] = "S"
    fields[6], fields[7] = str(pair["debit"]), str(pair["credit"])
    fields[9] = f"{booked_for:%d%m}"
    fields[10] = reference_text(str(pair["reference"]) or f"E{pair['entry_id']}")
    fields[11] = f"E{pair['entry_id']}"[:12]
    fields[13] = plain_text(text)[:_TEXT_MAX]
    return ";".join(_quoted(value) if index in QUOTED else value for index, value in enumerate(fields)) + _REST


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("an amount is an integer number of cents")
    return value


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def plain_text(text: str) -> str:
    """Text that Windows-1252 can hold, on one line: other letters lose their marks, what is left becomes a blank.

    >>> plain_text("Elif Yılmaz\\n– Škoda")
    'Elif Yilmaz – Škoda'
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    signs = []
    for sign in " ".join(text.replace("ı", "i").split()):
        try:
            sign.encode("cp1252")
            known = sign
        except UnicodeEncodeError:
            known = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or " "
        signs.append(known if known.isprintable() else " ")
    return "".join(signs)


def reference_text(text: str) -> str:
    """A reference in the signs DATEV allows in Belegfeld 1, at most 36 of them.

    >>> reference_text("RE 2026_17 ä")
    'RE-2026-17--'
    """
    return _NOT_IN_REFERENCE.sub("-", text)[:_REFERENCE_MAX]


@dataclass(frozen=True, slots=True)
class AccountSum:
    """What a batch moves on one account number."""

    number: str
    debit_cents: int
    credit_cents: int


def account_sums(pairs: pl.DataFrame) -> list[AccountSum]:
    """Debit and credit by account number: the two columns add up to the same."""
    sides = [
        pairs.select(pl.col("debit").alias("number"), pl.col("cents").alias("d"), pl.lit(0, dtype=pl.Int64).alias("c")),
        pairs.select(pl.col("credit").alias("number"), pl.lit(0, dtype=pl.Int64).alias("d"), pl.col("cents").alias("c")),
    ]
    sums = pl.concat(sides).group_by("number").agg(pl.col("d").sum(), pl.col("c").sum()).sort("number")
    return [AccountSum(number, debit, credit) for number, debit, credit in sums.iter_rows()]


def protocol_text(title: str, facts: Iterable[tuple[str, str]], sums: Sequence[AccountSum]) -> str:
    """The file's protocol: what is in it, what was left out and why, and the sums by account."""
    lines = [title, "=" * len(title), ""]
    lines += [f"{label:<34}{value}" for label, value in facts]
    lines += ["", f"{'Konto':<12}{'Soll':>18}{'Haben':>18}"]
    lines += [f"{one.number:<12}{_comma(one.debit_cents):>18}{_comma(one.credit_cents):>18}" for one in sums]
    debit, credit = sum(one.debit_cents for one in sums), sum(one.credit_cents for one in sums)
    lines += [f"{'Summe':<12}{_comma(debit):>18}{_comma(credit):>18}", "", "Soll und Haben sind gleich." if debit == credit else "FEHLER"]
    return "\r\n".join(lines) + "\r\n"


def _comma(cents: int) -> str:
    return format_money(cents).replace(".", ",")
