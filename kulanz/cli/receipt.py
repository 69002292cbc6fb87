"""`kulanz receipt`: every cent of a case, explained; as a table, as JSON, as the PDF statement of account."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from kulanz.claims.accounts import open_amounts
from kulanz.claims.models import CreditorView
from kulanz.claims.queries import case_by_reference
from kulanz.claims.receipt import ClaimReceipt, Receipt, ReceiptLine
from kulanz.claims.story import read_stories
from kulanz.claims.two_views import Parts, TwoViews, two_views
from kulanz.claims.viewer import Viewer
from kulanz.contact.rendering.facts import Language
from kulanz.contact.rendering.statement import StatementFacts, render_statement, statement_data
from kulanz.contact.statements import statement_facts
from kulanz.law.interest import Segment
from kulanz.law.money import format_money, format_percent
from kulanz.site import clock


def receipt(
    reference: Annotated[str, typer.Argument(help="Aktenzeichen, mit oder ohne Leerzeichen")],
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="Tag (JJJJ-MM-TT); ohne Angabe heute")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Als PDF-Kontoauszug in diese Datei schreiben")] = None,
    view: Annotated[str, typer.Option("--view", help="debtor: das Konto; creditor: beide Sichten auf jede Zahlung")] = "debtor",
    language: Annotated[str, typer.Option("--language", help="Sprache des Kontoauszugs: de oder en")] = "de",
) -> None:
    """Woraus besteht der Betrag? Jede Zeile mit Regel, Zeitraum × Satz × Tagen und Beleg; die Summe ist der Saldo."""
    day = on.date() if on else clock.today()
    if view not in ("debtor", "creditor"):
        raise typer.BadParameter("Möglich sind debtor und creditor.", param_hint="--view")
    if view == "creditor":
        both_views(reference, day, as_json=as_json)
        return
    facts = _facts(reference, day, _language(language))
    if pdf is not None:
        pdf.write_bytes(render_statement(facts))
    if as_json:
        typer.echo(json.dumps(as_data(facts.receipt, facts.reference), ensure_ascii=False, indent=2))
    elif pdf is None:
        _show(facts)


def both_views(reference: str, day: date, *, as_json: bool) -> None:
    """Each movement of money as the account counts it and as the creditor's mandate does; both close to the same cash."""
    case = case_by_reference(Viewer.system(), reference)
    story = read_stories([case.id])[case.id]
    told = two_views(story, CreditorView(case.creditor.view), day)
    if as_json:
        typer.echo(json.dumps(views_data(told, case.reference, case.creditor.view, case.currency, day), ensure_ascii=False, indent=2))
        return
    table = Table(
        "Tag", "Was", "Betrag", "im Konto", "beim Gläubiger", title=f"Sicht des Gläubigers: {case.creditor.view}", show_lines=True
    )
    for one in told.movements:
        table.add_row(one.on.isoformat(), one.kind.name.lower(), format_money(one.cents), _parts(one.debtor), _parts(one.creditor))
    table.add_row("", "offen", "", _parts(told.debtor_open), _parts(told.creditor_open))
    Console().print(table)


def views_data(told: TwoViews, reference: str, view: str, currency: str, day: date) -> dict[str, Any]:
    """The two views as plain data; amounts are decimal strings, negative lowers what is owed."""

    def parts(found: Parts) -> dict[str, str]:
        return {component.value: format_money(cents) for component, cents in found.items()}

    movements = [
        {
            "entry": one.entry_id,
            "kind": one.kind.name.lower(),
            "on": one.on.isoformat(),
            "cash": format_money(one.cents),
            "debtor": parts(one.debtor),
            "creditor": parts(one.creditor),
        }
        for one in told.movements
    ]
    left = {"debtor": parts(told.debtor_open), "creditor": parts(told.creditor_open)}
    head = {"case": reference, "on": day.isoformat(), "currency": currency, "view": view, "cash": format_money(told.cents)}
    return head | {"movements": movements, "open": left}


