"""How the ways to pay are called on the page, with the sign and the one thing worth knowing beforehand."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kulanz.payments.checkout_queries import Offer
from kulanz.payments.providers.port import Method

_NAMES: dict[Method, str | Promise] = {
    Method.CARD: _("Kredit- oder Debitkarte"),
    Method.APPLE_PAY: "Apple Pay",
    Method.GOOGLE_PAY: "Google Pay",
    Method.PAYPAL: "PayPal",
    Method.SEPA_DEBIT: _("SEPA-Lastschrift"),
    Method.KLARNA: "Klarna",
    Method.BANK: _("Mit dem eigenen Online-Banking"),
    Method.EPS: "EPS",
    Method.IDEAL: "iDEAL",
    Method.BANCONTACT: "Bancontact",
    Method.TWINT: "TWINT",
    Method.CASH: "Barzahlen",
}
_HINTS: dict[Method, str | Promise] = {
    Method.SEPA_DEBIT: _("einige Tage, bis das Geld sicher da ist"),
    Method.KLARNA: _("Klarna prüft und bekommt dafür Name, Anschrift und E-Mail"),
    Method.BANK: _("dauert je nach Bank bis zum nächsten Tag"),
}
_SIGNS = {Method.SEPA_DEBIT: "landmark", Method.BANK: "landmark"}


@dataclass(frozen=True, slots=True)
class OfferShown:
    """One button."""

    method: str
    endpoint_id: str
    name: str | Promise
    hint: str | Promise
    sign: str
    provider: str
    test: bool


def shown(offer: Offer) -> OfferShown:
    """An offer as a button."""
    return OfferShown(
        method=offer.method.value,
        endpoint_id=offer.endpoint_id,
        name=_NAMES[offer.method],
        hint=_HINTS.get(offer.method, _("sofort")),
        sign=_SIGNS.get(offer.method, "banknote"),
        provider=offer.provider,
        test=offer.test,
    )
