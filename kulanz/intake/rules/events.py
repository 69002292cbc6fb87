"""The layout `events`: a log with one row per event; the events of a case share a number and become one claim and
its history.

Sample: ``A1,Create Fine,2006-07-24,35.0`` opens a claim of 35.00, ``A1,Send Fine,2006-12-05,11.0`` charges 11.00 of
costs,
``A1,Add penalty,2007-01-15,71.5`` raises the principal to 71.50, ``A1,Payment,…`` pays. A case is taken whole or not
at all: half a history would be a wrong balance.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from kulanz.intake.readers.table import LINE, Table
from kulanz.intake.rules.amounts import amount_problems, cents
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.claims import AHEAD_INVOICE
from kulanz.intake.rules.dates import date_problems
from kulanz.intake.rules.finish import finish
from kulanz.intake.rules.mapping import Styles, map_texts
from kulanz.intake.rules.parties import party_problems, tidy
from kulanz.intake.rules.problems import ProblemCode, found, one_per_field, ragged_problems
from kulanz.intake.rules.profile import Profile, Target

_CASE = "invoice_number"


def read_events(table: Table, profile: Profile, about: Circumstances) -> Batch:
    """Judge every event, then every case. Raises `IntakeError` if columns are missing or a column's format is not
    clear."""
    styles = Styles.of(table, profile)
    rows = _typed(map_texts(table, profile), profile, styles)
    opening = tidy(rows.filter(pl.col("verb") == "opens"), country=about.country)
    opening = opening.with_columns(pl.col("day").alias("day:invoiced_on"), _due(profile, styles, opening))
    problems = one_per_field(
        [
            ragged_problems(table.ragged),
            *_row_problems(rows, profile, styles, about),
            *_case_problems(rows, profile),
            *party_problems(opening, profile),
            *_due_problems(opening, profile, styles, about),
        ]
    )
    bad_lines = problems[LINE].unique()
    bad_cases = rows.filter(pl.col(LINE).is_in(bad_lines.implode()))[_CASE].unique().drop_nulls()
    in_bad_case = pl.col(_CASE).is_in(bad_cases.implode()) | pl.col(_CASE).is_null()
    held_back = rows.filter(in_bad_case & ~pl.col(LINE).is_in(bad_lines.implode())).height
    history = _history(rows.filter(~in_bad_case))
    batch = finish(table, profile, about, _claims(opening.filter(~in_bad_case)), history, problems)
    return replace(batch, rejected=bad_lines.len(), held_back=held_back, styles=styles.shown())


def _typed(rows: pl.DataFrame, profile: Profile, styles: Styles) -> pl.DataFrame:
    """Add what the event does (``verb``, ``component``), its day, its amount as text and in cents, its place in the
    case."""
    day_column = profile.columns[Target.EVENT_DAY]
    event = pl.col("event")
    verbs = {name: part.verb for name, part in profile.events.items()} | dict.fromkeys(profile.ignore, "ignored")
    components = {name: part.component.value for name, part in profile.events.items()}
    texts = [pl.when(event == name).then(f"amount:{part.amount_column}") for name, part in profile.events.items()]
    amounts = [
        pl.when(event == name).then(cents(pl.col(f"amount:{part.amount_column}"), styles.decimal(part.amount_column)))
        for name, part in profile.events.items()
    ]
    rows = rows.with_columns(
        verb=event.replace_strict(verbs, default=None, return_dtype=pl.String),
        component=event.replace_strict(components, default="", return_dtype=pl.String),
        day=styles.form(day_column).days(pl.col("event_day")),
        amount_text=pl.coalesce(texts),
        amount_cents=pl.coalesce(amounts),
    ).sort(_CASE, "day", LINE, nulls_last=True)
    return _with_total_before(rows)


def _row_problems(rows: pl.DataFrame, profile: Profile, styles: Styles, about: Circumstances) -> list[pl.DataFrame]:
    """What is wrong with an event by itself."""
    day_column, number = profile.columns[Target.EVENT_DAY], profile.source_name(Target.INVOICE_NUMBER)
    event_column = profile.source_name(Target.EVENT)
    checks = [
        found(rows, pl.col(_CASE).is_null(), ProblemCode.VALUE_MISSING, number),
        found(rows, pl.col("event").is_null(), ProblemCode.VALUE_MISSING, event_column),
        found(
            rows,
            pl.col("event").is_not_null() & pl.col("verb").is_null(),
            ProblemCode.EVENT_UNKNOWN,
            event_column,
            value=pl.col("event"),
        ),
        found(rows, pl.col("event_day").is_null(), ProblemCode.DATE_MISSING, day_column),
        *date_problems(rows, day_column, "event_day", "day", styles.form(day_column), latest=about.today + AHEAD_INVOICE),
        found(
            rows,
            (pl.col("verb") == "pays") & (pl.col("day") > about.today),
            ProblemCode.PAID_IN_FUTURE,
            day_column,
            value=pl.col("event_day"),
        ),
    ]
    for name, part in profile.events.items():
        column, mine = part.amount_column, rows.filter(pl.col("event") == name)
        checks.append(found(mine, pl.col("amount_text").is_null(), ProblemCode.AMOUNT_MISSING, column))
        checks += amount_problems(mine, column, "amount_text", "amount_cents", styles.decimal(column), zero=True)
    return checks


def _case_problems(rows: pl.DataFrame, profile: Profile) -> list[pl.DataFrame]:
    """What is wrong with a case as a whole."""
    number, day_column = profile.source_name(Target.INVOICE_NUMBER), profile.columns[Target.EVENT_DAY]
    opens = pl.col("verb") == "opens"
    cased = rows.filter(pl.col(_CASE).is_not_null()).with_columns(
        opened_line=pl.when(opens).then(LINE).min().over(_CASE),
        opened_on=pl.when(opens).then("day").min().over(_CASE),
        first_line=pl.col(LINE).min().over(_CASE),
    )
    unopened = pl.col("opened_line").is_null() & (pl.col(LINE) == pl.col("first_line"))
    twice = opens & (pl.col(LINE) > pl.col("opened_line"))
    early = pl.col("day") < pl.col("opened_on")
    lower = (pl.col("verb") == "raises_to") & (pl.col("amount_cents") < pl.col("before"))
    opened_on = pl.col("opened_on").dt.strftime("%d.%m.%Y")
    raised = [part.amount_column for part in profile.events.values() if part.verb == "raises_to"]
    checks = [
        found(cased, unopened, ProblemCode.CASE_NOT_OPENED, number, value=pl.col(_CASE)),
        found(cased, twice, ProblemCode.CASE_OPENED_TWICE, number, value=pl.col(_CASE), detail=pl.col("opened_line")),
        found(cased, early, ProblemCode.EVENT_BEFORE_OPENING, day_column, value=pl.col("event_day"), detail=opened_on),
    ]
    if raised:
        checks.append(
            found(
                cased,
                lower,
                ProblemCode.TOTAL_BELOW_BEFORE,
                raised[0],
                value=pl.col("amount_text"),
                detail=pl.col("before"),
            )
        )
    return checks


def _with_total_before(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``before``: what was charged of the event's component before it, i.e. the last total set and what was
    charged since."""
    mine = [_CASE, "component"]
    sets = pl.col("verb").is_in(["opens", "raises_to"])
    counted = pl.when(sets | (pl.col("verb") == "charges")).then(pl.col("amount_cents").fill_null(0)).otherwise(0)
    rows = rows.with_columns(era=sets.fill_null(value=False).cast(pl.Int64).cum_sum().over(mine), counted=counted)
    rows = rows.with_columns(total=pl.col("counted").cum_sum().over([*mine, "era"]))
    return rows.with_columns(before=pl.col("total").shift(1, fill_value=0).over(mine)).drop("era", "counted", "total")


