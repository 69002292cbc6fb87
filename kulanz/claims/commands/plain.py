"""The short way for the common story: one invoice, one payment, nothing else. It books what the replay would book, for all cases at once.

`account.book` reads a case's whole story and replays it. Most payments need none of that: the case has one claim, the ledger holds nothing
of it but its opening, and one payment comes in. Then the law's order has only one possible outcome: interest until the day of payment,
then the principal, then what is too much (§ 367 (1) BGB, and whichever country's law says the same). Everything that is not exactly so is
left to the replay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

import polars as pl
from django.db import connection

from kulanz.claims.story import BROUGHT_IN
from kulanz.failpoints import fp
from kulanz.frames import draw_ids, id_array, read_rows
from kulanz.law import frame as law_frame
from kulanz.law import jurisdiction, jurisdictions
from kulanz.ledger.commands import ENTRY_SCHEMA, POSTING_SCHEMA, post_frames, tenant_account
from kulanz.ledger.components import Component
from kulanz.ledger.models import AccountKind, EntryKind

SCHEMA: Final[Mapping[str, type[pl.DataType]]] = {
    "case_id": pl.Int64,
    "on": pl.Date,
    "cents": pl.Int64,
    "kind": pl.String,
    "key": pl.String,
    "source": pl.String,
    "choice": pl.String,
}
"""One row a payment: its day, its amount, the kind of its entry, the claims the payer named (a JSON list of ids)."""

REST_WAIVED: Final = "Kleiner Rest aus Zinsen, darauf wird verzichtet"

_READ: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "case_id": pl.Int64,
    "claim_id": pl.Int64,
    "account_id": pl.Int64,
    "tenant_id": pl.Int64,
    "currency": pl.String,
    "opened_on": pl.Date,
    "principal": pl.Int64,
    "small_rest": pl.Int64,
    "first_interest_day": pl.Date,
    "margin_bp": pl.Int32,
    "fixed_bp": pl.Int32,
    "day_count": pl.String,
    "rounding": pl.String,
    "payment_day_counts": pl.Boolean,
    "country": pl.String,
}

# One claim in the case, one posting on its account, and that is the opening of the claim. Where the payment day bears interest, a payment
# on the day of the invoice has a history of its own (`law.interest.principal_pieces`); the replay knows it.
_PLAIN: Final = """
    SELECT k.case_id, k.id, k.account_id, k.creditor_id, k.currency, e.occurred_on, p.amount_cents, r.small_rest_cents,
      k.first_interest_day, k.margin_bp, k.fixed_bp, k.day_count, k.rounding, k.payment_day_counts, lower(r.country)
    FROM unnest(%s::bigint[], %s::date[]) AS w(case_id, "on") JOIN claims_claim k ON k.case_id = w.case_id
    JOIN claims_creditor r ON r.id = k.creditor_id AND lower(r.country) = ANY(%s)
    JOIN ledger_posting p ON p.account_id = k.account_id AND p.component = 'principal' AND p.amount_cents > 0
    JOIN ledger_entry e ON e.id = p.entry_id AND e.kind = 'claim_opened' AND e.corrects_id IS NULL AND e.occurred_on = k.invoiced_on
      AND NOT starts_with(e.idempotency_key, %s)
    WHERE NOT EXISTS (SELECT FROM claims_claim o WHERE o.case_id = k.case_id AND o.id <> k.id)
      AND NOT EXISTS (SELECT FROM ledger_posting q WHERE q.account_id = k.account_id AND q.id <> p.id)
      AND NOT (k.payment_day_counts AND w."on" <= e.occurred_on)"""


class Plain(NamedTuple):
    """What was booked for a payment: its entry, and what its case owes after it."""

    entry_id: int
    left_cents: int


def book_plain(payments: pl.DataFrame, *, now: datetime) -> dict[str, Plain]:
    """Book those payments whose case is plain; returns what was booked by key. The others are not touched.

    What is left of a claim afterwards is waived as `waivable` says. `payments` has the columns of `SCHEMA`, keys never booked before. In
    the caller's transaction, the cases locked.
    """
    alone = payments.filter(pl.len().over("case_id") == 1, pl.col("cents") > 0)
    if alone.is_empty():
        return {}
    with connection.cursor() as cursor:
        found = read_rows(cursor, _PLAIN, _READ, [id_array(alone["case_id"]), id_array(alone["on"]), _interest_first(), BROUGHT_IN])
        if found.is_empty():
            return {}
        shared = share(alone.join(found, on="case_id", maintain_order="left"))
        shared = _numbered(shared, draw_ids(cursor, "ledger_entry", _count(shared)))
    entries, postings = _entries(_with_accounts(shared))
    fp("plain.before_post")
    post_frames(entries, postings, now=now)
    fp("plain.after_post")
    left = pl.sum_horizontal("left_interest", "left_principal") - pl.sum_horizontal("waived_interest", "waived_principal")
    return {key: Plain(entry_id, cents) for key, entry_id, cents in shared.select("key", "payment_id", left).iter_rows()}


def _interest_first() -> list[str]:
    """The countries whose law pays the interest of a debt before its principal."""
    return [law.country for law in jurisdictions() if law.interest_before_principal]


def share(payments: pl.DataFrame) -> pl.DataFrame:
    """Share each payment by § 367 (1) BGB: columns `on`, `accrued`, `to_interest`, `to_principal`, `overpaid`, `waived_interest`,
    `waived_principal` are added.

    A payment from before the invoice counts from the day of the invoice, and nothing is waived for it.
    """
    issued = payments.with_columns(early=pl.col("on") < pl.col("opened_on"), on=pl.max_horizontal("on", "opened_on"))
    pieces = issued.select(
        "claim_id",
        pl.max_horizontal("first_interest_day", "opened_on").alias("from_on"),
        pl.when("payment_day_counts").then("on").otherwise(pl.col("on") - pl.duration(days=1)).alias("to_on"),
        pl.col("principal").alias("principal_cents"),
        "margin_bp",
        "fixed_bp",
        "day_count",
        "rounding",
        "country",
    ).filter(issued["first_interest_day"].is_not_null())
    rest = pl.col("cents") - pl.col("to_interest")
    return (
        issued.join(_accrued(pieces), on="claim_id", how="left", maintain_order="left")
        .with_columns(pl.col("accrued").fill_null(0))
        .with_columns(to_interest=pl.min_horizontal("cents", "accrued"))
        .with_columns(to_principal=pl.min_horizontal(rest, "principal"))
        .with_columns(overpaid=rest - pl.col("to_principal"))
        .with_columns(_left("interest"), _left("principal"))
        .with_columns(waivable=~pl.col("early") & waivable(pl.col("left_interest") + pl.col("left_principal"), pl.col("accrued")))
        .with_columns(pl.when("waivable").then(f"left_{part}").otherwise(0).alias(f"waived_{part}") for part in ("interest", "principal"))
    )


def _accrued(pieces: pl.DataFrame) -> pl.DataFrame:
    """The interest that has run on each claim, by the rules of its country: columns `claim_id`, `accrued`."""
    sums = [
        law_frame.interest(group.drop("country"), jurisdiction(str(country)).interest_rules)
        for (country,), group in pieces.group_by("country", maintain_order=True)
    ]
    none = pl.DataFrame(schema={"claim_id": pl.Int64, "interest_cents": pl.Int64})
    return pl.concat([none, *sums]).rename({"interest_cents": "accrued"})


def _left(part: str) -> pl.Expr:
    owed = "accrued" if part == "interest" else part
    return (pl.col(owed) - pl.col(f"to_{part}")).alias(f"left_{part}")


def waivable(left: pl.Expr, accrued: pl.Expr) -> pl.Expr:
    """Is what is left so little that nobody is chased for it? Not more than the interest, and within the creditor's limit."""
    return (left > 0) & (left <= pl.min_horizontal(pl.col("small_rest"), accrued))


