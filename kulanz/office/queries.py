"""What the office reads: imports, bank lines, runs, and how the installation is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Count, Q

from kulanz.claims.errors import NotFound
from kulanz.claims.models import Case, Creditor
from kulanz.claims.viewer import Viewer, viewing
from kulanz.contact.models import Message, MessageState
from kulanz.intake.models import ImportFile, ImportProblem
from kulanz.law import tables as law_tables
from kulanz.payments.models import BankLine, BankStatement, LineState
from kulanz.payments.readers.shape import amount_cents
from kulanz.runs.models import Run

LINE_SORTS = ("booked_on", "amount_cents", "counterparty_name", "confidence")


def creditors(viewer: Viewer) -> list[Creditor]:
    """The creditors a viewer works for."""
    rows = Creditor.objects.all()
    if viewer.creditor_ids is not None:
        rows = rows.filter(id__in=viewer.creditor_ids)
    return list(rows.order_by("name"))


def imports(viewer: Viewer, *, limit: int = 50) -> list[ImportFile]:
    """The last files of claims, newest first."""
    rows = viewer.narrow(ImportFile.objects.select_related("creditor"), case="id")
    return list(rows.order_by("-created_at", "-id")[:limit])


def import_file(viewer: Viewer, import_id: int) -> ImportFile:
    """One import."""
    found = viewer.narrow(ImportFile.objects.filter(id=import_id), case="id").select_related("creditor").first()
    if found is None:
        raise NotFound("Diesen Import gibt es hier nicht.")
    return found


def import_problems(viewer: Viewer, file: ImportFile, *, limit: int | None = None) -> list[ImportProblem]:
    """The rows of an import that were not taken, by line."""
    rows = viewer.narrow(ImportProblem.objects.filter(import_file=file), case="id").order_by("line", "id")
    return list(rows[:limit] if limit else rows)


@dataclass(frozen=True, slots=True)
class LinePage:
    """One page of bank lines, how many there are in this state, and how many in each."""

    lines: Sequence[BankLine]
    total: int
    counts: dict[str, int]


def lines(viewer: Viewer, *, state: str, sort: str, limit: int, offset: int, search: str = "") -> LinePage:
    """Incoming bank lines in a state. `open` means unmatched or proposed. `search`: words of payer, account or purpose, or an amount."""
    rows = viewer.narrow(BankLine.objects.filter(amount_cents__gt=0))
    for word in search.split()[:6]:
        named = Q(counterparty_name__icontains=word) | Q(counterparty_iban__icontains=word) | Q(purpose__icontains=word)
        amount = amount_cents(word.replace(".", "") if "," in word else word)
        rows = rows.filter(named | Q(case__reference=word.upper()) | (Q(amount_cents=amount) if amount else Q(pk=None)))
    counts: dict[str, int] = dict(rows.values_list("state").annotate(n=Count("id")))
    counts["open"] = counts.get(LineState.UNMATCHED, 0) + counts.get(LineState.PROPOSED, 0)
    chosen = Q(state__in=[LineState.UNMATCHED, LineState.PROPOSED]) if state == "open" else Q(state=state)
    found = rows.filter(chosen).select_related("case__debtor").order_by(sort, "id")[offset : offset + limit]
    return LinePage(list(found), counts.get(state, 0), counts)


def line(viewer: Viewer, line_id: int) -> BankLine:
    """One bank line."""
    found = viewer.narrow(BankLine.objects.filter(id=line_id)).first()
    if found is None:
        raise NotFound("Diesen Bankumsatz gibt es hier nicht.")
    return found


def proposed_cases(viewer: Viewer, found: Sequence[BankLine]) -> dict[int, Case]:
    """The cases that the lines' proposals name."""
    wanted = {share["case"] for line in found for share in (*line.proposals, *line.splits)}
    rows = viewer.narrow(Case.objects.filter(id__in=wanted), case="id").select_related("debtor")
    return {case.id: case for case in rows}


def case_by_number(viewer: Viewer, number: str) -> Case | None:
    """The case of a reference or an invoice number, if exactly one fits."""
    plain = "".join(number.split()).upper()
    rows = viewer.narrow(Case.objects.filter(Q(reference=plain) | Q(claims__external_id__iexact=number.strip())), case="id").distinct()
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def statements(viewer: Viewer, *, limit: int = 20) -> list[BankStatement]:
    """The last statements, newest first, each with the number of its lines."""
    rows = viewer.narrow(BankStatement.objects.select_related("file"), case="id").annotate(count=Count("lines"))
    return list(rows.order_by("-file__created_at", "-id")[:limit])


def runs(*, limit: int = 30) -> list[Run]:
    """The last runs, newest day first. A run belongs to the installation, its counts name nobody."""
    return list(Run.objects.order_by("-day", "-id")[:limit])


@dataclass(frozen=True, slots=True)
class Health:
    """How the installation is, without a word about anybody. ``worries`` are stable codes; none means all is well."""

    database: bool
    last_run: Run | None
    outbox: dict[str, int]
    tables: Sequence[law_tables.TableState]
    worries: tuple[str, ...]


def health(day: date) -> Health:
    """Database, last daily run, outbox by state, and the ends of the law's tables."""
    tables = law_tables.states(day)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        last_run = Run.objects.filter(kind="daily", shadow=False).order_by("-day", "-id").first()
        outbox: dict[str, int] = {state.value: 0 for state in MessageState}
        outbox |= dict(Message.objects.values_list("state").annotate(n=Count("id")))
    except DatabaseError:
        return Health(database=False, last_run=None, outbox={}, tables=tables, worries=("database",))
    worries = []
    if last_run is None or (day - last_run.day).days > 1 or last_run.state != "done":
        worries.append("daily_run")
    if outbox[MessageState.UNKNOWN]:
        worries.append("outbox_unknown")
    if any(state.needs_attention for state in tables):
        worries.append("law_tables")
    return Health(database=True, last_run=last_run, outbox=outbox, tables=tables, worries=tuple(worries))


def as_json(health: Health) -> dict[str, Any]:
    """The same for machines."""
    run = health.last_run
    return {
        "status": "ok" if not health.worries else "attention" if health.database else "down",
        "worries": list(health.worries),
        "database": health.database,
        "last_run": {"day": run.day.isoformat(), "state": run.state} if run else None,
        "outbox": health.outbox,
        "law_tables": {s.table.file: s.last_day.isoformat() if s.last_day else None for s in health.tables},
    }


def letters(*, limit: int) -> list[Message]:
    """The last printed letters of the demo, newest first."""
    with viewing(Viewer.system()):
        rows = Message.objects.filter(channel="letter").exclude(document="").select_related("debtor", "creditor")
        return list(rows.order_by("-sent_at", "-id")[:limit])


def letter(message_id: int) -> Message | None:
    """A printed letter of the demo."""
    with viewing(Viewer.system()):
        return Message.objects.filter(id=message_id, channel="letter").exclude(document="").first()
