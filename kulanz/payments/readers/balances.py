"""Opening + entries = closing: a statement that does not add up is incomplete or damaged, and nothing of it is booked."""

from __future__ import annotations

from dataclasses import replace

from kulanz.payments.readers.shape import ParsedStatement, Problem, euros


def checked(statement: ParsedStatement, file: str) -> ParsedStatement:
    """The statement with its findings added: no account, foreign currency among its entries, balances that do not tie."""
    found: list[Problem] = []
    if not statement.account:
        reason = "Die Kontonummer fehlt: Das ist nur ein Ausschnitt, kein ganzer Auszug."
        found.append(Problem(file, statement.line, reason, "statement_no_account"))
    if not statement.entries and statement.opening_cents is None and statement.closing_cents is None and not statement.intraday:
        found.append(Problem(file, statement.line, "Der Auszug enthält weder Salden noch Umsätze.", "statement_empty"))
    if not statement.currency and statement.count:
        reason = "Die Währung fehlt: Das ist nur ein Ausschnitt, kein ganzer Auszug."
        found.append(Problem(file, statement.line, reason, "statement_no_currency"))
    foreign = [(currency, line) for currency, line in statement.totals.currencies if currency != statement.currency]
    if foreign and not statement.intraday:
        currency, line = foreign[0]
        reason = f"Ein Umsatz steht in {currency}, das Konto wird in {statement.currency} geführt."
        found.append(Problem(file, line, reason, "statement_mixed_currency"))
    if statement.difference_cents and not foreign and not statement.refused:
        found.append(Problem(file, statement.line, _does_not_tie(statement), "statement_does_not_tie"))
    if statement.difference_cents is None and not statement.intraday and not found and not statement.refused:
        reason = "Der Auszug nennt keine Salden; ob er vollständig ist, lässt sich nicht prüfen."
        found.append(Problem(file, statement.line, reason, "statement_without_balances", refuses=False))
    return replace(statement, problems=statement.problems + tuple(found)) if found else statement


def _does_not_tie(statement: ParsedStatement) -> str:
    opening, closing = statement.opening_cents or 0, statement.closing_cents or 0
    expected = opening + statement.sum_cents
    count = "1 Umsatz über" if statement.count == 1 else f"{statement.count} Umsätze über zusammen"
    return (
        f"Der Auszug geht nicht auf: Anfangssaldo {euros(opening, statement.currency)} und {count} "
        f"{euros(statement.sum_cents, statement.currency)} ergeben {euros(expected, statement.currency)}, als Endsaldo steht "
        f"{euros(closing, statement.currency)}. Es wurde nichts daraus gebucht. Bitte den Auszug bei der Bank neu herunterladen."
    )
