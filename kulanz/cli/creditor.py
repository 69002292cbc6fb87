"""`kulanz creditor` and `kulanz user`: who owns claims, and who works on them."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from kulanz.claims.commands import add_creditor
from kulanz.claims.commands.creditor import set_view
from kulanz.claims.commands.user import add_user
from kulanz.claims.models import Creditor, CreditorView, Role
from kulanz.cli.remit import creditor_of
from kulanz.payments.commands.settings import recorded
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)
user_app = typer.Typer(no_args_is_help=True)


@app.command()
def add(
    key: Annotated[str, typer.Argument(help="Kurzname, z. B. nordlicht")],
    name: Annotated[str, typer.Option(help="Name, wie ihn Kundinnen und Kunden kennen")],
    legal_name: Annotated[str, typer.Option(help="Firma laut Register")] = "",
    street: str = "",
    postcode: str = "",
    city: str = "",
    country: str = "DE",
    email: str = "",
    phone: str = "",
    website: str = "",
    iban: Annotated[str, typer.Option(help="Konto, auf das gezahlt wird")] = "",
    account_holder: Annotated[str, typer.Option(help="Kontoinhaber, genau wie bei der Bank")] = "",
) -> None:
    """Einen Mandanten anlegen."""
    details = {
        "legal_name": legal_name or name,
        "street": street,
        "postcode": postcode,
        "city": city,
        "country": country.upper(),
        "email": email,
        "phone": phone,
        "website": website,
        "account_holder": account_holder or (legal_name or name)[:70],
    }
    creditor = add_creditor(key=key, name=name, iban=iban, **details)
    typer.echo(f"{creditor.key}: {creditor.name}")


@app.command("view")
def choose_view(
    key: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    view: Annotated[CreditorView, typer.Argument(help="law, principal_first oder interest_first")],
) -> None:
    """In welcher Reihenfolge Zahlungen in den Büchern des Gläubigers zählen; das Konto der Kunden folgt immer dem Gesetz."""
    with recorded(creditor_of(key).id, actor="cli", now=clock.now()):
        set_view(key, view)
    typer.echo(f"{key}: {view.value}")


@app.command("list")
def list_creditors(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Alle Mandanten."""
    rows = list(Creditor.objects.order_by("key").values("key", "name", "city", "country", "iban"))
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{row['key']:<20} {row['name']:<40} {row['iban']}")
    if not rows:
        typer.echo("Noch kein Mandant. Anlegen: kulanz creditor add KURZNAME --name NAME")


@user_app.command("add")
def user_add(
    username: str,
    role: Annotated[Role, typer.Option(help="agent, lead, manager oder admin")] = Role.AGENT,
    creditor: Annotated[list[str] | None, typer.Option(help="Kurzname eines Mandanten; mehrfach möglich")] = None,
) -> None:
    """Einen Zugang anlegen; das Passwort wird gefragt. Ein Admin ohne Mandant sieht alle."""
    password = typer.prompt("Passwort (mindestens 10 Zeichen)", hide_input=True, confirmation_prompt=True)
    user = add_user(username, password, role=role, creditor_keys=creditor or [])
    typer.echo(f"{user.username} ({user.role})")
