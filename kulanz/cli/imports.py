"""`kulanz import claims`: files of claims in; per file what was new, known, changed, and what could not be taken and why."""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kulanz.claims.commands import add_creditor
from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor
from kulanz.errors import KulanzError
from kulanz.intake.commands.import_claims import Imported, import_claims
from kulanz.intake.rules.profile import Profile, read_profile
from kulanz.site import clock

SHOWN = 20


class ProfileMissing(KulanzError):
    """Dieses Zuordnungsprofil gibt es nicht oder es ist nicht lesbar."""

    code, status = "profile_missing", 404
    fix = "Beispiele stehen in docs/examples, die Erklärung in docs/how-to/import-claims.md."


def claims(
    files: Annotated[list[Path], typer.Argument(metavar="DATEI…", help="CSV, TSV oder Excel, auch .gz")],
    creditor: Annotated[str, typer.Option(help="Kurzname des Mandanten")],
    mapping: Annotated[Path, typer.Option(help="Zuordnungsprofil (YAML)")],
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Stand: spätere Zahlungen bleiben unbekannt")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Alles prüfen, nichts behalten")] = False,
    problems: Annotated[Path | None, typer.Option(help="Nicht übernommene Zeilen hierhin schreiben (CSV, zum Verbessern)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Forderungen einlesen. Ende mit 1, wenn eine Datei oder Zeilen nicht übernommen wurden."""
    profile = _profile(mapping)
    owner = _creditor(creditor, profile)
    day = as_of.date() if as_of else None
    results: list[dict[str, Any]] = []
    with _progress(hidden=as_json) as progress:
        for file in files:
            task = progress.add_task(file.name, total=None)
            results.append(_take(file, owner, profile, day, dry_run=dry_run, problems=problems, several=len(files) > 1))
            progress.update(task, total=1, completed=1)
    if as_json:
        typer.echo(json.dumps(results, ensure_ascii=False, indent=2))
    else:
        _show(results)
    raise typer.Exit(1 if any(result["problems"] for result in results) else 0)


def _profile(path: Path) -> Profile:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileMissing(f"Das Zuordnungsprofil {path} gibt es nicht oder es ist nicht lesbar.") from error
    return read_profile(text, origin=path.name)


def _creditor(key: str, profile: Profile) -> Creditor:
    """The creditor of this key; a new one is made if the profile says who it is."""
    found = Creditor.objects.filter(key=key).first()
    if found is not None:
        return found
    if profile.creditor is None:
        raise UnknownCreditor(f"Den Mandanten „{key}“ gibt es nicht.")
    return add_creditor(key=key, **profile.creditor.details())


def _take(
    file: Path, owner: Creditor, profile: Profile, as_of: date | None, *, dry_run: bool, problems: Path | None, several: bool
) -> dict[str, Any]:
    """Import one file; one that is refused as a whole becomes a result with its reason, and the next goes on."""
    dice = secrets.SystemRandom()
    try:
        if not file.is_file():
            raise FileMissing(f"Die Datei {file} gibt es nicht.")
        taken = import_claims(file, owner, profile, as_of=as_of, dry_run=dry_run, actor="cli", now=clock.now(), dice=dice)
    except KulanzError as error:
        refused = {"file": file.name, "line": 0, "column": "", "code": error.code, "reason": str(error)}
        zero = dict.fromkeys(("rows", "new", "known", "changed"), 0)
        return {"file": file.name, "refused": True, **zero, "problems": 1, "reasons": [refused]}
    if problems is not None and taken.problems:
        _problem_path(problems, file, several=several).write_bytes(taken.problem_file())
    return taken.as_json() | {"refused": False, "reasons": [_reason(taken, problem) for problem in taken.reasons()]}


def _problem_path(wanted: Path, file: Path, *, several: bool) -> Path:
    """Where a file's problems go: the path asked for; with several files one for each, named after it."""
    return wanted.with_name(f"{wanted.stem}-{file.name.split('.')[0]}{wanted.suffix}") if several else wanted


class FileMissing(KulanzError):
    """Die Datei gibt es nicht."""

    code, status = "file_missing", 404


def _reason(taken: Imported, problem: Any) -> dict[str, Any]:
    return {"file": taken.file, "line": problem.line, "column": problem.column, "code": problem.code, "reason": problem.reason}


def _progress(*, hidden: bool) -> Progress:
    console = Console(stderr=True)
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, disable=hidden, transient=True)


def _show(results: list[dict[str, Any]]) -> None:
    console = Console()
    table = Table(title="Forderungen eingelesen", title_justify="left")
    table.add_column("Datei")
    for heading in ("Zeilen", "neu", "bekannt", "geändert", "Probleme"):
        table.add_column(heading, justify="right")
    for result in results:
        table.add_row(result["file"], *(str(result[key]) for key in ("rows", "new", "known", "changed", "problems")))
    console.print(table)
    for result in results:
        if "detected" in result:
            typer.echo(_detected(result["detected"]))
        if result.get("later_payments"):
            typer.echo(f"{result['later_payments']} spätere Zahlungen sind zum Stichtag noch nicht bekannt und nicht gebucht.")
        if result.get("dry_run"):
            typer.echo("Probelauf: nichts wurde behalten.")
        for problem in result["reasons"][:SHOWN]:
            where = f"{problem['file']}, Zeile {problem['line']}" + (f", Spalte {problem['column']}" if problem["column"] else "")
            typer.secho(f"{where}: {problem['reason']} [{problem['code']}]", fg=typer.colors.YELLOW)
        if (more := len(result["reasons"]) - SHOWN) > 0:
            typer.echo(f"… und {more} weitere (alle mit --json oder --problems DATEI)")


def _detected(found: dict[str, Any]) -> str:
    """How the file was read, in a sentence: nothing of it was guessed, everything of it can be stated in the profile."""
    marks = {";": "Semikolon", ",": "Komma", "\t": "Tabulator", "|": "senkrechter Strich"}
    delimiter = marks.get(found["delimiter"], found["delimiter"])
    parts = [found["content"], found["encoding"], delimiter, found["sheet"] and f"Blatt {found['sheet']}"]
    parts += [f"Kopfzeile in Zeile {found['header_line']}", "gepackt" if found["compressed"] else ""]
    parts += [f"{column}: {style}" for column, style in found["styles"].items()]
    return " ".join(["Erkannt: " + "; ".join(part for part in parts if part) + ".", *found["notes"]])
