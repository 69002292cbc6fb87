"""`kulanz run`, `kulanz decisions`, `kulanz replay`, `kulanz playbook`: the day, and why it went as it did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from kulanz.claims.viewer import Viewer
from kulanz.runs.daily import Progress as Report
from kulanz.runs.daily import RunSummary, run_day
from kulanz.site import clock
from kulanz.strategy.commands import save_playbook
from kulanz.strategy.playbook import read_playbook
from kulanz.strategy.queries import decision_by_number, decisions_of_day, explain
from kulanz.strategy.reasons import Action, Reason
from kulanz.strategy.replay import replay as replay_decision

app = typer.Typer(no_args_is_help=True)
playbook_app = typer.Typer(no_args_is_help=True)

Day = Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Tag (JJJJ-MM-TT); ohne Angabe heute")]
AsJson = Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")]

_ACTIONS = {
    Action.CONTACT: "Nachricht",
    Action.WAIT: "warten",
    Action.HOLD: "gesperrt",
    Action.HUMAN: "ein Mensch ist dran",
    Action.NONE: "nichts zu tun",
}
_REASONS = {
    Reason.STEP_DUE: "Schritt ist an der Reihe",
    Reason.STEP_DUE_AFTER_QUIET_DAY: "Schritt ist an der Reihe, geht nach dem Sonn- oder Feiertag hinaus",
    Reason.STEP_NOT_DUE: "nächster Schritt ist noch nicht an der Reihe",
    Reason.CONDITION_NOT_MET: "Bedingung des Schritts nicht erfüllt",
    Reason.PERSON_DECIDES: "alle Schritte getan, ein Mensch entscheidet",
    Reason.LADDER_AT_END: "kein weiterer Schritt im Plan",
    Reason.STEP_UNKNOWN: "vermerkter Schritt ist nicht im Plan",
    Reason.CASE_CLOSED: "Akte geschlossen",
    Reason.NOT_ISSUED: "Rechnung trägt ein späteres Datum",
    Reason.NOTHING_OPEN: "nichts offen",
    Reason.HOLD_STANDS: "Sperre",
    Reason.TIME_BARRED: "vielleicht verjährt",
    Reason.CURRENCY: "andere Währung als Euro",
    Reason.NEEDS_HUMAN: "wartet auf einen Menschen",
    Reason.SMALL_AMOUNT: "Betrag zu klein",
    Reason.NO_CHANNEL: "kein Kontaktweg bekannt: Kontakt ermitteln",
    Reason.CONTACTED_RECENTLY: "letzte Nachricht ist zu kurz her",
    Reason.CAP_7_DAYS: "Grenze für 7 Tage erreicht",
    Reason.CAP_28_DAYS: "Grenze für 28 Tage erreicht",
    Reason.CHANGED_MEANWHILE: "während des Laufs geändert",
}
_CHANNELS = {"email": "E-Mail", "letter": "Brief", "": ""}
_GROUPS = {"action": "Ergebnis", "step": "Schritt", "channel": "Kanal", "reason": "Grund", "veto": "Verbot"}


@app.callback()
def runs() -> None:
    """Was eine Uhr hat."""


@app.command()
def daily(
    day: Day = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Nur entscheiden und aufschreiben, nichts veranlassen")] = False,
    engine: Annotated[str, typer.Option(help="Rechenart")] = "local",
    as_json: AsJson = False,
) -> None:
    """Den Tag rechnen: für jede offene Akte den nächsten Schritt wählen. Ein zweiter Aufruf ändert nichts."""
    wanted = day.date() if day else clock.today()
    with _progress(quiet=as_json) as report:
        summary = run_day(wanted, shadow=shadow, engine=engine, now=clock.now(), progress=report)
    if as_json:
        typer.echo(json.dumps(_as_data(summary), ensure_ascii=False))
        return
    _print(summary)


def decisions(
    day: Day = None,
    shadow: Annotated[bool, typer.Option("--shadow", help="Die des Probelaufs")] = False,
    as_json: AsJson = False,
) -> None:
    """Je offener überfälliger Rechnung eine Zeile: was an dem Tag entschieden wurde und warum."""
    wanted = day.date() if day else clock.today()
    rows = decisions_of_day(Viewer.system(), wanted, shadow=shadow)
    if as_json:
        for row in rows:
            typer.echo(json.dumps(asdict(row), ensure_ascii=False, default=str))
        return
    table = Table("Entscheidung", "Rechnung", "Akte", "Ergebnis", "Schritt", "Kanal", "Grund")
    for row in rows:
        table.add_row(
            str(row.decision),
            row.claim,
            row.case,
            _ACTIONS[Action(row.action)],
            row.step,
            _CHANNELS[row.channel],
            _REASONS[Reason(row.reason)],
        )
    Console(width=None if Console().is_terminal else 200).print(table)
    if not rows:
        typer.echo(f"Für den {wanted:%d.%m.%Y} gibt es keine Entscheidungen. Zuerst: kulanz run daily --date {wanted}")


def replay(number: Annotated[int, typer.Argument(help="Nummer der Entscheidung")], as_json: AsJson = False) -> None:
    """Eine Entscheidung aus ihren Angaben noch einmal treffen und vergleichen; Ende mit 1, wenn die Antwort anders ist."""
    decision = decision_by_number(Viewer.system(), number)
    again = replay_decision(decision)
    reasons = explain(decision)
    if as_json:
        typer.echo(json.dumps({**asdict(again), "same": again.same, "reasons": reasons}, ensure_ascii=False, default=str))
    else:
        typer.echo(f"Entscheidung {number} vom {decision.day:%d.%m.%Y}: {_ACTIONS[Action(decision.action)]} {decision.step}".rstrip())
        for reason in reasons:
            typer.echo(f"  {reason}")
        for name, written, now in again.differences:
            typer.secho(f"ANDERS: {name}: damals {written!r}, heute {now!r}", fg=typer.colors.RED)
        typer.echo("Dieselben Angaben führen zu derselben Antwort." if again.same else "Die Antwort ist heute anders.")
        if not again.same and again.engine_version != again.engine_now:
            typer.echo(f"Entschieden hat Fassung {again.engine_version}, heute rechnet Fassung {again.engine_now}.")
    raise typer.Exit(0 if again.same else 1)


@playbook_app.command("check")
def playbook_check(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML-Datei")]) -> None:
    """Einen Ablaufplan vollständig prüfen, ohne ihn zu speichern."""
    playbook = read_playbook(file.read_text(encoding="utf-8"))
    table = Table("Schritt", "ab Tag", "bis Tag", "Abstand", "Kanäle", "Bedingung", title=playbook.document.name.de)
    for step in playbook.steps:
        table.add_row(
            step.name.de,
            str(step.from_day),
            "" if step.until_day is None else str(step.until_day),
            str(step.days_after_previous_min),
            ", ".join(_CHANNELS[channel] for channel in step.channels) or "ein Mensch",
            step.when.condition if step.when else "",
        )
    Console().print(table)
    typer.echo("Der Ablaufplan ist gültig.")


@playbook_app.command("save")
def playbook_save(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="YAML-Datei")]) -> None:
    """Einen Ablaufplan prüfen und als neue Fassung in Kraft setzen."""
    version = save_playbook(file.read_text(encoding="utf-8"), by="kulanz playbook save", now=clock.now())
    typer.echo(f"Ablaufplan {version.key}, Fassung {version.version}, ist in Kraft.")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Report | None]:
    """A progress bar on the error stream, so that the result can be piped."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("Tageslauf"), BarColumn(), MofNCompleteColumn(), TextColumn("Teile"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _as_data(summary: RunSummary) -> dict[str, object]:
    """The summary with its counts grouped: `{"action": {"contact": 3, …}, …}`."""
    groups: dict[str, dict[str, int]] = {}
    counts: dict[str, object] = {name: number for name, number in summary.counts.items() if ":" not in name}
    for name, number in summary.counts.items():
        group, _, value = name.partition(":")
        if value:
            groups.setdefault(group, {})[value] = number
    counts |= groups
    return {**asdict(summary), "day": summary.day.isoformat(), "counts": counts}


