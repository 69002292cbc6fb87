"""`kulanz check`: the books, recomputed."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Annotated

import typer

from kulanz.law.money import format_money
from kulanz.runs.check import check as run_check
from kulanz.site import clock


def check(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Alle Salden neu berechnen und beweisen, dass die Bücher stimmen; Ende mit 1, wenn nicht."""
    started = time.perf_counter()
    report = run_check(clock.today())
    seconds = time.perf_counter() - started
    if as_json:
        typer.echo(json.dumps({**asdict(report), "seconds": round(seconds, 2), "ok": not report.findings}, ensure_ascii=False))
    else:
        typer.echo(f"{report.entries} Buchungen, {report.postings} Zeilen, {report.accounts} Konten geprüft in {seconds:.1f} s")
        for total in report.totals:
            typer.echo(
                f"{total.currency}: Forderungen {format_money(total.claims_cents)} + Kosten {format_money(total.charges_cents)}"
                f" + Zinsen {format_money(total.interest_cents)} - beglichen {format_money(-total.settled_cents)}"
                f" = offen {format_money(total.open_cents)}"
            )
        for warning in report.warnings:
            typer.secho(f"Achtung: {warning}", fg=typer.colors.YELLOW)
        for finding in report.findings:
            typer.secho(f"FALSCH: {finding.code}: {finding.where}", fg=typer.colors.RED)
        typer.echo("Die Bücher stimmen." if not report.findings else f"{len(report.findings)} Abweichungen.")
    raise typer.Exit(1 if report.findings else 0)
