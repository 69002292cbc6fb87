"""The collected facts beside the project, if they are there: the tables of the law rooms are compared with them."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

_NEAREST = [parent / "shared" / "facts" for parent in Path(__file__).resolve().parents]
FACTS = next((folder for folder in _NEAREST if folder.is_dir()), _NEAREST[-1])
"""Beside the project; looked for upwards, because a mutation run works on a copy one folder further down."""


def fact_rows(name: str) -> list[dict[str, str]]:
    """The rows of a fact file; the test is skipped where the facts are not beside the project."""
    path = FACTS / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"the facts ({name}.csv) are not beside the project")
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def fact_page(name: str) -> str:
    """A page of facts, or skip."""
    path = FACTS / f"{name}.md"
    if not path.exists():
        pytest.skip(f"the facts ({name}.md) are not beside the project")
    return path.read_text(encoding="utf-8")


def table_after(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading, without head and rule."""
    text = page[page.index(heading) :]
    lines = text[text.index("\n|") + 1 :].split("\n")
    cells = []
    for line in lines:
        if not line.startswith("|"):
            break
        cells.append([re.sub(r"\s+", " ", cell).strip() for cell in line.strip("|").split("|")])
    return cells[2:]
