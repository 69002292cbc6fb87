"""`kulanz debits`: who may collect, what is announced, the files for the bank."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from django.db import transaction
from rich.console import Console
from rich.table import Table

from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor
from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money
from kulanz.payments import queries_debits
from kulanz.payments.commands.direct_debits import announce_due, expire_mandates, set_collector, submit_due
from kulanz.payments.commands.orders import mark_downloaded
from kulanz.payments.commands.settings import recorded
from kulanz.payments.models import Collection, OrderFile, OrderKind
from kulanz.payments.readers.shape import euros
from kulanz.payments.rules.debits import WHY_NOT, NotCollected
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)
_ALL = 100_000
_GERMAN = {
    "announced": "angekündigt",
    "submitted": "bei der Bank",
    "collected": "angekommen",
    "returned": "zurückgekommen",
    "cancelled": "entfallen",
}


@app.command()
def setup(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    sepa_id: Annotated[str, typer.Argument(help="Gläubiger-Identifikationsnummer, z. B. DE98ZZZ09999999999")],
    prenotice_days: Annotated[int | None, typer.Option(help="So viele Tage vorher wird jede Abbuchung angekündigt")] = None,
    lead_bank_days: Annotated[int | None, typer.Option(help="So viele Bankarbeitstage vorher will die Bank die Datei")] = None,
) -> None:
    """Den Einzug per SEPA-Lastschrift für einen Mandanten einrichten."""
    found = Creditor.objects.filter(key=creditor).first()
    if found is None:
        raise UnknownCreditor
    with recorded(found.id, actor="cli", now=clock.now()):
        collector = set_collector(found, sepa_id, prenotice_days=prenotice_days, lead_bank_days=lead_bank_days)
    typer.echo(
        f"{found.name} zieht mit {collector.sepa_creditor_id} ein: Ankündigung {collector.prenotice_days} Tage,"
        f" Datei {collector.lead_bank_days} Bankarbeitstage vorher."
    )


@app.command()
def due(day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Tag, sonst heute")] = None) -> None:
    """Abbuchungen ankündigen, deren Rate näher kommt, und abgelaufene Mandate beenden (Teil des Tageslaufs)."""
    on = _day(day)
    with transaction.atomic():
        ended = expire_mandates(day=on, now=clock.now())
    typer.echo(f"{announce_due(day=on, now=clock.now())} angekündigt, {ended} Mandate abgelaufen.")


@app.command()
def submit(
    day: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Tag, sonst heute")] = None,
    folder: Annotated[Path | None, typer.Option(help="Dateien auch in diesem Ordner ablegen")] = None,
) -> None:
    """Dateien für die Bank erstellen (pain.008.001.08). Ein zweiter Aufruf reicht nichts doppelt ein."""
    for done in submit_due(day=_day(day), now=clock.now(), actor="kulanz"):
        dropped = f", {done.dropped} entfallen" if done.dropped else ""
        if done.file is None:
            typer.echo(f"{done.creditor.name}: nichts einzureichen{dropped}.")
            continue
        typer.echo(f"{done.creditor.name}: {done.file.message_id}, {done.file.count} Posten, {euros(done.file.sum_cents, 'EUR')}{dropped}.")
        if folder:
            _write(done.file, folder)


@app.command("list")
def list_collections(
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
    state: Annotated[str, typer.Option(help=f"Nur in diesem Zustand: {', '.join(_GERMAN)}")] = "",
) -> None:
    """Alle Abbuchungen mit Tag, Betrag, Mandat und dem, was daraus wurde."""
    found = queries_debits.collections(Viewer.system(), states=(state,) if state else (), order="due", limit=_ALL)
    if as_json:
        typer.echo(json.dumps([_data(row) for row in found.rows], ensure_ascii=False, indent=2))
        return
    table = Table(title=f"{found.total} Abbuchungen", title_justify="left")
    for heading in ("Tag", "Betrag", "Mandat", "Zustand", "Warum"):
        table.add_column(heading, justify="right" if heading == "Betrag" else "left")
    for row in found.rows:
        why = WHY_NOT[NotCollected(row.because)][0] if row.because else row.return_code
        cents = row.submitted_cents or row.amount_cents
        table.add_row(f"{row.due_on:%d.%m.%Y}", euros(cents, row.currency), row.mandate.reference, _GERMAN[row.state], why)
    Console().print(table)


@app.command()
def files(
    folder: Annotated[Path | None, typer.Option(help="Noch nicht abgeholte Dateien in diesem Ordner ablegen")] = None,
) -> None:
    """Die Dateien für die Bank mit ihren Kontrollsummen."""
    for kind in OrderKind:
        for row in reversed(queries_debits.order_files(Viewer.system(), kind, limit=_ALL)):
            fetched = f"abgeholt {row.downloaded_at:%d.%m.%Y}" if row.downloaded_at else "noch nicht abgeholt"
            typer.echo(f"{row.message_id}  {row.schema}  {row.count} Posten  {euros(row.sum_cents, row.currency)}  {fetched}")
            if folder and row.downloaded_at is None:
                _write(queries_debits.order_file(Viewer.system(), row.public_id), folder)


def _write(file: OrderFile, folder: Path) -> None:
    """Put a file where a bank program picks it up, and note that it was fetched."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{file.message_id}.xml").write_bytes(bytes(file.content))
    mark_downloaded(file, actor="kulanz", now=clock.now())


def _day(given: datetime | None) -> date:
    return given.date() if given else clock.today()


def _data(row: Collection) -> dict[str, Any]:
    return {
        "end_to_end_id": row.end_to_end_id,
        "case": row.case.reference,
        "mandate": row.mandate.reference,
        "due_on": row.due_on.isoformat(),
        "announced": format_money(row.amount_cents),
        "submitted": format_money(row.submitted_cents) if row.submitted_cents else None,
        "currency": row.currency,
        "state": row.state,
        "because": row.because,
        "return_code": row.return_code,
        "file": row.file.message_id if row.file else None,
    }
