"""The size contract: files of at most 500 lines, functions of at most 60. `python -m tests.sizes` fails the build otherwise."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LIMIT = 500
FUNCTION_LIMIT = 60
EXCEPTIONS: dict[str, int] = {}
"""Known larger pieces, `path` or `path::function` → lines. The number may shrink, never grow, and a new entry needs its reason here."""


def measured() -> dict[str, int]:
    """Every file and function over its limit, with its lines."""
    listed = subprocess.run(["git", "ls-files", "*.py", "*.html", "*.css", "*.js"], cwd=ROOT, capture_output=True, text=True, check=True)
    large = {}
    for name in listed.stdout.split():
        path = ROOT / name
        if "/migrations/" in name or "/vendor/" in name or not path.exists():
            continue
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > FILE_LIMIT:
            large[name] = lines
        if name.endswith(".py"):
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    if length > FUNCTION_LIMIT:
                        large[f"{name}::{node.name}"] = length
    return large


def main() -> int:
    """Print what is too large and what the list of exceptions no longer needs; the number of complaints is the exit code."""
    large = measured()
    complaints = [f"{place}: {lines} lines" for place, lines in large.items() if lines > EXCEPTIONS.get(place, 0)]
    complaints += [f"{place}: exception of {limit} is too generous" for place, limit in EXCEPTIONS.items() if large.get(place, 0) < limit]
    print("\n".join(complaints) or "sizes: all within their limits")
    return min(len(complaints), 1)


if __name__ == "__main__":
    sys.exit(main())
