"""The only place that writes statements, their lines, and the bookings that follow from them."""

from kulanz.payments.commands.by_hand import assign, ignore, undo
from kulanz.payments.commands.import_statement import import_statement
from kulanz.payments.commands.imported import Imported, StatementResult
from kulanz.payments.commands.share_out import HandShare, share_out

__all__ = ["HandShare", "Imported", "StatementResult", "assign", "ignore", "import_statement", "share_out", "undo"]
