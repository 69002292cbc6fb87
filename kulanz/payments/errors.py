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


class SharesDoNotAddUp(PaymentsError):
    """Die Anteile ergeben zusammen nicht den Betrag des Umsatzes."""

    code, status = "shares_do_not_add_up", 422
    fix = "Es ist nichts gebucht. Bitte die Beträge so ändern, dass kein Rest bleibt."


class SeveralCreditors(PaymentsError):
    """Die Akten gehören verschiedenen Mandanten."""

    code, status = "shares_of_several_creditors", 422
    fix = "Ein Umsatz steht in den Büchern eines Mandanten. Was den anderen gehört, gibt dieser mit einer eigenen Überweisung weiter."


class ReasonMissing(PaymentsError):
    """Bitte einen Grund angeben."""

    code, status = "reason_missing", 422


class NoTerms(PaymentsError):
    """Für diesen Mandanten ist nicht vereinbart, wie sein Geld weitergegeben wird."""

    code = "no_mandate_terms"
    fix = "Bitte zuerst die Abrechnung einrichten (unter „Mandanten“ oder mit kulanz remit terms). Wer selbst einzieht, braucht keine."


class AgencyMissing(PaymentsError):
    """Es ist noch nicht eingerichtet, wer abrechnet."""

    code = "agency_missing"
    fix = "Bitte Firma, Anschrift und Steuernummer eintragen (kulanz remit agency)."


class DraftStands(PaymentsError):
    """Für diesen Mandanten gibt es schon einen Entwurf."""

    code = "remittance_draft_stands"
    fix = "Bitte den Entwurf erst freigeben oder verwerfen."


class PeriodNotOver(PaymentsError):
    """Der Zeitraum ist noch nicht zu Ende."""

    code, status = "remittance_period_not_over", 422
    fix = "Abgerechnet wird bis zu einem Tag, der vorbei ist."


class RunNotFound(PaymentsError):
    """Diese Abrechnung gibt es hier nicht."""

    code, status = "remittance_not_found", 404


class WrongRunState(PaymentsError):
    """In diesem Zustand der Abrechnung geht das nicht."""

    code = "remittance_wrong_state"


class SamePerson(PaymentsError):
    """Wer eine Abrechnung erstellt, gibt sie nicht selbst frei."""

    code, status = "remittance_same_person", 403
    fix = "Bitte eine zweite Person um die Freigabe."


class OnlyEuro(PaymentsError):
    """Auszahlungen gehen nur in Euro."""

    code = "payout_only_euro"
    fix = "Konten in anderer Währung bitte mit der Bank von Hand abrechnen."


class DirectPaymentRefused(PaymentsError):
    """Diese Direktzahlung kann nicht gebucht werden."""

    code, status = "direct_payment_refused", 422


class AccountsMissing(PaymentsError):
    """Für die Ausgabe an DATEV fehlen Kontonummern."""

    code, status = "datev_accounts_missing", 422


class ExportRefused(PaymentsError):
    """Diese Ausgabe an DATEV ist nicht möglich."""

    code = "datev_export_refused"


class ForeignAccount(PaymentsError):
    """In dieser Datei steht ein Konto, das keinem Ihrer Mandanten gehört."""

    code, status = "foreign_account", 422
    fix = "Es wurde nichts gebucht. Bitte geben Sie die Datei jemandem, der für alle Mandanten zuständig ist."


class TokenNotFound(PaymentsError):
    """Diesen Schlüssel gibt es nicht, oder er ist schon gesperrt."""

    code, status = "token_not_found", 404


class FolderMissing(PaymentsError):
    """Diesen Ordner gibt es nicht, oder Kulanz darf dort nicht schreiben."""

    code, status = "folder_missing", 404
    fix = "Den Ordner anlegen und dem Konto, unter dem Kulanz läuft, Schreibrecht geben."


class FileTooLarge(PaymentsError):
    """Die Datei ist zu groß."""

    code, status = "file_too_large", 413
    fix = "Bitte einen kürzeren Zeitraum herunterladen oder die Datei mit der Befehlszeile einlesen: kulanz import statement."
