"""Why a line belongs to a case reads in English on an English page, whatever phrases the matching composes."""

from __future__ import annotations

import ast
import inspect
import re
from types import ModuleType

import pytest
from django.utils.translation import override

from kulanz.office.match_words import in_words
from kulanz.payments.commands import judge_lines, own_lines
from kulanz.payments.rules import match

GERMAN = re.compile(r"[äöüß]|\b(der|die|das|mit|von|zu|und|stimmt|Betrag|Rechnung\w*|Nummer|Akten|einer?)\b")


def _sentences(module: ModuleType) -> set[str]:
    """What the module says to people: its German texts with blanks, docstrings left out; numbers stand for what is put in."""
    tree = ast.parse(inspect.getsource(module))
    docs = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and node.body and isinstance(node.body[0], ast.Expr)
    }
    docs |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in docs and node not in inside}
    joined = {
        "".join(str(part.value) if isinstance(part, ast.Constant) else "2" for part in node.values)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    }
    return {text for text in texts | joined if isinstance(text, str) and " " in text.strip() and GERMAN.search(text)}


@pytest.mark.parametrize("module", [match, judge_lines, own_lines], ids=lambda module: module.__name__.rpartition(".")[2])
def test_every_reason_reads_in_english(module: ModuleType) -> None:
    found = _sentences(module)
    assert found
    with override("en"):
        left = {text: in_words(text) for text in found if GERMAN.search(in_words(text))}
    assert left == {}


def test_a_composed_reason_keeps_its_numbers_and_german_stays_german() -> None:
    reason = "Aktenzeichen mit einem Tippfehler, über die Prüfziffer erkannt, Betrag stimmt für 12 Rechnungen, Name stimmt"
    with override("en"):
        said = in_words(reason)
    assert "12 invoices" in said and not GERMAN.search(said)
    with override("de"):
        assert in_words(reason) == reason
