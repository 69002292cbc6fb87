"""Whole frames between PostgreSQL and Polars by COPY, inside the running transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl
from django.db.backends.utils import CursorWrapper


def copy_frame(cursor: CursorWrapper, table: str, frame: pl.DataFrame) -> None:
    """Append the frame's rows to a table; the frame's column names are the table's. Nulls stay nulls, empty strings empty strings.

    What the database refuses is raised as Django's error, like that of any other statement: its cursor does not see to that for COPY.
    """
    if frame.is_empty():
        return
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    with cursor.db.wrap_database_errors, cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN (FORMAT csv)') as sink:
        for part in frame.iter_slices(100_000):
            buffer = io.BytesIO()
            part.write_csv(buffer, include_header=False)
            sink.write(buffer.getvalue())


def frame_of(rows: Sequence[Sequence[object]], schema: Mapping[str, pl.DataType | type[pl.DataType]]) -> pl.DataFrame:
    """Rows as a frame, column by column: a third of the time that taking them row by row costs. Every row has a value for each column."""
    columns: Iterable[Sequence[object]] = zip(*rows, strict=True) if rows else ((),) * len(schema)
    return pl.DataFrame([pl.Series(name, list(column), dtype=kind) for (name, kind), column in zip(schema.items(), columns, strict=True)])


def read_rows(
    cursor: CursorWrapper, query: str, schema: Mapping[str, pl.DataType | type[pl.DataType]], params: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """As `read_frame`, for some thousand rows: there COPY, which hands over row by row, costs more than a plain answer."""
    cursor.execute(query, params or None)
    return frame_of(cursor.fetchall(), schema)


def id_array(ids: Iterable[object]) -> str:
    """Ids (or days) as PostgreSQL writes an array, for a parameter that is cast: `= ANY(%s::bigint[])`.

    A list would be turned into text element by element by the driver, which costs more than many a query.
    """
    return f"{{{','.join(map(str, ids))}}}"


def text_array(texts: Sequence[str]) -> str:
    """Texts as PostgreSQL writes an array, for a parameter that is cast: `unnest(%s::text[])`."""
    if not texts:
        return "{}"
    joined = '","'.join(texts)
    if "\\" in joined or joined.count('"') != 2 * (len(texts) - 1):
        joined = '","'.join(text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return f'{{"{joined}"}}'


def id_list(ids: Iterable[int]) -> str:
    """Ids as a JSON list: what `json.dumps` writes, without its machinery for a list of one or two numbers."""
    return f"[{', '.join(map(str, ids))}]"


def draw_ids(cursor: CursorWrapper, table: str, count: int) -> Sequence[int]:
    """Take the next ids of a table whose rows are going to name each other before they are written; ascending."""
    cursor.execute(
        "SELECT min(n), max(n), CASE WHEN max(n) - min(n) >= count(*) THEN array_agg(n) END"
        " FROM (SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id'))::regclass) FROM generate_series(1, %s)) AS drawn(n)",
        [table, count],
    )
    first, last, apart = cursor.fetchone()
    if first is None:
        return ()
    # Mostly they follow each other; somebody else may have drawn some between them.
    return sorted(apart) if apart else range(first, last + 1)


def read_frame(
    cursor: CursorWrapper, query: str, schema: Mapping[str, pl.DataType | type[pl.DataType]], params: Sequence[Any] | Mapping[str, Any] = ()
) -> pl.DataFrame:
    """The rows of a query as a frame of the given schema, whose names must be the query's columns in order.

    Booleans come from PostgreSQL as `t` and `f` and are turned; everything else is parsed by its type.
    """
    wire = {name: pl.String if kind == pl.Boolean else kind for name, kind in schema.items()}
    buffer = io.BytesIO()
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)", params) as source:
        for chunk in source:
            buffer.write(chunk)
    if not buffer.tell():
        return pl.DataFrame(schema=schema)
    buffer.seek(0)
    frame = pl.read_csv(buffer, has_header=False, new_columns=list(wire), schema=wire)
    flags = [name for name, kind in schema.items() if kind == pl.Boolean]
    return frame.with_columns(pl.col(name) == "t" for name in flags)
