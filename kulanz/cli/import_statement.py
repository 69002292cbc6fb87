"""`kulanz import statement`: bank files in, one table row per statement out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kulanz.law.money import format_money
from kulanz.payments.commands import Imported, StatementResult, import_statement
from kulanz.payments.readers import Problem
from kulanz.payments.readers.shape import euros
from kulanz.site import clock


def statement(
    files: Annotated[list[Path], typer.Argument(help="camt.052/053/054, MT940, MT942 oder ein ZIP davon", metavar="DATEI…")],
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Kontoauszüge einlesen: zuordnen, buchen, und wer bezahlt hat, hat Ruhe. Ende mit 1, wenn etwas abgelehnt wurde."""
    results = [_take(path) for path in files]
    refused = any(result.problems or any(one.refused for one in result.statements) for result in results)
    if as_json:
        typer.echo(json.dumps([as_data(result) for result in results], ensure_ascii=False, indent=2))
    else:
        for result in results:
            _show(result)
    raise typer.Exit(1 if refused else 0)


def _take(path: Path) -> Imported:
    try:
        data = path.read_bytes()
    except OSError:
        reason = "Die Datei gibt es nicht, oder sie ist nicht lesbar."
        return Imported(path.name, "", (), (Problem(path.name, 0, reason, "statement_not_found"),))
    return import_statement(data, path.name, actor="cli", now=clock.now(), day=clock.today())


def as_data(result: Imported) -> dict[str, Any]:
    """One file as plain data; amounts as decimal strings."""
    return {
        "file": result.file,
        "format": result.format,
        "refused": not result.statements or all(one.refused for one in result.statements),
        "statements": [_statement_data(one) for one in result.statements],
        "problems": [_problem_data(problem) for problem in result.problems],
    }


def _statement_data(one: StatementResult) -> dict[str, Any]:
    return {
        "account": one.account,
        "creditor": one.creditor,
        "number": one.number,
        "sequence": one.sequence,
        "currency": one.currency,
        "entries": one.entries,
        "pending": one.pending,
        "lines": one.lines,
        "sum": format_money(one.sum_cents),
        "opening": None if one.opening_cents is None else format_money(one.opening_cents),
        "closing": None if one.closing_cents is None else format_money(one.closing_cents),
        "new": one.new,
        "known": one.known,
        "booked": one.booked,
        "proposed": one.proposed,
        "unmatched": one.unmatched,
        "refused": one.refused,
        "problems": [_problem_data(problem) for problem in one.problems],
    }


def _problem_data(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "reason": problem.reason,
        "refuses": problem.refuses,
    }


def _show(result: Imported) -> None:
    console = Console()
    table = Table(title=f"{result.file} ({result.format})" if result.format else result.file, title_justify="left")
    for heading in ("Konto", "Mandant", "Nr."):
        table.add_column(heading)
    for heading in ("Umsätze", "Summe", "Anfang", "Ende", "neu", "bekannt", "gebucht", "offen", "davon Vorschlag"):
        table.add_column(heading, justify="right")
    for one in result.statements:
        number = "/".join(filter(None, (one.number, one.sequence)))
        balances = ("–" if cents is None else euros(cents, "") for cents in (one.opening_cents, one.closing_cents))
        counts = (one.new, one.known, one.booked, one.unmatched, one.proposed)
        what = map(str, counts) if not one.refused else ("abgelehnt", *[""] * 4)
        money = (euros(one.sum_cents, one.currency), *balances)
        table.add_row(one.account, one.creditor or "unbekannt", number, str(one.entries), *money, *what)
    if result.statements:
        console.print(table)
    for problem in (*result.problems, *(problem for one in result.statements for problem in one.problems)):
        where = f"{problem.file}, Zeile {problem.line}" if problem.line else problem.file
        typer.secho(f"{where}: {problem.reason} [{problem.code}]", fg=typer.colors.RED if problem.refuses else typer.colors.YELLOW)
