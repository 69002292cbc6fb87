"""`kulanz db`: start, stop, migrate, back up, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kulanz.errors import KulanzError
from kulanz.site import database

app = typer.Typer(no_args_is_help=True)


class MigrationsPending(KulanzError):
    """Die Datenbank hat noch nicht den Stand dieses Programms."""

    code, status = "migrations_pending", 503
    fix = "Erst sichern (`kulanz db backup DATEI`), dann `kulanz db migrate` ausführen."


def make_ready() -> None:
    """Bring the database up. An embedded one that is new or behind is migrated; a server of yours only by `kulanz db migrate`."""
    if database.embedded():
        database.start()
    if not _pending():
        return
    if not database.embedded():
        raise MigrationsPending
    _migrate()


def _pending() -> bool:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _migrate() -> None:
    """Apply all migrations; two processes at once wait for each other."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('kulanz.migrate'))")
        try:
            call_command("migrate", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('kulanz.migrate'))")


@app.command()
def start() -> None:
    """Die eingebettete Datenbank starten (jeder andere Befehl tut das von selbst)."""
    _only_embedded()
    database.start()
    typer.echo(f"Die Datenbank läuft: {database.data_folder()}")


@app.command()
def stop() -> None:
    """Die eingebettete Datenbank stoppen."""
    _only_embedded()
    typer.echo("Die Datenbank ist gestoppt." if database.stop() else "Die Datenbank lief nicht.")


@app.command()
def status() -> None:
    """Sagen, ob die Datenbank antwortet; Ende mit 1, wenn nicht."""
    up = database.is_up()
    typer.echo("Die Datenbank antwortet." if up else "Die Datenbank antwortet nicht.")
    raise typer.Exit(0 if up else 1)


@app.command()
def migrate() -> None:
    """Die Tabellen auf den Stand dieses Programms bringen."""
    import django

    django.setup()
    if database.embedded():
        database.start()
    _migrate()
    typer.echo("Die Datenbank hat den Stand dieses Programms.")


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Zieldatei")]) -> None:
    """Alles in eine Datei sichern."""
    database.backup(file)
    typer.echo(f"Gesichert: {file} ({file.stat().st_size / 1_048_576:.1f} MB)")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="Sicherung von `kulanz db backup`")],
    yes: Annotated[bool, typer.Option("--yes", help="Ohne Rückfrage")] = False,
) -> None:
    """Den Stand einer Sicherung herstellen. Was jetzt in der Datenbank steht, ist danach weg."""
    if not yes:
        typer.confirm("Der jetzige Inhalt der Datenbank wird ersetzt. Das lässt sich nicht rückgängig machen. Weiter?", abort=True)
    database.restore(file)
    typer.echo("Zurückgespielt.")


def _only_embedded() -> None:
    if not database.embedded():
        message = "DATABASE_URL ist gesetzt; diese Datenbank verwaltet Kulanz nicht."
        raise database.DatabaseUnavailable(message, fix="Den Server dort starten.")
