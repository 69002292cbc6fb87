"""`kulanz matches`: every bank line, what became of it, and why."""

from __future__ import annotations

import json
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
    rows = _all(state)
    if as_json:
        typer.echo(json.dumps([as_data(row) for row in rows], ensure_ascii=False, indent=2))
        return
    table = Table(title=f"{len(rows)} Umsätze", title_justify="left")
    for heading in ("Tag", "Betrag", "Zustand"):
        table.add_column(heading, no_wrap=True, justify="right" if heading == "Betrag" else "left")
    for heading in ("Von", "Akte, Rechnung", "Warum"):
        table.add_column(heading)
    for row in rows:
        line = row.line
        table.add_row(
            f"{line.booked_on:%d.%m.%Y}", euros(line.amount_cents, line.currency), _GERMAN[line.state], line.counterparty_name, *_whose(row)
        )
    Console().print(table)


def _whose(row: queries.LineRow) -> tuple[str, str]:
    """The case and invoices a line was booked to, or may belong to, and why."""
    if row.case_reference or not row.proposals or row.line.state == LineState.IGNORED:
        sure = f" ({row.line.confidence} %)" if row.line.confidence else ""
        return "\n".join(filter(None, (row.case_reference, *row.invoice_numbers))), row.line.reason + sure
    best = row.proposals[0]
    more = f"\nund {len(row.proposals) - 1} weitere" if len(row.proposals) > 1 else ""
    return f"{best.reference}? {', '.join(best.numbers)}{more}", f"{best.reason} ({best.confidence} %)"


def _all(state: LineState | None) -> list[queries.LineRow]:
    states = (state,) if state else ()
    first = queries.lines(Viewer.system(), states=states, order="day", size=_PAGE)
    rest = (queries.lines(Viewer.system(), states=states, order="day", page=page, size=_PAGE) for page in range(2, first.pages + 1))
    return [*first.rows, *(row for page in rest for row in page.rows)]


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