def _print(summary: RunSummary) -> None:
    """The summary as a table."""
    shadow = " (Probelauf: nichts wurde veranlasst)" if summary.shadow else ""
    table = Table("", "", "Anzahl", title=f"Tageslauf {summary.day:%d.%m.%Y}{shadow}")
    words = {
        "action": {action.value: text for action, text in _ACTIONS.items()},
        "reason": {reason.value: text for reason, text in _REASONS.items()},
        "veto": {reason.value: text for reason, text in _REASONS.items()},
        "channel": _CHANNELS,
    }
    for group, title in _GROUPS.items():
        found = {name.partition(":")[2]: n for name, n in summary.counts.items() if name.startswith(f"{group}:")}
        ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))
        for place, (value, number) in enumerate(ranked):
            table.add_row("" if place else title, words.get(group, {}).get(value, value), f"{number:,}".replace(",", "."))
        if found:
            table.add_section()
    table.add_row("Akten", "", f"{summary.counts.get('cases', 0):,}".replace(",", "."))
    table.add_row("Nachrichten in den Ausgang", "", f"{summary.counts.get('queued', 0):,}".replace(",", "."))
    Console(width=None if Console().is_terminal else 120).print(table)
    for problem in summary.problems:
        typer.secho(problem, err=True, fg=typer.colors.RED)
    if summary.done_before:
        typer.echo("Dieser Tag war schon gerechnet; es ist nichts hinzugekommen.")
