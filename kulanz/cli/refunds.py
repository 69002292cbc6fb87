"""`kulanz refunds`: money that belongs to debtors, found, decided by two people, ordered."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from django.db import transaction
from rich.console import Console
from rich.table import Table

from kulanz.claims.errors import UnknownCreditor
from kulanz.claims.models import Creditor, User
from kulanz.claims.queries import case_by_reference
from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money
from kulanz.payments import queries_refunds
from kulanz.payments.commands.refunds import approve as approve_refund
from kulanz.payments.commands.refunds import order_refunds, propose_due
from kulanz.payments.commands.refunds import refuse as refuse_refund
from kulanz.payments.debit_errors import RefundNotFound
from kulanz.payments.models import RefundProposal
from kulanz.payments.readers.shape import euros
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)
_ALL = 100_000
_GERMAN = {
    "open": "zu entscheiden",
    "approved": "freigegeben",
    "ordered": "beauftragt",
    "paid": "zurückgezahlt",
    "refused": "abgelehnt",
    "cancelled": "entfallen",
    "failed": "zurückgekommen",
}
Person = Annotated[str, typer.Option("--as", help="Anmeldename der Person, die entscheidet")]


@app.command()
def find() -> None:
    """Guthaben bezahlter Akten finden und zur Rückzahlung vorschlagen (Teil des Tageslaufs)."""
    typer.echo(f"{propose_due(day=clock.today(), now=clock.now())} vorgeschlagen.")


@app.command("list")
def list_refunds(
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
    state: Annotated[str, typer.Option(help=f"Nur in diesem Zustand: {', '.join(_GERMAN)}")] = "",
) -> None:
    """Alle Rückzahlungen und wer sie entschieden hat."""
    found = queries_refunds.refunds(Viewer.system(), states=(state,) if state else (), limit=_ALL)
    if as_json:
        typer.echo(json.dumps([_data(row) for row in found.rows], ensure_ascii=False, indent=2))
        return
    table = Table(title=f"{found.total} Rückzahlungen", title_justify="left")
    for heading in ("Akte", "Betrag", "Konto", "Zustand", "Vorgeschlagen", "Entschieden", "Beauftragt"):
        table.add_column(heading, justify="right" if heading == "Betrag" else "left")
    for row in found.rows:
        account = f"… {row.iban[-4:]}" if row.iban else "fehlt noch"
        people = (row.proposed_by, row.decided_by or "–", row.ordered_by or "–")
        table.add_row(row.case.reference, euros(row.amount_cents, row.currency), account, _GERMAN[row.state], *people)
    Console().print(table)


@app.command()
def approve(reference: Annotated[str, typer.Argument(help="Aktenzeichen")], person: Person) -> None:
    """Eine Rückzahlung freigeben; wer sie vorgeschlagen hat, kann das nicht."""
    row = _open(reference)
    with transaction.atomic():
        approve_refund(row.id, actor=_known(person), now=clock.now())
    typer.echo("Freigegeben. Eine andere Person kann die Datei erstellen.")


@app.command()
def refuse(reference: Annotated[str, typer.Argument(help="Aktenzeichen")], because: Annotated[str, typer.Option()], person: Person) -> None:
    """Eine Rückzahlung mit Grund ablehnen; das Guthaben bleibt sichtbar stehen."""
    row = _open(reference)
    with transaction.atomic():
        refuse_refund(row.id, because=because, actor=_known(person), now=clock.now())
    typer.echo("Abgelehnt.")


@app.command()
def order(creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")], person: Person) -> None:
    """Die Datei (pain.001.001.09) mit allem erstellen, was andere freigegeben haben."""
    found = Creditor.objects.filter(key=creditor).first()
    if found is None:
        raise UnknownCreditor
    with transaction.atomic():
        file = order_refunds(found.id, day=clock.today(), now=clock.now(), actor=_known(person))
    typer.echo(f"{file.message_id}: {file.count} Posten, {euros(file.sum_cents, 'EUR')}. Abholen mit `kulanz debits files --folder`.")


def _open(reference: str) -> RefundProposal:
    case = case_by_reference(Viewer.system(), reference)
    row = queries_refunds.refund_of(Viewer.system(), case.id)
    if row is None:
        raise RefundNotFound
    return row


def _known(person: str) -> str:
    """A person who exists: an approval under an invented name would be no second pair of eyes."""
    found = User.objects.filter(username=person, is_active=True).first()
    if found is None:
        raise typer.BadParameter(f"Den Zugang „{person}“ gibt es nicht.")
    return str(found)


def _data(row: RefundProposal) -> dict[str, Any]:
    return {
        "case": row.case.reference,
        "amount": format_money(row.amount_cents),
        "currency": row.currency,
        "state": row.state,
        "account_known": bool(row.iban),
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
        "ordered_by": row.ordered_by,
        "end_to_end_id": row.end_to_end_id,
        "paid_on": row.paid_on.isoformat() if row.paid_on else None,
    }
