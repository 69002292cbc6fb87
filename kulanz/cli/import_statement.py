"""`kulanz import statement`: bank files in; per statement what was in it and what became of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kulanz.payments.commands import Imported, StatementResult, import_statement
from kulanz.payments.readers import Problem
from kulanz.payments.readers.shape import INPUT_BYTES_MAX, euros
from kulanz.payments.reports import as_data
from kulanz.site import clock


def statement(
    files: Annotated[list[Path], typer.Argument(help="camt.052/053/054, MT940, MT942, CSV oder ein ZIP davon", metavar="DATEI…")],
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
        if path.stat().st_size > INPUT_BYTES_MAX:
            reason = "Die Datei ist größer als 100 MB. Bitte einen kürzeren Zeitraum herunterladen."
            return Imported(path.name, "", (), (Problem(path.name, 0, reason, "statement_too_large"),))
        data = path.read_bytes()
    except OSError:
        reason = "Die Datei gibt es nicht, oder sie ist nicht lesbar."
        return Imported(path.name, "", (), (Problem(path.name, 0, reason, "statement_not_found"),))
    return import_statement(data, path.name, actor="cli", now=clock.now(), day=clock.today())


def _show(result: Imported) -> None:
    typer.secho(f"{result.file} ({result.format})" if result.format else result.file, bold=True)
    for one in result.statements:
        number = "/".join(filter(None, (one.number, one.sequence)))
        typer.echo(f"  {one.account or 'ohne Konto'} · {one.creditor or 'kein Mandant'}" + (f" · Auszug {number}" if number else ""))
        typer.echo(f"    {_amounts(one)}")
        if one.refused:
            typer.secho("    abgelehnt", fg=typer.colors.RED)
        else:
            open_lines = f"{one.unmatched} offen" + (f" (davon {one.proposed} mit Vorschlag)" if one.proposed else "")
            typer.echo(f"    {one.new} neu, {one.known} bekannt; {one.booked} gebucht, {open_lines}")
    for problem in (*result.problems, *(problem for one in result.statements for problem in one.problems)):
        where = f"{problem.file}, Zeile {problem.line}" if problem.line else problem.file
        typer.secho(f"  {where}: {problem.reason} [{problem.code}]", fg=typer.colors.RED if problem.refuses else typer.colors.YELLOW)


def _amounts(one: StatementResult) -> str:
    parts = ["1 Umsatz" if one.entries == 1 else f"{one.entries} Umsätze", f"Summe {euros(one.sum_cents, one.currency)}"]
    if one.pending:
        parts.insert(1, f"davon {one.pending} nur vorgemerkt")
    for what, cents in (("Anfang", one.opening_cents), ("Ende", one.closing_cents)):
        if cents is not None:
            parts.append(f"{what} {euros(cents, one.currency)}")
    return ", ".join(parts)
