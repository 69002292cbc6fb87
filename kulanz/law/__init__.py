"""What the law says: pure functions over dated tables. Usable on its own; knows no database, no web and no clock.

>>> from datetime import date
>>> from kulanz.law import jurisdiction
>>> law = jurisdiction("de")
>>> terms = law.interest_terms(consumer=True)
>>> law.default_interest([(date(2025, 4, 17), 308_900)], date(2025, 4, 17), date(2026, 2, 20), terms).total_cents
17084
"""

from __future__ import annotations

from kulanz.law.at import AUSTRIA
from kulanz.law.ch import SWITZERLAND
from kulanz.law.de import GERMANY
from kulanz.law.errors import UnknownCountry
from kulanz.law.jurisdiction import Jurisdiction

__all__ = ["Jurisdiction", "jurisdiction", "jurisdictions"]

_BY_COUNTRY: dict[str, Jurisdiction] = {law.country: law for law in (GERMANY, AUSTRIA, SWITZERLAND)}


def jurisdiction(country: str) -> Jurisdiction:
    """The law of a country by its ISO code, in lower or upper case. Raises `UnknownCountry`."""
    law = _BY_COUNTRY.get(country.lower())
    if law is None:
        raise UnknownCountry(f"Für das Land „{country}“ kennt Kulanz kein Recht.")
    return law


def jurisdictions() -> tuple[Jurisdiction, ...]:
    """The law of every country there is."""
    return tuple(_BY_COUNTRY.values())
