"""Tables on pages: which order, which page, and the same rows as a file that a spreadsheet opens safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

PAGE_SIZE = 50
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(slots=True)
class Column:
    """A column: its key (for sorting and export), its heading, and whether it holds figures."""

    key: str
    label: Any
    numeric: bool = False
    sortable: bool = True
    next_sort: str = ""


@dataclass(slots=True)
class Table:
    """One page of rows with its head. ``sort`` is a column's key, with ``-`` in front for descending."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    total: int
    page: int = 1
    page_size: int = PAGE_SIZE
    sort: str = ""
    sorted_by: str = field(init=False)
    descending: bool = field(init=False)

    def __post_init__(self) -> None:
        self.descending = self.sort.startswith("-")
        self.sorted_by = self.sort.removeprefix("-")
        for column in self.columns:
            column.next_sort = f"-{column.key}" if self.sort == column.key else column.key

    @property
    def first(self) -> int:
        return (self.page - 1) * self.page_size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.page * self.page_size, self.total)

    @property
    def has_next(self) -> bool:
        return self.last < self.total

    @property
    def next_page(self) -> int:
        return self.page + 1

    @property
    def previous_page(self) -> int:
        return max(1, self.page - 1)


def chosen_page(text: str) -> int:
    """The page a reader asked for; whatever is no page number is the first one."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def chosen_sort(text: str, allowed: Iterable[str], default: str) -> str:
    """A sort order out of the address, if it is one we offer."""
    return text if text.removeprefix("-") in set(allowed) else default


def safe_cell(value: object) -> str:
    """A cell no spreadsheet runs as a formula. Money and days are written by us and stay what they are."""
    match value:
        case None:
            return ""
        case date():
            return value.isoformat()
        case Decimal():
            return str(value).replace(".", ",")
        case int():
            return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def csv_response(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    """The rows as a German CSV file (semicolons, decimal comma, byte order mark), as spreadsheets here expect it."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + buffer.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