def _count(shared: pl.DataFrame) -> int:
    """How many entries the payments need."""
    columns = ("accrued", "waived_interest", "waived_principal")
    return shared.height + sum(int((shared[name] > 0).sum()) for name in columns)


def _numbered(shared: pl.DataFrame, ids: Sequence[int]) -> pl.DataFrame:
    """Give each entry its id in the order the replay would book: all interest and payments case by case, then the waivers."""
    free = iter(ids)
    first = [(next(free) if accrued else None, next(free)) for accrued in shared["accrued"]]
    last = [
        (next(free) if interest else None, next(free) if principal else None)
        for interest, principal in shared.select("waived_interest", "waived_principal").iter_rows()
    ]
    columns = zip(*(one + other for one, other in zip(first, last, strict=True)), strict=True)
    names = ("interest_id", "payment_id", "waived_interest_id", "waived_principal_id")
    return shared.with_columns(pl.Series(name, list(column), dtype=pl.Int64) for name, column in zip(names, columns, strict=True))


def _with_accounts(shared: pl.DataFrame) -> pl.DataFrame:
    """Add the tenant's own accounts, `suspense` and `income`."""
    own = shared.select("tenant_id", "currency").unique().sort("tenant_id", "currency")
    kinds = {"suspense": AccountKind.SUSPENSE, "income": AccountKind.INCOME}
    accounts = own.with_columns(
        pl.Series(name, [tenant_account(tenant_id, kind, currency) for tenant_id, currency in own.iter_rows()], dtype=pl.Int64)
        for name, kind in kinds.items()
    )
    return shared.join(accounts, on=["tenant_id", "currency"], maintain_order="left")