def _parts(found: Parts) -> str:
    return "\n".join(f"{component.value} {format_money(cents)}" for component, cents in found.items())


def _facts(reference: str, day: date, language: Language) -> StatementFacts:
    case = case_by_reference(Viewer.system(), reference)
    return statement_facts(case, open_amounts([case.id], day)[case.id], day, language)


def _language(text: str) -> Language:
    match text:
        case "de" | "en":
            return text
    raise typer.BadParameter("Den Kontoauszug gibt es auf Deutsch (de) und Englisch (en).", param_hint="--language")


def _show(facts: StatementFacts) -> None:
    data, console = statement_data(facts), Console()
    console.print(f"[bold]{escape(data['title'])}[/bold] · {data['reference']}")
    for claim in data["claims"]:
        table = Table(*data["columns"][:2], title=escape(f"{claim['heading']}, {claim['about']}"), title_justify="left", show_lines=True)
        table.add_column(data["columns"][2], justify="right", no_wrap=True)
        for row in claim["rows"]:
            notes = "".join(f"\n[dim]{escape(note)}[/dim]" for note in row["notes"])
            table.add_row(row["day"], escape(row["label"]) + notes, row["amount"])
        table.add_row("", f"[bold]{escape(claim['total'][0])}[/bold]", f"[bold]{claim['total'][1]}[/bold]")
        console.print(table)
    console.print(f"[bold]{data['total'][0]}: {data['total'][1]}[/bold]")
    for term in (data["terms_intro"], *data["terms"]):
        console.print(escape(term))


def as_data(receipt: Receipt, reference: str) -> dict[str, Any]:
    """The receipt as plain data: amounts as decimal strings, days in ISO form, rates in percent."""
    return {
        "case": reference,
        "on": receipt.day.isoformat(),
        "currency": receipt.currency,
        "total": format_money(receipt.total_cents),
        "claims": [_claim(one) for one in receipt.claims],
    }


def _claim(told: ClaimReceipt) -> dict[str, Any]:
    claim = told.claim
    return {
        "claim": claim.external_id,
        "subject": claim.subject,
        "invoiced_on": claim.invoiced_on.isoformat(),
        "due_on": claim.due_on.isoformat(),
        "total": format_money(told.total_cents),
        "terms": {
            "day_count": claim.day_count,
            "rounding": claim.rounding,
            "payment_day_counts": claim.payment_day_counts,
            "margin_pp": None if claim.margin_bp is None else format_percent(claim.margin_bp),
            "fixed_percent": None if claim.fixed_bp is None else format_percent(claim.fixed_bp),
            "first_interest_day": claim.first_interest_day.isoformat() if claim.first_interest_day else None,
            "last_interest_day": told.last_interest_day.isoformat(),
            "default_reason": claim.default_reason,
        },
        "lines": [_line(line) for line in told.lines],
    }


def _line(line: ReceiptLine) -> dict[str, Any]:
    data: dict[str, Any] = {
        "kind": line.kind.value,
        "on": line.on.isoformat(),
        "amount": format_money(line.cents),
        "component": line.component.value if line.component else None,
        "rule": line.rule or None,
        "source": line.source or None,
        "entry": line.entry_id,
    }
    if line.named:
        data["named"] = list(line.named)
    if line.corrects is not None:
        data["corrects"] = line.corrects
    if line.segment is not None:
        data["calculation"] = _calculation(line.segment)
    if line.children:
        data["parts"] = [_line(child) for child in line.children]
    return data


def _calculation(segment: Segment) -> dict[str, Any]:
    return {
        "from": segment.from_on.isoformat(),
        "to": segment.to_on.isoformat(),
        "days": segment.days,
        "year_days": segment.year_days,
        "rate_percent": format_percent(segment.rate_bp),
        "base_rate_percent": None if segment.base_bp is None else format_percent(segment.base_bp),
        "principal": format_money(segment.principal_cents),
        "exact_cents": f"{segment.exact_cents.numerator}/{segment.exact_cents.denominator}",
    }
