"""`kulanz demo`, `kulanz world run`, `kulanz match-trial`: a living portfolio on a virtual clock, and a trial of the matching."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connections
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from kulanz.cli.serve import refuse_taken_port, serve, start_child
from kulanz.site import clock
from kulanz.world.build import Built, build, finished
from kulanz.world.effects import Kind
from kulanz.world.fingerprint import fingerprint
from kulanz.world.mail_process import free_port, wait_until_open
from kulanz.world.match_trial.command import match_trial
from kulanz.world.provider_server.demo import connect, disconnect
from kulanz.world.state import Plan
from kulanz.world.welcome import welcome

DAYS, DEBTORS, SEED = 120, 2_000, 2026

app = typer.Typer(no_args_is_help=True)
world_app = typer.Typer(no_args_is_help=True, help="Die gespielte Welt: Menschen, Bank und Post hinter der Demo.")
app.add_typer(world_app, name="world")
app.command("match-trial")(match_trial)


@app.command()
def demo(
    port: Annotated[int, typer.Option(envvar="PORT", help="Port der Weboberfläche")] = 8000,
    build_only: Annotated[bool, typer.Option("--build-only", help="Nur den Bestand aufbauen, nicht starten")] = False,  # noqa: FBT002  (typer's way)
) -> None:
    """Einen lebendigen Bestand aufbauen (120 gespielte Tage, rund 2.000 Menschen) und die Oberfläche starten."""
    if not build_only:
        refuse_taken_port("127.0.0.1", port)
    _with_own_mail(port)
    plan = Plan.ending(clock.today(), days=DAYS, debtors=DEBTORS, seed=SEED)
    built = _build(plan, quiet=False)
    Console().print(welcome(built, port=port), highlight=False, soft_wrap=True)
    if not build_only:
        connections.close_all()
        played = _start_provider(port)
        try:
            serve(port)
        finally:
            if played:
                disconnect(Path(settings.KULANZ_PROVIDERS))


def _start_provider(port: int) -> bool:
    """Start the played payment provider and connect the demo's creditors. Without it the demo runs on, with transfers only."""
    file, provider_port = Path(settings.KULANZ_PROVIDERS), free_port()
    if not connect(file, provider_port=provider_port, web_port=port):
        return False
    start_child([sys.executable, "-m", "kulanz.world.provider_server.server", str(provider_port), str(file)])
    try:
        wait_until_open(provider_port)
    except TimeoutError:
        disconnect(file)
        typer.secho("Der Testanbieter für Karte und PayPal ist nicht gestartet; im Portal stehen nur Überweisungen.", err=True)
        return False
    typer.echo(f"Testanbieter für Karte, PayPal und bar: http://127.0.0.1:{provider_port}/  (dort kommen Zahlungen an und gehen zurück)")
    return True


@world_app.command()
def run(
    days: Annotated[int, typer.Option(min=1, max=400, help="So viele Tage, der letzte ist heute")] = DAYS,
    debtors: Annotated[int, typer.Option(min=5, max=200_000, help="So viele Menschen und Firmen")] = DEBTORS,
    seed: Annotated[int, typer.Option(help="Gleiche Zahl, gleiche Welt")] = SEED,
    kind: Annotated[Kind, typer.Option(help="Was Nachrichten in dieser Welt bewirken")] = Kind.CENTRAL,
    as_json: Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")] = False,  # noqa: FBT002  (typer's way)
) -> None:
    """Eine gespielte Welt laufen lassen, in einem leeren Datenordner (KULANZ_HOME)."""
    _with_own_mail(settings.PORT)
    started = time.perf_counter()
    built = _build(Plan.ending(clock.today(), days=days, debtors=debtors, seed=seed, kind=kind), quiet=as_json)
    seconds = round(time.perf_counter() - started, 1)
    if as_json:
        typer.echo(json.dumps({**built.as_json(), "seconds": seconds, "fingerprint": fingerprint()}, ensure_ascii=False))
    else:
        typer.echo(f"Fertig nach {seconds} s. Kontoauszug: {built.statement}. Forderungen: {built.claims}.")


def _with_own_mail(port: int) -> None:
    """Make sure that mail stays on this machine: settings are read once, so the process starts itself again with the right ones."""
    if os.environ.get("KULANZ_DEMO") == "1" and settings.KULANZ_SMTP_URL.startswith("inbox://127.0.0.1:"):
        return
    environment = {
        **os.environ,
        "KULANZ_DEMO": "1",
        "KULANZ_SMTP_URL": f"inbox://127.0.0.1:{free_port()}",
        "PORT": str(port),
    }
    connections.close_all()
    os.execve(sys.executable, [sys.executable, "-m", "kulanz.cli.main", *sys.argv[1:]], environment)  # noqa: S606  (ourselves)


def _build(plan: Plan, *, quiet: bool) -> Built:
    """Start the local mail server beside this process and build, with a bar that tells the day and the counts."""
    home, mail_port = Path(settings.KULANZ_HOME), int(settings.KULANZ_SMTP_URL.rpartition(":")[2])
    start_child([sys.executable, "-m", "kulanz.world.mail_process", str(home / "mail"), str(mail_port)])
    wait_until_open(mail_port)
    if (there := finished(home)) is not None:
        return there
    total = (plan.last_day - plan.first_day).days + 1
    columns = (TextColumn("[bold]{task.fields[day]}"), BarColumn(), TextColumn("{task.fields[counts]}"), TimeElapsedColumn())
    with Progress(*columns, disable=quiet) as bar:
        task = bar.add_task("days", total=total, day="", counts="")

        def tell(day: date, counts: Counter[str]) -> None:
            words = f"{counts['claims']} Rechnungen · {counts['sent']} Nachrichten · {counts['statements']} Kontoauszüge"
            bar.update(task, advance=1, day=f"{day:%d.%m.%Y}", counts=words)

        return build(home, plan, now=clock.now(), progress=tell, announce=typer.echo)
