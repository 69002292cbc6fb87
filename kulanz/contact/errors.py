"""What can go wrong when we speak to people or listen to them."""

from __future__ import annotations

from kulanz.errors import KulanzError


class ContactError(KulanzError):
    """Eine Nachricht konnte nicht bearbeitet werden."""

    code = "contact_error"


class TextMissing(ContactError):
    """Diesen Nachrichtentext gibt es nicht."""

    code, status = "text_missing", 404
    fix = "Wählen Sie im Handlungsplan einen vorhandenen Text."


class TextBroken(ContactError):
    """Ein Nachrichtentext lässt sich nicht lesen oder nicht füllen."""

    code, status = "text_broken", 422
    fix = "Es wurde nichts verschickt. Prüfen Sie den Text und die Angaben, die er verwendet."


class LetterUnprintable(ContactError):
    """Der Brief lässt sich nicht setzen."""

    code, status = "letter_unprintable", 422
    fix = "Es wurde nichts gedruckt. Meist enthält ein Name Zeichen, die die Druckschrift nicht kennt."


class AddressIncomplete(ContactError):
    """Für einen Brief fehlt ein Teil der Anschrift."""

    code, status = "address_incomplete", 422
    fix = "Ergänzen Sie Name, Straße, Postleitzahl und Ort."


class PaymentDataInvalid(ContactError):
    """Die Bankverbindung oder die Zahlungsreferenz ist nicht gültig."""

    code, status = "payment_data_invalid", 422
    fix = "Prüfen Sie IBAN, Kontoinhaber und Referenz des Gläubigers."


class DutiesIncomplete(ContactError):
    """Für den ersten Inkassobrief fehlen Pflichtangaben (§ 13a RDG)."""

    code, status = "duties_incomplete", 422
    fix = "Ergänzen Sie, was fehlt, und verschicken Sie die Nachricht dann noch einmal. Unvollständig geht sie nicht hinaus."


class DutiesRefused(ContactError):
    """Diese Angabe für Inkassobriefe ist nicht möglich."""

    code, status = "duties_refused", 422


class GatewayRefused(ContactError):
    """Der Versandweg hat die Nachricht endgültig abgelehnt."""

    code, status = "gateway_refused", 502
    fix = "Prüfen Sie die Anschrift. Die Nachricht wurde nicht zugestellt."


class GatewayBusy(ContactError):
    """Der Versandweg hat die Nachricht sicher nicht angenommen; später geht es vielleicht."""

    code, status = "gateway_busy", 503
    fix = "Kulanz versucht es von selbst noch einmal."


class GatewayUnsure(ContactError):
    """Es ist nicht klar, ob der Versandweg die Nachricht angenommen hat."""

    code, status = "gateway_unsure", 502
    fix = "Die Nachricht wartet auf einen Menschen. Sie wird nicht von selbst noch einmal verschickt."


class MessageStateConflict(ContactError):
    """Die Nachricht ist nicht mehr in dem Zustand, den diese Handlung braucht."""

    code, status = "message_state_conflict", 409
    fix = "Laden Sie die Seite neu; jemand anderes war schneller."


class LinkUnusable(ContactError):
    """Dieser Link ist unbekannt, abgelaufen oder wurde gesperrt."""

    code, status = "link_unusable", 404
    fix = "Bitte nutzen Sie den Link aus unserer neuesten Nachricht oder rufen Sie uns an."


class LinkLocked(ContactError):
    """Dieser Link ist nach mehreren falschen Angaben vorübergehend gesperrt."""

    code, status = "link_locked", 429
    fix = "Versuchen Sie es morgen noch einmal oder rufen Sie uns an."


class StatementUnreadable(ContactError):
    """Diese Angabe konnten wir nicht übernehmen."""

    code, status = "statement_unreadable", 422
    fix = "Bitte prüfen Sie die markierten Felder. Was Sie eingegeben haben, ist noch da."


class GatewayMisconfigured(ContactError):
    """Der Versandweg ist nicht richtig eingestellt."""

    code, status = "gateway_misconfigured", 500
    fix = "KULANZ_SMTP_URL beginnt mit smtp://, smtps:// oder (in der Demo) inbox://."
