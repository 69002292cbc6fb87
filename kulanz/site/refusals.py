"""Where the sentences of errors stand in the source, so that they are translated like every other text of a page.

Errors are raised in rooms that know no pages and no languages. They speak German; the page translates when it shows them. What it can
meet is found here: the docstring and ``fix`` of each error class, and the fixed sentences an error is raised with. A sentence with
values in it is made of a pattern; those are listed in `kulanz.site.told`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("ledger", "claims", "contact", "intake", "payments", "strategy", "runs", "site", "portal", "desk", "office")
"""The rooms behind the pages. What is special in the law's refusals is put into English by `kulanz.law.english`; the command line
stays German."""
_LAW = "law/errors.py"
_BASE = "KulanzError"


def sentences(package: Path) -> Iterator[tuple[Path, int, str]]:
    """File, line and text of every fixed German sentence of an error a page may show."""
    files = [package / _LAW, *(path for room in ROOMS for path in sorted((package / room).rglob("*.py")))]
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}
    classes = [(path, node) for path, tree in trees.items() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = _errors([node for _, node in classes])
    for path, node in classes:
        if node.name in known:
            yield from ((path, line, text) for line, text in _of_class(node))
    for path, tree in trees.items():
        for raised in ast.walk(tree):
            if isinstance(raised, ast.Raise) and isinstance(raised.exc, ast.Call) and _name(raised.exc.func) in known:
                yield from ((path, raised.lineno, text) for text in _of_call(raised.exc))


def _errors(classes: list[ast.ClassDef]) -> set[str]:
    """The names of all classes below `KulanzError`."""
    known = {_BASE}
    while True:
        more = {node.name for node in classes if node.name not in known and any(_name(base) in known for base in node.bases)}
        if not more:
            return known
        known |= more


def _of_class(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    if said := (ast.get_docstring(node) or "").split("\n\n")[0].strip():
        yield node.lineno, said
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == "fix" for target in targets):
            fix = getattr(statement, "value", None)
            if isinstance(fix, ast.Constant) and isinstance(fix.value, str) and fix.value:
                yield statement.lineno, fix.value


def _of_call(call: ast.Call) -> Iterator[str]:
    for said in (*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg == "fix")):
        if isinstance(said, ast.Constant) and isinstance(said.value, str) and said.value:
            yield said.value


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(attr=name):
            return name
        case _:
            return ""
