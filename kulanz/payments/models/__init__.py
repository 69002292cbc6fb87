"""The tables of the room: statements and their lines, agreements, direct debits, provider payments, money out."""

from kulanz.payments.models.statements import BankLine, BankStatement, LineState, Sighting, StatementFile

__all__ = ["BankLine", "BankStatement", "LineState", "Sighting", "StatementFile"]
