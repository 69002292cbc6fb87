"""`kulanz refunds`: money that belongs to debtors, found, decided by two people, ordered at the bank or the provider."""

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
from kulanz.payments.commands.checkouts import order_back, send_back
from kulanz.payments.commands.checkouts.quiet import WAYS
from kulanz.payments.commands.refunds import approve as approve_refund
from kulanz.payments.commands.refunds import ask_for_refund, order_refunds, propose_due
from kulanz.payments.commands.refunds import refuse as refuse_refund
from kulanz.payments.debit_errors import NothingToOrder, RefundNotFound
from kulanz.payments.models import RefundProposal, RefundState
from kulanz.payments.providers.port import Method
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
    for heading in ("Akte", "Betrag", "Wohin", "Zustand", "Vorgeschlagen", "Entschieden", "Beauftragt"):
        table.add_column(heading, justify="right" if heading == "Betrag" else "left")
    for row in found.rows:
        account = WAYS[Method(row.checkout.method)] if row.checkout else f"… {row.iban[-4:]}" if row.iban else "Konto fehlt noch"
        people = (row.proposed_by, row.decided_by or "–", row.ordered_by or "–")
        table.add_row(row.case.reference, euros(row.amount_cents, row.currency), account, _GERMAN[row.state], *people)
    Console().print(table)


@app.command()
def ask(reference: Annotated[str, typer.Argument(help="Aktenzeichen")], because: Annotated[str, typer.Option()], person: Person) -> None:
    """Die Rückzahlung eines Guthabens vorschlagen, auch eines kleinen; wer vorschlägt, kann nicht freigeben."""
    case = case_by_reference(Viewer.system(), reference)
    with transaction.atomic():
        row = ask_for_refund(case.id, by=_known(person), reason=because[:200], day=clock.today(), now=clock.now())
    way = WAYS[Method(row.checkout.method)] if row.checkout else "Überweisung"
    typer.echo(f"{euros(row.amount_cents, row.currency)} per {way} vorgeschlagen. Eine andere Person gibt frei.")


@app.command()
def approve(reference: Annotated[str, typer.Argument(help="Aktenzeichen")], person: Person) -> None:
    """Eine Rückzahlung freigeben; wer sie vorgeschlagen hat, kann das nicht."""
    row = _open(reference)
    with transaction.atomic():
        approve_refund(row.id, actor=_known(person), now=clock.now())
    typer.echo("Freigegeben. Eine andere Person kann die Rückzahlung beauftragen.")


@app.command()
def refuse(reference: Annotated[str, typer.Argument(help="Aktenzeichen")], because: Annotated[str, typer.Option()], person: Person) -> None:
    """Eine Rückzahlung mit Grund ablehnen; das Guthaben bleibt sichtbar stehen."""
    row = _open(reference)
    with transaction.atomic():
        refuse_refund(row.id, because=because, actor=_known(person), now=clock.now())
    typer.echo("Abgelehnt.")


@app.command()
def order(creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")], person: Person) -> None:
    """Beauftragen, was andere freigegeben haben: Überweisungen als Datei (pain.001.001.09), alles andere beim Zahlungsanbieter."""
    found = Creditor.objects.filter(key=creditor).first()
    if found is None:
        raise UnknownCreditor
    actor = _known(person)
    approved = RefundProposal.objects.filter(creditor=found, state=RefundState.APPROVED).exclude(decided_by=actor)
    ways = {checkout_id is None for checkout_id in approved.values_list("checkout_id", flat=True)}
    if not ways:
        raise NothingToOrder
    if True in ways:
        with transaction.atomic():
            file = order_refunds(found.id, day=clock.today(), now=clock.now(), actor=actor)
        typer.echo(f"{file.message_id}: {file.count} Posten, {euros(file.sum_cents, 'EUR')}. Abholen mit `kulanz debits files --folder`.")
    if False in ways:
        with transaction.atomic():
            ids = order_back(found.id, now=clock.now(), actor=actor)
        sent = send_back(ids, day=clock.today(), now=clock.now())
        typer.echo(
            f"Beim Zahlungsanbieter: {sent.gone} zurückgegeben, {sent.running} unterwegs,"
            f" {sent.waiting} ohne Antwort, {sent.failed} abgelehnt."
        )
        for sentence in sent.problems:
            typer.secho(sentence, err=True, fg=typer.colors.YELLOW)


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
        "way": row.checkout.method if row.checkout else "transfer",
        "proposed_by": row.proposed_by,
        "decided_by": row.decided_by,
        "ordered_by": row.ordered_by,
        "end_to_end_id": row.end_to_end_id,
        "paid_on": row.paid_on.isoformat() if row.paid_on else None,
    }
