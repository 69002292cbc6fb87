"""The only place that writes statements, their lines, and the bookings that follow from them."""

from kulanz.payments.commands.by_hand import assign, ignore, undo
from kulanz.payments.commands.import_statement import Imported, StatementResult, import_statement

__all__ = ["Imported", "StatementResult", "assign", "ignore", "import_statement", "undo"]
