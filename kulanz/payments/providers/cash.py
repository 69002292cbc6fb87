"""On which terms a creditor offers payment in cash: amounts, how long a slip is good, how it reaches the person (providers.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from kulanz.law.errors import LawError
from kulanz.law.money import parse_money
from kulanz.payments.providers.errors import ProvidersUnreadable
from kulanz.payments.providers.values import LEGAL_ZONE

OPTIONS: Final = ("min_amount", "max_amount", "valid_days", "slip", "customer_key", "shops_url")
VALID_DAYS_MAX: Final = 21
"""The provider's own plugin for a shop system cuts longer times to this."""


class SlipBy(StrEnum):
    """How the slip reaches the person."""

    PDF = "pdf"
    """Shown here. The provider has to switch its PDF address on for the account."""

    EMAIL = "email"
    """The provider sends it to the person's e-mail address, which it needs for that."""


class CustomerKey(StrEnum):
    """By what the provider tells persons apart, as agreed in the contract with it."""

    NUMBER = "number"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class CashTerms:
    """The terms. `max_cents` is what the service takes from one person in one day: its own plugins stay below 1,000 € in Germany."""

    min_cents: int = 1
    max_cents: int = 99_999
    valid_days: int = 7
    slip: SlipBy = SlipBy.PDF
    customer_key: CustomerKey = CustomerKey.NUMBER
    shops_url: str = "https://www.barzahlen.de/"

    @property
    def needs_email(self) -> bool:
        """True if the provider cannot do without the person's e-mail address."""
        return self.slip is SlipBy.EMAIL or self.customer_key is CustomerKey.EMAIL

    def takes(self, cents: int) -> bool:
        """True if one slip may be about this amount."""
        return self.min_cents <= cents <= self.max_cents

    def until(self, day: date) -> datetime:
        """The last second a slip of this day is good for: the end of its last day in Germany."""
        return datetime.combine(day + timedelta(days=self.valid_days), time(23, 59, 59), LEGAL_ZONE)


def cash_terms(entry: Mapping[str, Any], number: int) -> CashTerms:
    """The terms of entry ``number`` of the file. Raises `ProvidersUnreadable` for anything that is not one of the possible values."""
    usual = CashTerms()
    days = entry.get("valid_days", usual.valid_days)
    shops = str(entry.get("shops_url", usual.shops_url))
    try:
        terms = CashTerms(
            min_cents=parse_money(str(entry["min_amount"])) if "min_amount" in entry else usual.min_cents,
            max_cents=parse_money(str(entry["max_amount"])) if "max_amount" in entry else usual.max_cents,
            valid_days=days if isinstance(days, int) else 0,
            slip=SlipBy(entry.get("slip", usual.slip)),
            customer_key=CustomerKey(entry.get("customer_key", usual.customer_key)),
            shops_url=shops,
        )
    except (ValueError, LawError) as error:
        raise ProvidersUnreadable(f"Anschluss {number}: slip, customer_key oder ein Betrag ist nicht lesbar.") from error
    if not 1 <= terms.valid_days <= VALID_DAYS_MAX:
        raise ProvidersUnreadable(f"Anschluss {number}: valid_days ist eine Zahl von 1 bis {VALID_DAYS_MAX}.")
    if not 0 < terms.min_cents <= terms.max_cents or urlsplit(shops).scheme != "https":
        raise ProvidersUnreadable(f"Anschluss {number}: min_amount und max_amount passen nicht, oder shops_url ist keine https-Adresse.")
    return terms
