"""Bytes of a file → a table of texts with line numbers, and how it was read."""

from __future__ import annotations

from kulanz.intake.readers.delimited import read_delimited
from kulanz.intake.readers.source import Content, Source, open_source
from kulanz.intake.readers.table import FileHints, Table
from kulanz.intake.readers.workbook import read_workbook

__all__ = ["FileHints", "Source", "Table", "open_source", "read_table"]


def read_table(source: Source, hints: FileHints) -> Table:
    """Read a CSV, TSV or Excel file. What ``hints`` leave open is found from the content and shown in
    ``Table.detected``.

    Raises `IntakeError` if the file as a whole cannot be read or can be read in two ways.
    """
    match source.content:
        case Content.WORKBOOK:
            return read_workbook(source, hints)
        case Content.TEXT:
            return read_delimited(source, hints)
