"""`kulanz match-trial`: how well payments find their cases, measured on lines whose truth is known."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

import typer
from django.db import connections
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kulanz.cli.serve import start_child
from kulanz.world.match_trial import keeper
from kulanz.world.match_trial.score import FOUND_MIN, RIGHT_MIN, WRONG_MAX, Row, Score
from kulanz.world.match_trial.transfers import Damage
from kulanz.world.match_trial.trial import run_trial

DAY: Final = date(2026, 3, 2)
"""A day of its own, so that the same seed gives the same table whenever it is run."""

_INSIDE: Final = "KULANZ_MATCH_TRIAL_INSIDE"
_NAMES: Final = {
    Damage.CLEAN: "sauber",
    Damage.BLANKS: "Leerzeichen, Trenner",
    Damage.MERGED: "Nummer klebt an anderem Text",
    Damage.ONE_TYPO: "ein Tippfehler",
    Damage.TWO_TYPOS: "zwei Tippfehler",
    Damage.NO_NUMBER: "ohne Nummer",
    Damage.THIRD_PARTY: "jemand anderes zahlt",
    Damage.COLLECTIVE: "Sammelzahlung für mehrere",
    Damage.SEVERAL: "mehrere Rechnungen auf einmal",
    Damage.IN_PARTS: "eine Rechnung in zwei Raten",
    Damage.PART: "zu wenig",
    Damage.OVER: "zu viel",
    Damage.FOREIGN: "gehört niemandem",
}


def match_trial(
    seed: Annotated[int, typer.Option(help="Gleiche Zahl, gleiche Probe")] = 1,
    lines: Annotated[int, typer.Option(min=100, max=50_000, help="So viele Umsätze")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")] = False,  # noqa: FBT002  (typer's way)
    mistakes: Annotated[bool, typer.Option("--mistakes", help="Falsch gebuchte und nicht gefundene Umsätze zeigen")] = False,  # noqa: FBT002  (typer's way)
) -> None:
    """Wie gut Zahlungen ihre Akte finden: erfundener Bestand, echter Import, bekannte Wahrheit. Ende mit 1, wenn eine Grenze verfehlt ist.

    Die Probe läuft in einem eigenen, flüchtigen Datenordner; im Bestand dieser Installation bleibt nichts zurück.
    """
    if os.environ.get(_INSIDE) != "1":
        raise typer.Exit(_in_a_folder_of_its_own())
    score = _run(seed, lines, quiet=as_json)
    if as_json:
        typer.echo(json.dumps(as_data(score, with_mistakes=mistakes), ensure_ascii=False))
    else:
        Console().print(_table(score))
        for sentence in score.mistakes if mistakes else ():
            typer.echo(sentence)
        _conclude(score)
    raise typer.Exit(1 if score.missed else 0)


def _in_a_folder_of_its_own() -> int:
    """Run the same command again on an empty embedded database that is thrown away afterwards, even if one of the two is killed."""
    folder = tempfile.mkdtemp(prefix="kulanz-trial-")
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {"KULANZ_HOME": folder, _INSIDE: "1"}
    connections.close_all()
    with keeper.start(environment) as kept:
        try:
            return start_child([sys.executable, "-m", "kulanz.cli.main", *sys.argv[1:]], environment).wait()
        finally:
            kept.communicate()


def _run(seed: int, lines: int, *, quiet: bool) -> Score:
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), disable=quiet, transient=True) as bar:
        task = bar.add_task("")
        now = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)
        return run_trial(seed, lines, day=DAY, now=now, progress=lambda text: bar.update(task, description=text))


def _table(score: Score) -> Table:
    table = Table(title=f"Probe {score.seed}: {score.total.lines} Umsätze, {score.seconds:.0f} s", title_justify="left")
    table.add_column("Art")
    for heading in ("Umsätze", "gehören jemandem", "richtig gebucht", "falsch gebucht", "offen", "davon unter den ersten 3"):
        table.add_column(heading, justify="right")
    for damage, row in score.rows.items():
        table.add_row(_NAMES[damage], *_cells(row))
    table.add_section()
    table.add_row("zusammen", *_cells(score.total), style="bold")
    return table


def _cells(row: Row) -> tuple[str, ...]:
    return tuple(str(number) for number in (row.lines, row.owned, row.right, row.wrong, row.left, row.found))


def _conclude(score: Score) -> None:
    whole = score.total
    typer.echo(f"Falsch unter allen {whole.right + whole.wrong} Buchungen: {score.wrong_rate:.3%} (erlaubt {WRONG_MAX:.1%})")
    typer.echo(f"Richtig gebucht von {whole.owned} Umsätzen, die jemandem gehören: {score.right_rate:.2%} (verlangt {RIGHT_MIN:.0%})")
    typer.echo(f"Von den {whole.left} übrigen unter den ersten drei Vorschlägen: {score.found_rate:.2%} (verlangt {FOUND_MIN:.0%})")
    typer.echo(f"Erinnerungen am Tag danach: {score.contacts} an Menschen, deren Geld in der Datei steht, {score.others} an alle anderen")
    for sentence in score.missed:
        typer.secho(f"Verfehlt: {sentence}", fg=typer.colors.RED)


def as_data(score: Score, *, with_mistakes: bool) -> dict[str, Any]:
    """The score as plain data; rates are fractions, their denominators stand beside them."""
    whole = score.total
    return {
        "seed": score.seed,
        "lines": whole.lines,
        "kinds": {damage.value: _row_data(row) for damage, row in score.rows.items()},
        "total": _row_data(whole),
        "wrong_of_booked": round(score.wrong_rate, 6),
        "right_of_owned": round(score.right_rate, 6),
        "top3_of_left": round(score.found_rate, 6),
        "contacts_to_payers": score.contacts,
        "contacts_to_others": score.others,
        "missed": score.missed,
        "seconds": round(score.seconds, 1),
        **({"mistakes": score.mistakes} if with_mistakes else {}),
    }


def _row_data(row: Row) -> dict[str, int]:
    return {"lines": row.lines, "owned": row.owned, "right": row.right, "wrong": row.wrong, "left": row.left, "top3": row.found}
