"""`kulanz matches`: every bank line, what became of it, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kulanz.claims.viewer import Viewer
from kulanz.law.money import format_money
from kulanz.payments import queries
from kulanz.payments.models import LineState
from kulanz.payments.readers.shape import euros

_PAGE = 1_000
_GERMAN = {"booked": "gebucht", "proposed": "Vorschlag", "unmatched": "offen", "ignored": "erledigt"}


def matches(
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
    state: Annotated[LineState | None, typer.Option(help="Nur Umsätze in diesem Zustand")] = None,
) -> None:
    """Alle Bankumsätze mit Zustand, Forderung, Aktenzeichen, Grund, Sicherheit und Vorschlägen."""
    if as_json:
        _write_json(state)
        return
    table = Table(title_justify="left")
    for heading in ("Tag", "Betrag", "Zustand"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "Betrag" else "left")
    for heading in ("Von", "Akte, Rechnung", "Warum"):
        table.add_column(heading)
    for row in _rows(state):
        line = row.line
        table.add_row(
            f"{line.booked_on:%d.%m.%Y}", euros(line.amount_cents, line.currency), _GERMAN[line.state], line.counterparty_name, *_whose(row)
        )
    table.title = f"{table.row_count} Umsätze"
    Console().print(table)


def _write_json(state: LineState | None) -> None:
    """One JSON list, written line by line: a year of statements does not fit into one text."""
    separator = "[\n"
    for row in _rows(state):
        typer.echo(f"{separator}{json.dumps(as_data(row), ensure_ascii=False)}", nl=False)
        separator = ",\n"
    typer.echo("\n]" if separator == ",\n" else "[]")


def _whose(row: queries.LineRow) -> tuple[str, str]:
    """The case and invoices a line was booked to, or may belong to, and why."""
    if row.case_reference or not row.proposals or row.line.state == LineState.IGNORED:
        sure = f" ({row.line.confidence} %)" if row.line.confidence else ""
        return "\n".join(filter(None, (row.case_reference, *row.invoice_numbers))), row.line.reason + sure
    best = row.proposals[0]
    more = f"\nund {len(row.proposals) - 1} weitere" if len(row.proposals) > 1 else ""
    return f"{best.reference}? {', '.join(best.numbers)}{more}", f"{best.reason} ({best.confidence} %)"


def _rows(state: LineState | None) -> Iterator[queries.LineRow]:
    """All lines in order of day, a page in memory at a time."""
    states, number, pages = (state,) if state else (), 1, 1
    while number <= pages:
        page = queries.lines(Viewer.system(), states=states, order="day", page=number, size=_PAGE)
        yield from page.rows
        number, pages = number + 1, page.pages


def as_data(row: queries.LineRow) -> dict[str, Any]:
    """One line as plain data; the amount as a decimal string."""
    line = row.line
    return {
        "id": line.id,
        "account": line.account_iban,
        "booked_on": line.booked_on.isoformat(),
        "value_on": line.value_on.isoformat() if line.value_on else None,
        "amount": format_money(line.amount_cents),
        "currency": line.currency,
        "counterparty": line.counterparty_name,
        "counterparty_iban": line.counterparty_iban,
        "purpose": line.purpose,
        "end_to_end_id": line.end_to_end_id,
        "bank_ref": line.bank_ref,
        "state": line.state,
        "claim": row.invoice_numbers[0] if row.invoice_numbers else None,
        "claims": list(row.invoice_numbers),
        "case": row.case_reference or None,
        "reason": line.reason,
        "confidence": line.confidence,
        "splits": [
            {"case": split["reference"], "amount": format_money(split["cents"]), "reason": split["reason"]} for split in line.splits
        ],
        "proposals": [
            {
                "case": proposal.reference,
                "claim": proposal.numbers[0] if proposal.numbers else None,
                "claims": list(proposal.numbers),
                "confidence": proposal.confidence,
                "reason": proposal.reason,
            }
            for proposal in row.proposals
        ],
    }
