"""`kulanz remit`: money that lies here for creditors, remittance runs, their papers and orders."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Creditor
from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money, parse_money, parse_percent
from kulanz.ledger.components import Component
from kulanz.payments import remittances
from kulanz.payments.client_money import ClientMoney, client_money
from kulanz.payments.commands.direct import import_direct
from kulanz.payments.commands.remit import NewTerms, approve, drop, prepare, set_agency, set_terms
from kulanz.payments.commands.settings import recorded
from kulanz.payments.documents.invoice import invoice_pdf
from kulanz.payments.documents.statement import statement_csv, statement_pdf
from kulanz.payments.errors import AgencyMissing, DraftStands, WrongRunState
from kulanz.payments.models import Agency, Remittance, Rhythm
from kulanz.payments.rules.remit import period_end
from kulanz.site import clock

app = typer.Typer(no_args_is_help=True)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def creditor_of(key: str) -> Creditor:
    """The creditor of a key."""
    found = Creditor.objects.filter(key=key).first()
    if found is None:
        raise NotFound(f"Einen Mandanten „{key}“ gibt es nicht.", fix="Alle Mandanten: kulanz creditor list")
    return found


@app.command()
def agency(
    legal_name: Annotated[str, typer.Option(help="Firma laut Register")],
    street: Annotated[str, typer.Option()],
    postcode: Annotated[str, typer.Option()],
    city: Annotated[str, typer.Option()],
    country: str = "DE",
    email: str = "",
    vat_id: Annotated[str, typer.Option(help="Umsatzsteuer-Identifikationsnummer")] = "",
    tax_number: Annotated[str, typer.Option(help="Steuernummer, wenn es keine USt-IdNr. gibt")] = "",
    iban: Annotated[str, typer.Option(help="Eigenes Konto, auf das das Honorar geht")] = "",
    account_holder: str = "",
    invoice_prefix: Annotated[str, typer.Option(help="Anfang der Rechnungsnummern")] = "K",
) -> None:
    """Wer abrechnet: Firma, Anschrift, Steuernummer, eigenes Konto."""
    details = {"legal_name": legal_name, "street": street, "postcode": postcode, "city": city, "country": country.upper()}
    details |= {
        "email": email,
        "vat_id": vat_id,
        "tax_number": tax_number,
        "account_holder": account_holder,
        "invoice_prefix": invoice_prefix,
    }
    typer.echo(f"Abrechnung durch {set_agency(iban=iban, **details).legal_name}")


@app.command()
def terms(
    creditor: Annotated[str, typer.Argument(help="Kurzname des Mandanten")],
    since: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Gilt ab diesem Tag")],
    payout_iban: Annotated[str, typer.Option(help="Konto, auf das ausgezahlt wird")],
    vat: Annotated[str, typer.Option(help="Umsatzsteuer auf das Honorar in Prozent, z. B. 19")],
    payout_name: Annotated[str, typer.Option(help="Kontoinhaber; ohne Angabe die Firma des Mandanten")] = "",
    fee: Annotated[str, typer.Option(help="Erfolgshonorar in Prozent")] = "0",
    fee_on: Annotated[list[Component] | None, typer.Option(help="Worauf es Erfolgshonorar gibt; ohne Angabe principal")] = None,
    keep: Annotated[list[Component] | None, typer.Option(help="Kosten, die uns zustehen, z. B. collection_cost")] = None,
    rhythm: Rhythm = Rhythm.WEEKLY,
    threshold: Annotated[str, typer.Option(help="Kleinere Beträge warten auf den nächsten Lauf")] = "0",
    pass_on_days: Annotated[int, typer.Option(help="Nach so vielen Tagen wird gewarnt")] = 7,
    separate_account: Annotated[bool, typer.Option(help="Das Konto ist ein gesondertes Konto nur für Fremdgeld")] = True,
    actor: Annotated[str, typer.Option("--as", help="Wer das vereinbart hat")] = "cli",
) -> None:
    """Was mit einem Mandanten vereinbart ist, dessen Geld hier eingeht (§ 13g RDG)."""
    owner = creditor_of(creditor)
    new = NewTerms(
        valid_from=since.date(),
        payout_iban=payout_iban,
        payout_name=payout_name or owner.legal_name,
        vat_bp=parse_percent(vat),
        fee_bp=parse_percent(fee),
        fee_on=frozenset(fee_on or [Component.PRINCIPAL]),
        kept=frozenset(keep or []),
        rhythm=rhythm,
        threshold_cents=parse_money(threshold),
        pass_on_days=pass_on_days,
        separate_account=separate_account,
    )
    with recorded(owner.id, actor=actor, now=clock.now()):
        stored = set_terms(owner.id, new, actor=actor, now=clock.now())
    typer.echo(f"{owner.name}: gilt ab {stored.valid_from:%d.%m.%Y}")


@app.command()
def money(on: Day = None, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Fremdgeld je Mandant: was hier liegt, wem es gehört, seit wann."""
    rows = client_money(Viewer.system(), on.date() if on else clock.today())
    if as_json:
        typer.echo(json.dumps([_money_data(one) for one in rows], ensure_ascii=False, indent=2))
        return
    table = Table()
    table.add_column("Mandant", min_width=8)
    for heading in ("Konto", "Weiterzugeben"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Seit", no_wrap=True)
    table.add_column("Außerdem hier", no_wrap=True)
    for one in rows:
        since = f"{one.oldest_on:%d.%m.%Y}" if one.oldest_on and one.client_cents > 0 else "–"
        late = f"\nbis {one.due_on:%d.%m.%Y} !" if one.is_late and one.due_on else ""
        others = [("ohne Akte", one.unassigned_cents), ("überzahlt", one.overpaid_cents), ("Honorar", one.own_fees_cents)]
        others.append(("unterwegs", one.in_flight_cents))
        also = "\n".join(f"{word} {_comma(cents)}" for word, cents in others if cents)
        amounts = (one.on_account_cents, one.client_cents)
        table.add_row(one.creditor, *(_comma(cents) for cents in amounts), since + late, also)
    Console().print(table)
    if not rows:
        typer.echo("Kein Mandant, dessen Geld hier eingeht. Vereinbaren: kulanz remit terms")


def _money_data(one: ClientMoney) -> dict[str, Any]:
    return {
        "creditor": one.creditor,
        "currency": one.currency,
        "on_account": format_money(one.on_account_cents),
        "unassigned": format_money(one.unassigned_cents),
        "overpaid": format_money(one.overpaid_cents),
        "own_fees": format_money(one.own_fees_cents),
        "client_money": format_money(one.client_cents),
        "in_flight": format_money(one.in_flight_cents),
        "at_provider": format_money(one.at_provider_cents),
        "paid_to_creditor": format_money(one.direct_cents),
        "remitted": format_money(one.remitted_cents),
        "withheld": format_money(one.withheld_cents),
        "oldest": one.oldest_on.isoformat() if one.oldest_on else None,
        "due": one.due_on.isoformat() if one.due_on else None,
        "late": one.is_late,
    }


@app.command()
def run(
    creditor: Annotated[str, typer.Argument(help="Kurzname; ohne Angabe alle Mandanten, deren Zeitraum zu Ende ist")] = "",
    to: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Bis zu diesem Tag")] = None,
    actor: Annotated[str, typer.Option("--as", help="Wer den Entwurf erstellt")] = "cli",
) -> None:
    """Abrechnungen entwerfen. Zweimal gerufen entsteht dieselbe."""
    day, now = clock.today(), clock.now()
    wanted = remittances.current_terms(Viewer.system(), day)
    if creditor:
        owner = creditor_of(creditor)
        made = prepare(owner.id, to_on=to.date() if to else _period_end(owner.id, day), actor=actor, now=now, day=day)
        typer.echo(_line(made) if made else f"{owner.name}: nichts abzurechnen")
        return
    for one in wanted:
        try:
            made = prepare(one.creditor_id, to_on=to.date() if to else period_end(one.rhythm, day), actor=actor, now=now, day=day)
        except (DraftStands, WrongRunState) as stands:
            typer.echo(f"{one.creditor.name}: {stands}")
            continue
        typer.echo(_line(made) if made else f"{one.creditor.name}: nichts abzurechnen")


def _period_end(creditor_id: int, day: date) -> date:
    rhythm = next((one.rhythm for one in remittances.current_terms(Viewer.system(), day) if one.creditor_id == creditor_id), "daily")
    return period_end(rhythm, day)


@app.command("list")
def list_runs(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Alle Abrechnungen."""
    rows = list(remittances.runs(Viewer.system()).order_by("-id")[:500])
    if as_json:
        typer.echo(json.dumps([_run_data(one) for one in rows], ensure_ascii=False, indent=2))
        return
    for one in rows:
        typer.echo(_line(one))
    if not rows:
        typer.echo("Noch keine Abrechnung. Entwerfen: kulanz remit run")


@app.command("approve")
def approve_run(run_id: int, actor: Annotated[str, typer.Option("--as", help="Wer freigibt; nicht, wer entworfen hat")]) -> None:
    """Eine Abrechnung freigeben (zweites Augenpaar); der Zahlungsauftrag entsteht."""
    typer.echo(_line(approve(run_id, actor=actor, now=clock.now(), day=clock.today())))


@app.command("drop")
def drop_run(run_id: int) -> None:
    """Einen Entwurf verwerfen."""
    drop(run_id)
    typer.echo("Verworfen.")


@app.command()
def papers(run_id: int, folder: Annotated[Path, typer.Argument(help="Ordner für die Dateien")]) -> None:
    """Die Dateien einer Abrechnung: Abrechnung als PDF und CSV, Rechnung (ZUGFeRD), Zahlungsauftrag (pain.001)."""
    one = remittances.run(Viewer.system(), run_id)
    agency = Agency.objects.filter(id=1).first()
    if agency is None:
        raise AgencyMissing
    lines = remittances.items(Viewer.system(), one)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{one.creditor.key}-{one.number:04d}"
    files = {f"abrechnung-{name}.pdf": statement_pdf(one, lines, agency), f"abrechnung-{name}.csv": statement_csv(lines)}
    if one.invoice_number:
        files[f"rechnung-{one.invoice_number}.pdf"] = invoice_pdf(one, lines, agency)
    if one.payment_xml:
        files[f"auftrag-{name}-{one.attempt}.xml"] = one.payment_xml.encode()
    for path, data in files.items():
        (folder / path).write_bytes(data)
        typer.echo(str(folder / path))


def direct(
    file: Annotated[Path, typer.Argument(help="CSV mit Nummer, Betrag, Datum, Notiz, Beleg", exists=True, dir_okay=False)],
    creditor: Annotated[str, typer.Option(help="Kurzname des Mandanten")],
    actor: Annotated[str, typer.Option("--as", help="Wer meldet")] = "cli",
) -> None:
    """Zahlungen buchen, die beim Mandanten selbst eingegangen sind."""
    result = import_direct(file.read_bytes(), file.name, creditor_of(creditor), actor=actor, now=clock.now(), day=clock.today())
    typer.echo(
        f"{result.booked} gebucht ({_comma(result.sum_cents)} €), {result.known} schon bekannt, {len(result.problems)} nicht übernommen"
    )
    for problem in result.problems:
        typer.secho(f"{problem.file}, Zeile {problem.line}: {problem.reason}", fg=typer.colors.YELLOW)
    raise typer.Exit(1 if result.problems else 0)


_STATES = {"draft": "Entwurf", "approved": "freigegeben", "paid": "bezahlt", "closed": "abgeschlossen", "dropped": "verworfen"}


def _line(one: Remittance) -> str:
    return (
        f"[{one.id}] {one.creditor.name}, Abrechnung {one.number} bis {one.to_on:%d.%m.%Y}: {_STATES[one.state]},"
        f" Auszahlung {_comma(one.payout_cents)} €, Vortrag {_comma(one.carried_out_cents)} €"
    )


def _run_data(one: Remittance) -> dict[str, Any]:
    names = ("carried_in", "handed", "direct", "fee", "kept", "vat", "payout", "carried_out", "withheld", "transfer")
    return {
        "id": one.id,
        "creditor": one.creditor.key,
        "number": one.number,
        "until": one.to_on.isoformat(),
        "state": one.state,
        "invoice": one.invoice_number or None,
        "paid_on": one.paid_on.isoformat() if one.paid_on else None,
        **{name: format_money(getattr(one, f"{name}_cents")) for name in names},
    }


def _comma(cents: int) -> str:
    return format_money(cents).replace(".", ",")
