"""`kulanz providers`: who is connected, what is open, what was paid out."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money, parse_money
from kulanz.payments import checkout_queries
from kulanz.payments.commands.checkouts import Reconciled, SentBack, pay_out_by_hand, poll, reconcile, send_waiting, slip_pdf
from kulanz.payments.providers import config, endpoint_of
from kulanz.payments.providers.errors import ProviderError
from kulanz.payments.providers.port import Method
from kulanz.payments.rules.methods import HitRate
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)
LOOK_BACK_DAYS = 30
AsJson = Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


@app.command("list")
def list_endpoints() -> None:
    """Alle angeschlossenen Zahlungsanbieter, ohne Schlüssel."""
    found = config.endpoints()
    for endpoint in found:
        test = " (Test)" if endpoint.test else ""
        typer.echo(f"{endpoint.id}: {endpoint.provider}{test} für {endpoint.creditor}, {', '.join(endpoint.methods)}")
        if Method.CASH in endpoint.methods:
            most = format_money(endpoint.cash.max_cents)
            typer.echo(f"  Bar bis {most} je Zahlschein, gültig {endpoint.cash.valid_days} Tage, als {endpoint.cash.slip.value}")
        typer.echo(f"  Webhook: {settings.KULANZ_PUBLIC_URL}/api/webhooks/{endpoint.provider}/{endpoint.id}")
    if not found:
        typer.echo("Kein Zahlungsanbieter ist angeschlossen; im Portal stehen nur Überweisung und GiroCode.")


@app.command("poll")
def poll_open() -> None:
    """Nach Zahlungen fragen, deren Ausgang offen ist (regelmäßig laufen lassen, z. B. alle zehn Minuten)."""
    found = poll(day=clock.today(), now=clock.now())
    typer.echo(f"{found.asked} gefragt, {found.changed} geändert, {found.given_up} aufgegeben, {found.silent} ohne Antwort.")
    sent = send_waiting(day=clock.today(), now=clock.now())
    if sent != SentBack():
        typer.echo(
            f"Erstattungen: {sent.gone} angekommen, {sent.running} unterwegs, {sent.failed} gescheitert, {sent.waiting} ohne Antwort."
        )


@app.command("reconcile")
def reconcile_payouts(
    endpoint: Annotated[str, typer.Argument(help="Anschluss; ohne Angabe alle")] = "",
    since: Day = None,
    until: Day = None,
    as_json: AsJson = False,
) -> None:
    """Abrechnungen der Anbieter lesen, Zeile für Zeile vergleichen, Auszahlungen ihrem Bankumsatz zuordnen."""
    day = clock.today()
    first = since.date() if since else day - timedelta(days=LOOK_BACK_DAYS)
    last = until.date() if until else day
    chosen = (endpoint_of(endpoint),) if endpoint else config.endpoints()
    results: list[Reconciled] = []
    failed: list[str] = []
    for one in chosen:
        try:
            results.append(reconcile(one, since=first, until=last, day=day, now=clock.now()))
        except ProviderError as error:
            failed.append(f"{one.id}: {error}")
    if as_json:
        typer.echo(json.dumps({"results": [asdict(result) for result in results], "failed": failed}, ensure_ascii=False, indent=2))
    else:
        for result in results:
            typer.echo(f"{result.endpoint}: {result.payouts} Auszahlungen, {result.tied} am Konto gefunden, {result.waiting} noch nicht.")
            for sentence in result.differences:
                typer.echo(f"  {sentence}")
        for sentence in failed:
            typer.secho(sentence, err=True, fg=typer.colors.RED)
    if failed or any(result.differences for result in results):
        raise typer.Exit(1)


@app.command("slip")
def slip(
    checkout: Annotated[int, typer.Argument(help="Nummer des Vorgangs")],
    out: Annotated[Path, typer.Option(help="Wohin die PDF-Datei geschrieben wird")] = Path("zahlschein.pdf"),
) -> None:
    """Den Zahlschein einer Barzahlung als Datei schreiben, solange er gilt."""
    out.write_bytes(slip_pdf(checkout, now=clock.now()))
    typer.echo(f"Geschrieben: {out}")


@app.command("payout")
def payout(
    endpoint: Annotated[str, typer.Argument(help="Anschluss, der keine Abrechnungen liefert")],
    line: Annotated[int, typer.Option(help="Nummer des Bankumsatzes")],
    payment: Annotated[list[int], typer.Option(help="Nummer eines Vorgangs, der darin steckt; mehrfach")],
    fee: Annotated[str, typer.Option(help="Gebühr laut Abrechnung, z. B. 1.20")] = "0",
    refund: Annotated[list[int] | None, typer.Option(help="Nummer eines Vorgangs, dessen Erstattung abgezogen ist; mehrfach")] = None,
) -> None:
    """Eine Auszahlung von Hand ihrem Bankumsatz zuordnen. Es muss auf den Cent aufgehen."""
    found = pay_out_by_hand(
        endpoint, line, payments=payment, refunds=refund or (), fee_cents=parse_money(fee), actor="cli", now=clock.now()
    )
    typer.echo(f"Zugeordnet: {len(payment)} Zahlungen, Auszahlung {found.payout_ref}.")


@app.command("methods")
def methods(as_json: AsJson = False) -> None:
    """Wie oft der Weg, der vorn gestanden hätte, auch der war, mit dem bezahlt wurde."""
    found: HitRate = checkout_queries.method_hits(Viewer.system())
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    elif found.payments:
        typer.echo(
            f"{found.hits} von {found.payments} Zahlungen ({found.per_mille / 10:.1f} %) gingen über den ersten Weg.".replace(".", ",", 1)
        )
    else:
        typer.echo("Noch keine Zahlung über einen Anbieter; darüber lässt sich nichts sagen.")
