"""What can go wrong with direct debits and refunds."""

from __future__ import annotations

from kulanz.payments.errors import PaymentsError


class OrderInvalid(PaymentsError):
    """Die Datei für die Bank ist nicht in Ordnung und wurde nicht erstellt."""

    code = "order_invalid"
    fix = "Es wurde nichts eingereicht. Bitte die genannten Angaben prüfen."


class NoCollector(PaymentsError):
    """Für diesen Mandanten ist kein Lastschrifteinzug eingerichtet."""

    code, status = "no_collector", 409
    fix = "Die Gläubiger-Identifikationsnummer wird unter „Mandanten“ eingetragen, oder mit `kulanz debits setup`."


class CollectorTermsInvalid(PaymentsError):
    """Diese Frist oder Grenze für den Einzug ist nicht möglich."""

    code, status = "collector_terms_invalid", 422
    fix = "Ankündigung 1 bis 60 Tage, Datei 1 bis 10 Bankarbeitstage vorher, Ruhe 1 bis 90 Tage, kleines Guthaben bis 100 Euro."


class CreditorIdInvalid(PaymentsError):
    """Diese Gläubiger-Identifikationsnummer stimmt nicht, die Prüfziffern passen nicht."""

    code, status = "creditor_id_invalid", 422
    fix = "In Deutschland vergibt sie die Deutsche Bundesbank, sie hat 18 Stellen und beginnt mit DE."


class IbanInvalid(PaymentsError):
    """Diese IBAN stimmt nicht. Bitte prüfen Sie sie, meist ist eine Ziffer vertauscht."""

    code, status = "iban_invalid", 422


class IbanOutsideSepa(PaymentsError):
    """Von einem Konto in diesem Land sind SEPA-Zahlungen nicht möglich."""

    code, status = "iban_outside_sepa", 422


class HolderMissing(PaymentsError):
    """Bitte geben Sie an, wem das Konto gehört."""

    code, status = "holder_missing", 422


class NotInEuro(PaymentsError):
    """SEPA-Zahlungen gibt es nur in Euro."""

    code = "not_in_euro"


class NothingToCollect(PaymentsError):
    """Es ist nichts offen, was eingezogen werden könnte."""

    code = "nothing_to_collect"


class NotifyImpossible(PaymentsError):
    """Eine Abbuchung muss angekündigt werden, und dafür fehlt uns eine Adresse."""

    code = "notify_impossible"


class MandateNotFound(PaymentsError):
    """Dieses Mandat gibt es hier nicht."""

    code, status = "mandate_not_found", 404


class MandateStands(PaymentsError):
    """In dieser Akte gilt schon ein Mandat."""

    code = "mandate_stands"


class NotOfferedNow(PaymentsError):
    """Ein Mandat lässt sich hier gerade nicht anbieten."""

    code = "mandate_not_offered"


class MandateNotActive(PaymentsError):
    """Dieses Mandat gilt nicht mehr."""

    code = "mandate_not_active"


class CollectionNotFound(PaymentsError):
    """Diese Abbuchung gibt es hier nicht."""

    code, status = "collection_not_found", 404


class TooLateToCancel(PaymentsError):
    """Diese Abbuchung ist schon bei der Bank."""

    code = "too_late_to_cancel"
    fix = "Die Bank des Kontos kann sie innerhalb von acht Wochen zurückholen."


class CollectionUnderWay(PaymentsError):
    """Es ist schon eine Abbuchung angekündigt."""

    code = "collection_under_way"


class RefundNotFound(PaymentsError):
    """Diese Rückzahlung gibt es hier nicht."""

    code, status = "refund_not_found", 404


class RefundNotOpen(PaymentsError):
    """Über diese Rückzahlung ist schon entschieden."""

    code = "refund_not_open"


class NoCredit(PaymentsError):
    """In dieser Akte gibt es kein Guthaben, das noch nicht zurückgezahlt wird."""

    code = "no_credit"


class GoesBackTheSameWay(PaymentsError):
    """Dieses Geld kam über einen Zahlungsanbieter und geht auf demselben Weg zurück."""

    code = "goes_back_the_same_way"
    fix = "Ein Konto braucht es dafür nicht."


class AccountUnknown(PaymentsError):
    """Für diese Rückzahlung ist noch kein Konto bekannt."""

    code = "refund_account_unknown"


class AnotherPersonMustDecide(PaymentsError):
    """Über eine Rückzahlung entscheidet eine andere Person als die, die sie vorgeschlagen oder freigegeben hat."""

    code, status = "another_person_must_decide", 403


class NothingToOrder(PaymentsError):
    """Es gibt keine freigegebene Rückzahlung, die Sie beauftragen könnten."""

    code = "nothing_to_order"


class OrderFileNotFound(PaymentsError):
    """Diese Datei gibt es hier nicht."""

    code, status = "order_file_not_found", 404
