"""`kulanz agency`: what letters of a collection agency must tell (§ 13a RDG), and where something is missing."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction

from kulanz.claims.commands.voice import set_voice
from kulanz.claims.models import CaseState, Claim
from kulanz.cli.remit import creditor_of
from kulanz.contact.commands.duties import NewGround, declare_input_tax, note_ground, set_collecting_agency
from kulanz.contact.errors import DutiesRefused
from kulanz.contact.models import GroundKind
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)


@app.command("set")
def set_agency(
    legal_name: Annotated[str, typer.Option(help="Firma laut Register")],
    street: Annotated[str, typer.Option()],
    postcode: Annotated[str, typer.Option()],
    city: Annotated[str, typer.Option()],
    supervisor: Annotated[str, typer.Option(help="Zuständige Aufsichtsbehörde")],
    supervisor_address: Annotated[str, typer.Option(help="Ihre Anschrift in einer Zeile")],
    supervisor_contact: Annotated[str, typer.Option(help="Ihre E-Mail-Adresse oder Internetseite")],
    email: str = "",
    phone: str = "",
) -> None:
    """Wer im Auftrag schreibt, und wer ihn beaufsichtigt."""
    agency = set_collecting_agency(
        legal_name=legal_name,
        street=street,
        postcode=postcode,
        city=city,
        email=email,
        phone=phone,
        supervisor=supervisor,
        supervisor_address=supervisor_address,
        supervisor_contact=supervisor_contact,
    )
    typer.echo(f"Es schreibt {agency.legal_name}, beaufsichtigt von {agency.supervisor}.")


@app.command()
def client(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    deducts_input_tax: Annotated[bool, typer.Option("--deducts/--deducts-not", help="Zieht der Mandant Vorsteuer ab?")],
) -> None:
    """Für diesen Mandanten schreibt das Inkassounternehmen, nicht er selbst; dazu seine Erklärung zur Vorsteuer."""
    owner = creditor_of(creditor)
    with transaction.atomic():
        set_voice(owner.id, in_own_name=False)
        declare_input_tax(owner.id, deducts=deducts_input_tax, actor="kulanz agency", now=clock.now())
    typer.echo(f"{owner.name}: geschrieben wird im Auftrag.")


@app.command()
def grounds(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV mit number;subject;on und nach Wunsch kind")],
) -> None:
    """Worauf Forderungen beruhen, aus einer Liste: Rechnungsnummer, Gegenstand, Tag des Vertrags. Alles oder nichts."""
    owner = creditor_of(creditor)
    known = dict(Claim.objects.filter(creditor=owner).values_list("external_id", "id"))
    with file.open(encoding="utf-8-sig", newline="") as opened, transaction.atomic():
        rows = list(csv.DictReader(opened, delimiter=";"))
        for line, row in enumerate(rows, 2):
            try:
                note_ground(_ground(row, known), actor="kulanz agency", now=clock.now())
            except DutiesRefused as error:
                raise DutiesRefused(f"{file.name}, Zeile {line}: {error.message}") from error
    typer.echo(f"{len(rows)} notiert.")


def _ground(row: dict[str, str], known: dict[str, int]) -> NewGround:
    """One row of the list. Raises `DutiesRefused` for what cannot be read."""
    number, written = (row.get("number") or "").strip(), (row.get("on") or "").strip()
    if number not in known:
        raise DutiesRefused(f"Eine Rechnung „{number}“ gibt es bei diesem Mandanten nicht.")
    kind = (row.get("kind") or GroundKind.CONTRACT).strip()
    if kind not in GroundKind.values:
        raise DutiesRefused(f"Die Art „{kind}“ gibt es nicht; möglich sind contract und tort.")
    return NewGround(known[number], row.get("subject") or "", _day(written), GroundKind(kind))


def _day(written: str) -> date:
    iso = "-".join(reversed(written.split("."))) if "." in written else written
    try:
        return date.fromisoformat(iso)
    except ValueError as error:
        raise DutiesRefused(f"Der Tag „{written}“ ist nicht lesbar; erwartet wird 2026-01-31 oder 31.01.2026.") from error


@app.command()
def missing(creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")]) -> None:
    """Offene Forderungen ohne notierten Grund: ihre ersten Briefe gehen nicht hinaus."""
    rows = Claim.objects.filter(creditor=creditor_of(creditor), ground=None, case__state=CaseState.OPEN).order_by("external_id")
    for number, subject in rows.values_list("external_id", "subject"):
        typer.echo(f"{number:<24} {subject}")
    typer.echo(f"{rows.count()} ohne Grund.")
