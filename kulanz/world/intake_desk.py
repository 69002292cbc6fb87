"""What reaches the product from the creditors' side: exports of new invoices and statements of the bank, by the public commands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction

from kulanz.intake.commands import import_claims
from kulanz.intake.rules.profile import read_profile
from kulanz.payments.commands import import_statement
from kulanz.world.bank import Statement, is_banking_day
from kulanz.world.bank_files import camt053, mt940
from kulanz.world.dice import dice
from kulanz.world.invoices import export_file
from kulanz.world.state import BACK_FROM_TODAY_DAYS, Branch, World

ACTOR = "demo"


def hand_in_invoices(world: World, branch: Branch, day: date) -> int:
    """On its export days a firm hands in what it has issued since the last time; returns how many claims are new."""
    until = min(day, world.plan.last_day - timedelta(days=BACK_FROM_TODAY_DAYS))
    last_chance = day == until and day == world.plan.last_day - timedelta(days=BACK_FROM_TODAY_DAYS)
    if day.weekday() not in branch.firm.export_weekdays and not last_chance:
        return 0
    fresh = [invoice for invoice in branch.invoices[branch.handed_in :] if invoice.invoiced_on <= until]
    if not fresh:
        return 0
    branch.handed_in += len(fresh)
    profile = read_profile(branch.firm.profile_file.read_text(encoding="utf-8"), origin=branch.firm.profile_file.name)
    name = f"rechnungen-{branch.firm.key}-{day}.csv"
    imported = import_claims(
        export_file(branch.firm, fresh),
        branch.creditor,
        profile,
        name=name,
        as_of=day,
        actor=ACTOR,
        now=world.at(day, 7),
        dice=dice(world.seed, branch.firm.key, "references", day),
    )
    if imported.problems:
        raise AssertionError(f"{name}: {imported.reasons()[:3]}")
    return imported.new


def bring_statements(world: World, branch: Branch, day: date) -> int:
    """On its days a firm brings the bank's new statements, except the very last one, which waits for the visitor."""
    if day.weekday() not in branch.firm.statement_weekdays:
        return 0
    ready = [statement for statement in branch.undelivered if statement.day < day]
    if is_waiting_for_visitor(world, branch, ready):
        return 0
    if not ready:
        return 0
    name, data = statement_file(branch, ready)
    with transaction.atomic():
        taken = import_statement(data, name, actor=ACTOR, now=world.at(day, 6, 30), day=day)
    refused = [problem for result in taken.statements for problem in result.problems] + list(taken.problems)
    if refused:
        raise AssertionError(f"{name}: {refused[:3]}")
    for statement in ready:
        note_statement(world, branch, statement, day, name, imported=True)
    branch.undelivered = [statement for statement in branch.undelivered if statement.day >= day]
    return len(ready)


def is_waiting_for_visitor(world: World, branch: Branch, ready: Sequence[Statement]) -> bool:
    """True if these are the first firm's last statement before the world ends: the visitor imports it."""
    return branch is world.branches[0] and any(statement.day >= last_statement_day(world) for statement in ready)


def last_statement_day(world: World) -> date:
    """The day of the statement that is left for the visitor."""
    day = world.plan.last_day - timedelta(days=1)
    while not is_banking_day(day):
        day -= timedelta(days=1)
    return day


def statement_file(branch: Branch, statements: Sequence[Statement]) -> tuple[str, bytes]:
    """Name and content of a file with these statements, in the format of the firm's bank."""
    last_day = statements[-1].day
    if branch.firm.statement_format == "mt940":
        return f"umsaetze-{branch.firm.key}-{last_day}.sta", b"".join(mt940(statement) for statement in statements)
    return f"kontoauszug-{branch.firm.key}-{last_day}.xml", camt053(*statements)


def note_statement(world: World, branch: Branch, statement: Statement, day: date, name: str, *, imported: bool) -> None:
    """Remember which movements stood in a file, and whose they were."""
    movements = [
        {
            "ref": movement.bank_ref,
            "cents": movement.amount_cents,
            "customer": owner.person.customer_number if (owner := branch.meant.get(movement.bank_ref)) else "",
        }
        for movement in statement.movements
    ]
    world.truth.note("statement", day, creditor=branch.firm.key, file=name, imported=imported, movements=movements)


def write_file(folder: Path, name: str, data: bytes) -> Path:
    """Put a file for the visitor into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    target.write_bytes(data)
    return target
