"""What can go wrong with a payment provider. Texts never carry secrets, names or what the provider wrote about a person."""

from __future__ import annotations

from kulanz.errors import KulanzError


class ProviderError(KulanzError):
    """Das geht mit diesem Zahlungsanbieter nicht."""

    code, status = "provider_error", 409


class ProviderUnreachable(ProviderError):
    """Der Zahlungsanbieter antwortet gerade nicht."""

    code, status = "provider_unreachable", 503
    fix = "Es wurde nichts abgebucht. Bitte versuchen Sie es gleich noch einmal oder wählen Sie einen anderen Weg."


class ProviderRefused(ProviderError):
    """Der Zahlungsanbieter hat die Anfrage abgelehnt."""

    code, status = "provider_refused", 502
    fix = "Es wurde nichts abgebucht. Bitte wählen Sie einen anderen Weg."


class NotGenuine(ProviderError):
    """Diese Nachricht stammt nachweislich nicht vom Zahlungsanbieter, oder der Nachweis fehlt."""

    code, status = "not_genuine", 400


class NoSuchEndpoint(ProviderError):
    """Diesen Anschluss gibt es hier nicht."""

    code, status = "no_such_endpoint", 404


class ProvidersUnreadable(ProviderError):
    """Die Datei mit den Zahlungsanbietern ist nicht lesbar."""

    code, status = "providers_unreadable", 500
    fix = "Wie sie aussieht, steht in docs/how-to/payment-providers.md."