def _entries(shared: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The entries and postings of all payments, as `ledger.commands.post_frames` takes them."""
    until = pl.concat_str(pl.lit("Verzugszinsen bis "), pl.col("on").dt.strftime("%d.%m.%Y"))
    interest_key = pl.format("{}:interest:{}:{}", "key", "claim_id", pl.col("on").dt.strftime("%Y-%m-%d"))
    asked = _asked(pl.col("cents"), pl.lit("null"), pl.lit("principal"), pl.col("choice"))
    cash, interest, overpaid, principal = Component.CASH, Component.INTEREST, Component.OVERPAID, Component.PRINCIPAL
    entries = [
        _entry(shared, "interest_id", pl.lit(EntryKind.INTEREST.value), until, interest_key, pl.lit("{}")),
        _entry(shared, "payment_id", pl.col("kind"), pl.col("source"), pl.col("key"), asked),
    ]
    postings = [
        _posting(shared, "interest_id", "account_id", interest, pl.col("accrued")),
        _posting(shared, "interest_id", "income", interest, -pl.col("accrued")),
        _posting(shared, "payment_id", "suspense", cash, pl.col("cents")),
        _posting(shared, "payment_id", "account_id", interest, -pl.col("to_interest")),
        _posting(shared, "payment_id", "account_id", overpaid, -pl.col("overpaid")),
        _posting(shared, "payment_id", "account_id", principal, -pl.col("to_principal")),
    ]
    for part in (interest, principal):
        number, cents = f"waived_{part.value}_id", pl.col(f"waived_{part.value}")
        key = pl.format("{}:rest:{}:{}", "key", "claim_id", pl.lit(part.value))
        asked = _asked(cents, pl.col("claim_id"), pl.lit(part.value), pl.lit("[]"))
        entries.append(_entry(shared, number, pl.lit(EntryKind.WAIVER.value), pl.lit(REST_WAIVED), key, asked))
        postings += [_posting(shared, number, "income", part, cents), _posting(shared, number, "account_id", part, -cents)]
    return pl.concat(entries).sort("id"), pl.concat(postings).sort("entry_id", maintain_order=True)


def _asked(cents: pl.Expr, claim: pl.Expr, component: pl.Expr, choice: pl.Expr) -> pl.Expr:
    """What was wanted, as JSON (`ledger.models.Entry.asked`)."""
    parts = ('{"cents": ', cents, ', "claim": ', claim, ', "component": "', component, '", "choice": ', choice, "}")
    return pl.concat_str(pl.lit(part) if isinstance(part, str) else part.cast(pl.String) for part in parts)


def _entry(shared: pl.DataFrame, number: str, kind: pl.Expr, source: pl.Expr, key: pl.Expr, asked: pl.Expr) -> pl.DataFrame:
    """The entries of one kind: of those payments that have one."""
    columns = {
        "id": pl.col(number),
        "tenant_id": pl.col("tenant_id"),
        "occurred_on": pl.col("on"),
        "kind": kind,
        "source": source,
        "idempotency_key": key,
        "asked": asked,
        "reverses_id": pl.lit(None),
        "corrects_id": pl.lit(None),
    }
    wanted = shared.filter(pl.col(number).is_not_null())
    return wanted.select(columns[name].cast(dtype).alias(name) for name, dtype in ENTRY_SCHEMA.items())


def _posting(shared: pl.DataFrame, number: str, account: str, component: Component, cents: pl.Expr) -> pl.DataFrame:
    """One side of those entries; nothing where it is zero."""
    columns = {
        "entry_id": pl.col(number),
        "account_id": pl.col(account),
        "tenant_id": pl.col("tenant_id"),
        "component": pl.lit(component.value),
        "amount_cents": cents,
    }
    wanted = shared.filter(pl.col(number).is_not_null())
    lines = wanted.select(columns[name].cast(dtype).alias(name) for name, dtype in POSTING_SCHEMA.items())
    return lines.filter(pl.col("amount_cents") != 0)
