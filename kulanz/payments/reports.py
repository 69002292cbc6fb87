"""What an import brought, as plain data and in words: the same for the command line, the folder and programs."""

from __future__ import annotations

from typing import Any

from kulanz.law.money import format_money
from kulanz.payments.commands.imported import Imported, StatementResult
from kulanz.payments.readers import Problem


def is_refused(result: Imported) -> bool:
    """True if nothing of the file was taken."""
    return not result.statements or all(one.refused for one in result.statements)


def as_data(result: Imported) -> dict[str, Any]:
    """One file as plain data; amounts as decimal strings."""
    return {
        "file": result.file,
        "format": result.format,
        "refused": is_refused(result),
        "statements": [_statement(one) for one in result.statements],
        "problems": [_problem(problem) for problem in result.problems],
    }


def in_words(result: Imported) -> str:
    """A short text for a person: per statement what was in it, then what is wrong with the file."""
    rows = [f"{result.file} ({result.format})" if result.format else result.file]
    for one in result.statements:
        where = f"{one.account or 'ohne Konto'}, {one.creditor or 'kein Mandant'}"
        what = "abgelehnt" if one.refused else f"{one.new} neu, {one.known} bekannt, {one.booked} gebucht, {one.unmatched} offen"
        rows.append(f"{where}: {one.lines} Umsätze, {what}.")
    for problem in (*result.problems, *(problem for one in result.statements for problem in one.problems)):
        rows.append(f"Zeile {problem.line}: {problem.reason}" if problem.line else problem.reason)
    return "\n".join(rows)


def _statement(one: StatementResult) -> dict[str, Any]:
    return {
        "account": one.account,
        "creditor": one.creditor,
        "number": one.number,
        "sequence": one.sequence,
        "currency": one.currency,
        "entries": one.entries,
        "pending": one.pending,
        "lines": one.lines,
        "sum": format_money(one.sum_cents),
        "opening": None if one.opening_cents is None else format_money(one.opening_cents),
        "closing": None if one.closing_cents is None else format_money(one.closing_cents),
        "new": one.new,
        "known": one.known,
        "booked": one.booked,
        "proposed": one.proposed,
        "unmatched": one.unmatched,
        "refused": one.refused,
        "problems": [_problem(problem) for problem in one.problems],
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "code": problem.code,
        "reason": problem.reason,
        "refuses": problem.refuses,
    }
