"""`kulanz export`: bookings for DATEV, claims in doubt."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from kulanz.claims.models import Creditor
from kulanz.cli.remit import creditor_of
from kulanz.law.money import format_money
from kulanz.payments import remittances
from kulanz.payments.commands.datev import NewSettings, datev_file, datev_protocol, discard_datev, export_datev, lock_datev, set_datev
from kulanz.payments.commands.settings import recorded
from kulanz.site import clock
from kulanz.site.tables import safe_cell
from kulanz.site.templatetags.kulanz_ui import amount

app = typer.Typer(no_args_is_help=True)
datev = typer.Typer(no_args_is_help=True)
app.add_typer(datev, name="datev", help="Buchungsstapel für DATEV (EXTF 700, Version 13).")


@datev.command("settings")
def settings(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    consultant: Annotated[int, typer.Option(help="Beraternummer")],
    client: Annotated[int, typer.Option(help="Mandantennummer")],
    account: Annotated[list[str], typer.Option(help="Konto=Nummer, z. B. bank=1200 oder income:interest=2650; mehrfach")],
    year_begins: Annotated[int, typer.Option(help="Monat, in dem das Wirtschaftsjahr beginnt")] = 1,
    account_length: Annotated[int, typer.Option(help="Länge der Sachkonten")] = 4,
    chart: Annotated[str, typer.Option(help="03 oder 04, wenn SKR 03 oder 04")] = "",
    with_claims: Annotated[bool, typer.Option(help="Auch die Eröffnung von Forderungen ausgeben")] = False,
) -> None:
    """Konten und Nummern eines Mandanten eintragen. Was fehlt, wird beim Ausgeben genannt und nie geraten."""
    accounts = dict(one.split("=", 1) for one in account if "=" in one)
    if len(accounts) != len(account):
        raise typer.BadParameter("Jedes Konto einmal und in der Form bank=1200.", param_hint="--account")
    owner = creditor_of(creditor)
    with recorded(owner.id, actor="cli", now=clock.now()):
        set_datev(owner.id, NewSettings(consultant, client, accounts, year_begins, account_length, chart, with_claims))
    typer.echo(f"{owner.name}: {len(accounts)} Konten eingetragen")


@datev.command("make")
def make(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    to: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])],
    folder: Annotated[Path, typer.Option(help="Ordner für Datei und Protokoll")] = Path(),
    actor: Annotated[str, typer.Option("--as", help="Wer ausgibt")] = "cli",
) -> None:
    """Die Buchungen eines Zeitraums ausgeben, die noch in keinem Stapel stehen."""
    owner = creditor_of(creditor)
    made = export_datev(owner.id, from_on=since.date(), to_on=to.date(), actor=actor, now=clock.now(), day=clock.today())
    name, data = datev_file(made)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    protocol = datev_protocol(made)
    (folder / name.replace(".csv", "_Protokoll.txt")).write_text(protocol, encoding="utf-8")
    typer.echo(f"[{made.id}] {folder / name}")
    typer.echo(protocol)


@datev.command("lock")
def lock(export_id: int, actor: Annotated[str, typer.Option("--as")] = "cli") -> None:
    """Einen Stapel als übernommen kennzeichnen; danach bleibt er."""
    lock_datev(export_id, actor=actor, now=clock.now())
    typer.echo("Festgehalten.")


@datev.command("discard")
def discard(export_id: int) -> None:
    """Einen offenen Stapel zurücknehmen; seine Buchungen sind wieder frei."""
    discard_datev(export_id)
    typer.echo("Zurückgenommen.")


@app.command()
def doubtful(
    file: Annotated[Path, typer.Argument(help="CSV-Datei")],
    creditor: Annotated[str, typer.Option(help="Kurzname; ohne Angabe alle")] = "",
    overdue_days: Annotated[int, typer.Option(help="Ab so vielen Tagen Überfälligkeit")] = 90,
) -> None:
    """Zweifelhafte Forderungen für die Einzelwertberichtigung: Tatsachen, keine Bewertung."""
    ids = [creditor_of(creditor).id] if creditor else list(Creditor.objects.values_list("id", flat=True))
    rows = remittances.doubtful(ids, clock.today(), overdue_days=overdue_days)
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(
            ["Mandant", "Aktenzeichen", "Rechnung", "Fällig", "Tage", "Hauptforderung", "Zinsen und Kosten", "Letzte Zahlung", "Warum"]
        )
        for one in rows:
            cells = (
                one.creditor,
                one.reference,
                one.number,
                one.due_on,
                one.overdue_days,
                amount(one.principal_cents),
                amount(one.other_cents),
            )
            writer.writerow([safe_cell(cell) for cell in (*cells, one.last_paid_on, "; ".join(one.reasons))])
    typer.echo(f"{len(rows)} Forderungen über {format_money(sum(one.principal_cents for one in rows))} EUR: {file}")
