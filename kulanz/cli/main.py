"""The command `kulanz`: one sub-command per job, each thin over the rooms' commands and queries."""

from __future__ import annotations

import os
import sys
from importlib import metadata

import typer

from kulanz.errors import KulanzError


def main() -> None:
    """Run the command line. An expected error becomes a sentence and exit code 2, never a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kulanz.site.settings")
    try:
        _build(sys.argv[1:2])()
    except KulanzError as error:
        typer.secho(f"{error.message} [{error.code}]", err=True, fg=typer.colors.RED)
        if error.remedy:
            typer.echo(error.remedy, err=True)
        sys.exit(2)


def _build(words: list[str]) -> typer.Typer:
    """The command tree. `kulanz law` knows no database and `kulanz db` manages it, so neither waits for one."""
    app = typer.Typer(
        name="kulanz", help="Aus überfälligen Rechnungen werden wieder Kundinnen und Kunden.", no_args_is_help=True, add_completion=False
    )
    from kulanz.cli import db, law

    app.add_typer(law.app, name="law", help="Recht als Rechner: Zinsen, Kosten, Fristen, Freigrenzen.")
    app.add_typer(db.app, name="db", help="Die Datenbank: starten, stoppen, sichern, zurückspielen.")
    if words and words[0] in {"law", "db"}:
        return app
    import django

    django.setup()
    if words and not words[0].startswith("-"):
        db.make_ready()
    _add_rooms(app)
    for plugin in metadata.entry_points(group="kulanz.commands"):
        commands: typer.Typer = plugin.load()
        app.add_typer(commands, name=None)
    return app


def _add_rooms(app: typer.Typer) -> None:
    from kulanz.cli import (
        agency,
        check,
        creditor,
        debits,
        export,
        import_statement,
        imports,
        limitation,
        matches,
        providers,
        receipt,
        refunds,
        remit,
        run,
        send,
        serve,
        sources,
    )

    importing = typer.Typer(help="Dateien einlesen: Forderungen und Kontoauszüge.", no_args_is_help=True)
    importing.command("claims")(imports.claims)
    importing.command("statement")(import_statement.statement)
    importing.command("direct")(remit.direct)
    app.add_typer(importing, name="import")
    app.add_typer(providers.app, name="providers", help="Zahlungsanbieter: Anschlüsse, offene Zahlungen, Abrechnungen.")
    app.add_typer(remit.app, name="remit", help="Fremdgeld, Abrechnungen, Auszahlungen an Mandanten.")
    app.add_typer(export.app, name="export", help="Ausgeben: Buchungen für DATEV, zweifelhafte Forderungen.")
    app.add_typer(debits.app, name="debits", help="SEPA-Lastschriften: einrichten, ankündigen, einreichen.")
    app.add_typer(refunds.app, name="refunds", help="Rückzahlungen: finden, freigeben, beauftragen.")
    app.add_typer(sources.watch_app, name="watch", help="Ordner beobachten, in denen Auszüge ankommen.")
    app.add_typer(sources.api_app, name="api", help="Zugänge für Programme.")
    app.add_typer(run.app, name="run", help="Der Tageslauf.")
    app.add_typer(run.playbook_app, name="playbook", help="Spielbücher prüfen.")
    app.add_typer(creditor.app, name="creditor", help="Mandanten anlegen und auflisten.")
    app.add_typer(agency.app, name="agency", help="Schreiben im Auftrag: wer schreibt, und was sein erster Brief sagen muss.")
    app.add_typer(creditor.user_app, name="user", help="Zugänge für das Team.")
    app.command("replay")(run.replay)
    app.command("decisions")(run.decisions)
    app.command("limitation")(limitation.limitation)
    app.command("matches")(matches.matches)
    app.command("receipt")(receipt.receipt)
    app.command("send")(send.send)
    app.command("messages")(send.messages)
    app.command("check")(check.check)
    app.command("serve")(serve.serve_command)


if __name__ == "__main__":
    main()
