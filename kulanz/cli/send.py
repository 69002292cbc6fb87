"""`kulanz send` hands over what waits in the outbox; `kulanz messages` shows it."""

from __future__ import annotations

import json
import random
import time
from datetime import datetime
from typing import Annotated

import typer
from django.db import InterfaceError, OperationalError, connection
from rich.console import Console
from rich.table import Table

from kulanz.claims.viewer import Viewer
from kulanz.contact.models import MessageState
from kulanz.contact.queries import outbox, outbox_counts
from kulanz.contact.sending.gateways.configured import gateways
from kulanz.contact.sending.worker import SendCounts, send_due
from kulanz.site import clock

_PAUSE_SECONDS = 5.0
_STATES = {
    MessageState.QUEUED: "wartet",
    MessageState.SENDING: "wird übergeben",
    MessageState.SENT: "verschickt",
    MessageState.FAILED: "nicht zugestellt",
    MessageState.UNKNOWN: "unklar, wartet auf einen Menschen",
    MessageState.CANCELLED: "angehalten",
}


def send(
    once: Annotated[bool, typer.Option("--once", help="Alles Fällige versenden und dann enden")] = False,
    limit: Annotated[int | None, typer.Option(help="Höchstens so viele Nachrichten")] = None,
    at: Annotated[datetime | None, typer.Option(help="So tun, als wäre es dieser Zeitpunkt (Ortszeit)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")] = False,
) -> None:
    """Fällige Nachrichten prüfen, schreiben und verschicken. Ohne --once läuft der Versand weiter, bis man ihn
    beendet."""
    ways = gateways()
    dice = random.SystemRandom()
    forever = not (once or at or limit is not None)
    try:
        while True:
            try:
                now = at.replace(tzinfo=clock.LEGAL_ZONE) if at else clock.now()
                counts = send_due(ways, now=now, dice=dice, limit=limit)
            except (OperationalError, InterfaceError):
                if not forever:
                    raise
                # The database is restarting. What was in doubt is settled by asking once it is back.
                typer.echo("Die Datenbank antwortet nicht; der Versand wartet.", err=True)
                connection.close()
            else:
                if not forever or counts.handled or counts.recovered:
                    _print(counts, email="email" in ways, as_json=as_json)
                if not forever:
                    return
            time.sleep(_PAUSE_SECONDS)
    except KeyboardInterrupt:
        typer.echo("Versand beendet.")
    finally:
        for way in ways.values():
            way.close()


def messages(
    as_json: Annotated[bool, typer.Option("--json", help="Ergebnis als JSON")] = False,
    state: Annotated[MessageState | None, typer.Option(help="Nur Nachrichten in diesem Zustand")] = None,
    limit: Annotated[int, typer.Option(help="Höchstens so viele Zeilen")] = 20,
) -> None:
    """Den Postausgang zeigen: wie viele Nachrichten in welchem Zustand sind, und die neuesten."""
    viewer = Viewer.system()
    counts = outbox_counts(viewer)
    rows = outbox(viewer, states=[state] if state else [], limit=limit)
    if as_json:
        listed = [
            {
                "id": row.id,
                "case": row.case.reference,
                "day": row.day.isoformat(),
                "step": row.step,
                "channel": row.channel,
                "state": row.state,
                "because": row.cancelled_because or row.error,
                "subject": row.subject,
                "document": row.document,
            }
            for row in rows
        ]
        typer.echo(json.dumps({"counts": {str(key): number for key, number in counts.items()}, "messages": listed}))
        return
    console = Console()
    console.print(" · ".join(f"{_STATES[key]} {number}" for key, number in counts.items() if number) or "Der Postausgang ist leer.")
    table = Table("Nr.", "Akte", "Tag", "Schritt", "Weg", "Zustand", "Warum")
    for row in rows:
        table.add_row(
            str(row.id),
            row.case.reference,
            f"{row.day:%d.%m.%Y}",
            row.step,
            row.channel,
            _STATES[MessageState(row.state)],
            row.cancelled_because or row.error,
        )
    if rows:
        console.print(table)


def _print(counts: SendCounts, *, email: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "sent": counts.sent,
                    "waiting": counts.waiting,
                    "retry": counts.retry,
                    "failed": counts.failed,
                    "unknown": counts.unknown,
                    "recovered": counts.recovered,
                    "cancelled": counts.cancelled,
                }
            )
        )
        return
    parts = [
        f"{counts.sent} verschickt",
        f"{counts.waiting} warten auf eine passende Uhrzeit" if counts.waiting else "",
        f"{counts.retry} später noch einmal" if counts.retry else "",
        f"{sum(counts.cancelled.values())} angehalten ({_reasons(counts)})" if counts.cancelled else "",
        f"{counts.failed} nicht zugestellt" if counts.failed else "",
        f"{counts.unknown} unklar: bitte im Postausgang prüfen" if counts.unknown else "",
        "" if email else "E-Mails warten: KULANZ_SMTP_URL ist nicht gesetzt",
    ]
    typer.echo(" · ".join(part for part in parts if part))


def _reasons(counts: SendCounts) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in sorted(counts.cancelled.items()))
