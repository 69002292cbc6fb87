"""`kulanz import statement`: files of banks and payment providers in; per statement what was in it and what became of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from kulanz.payments.commands import Imported, StatementResult
from kulanz.payments.commands.money_file import take_money_file
from kulanz.payments.readers import Problem
from kulanz.payments.readers.shape import INPUT_BYTES_MAX, euros
from kulanz.payments.reports import as_data
from kulanz.site import clock


def statement(
    files: Annotated[
        list[Path],
        typer.Argument(help="camt, MT940, MT942, CSV (auch Abrechnungen von PayPal und Stripe) oder ein ZIP davon", metavar="DATEI…"),
    ],
    endpoint: Annotated[str, typer.Option(help="Anschluss des Zahlungsanbieters, falls die Datei ihn nicht erkennen lässt")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Kontoauszüge einlesen: zuordnen, buchen, und wer bezahlt hat, hat Ruhe. Ende mit 1, wenn etwas abgelehnt wurde."""
    results = [_take(path, endpoint) for path in files]
    refused = any(result.problems or any(one.refused for one in result.statements) for result in results)
    if as_json:
        typer.echo(json.dumps([as_data(result) for result in results], ensure_ascii=False, indent=2))
    else:
        for result in results:
            _show(result)
    raise typer.Exit(1 if refused else 0)


def _take(path: Path, endpoint: str = "") -> Imported:
    try:
        if path.stat().st_size > INPUT_BYTES_MAX:
            reason = "Die Datei ist größer als 100 MB. Bitte einen kürzeren Zeitraum herunterladen."
            return Imported(path.name, "", (), (Problem(path.name, 0, reason, "statement_too_large"),))
        data = path.read_bytes()
    except OSError:
        reason = "Die Datei gibt es nicht, oder sie ist nicht lesbar."
        return Imported(path.name, "", (), (Problem(path.name, 0, reason, "statement_not_found"),))
    return take_money_file(data, path.name, endpoint_id=endpoint, actor="cli", now=clock.now(), day=clock.today())


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
