"""Layouts of bank CSV files as data: one YAML file each, found again by the columns of its header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FOLDER: Final = Path(__file__).parent / "profiles"


@dataclass(frozen=True, slots=True)
class AccountPlace:
    """Where a file names its account: in a column, in one of two by direction, in a row above the header, or nowhere (``fixed``)."""

    column: str = ""
    incoming: str = ""
    outgoing: str = ""
    above: re.Pattern[str] | None = None
    fixed: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class CsvProfile:
    """One layout. ``columns`` maps our fields to the file's columns (several: the first that is there, for the purpose all of them).

    ``pending`` are values by column that mean "announced, not booked"; ``only`` are the values a row must have to be a movement at all.
    """

    key: str
    name: str
    delimiter: str
    dates: tuple[str, ...]
    decimal: str
    header: frozenset[str]
    account: AccountPlace
    columns: Mapping[str, tuple[str, ...]]
    currency: str
    fee_text: str
    pending: Mapping[str, frozenset[str]]
    only: Mapping[str, frozenset[str]]

    def fits(self, cells: Sequence[str]) -> bool:
        """True if the row is this layout's header."""
        return self.header <= set(cells)


@cache
def profiles() -> tuple[CsvProfile, ...]:
    """All known layouts, by name."""
    found = [_profile(yaml.safe_load(path.read_text(encoding="utf-8"))) for path in sorted(_FOLDER.glob("*.yaml"))]
    return tuple(sorted(found, key=lambda profile: profile.name.lower()))


def _profile(written: Mapping[str, Any]) -> CsvProfile:
    place = written["account"]
    return CsvProfile(
        key=written["key"],
        name=written["name"],
        delimiter=written["delimiter"],
        dates=tuple(written["dates"]),
        decimal=written["decimal"],
        header=frozenset(written["header"]),
        account=AccountPlace(
            column=place.get("column", ""),
            incoming=place.get("in", ""),
            outgoing=place.get("out", ""),
            above=re.compile(place["above"], re.IGNORECASE) if "above" in place else None,
            fixed=place.get("fixed", ""),
            prefix=place.get("prefix", ""),
        ),
        columns={field: _several(names) for field, names in written["columns"].items()},
        currency=written.get("currency", ""),
        fee_text=written.get("fee_text", ""),
        pending=_values(written.get("pending", {})),
        only=_values(written.get("only", {})),
    )


def _several(names: str | Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _values(written: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    return {column: frozenset(values) for column, values in written.items()}
