"""Bank files, bytes → statements. What a file is, its content says, never its name."""

from __future__ import annotations

from kulanz.payments.readers.detect import read_statements
from kulanz.payments.readers.shape import ParsedFile, ParsedStatement, Problem, StatementLine

__all__ = ["ParsedFile", "ParsedStatement", "Problem", "StatementLine", "read_statements"]
