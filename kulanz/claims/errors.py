"""What can go wrong with cases and claims."""

from kulanz.errors import KulanzError


class ClaimsError(KulanzError):
    """Das geht mit dieser Akte nicht."""

    code, status = "claims_error", 409


class NotFound(ClaimsError):
    """Das gibt es hier nicht."""

    code, status = "not_found", 404


class NotAllowed(ClaimsError):
    """Dafür fehlt Ihnen die Berechtigung."""

    code, status = "not_allowed", 403


class UnknownCreditor(ClaimsError):
    """Diesen Mandanten gibt es nicht."""

    code, status = "unknown_creditor", 404
    fix = "Vorhandene Mandanten zeigt `kulanz creditor list`; einen neuen legt `kulanz creditor add` an."


class CaseChanged(ClaimsError):
    """Die Akte wurde inzwischen geändert."""

    code = "case_changed"
    fix = "Bitte neu laden und noch einmal entscheiden."


class NothingToBook(ClaimsError):
    """Hier ist nichts offen, worauf sich das buchen ließe."""

    code = "nothing_to_book"


class NothingToReturn(ClaimsError):
    """Diese Zahlung gibt es nicht oder sie ist schon zurückgenommen."""

    code = "nothing_to_return"


class CostNotOwed(ClaimsError):
    """Diese Kosten darf man hier nicht berechnen."""

    code, status = "cost_not_owed", 422


class CannotBeUndone(ClaimsError):
    """Diese Buchung lässt sich nicht mit einer Gegenbuchung zurücknehmen."""

    code = "cannot_be_undone"
    fix = "Zurückgenommen werden Verzicht, Gutschrift, Ausbuchung und Kosten, jede einmal. Zahlungen nimmt der Geldeingang zurück."


class TermsNotValid(ClaimsError):
    """So kann diese Forderung nicht verzinst werden."""

    code, status = "terms_not_valid", 422


class ViewsDoNotClose(ClaimsError):
    """Die Sicht des Gläubigers ergibt nicht dasselbe Geld wie die der Kundin oder des Kunden."""

    code, status = "views_do_not_close", 500
    fix = "Es wurde nichts gezeigt. Bitte `kulanz check` ausführen und den Befund melden."


class SecondPersonNeeded(ClaimsError):
    """Über diesen Betrag entscheidet eine zweite Person."""

    code, status = "second_person_needed", 403


class ReceiptDoesNotAddUp(ClaimsError):
    """Die Erklärung dieser Akte ergibt nicht den Saldo."""

    code, status = "receipt_does_not_add_up", 500
    fix = "Es wurde nichts gezeigt oder verschickt. Bitte `kulanz check` ausführen und den Befund melden."


class NegotiationsNotPossible(ClaimsError):
    """Diese Angabe zu Verhandlungen ist nicht möglich."""

    code, status = "negotiations_not_possible", 422
