"""`kulanz limitation`: which open claims lapse when, nearest first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from kulanz.claims.lapsing import Lapse, lapsing
from kulanz.claims.viewer import Viewer
from kulanz.law.days import add_years
from kulanz.law.money import format_money
from kulanz.site import clock


def limitation(
    until: Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="bis zu diesem Tag; ohne Angabe ein Jahr")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Maschinenlesbar ausgeben")] = False,
) -> None:
    """Welche offenen Forderungen wann verjähren, die nächsten zuerst."""
    day = clock.today()
    last = until.date() if until else add_years(day, 1)
    found = lapsing(Viewer.system(), last)
    if as_json:
        typer.echo(json.dumps([as_data(lapse) for lapse in found], ensure_ascii=False, indent=2))
        return
    table = Table("Verjährt nach dem", "spätestens handeln", "Akte", "Rechnung", "Offen", "Warum", title_justify="left")
    table.title = f"{len(found)} Forderungen bis {last:%d.%m.%Y}"
    for lapse in found:
        ends = f"{lapse.ends_on:%d.%m.%Y}" if lapse.ends_on else "Frist ruht"
        style = "bold red" if lapse.lapsed(day) else None
        amount = f"{format_money(lapse.principal_cents)} {lapse.claim.currency}"
        careful = f"{lapse.careful_on:%d.%m.%Y}"
        table.add_row(ends, careful, lapse.claim.case.reference, lapse.claim.external_id, amount, "; ".join(lapse.rules), style=style)
    Console().print(table)


def as_data(lapse: Lapse) -> dict[str, Any]:
    """One claim as plain data with its dated story."""
    return {
        "case": lapse.claim.case.reference,
        "claim": lapse.claim.external_id,
        "currency": lapse.claim.currency,
        "principal": format_money(lapse.principal_cents),
        "careful_on": lapse.careful_on.isoformat(),
        "ends_on": lapse.ends_on.isoformat() if lapse.ends_on else None,
        "story": [
            {
                "from": line.from_on.isoformat(),
                "to": line.to_on.isoformat() if line.to_on else None,
                "effect": line.effect.value,
                "rule": line.rule,
            }
            for line in lapse.story
        ],
    }
