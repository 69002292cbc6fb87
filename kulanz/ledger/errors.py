"""What can go wrong with a booking."""

from kulanz.errors import KulanzError


class LedgerError(KulanzError):
    """Diese Buchung ist nicht möglich."""

    code, status = "ledger_error", 409


class Unbalanced(LedgerError):
    """Soll und Haben dieser Buchung sind nicht gleich."""

    code = "ledger_unbalanced"


class KeyReused(LedgerError):
    """Unter diesem Schlüssel wurde schon etwas anderes gebucht."""

    code = "ledger_key_reused"
