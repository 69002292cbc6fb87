"""Small builders: files from lines, profiles, the circumstances of an import."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import Any

import openpyxl

from kulanz.intake.readers import FileHints, Table, open_source, read_table
from kulanz.intake.rules.batch import Batch, Circumstances
from kulanz.intake.rules.judge import judge
from kulanz.intake.rules.problems import Problem, problems_of
from kulanz.intake.rules.profile import Profile

HEADER = "Nr;Kunde;Name;Datum;Faellig;Betrag;Bezahlt am;Bezahlt"


def table(content: bytes | str, *, name: str = "rechnungen.csv", **hints: Any) -> Table:
    """The table in these bytes."""
    data = content.encode() if isinstance(content, str) else content
    return read_table(open_source(data, name=name), FileHints(**hints))


def workbook(*rows: list[Any], formats: dict[str, str] | None = None, sheets: tuple[str, ...] = ()) -> bytes:
    """An Excel file with these rows in its first sheet; further sheets hold one cell each."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for cell, form in (formats or {}).items():
        book.active[cell].number_format = form
    for title in sheets:
        book.create_sheet(title).append(["x"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, part: str, content: bytes) -> bytes:
    """An Excel file with one of its parts replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.infolist():
            target.writestr(item.filename, content if item.filename == part else source.read(item))
    return out.getvalue()


def profile(**changes: Any) -> Profile:
    """A profile for files with `HEADER`."""
    document: dict[str, Any] = {
        "name": "test",
        "columns": {
            "invoice_number": "Nr",
            "debtor_number": "Kunde",
            "family_name": "Name",
            "invoiced_on": "Datum",
            "due_on": "Faellig",
            "amount": "Betrag",
            "paid_on": "Bezahlt am",
            "paid_amount": "Bezahlt",
        },
        "constants": {"kind": "person", "currency": "EUR"},
    }
    return Profile.model_validate(document | changes)


def about(**changes: Any) -> Circumstances:
    """An import on 2026-03-02 by a German creditor."""
    given: dict[str, Any] = {
        "today": date(2026, 3, 2),
        "as_of": None,
        "creditor_key": "nordlicht",
        "country": "DE",
        "interest": "statutory",
        "secret": b"secret",
    }
    return Circumstances(**(given | changes))


def lines(*rows: str) -> str:
    """A file of `HEADER` and these rows."""
    return "\n".join((HEADER, *rows)) + "\n"


def judged(*rows: str, **changes: Any) -> Batch:
    """A file of `HEADER` and these rows, judged by the test profile."""
    return judge(table(lines(*rows)), profile(**changes), about())


def reasons(batch: Batch) -> list[Problem]:
    """The problems found."""
    return list(problems_of(batch.problems, batch.table.name))
