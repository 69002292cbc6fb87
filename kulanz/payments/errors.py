"""What can go wrong with payments."""

from kulanz.errors import KulanzError


class PaymentsError(KulanzError):
    """Das geht mit dieser Zahlung nicht."""

    code, status = "payments_error", 409


class LineNotFound(PaymentsError):
    """Diesen Umsatz gibt es hier nicht."""

    code, status = "line_not_found", 404


class LineAlreadyBooked(PaymentsError):
    """Dieser Umsatz ist schon gebucht."""

    code = "line_already_booked"
    fix = "Erst die Buchung zurücknehmen, dann neu zuordnen."


class LineNotBooked(PaymentsError):
    """Dieser Umsatz ist nicht gebucht, es gibt also nichts zurückzunehmen."""

    code = "line_not_booked"


class NotAnIncomingPayment(PaymentsError):
    """Nur Geldeingänge lassen sich einer Akte zuordnen."""

    code = "not_an_incoming_payment"
    fix = "Belastungen und Rückgaben bitte als erledigt kennzeichnen oder mit der Bank klären."


class WrongCurrency(PaymentsError):
    """Der Umsatz und die Akte haben verschiedene Währungen."""

    code = "wrong_currency"


class WrongAccount(PaymentsError):
    """Dieser Umsatz kam auf dem Konto eines anderen Mandanten an."""

    code = "wrong_account"


class NothingToBookOn(PaymentsError):
    """In dieser Akte gibt es keine Forderung, auf die gebucht werden kann."""

    code = "nothing_to_book_on"


class ReasonMissing(PaymentsError):
    """Bitte einen Grund angeben."""

    code, status = "reason_missing", 422