def _due(profile: Profile, styles: Styles, opening: pl.DataFrame) -> pl.Expr:
    """The due day: the opening row's own, else the opening day plus the payment term."""
    column = profile.columns.get(Target.DUE_ON)
    stated = styles.form(column).days(pl.col("due_on")) if column else pl.lit(None, dtype=pl.Date)
    if profile.payment_term_days is None:
        return stated.alias("day:due_on")
    term = pl.col("day") + pl.duration(days=profile.payment_term_days)
    return pl.when(pl.col("due_on").is_null()).then(term).otherwise(stated).alias("day:due_on")


def _due_problems(opening: pl.DataFrame, profile: Profile, styles: Styles, about: Circumstances) -> list[pl.DataFrame]:
    """Problems of a due date that stands in the file."""
    column = profile.columns.get(Target.DUE_ON)
    if column is None:
        return []
    missing = pl.col("due_on").is_null() if profile.payment_term_days is None else pl.lit(value=False)
    shown = pl.col("day").dt.strftime("%d.%m.%Y")
    return [
        found(opening, missing, ProblemCode.DATE_MISSING, column),
        *date_problems(opening, column, "due_on", "day:due_on", styles.form(column), latest=about.today + AHEAD_INVOICE * 10),
        found(
            opening,
            pl.col("day:due_on") < pl.col("day"),
            ProblemCode.DUE_BEFORE_INVOICE,
            column,
            value=pl.col("due_on"),
            detail=shown,
        ),
    ]


def _claims(opening: pl.DataFrame) -> pl.DataFrame:
    """The opening events as claims."""
    return opening.with_columns(
        external_id=pl.col(_CASE),
        invoiced_on=pl.col("day"),
        due_on=pl.col("day:due_on"),
        principal_cents=pl.col("amount_cents"),
    )


def _history(rows: pl.DataFrame) -> pl.DataFrame:
    """Charges and payments after the opening; raising to a total is a charge of the difference, nothing of zero is
    kept."""
    raised = pl.col("amount_cents") - pl.col("before")
    return (
        rows.filter(pl.col("verb").is_in(["charges", "raises_to", "pays"]))
        .select(
            pl.col(_CASE).alias("external_id"),
            pl.col(LINE).alias("line"),
            "day",
            verb=pl.when(pl.col("verb") == "pays").then(pl.lit("payment")).otherwise(pl.lit("charge")),
            component=pl.when(pl.col("verb") == "pays").then(pl.lit("")).otherwise("component"),
            amount_cents=pl.when(pl.col("verb") == "raises_to").then(raised).otherwise("amount_cents"),
        )
        .filter(pl.col("amount_cents") > 0)
    )
