"""`kulanz watch statements` and `kulanz api token`: bank files that come by themselves."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from kulanz.claims.models import Creditor
from kulanz.payments.commands.collect import Collected, collect
from kulanz.payments.commands.tokens import create_token, revoke_token
from kulanz.payments.errors import FolderMissing
from kulanz.payments.models import ApiToken
from kulanz.payments.sources import FolderSource
from kulanz.payments.sources.folder import SETTLED_SECONDS
from kulanz.site import clock

watch_app = typer.Typer(no_args_is_help=True)
api_app = typer.Typer(no_args_is_help=True)
token_app = typer.Typer(no_args_is_help=True)
api_app.add_typer(token_app, name="token", help="Schlüssel für Programme.")


@watch_app.callback()
def watching() -> None:
    """Ordner beobachten."""


@watch_app.command()
def statements(
    folder: Annotated[Path, typer.Argument(help="Ordner, in den die Bank oder ein Programm Auszüge legt")],
    once: Annotated[bool, typer.Option("--once", help="Einmal nachsehen und enden")] = False,
    every: Annotated[int, typer.Option(min=1, help="Alle so viele Sekunden nachsehen")] = 30,
    settled: Annotated[float, typer.Option(min=0, help="So viele Sekunden unverändert, dann gilt eine Datei als fertig")] = SETTLED_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Neue Auszüge aus einem Ordner einlesen; gelesene liegen danach in done/, abgelehnte mit Grund in refused/."""
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise FolderMissing
    source = FolderSource(folder, settled_seconds=settled)
    while True:
        _tell(collect(source, actor="folder", now=clock.now(), day=clock.today()), as_json=as_json, always=once)
        if once:
            return
        time.sleep(every)


def _tell(found: Collected, *, as_json: bool, always: bool) -> None:
    if as_json and (always or found.taken or found.refused):
        typer.echo(json.dumps({"taken": found.taken, "refused": found.refused, "new": found.new}))
    elif always or found.taken or found.refused:
        typer.echo(f"{clock.now():%d.%m.%Y %H:%M}: {found.taken} Dateien eingelesen ({found.new} neue Umsätze), {found.refused} abgelehnt")


@token_app.command()
def create(
    label: Annotated[str, typer.Argument(help="Wofür, z. B. „Bankabruf Nachtlauf“")],
    creditor: Annotated[str, typer.Option(help="Kurzname des Mandanten; ohne Angabe gilt der Schlüssel für alle")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Einen Schlüssel anlegen. Er wird nur jetzt gezeigt; gespeichert ist nur sein Abdruck."""
    owner = None
    if creditor:
        owner = Creditor.objects.filter(key=creditor).first()
        if owner is None:
            typer.secho(f"Den Mandanten „{creditor}“ gibt es nicht.", err=True, fg=typer.colors.RED)
            raise typer.Exit(2)
    token = create_token(label, creditor_id=owner.id if owner else None, actor="cli", now=clock.now())
    if as_json:
        typer.echo(json.dumps({"id": token.id, "token": token.secret, "creditor": creditor or None}))
        return
    typer.echo(f"Schlüssel {token.id} für {owner.name if owner else 'alle Mandanten'}:")
    typer.secho(token.secret, bold=True)
    typer.echo("Bitte jetzt sicher ablegen, er wird nicht noch einmal gezeigt.")


@token_app.command("list")
def list_tokens() -> None:
    """Alle Schlüssel, ohne sie zu zeigen."""
    for row in ApiToken.objects.select_related("creditor").order_by("id"):
        state = f"gesperrt am {row.revoked_at:%d.%m.%Y}" if row.revoked_at else "gültig"
        used = f"zuletzt benutzt am {row.last_used_at:%d.%m.%Y}" if row.last_used_at else "noch nicht benutzt"
        typer.echo(f"{row.id}  {row.label}  {row.creditor.key if row.creditor else 'alle'}  {state}, {used}")


@token_app.command()
def revoke(token_id: Annotated[int, typer.Argument(help="Nummer des Schlüssels")]) -> None:
    """Einen Schlüssel sperren."""
    revoke_token(token_id, now=clock.now())
    typer.echo("Gesperrt.")
