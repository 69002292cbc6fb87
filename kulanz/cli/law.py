"""`kulanz law NAME`: the law's calculators for everyone; one question by options, or many by `--batch`."""

from __future__ import annotations

import inspect
import io
import json
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kulanz.errors import KulanzError
from kulanz.law.calculators import CALCULATORS, answer_line, error_object, read_question
from kulanz.law.calculators.calculator import Calculator
from kulanz.law.calculators.fields import BadField, Field, Kind
from kulanz.law.tables import TableState, states

app = typer.Typer(help="Recht als Rechner: Zinsen, Kosten, Fristen, Freigrenzen.", no_args_is_help=True)


def _command(calculator: Calculator) -> Callable[..., None]:
    """A command with one option per field, besides `--json` and `--batch`."""

    def run(**options: Any) -> None:
        as_json, batch = options.pop("json"), options.pop("batch")
        question = {name: value for name, value in options.items() if value is not None}
        if batch:
            if question:
                raise BadField("Mit --batch stehen die Angaben in der Datei, nicht als Optionen.")
            _run_batch(calculator.name, batch)
            return
        _run_one(calculator, question, as_json=as_json)

    parameters = [_option(field) for field in calculator.fields]
    parameters.append(_parameter("json", bool, typer.Option(False, "--json", help="Antwort als JSON")))
    help_batch = "JSON-Zeilen aus einer Datei (- für die Standardeingabe): je Zeile ein Fall, je Zeile eine Antwort"
    parameters.append(_parameter("batch", str, typer.Option("", "--batch", metavar="FILE.jsonl", help=help_batch)))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads options from it
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = f"{calculator.title}."
    return run


def _option(field: Field) -> inspect.Parameter:
    words = f"{field.help} ({', '.join(field.choices) if field.choices else field.kind.value})"
    name = f"--{field.name.replace('_', '-')}"
    spelled = {name, f"--{field.name}"}
    if field.kind is Kind.FLAG:
        flags = "/".join((name, f"--no-{name[2:]}"))
        return _parameter(field.name, bool | None, typer.Option(None, flags, help=field.help))
    if field.kind is Kind.LIST:
        words = f"{field.help}, als JSON"
    return _parameter(field.name, str | None, typer.Option(None, *sorted(spelled), help=words))


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _run_one(calculator: Calculator, options: dict[str, object], *, as_json: bool) -> None:
    try:
        result = calculator.answer({name: _from_text(calculator, name, value) for name, value in options.items()})
    except KulanzError as error:
        if not as_json:
            raise
        typer.echo(_json(error_object(error)))
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(_json(result))
    else:
        _show(calculator.title, result)


def _from_text(calculator: Calculator, name: str, value: object) -> object:
    """Lists come as JSON on the command line, or as names with commas; everything else is text already."""
    field = next(field for field in calculator.fields if field.name == name)
    if field.kind is Kind.DATE_OR_FLAG and value in ("true", "false"):
        return value == "true"
    if field.kind is not Kind.LIST or not isinstance(value, str):
        return value
    if not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",")]
    return read_question(f'{{"{name}": {value}}}')[name]


def _run_batch(name: str, batch: str) -> None:
    if batch == "-":
        _answer_lines(name, io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"), sys.stdout)
        return
    try:
        with Path(batch).open(encoding="utf-8", errors="replace") as lines:
            _answer_lines(name, lines, sys.stdout)
    except OSError as error:
        raise BadField(f"Die Datei {batch} ist nicht lesbar: {error.strerror}.") from error


def _answer_lines(name: str, lines: Iterable[str], out: TextIO) -> None:
    for line in lines:
        out.write(_json(answer_line(name, line)) + "\n")
    out.flush()


def _json(value: object) -> str:
    """JSON in plain UTF-8; what cannot be written in it (a lone surrogate someone sent) is escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def _show(title: str, result: dict[str, object]) -> None:
    """The answer for people: single values as lines, lists as tables."""
    console = Console()
    console.print(f"[bold]{title}[/bold]")
    for name, value in result.items():
        if isinstance(value, list):
            table = Table(*(str(column) for column in value[0])) if value else None
            for row in value:
                if table is not None:
                    table.add_row(*("" if cell is None else str(cell) for cell in row.values()))
            console.print(table if table is not None else f"{name}: –")
        else:
            console.print(f"{name}: {'–' if value is None else value}", soft_wrap=True)


for _calculator in CALCULATORS.values():
    app.command(_calculator.name)(_command(_calculator))


@app.command("tables")
def tables(
    on: str = typer.Option("", "--on", help="Stand an diesem Tag (Vorgabe: heute)"),
    as_json: bool = typer.Option(False, "--json", help="Antwort als JSON"),
) -> None:
    """Die Tabellen des Rechts: von wann bis wann sie gelten, und welche bald einen neuen Wert brauchen."""
    listed = states(_day(on))
    if as_json:
        typer.echo(_json([_state(state) for state in listed]))
        return
    table = Table("Land", "Tabelle", "von", "bis", "")
    for column in table.columns[2:]:
        column.no_wrap = True
    for state in listed:
        end = state.last_day.isoformat() if state.last_day else "offen"
        note = ""
        if state.needs_attention:
            note = "abgelaufen" if (state.days_left or 0) < 0 else f"endet in {state.days_left} Tagen"
        file = f"{state.table.file}.csv"
        style = "bold red" if note else None
        title = f"{state.table.title} [{file}]"
        table.add_row(state.table.country, escape(title), state.first_day.isoformat(), end, note, style=style)
    Console().print(table)


def _state(state: TableState) -> dict[str, object]:
    return {
        "country": state.table.country,
        "table": state.table.file,
        "title": state.table.title,
        "first_day": state.first_day.isoformat(),
        "last_day": state.last_day.isoformat() if state.last_day else None,
        "days_left": state.days_left,
        "warning": state.needs_attention,
    }


def _day(text: str) -> date:
    if text:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise BadField(f"„{text}“ ist kein Tag.", fix="Bitte so schreiben: 2026-11-21.") from error
    from kulanz.site.clock import today

    return today()
