"""The structured fields of MT940/MT942: account, balances, the movement line `:61:`, totals."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from kulanz.payments.readers.shape import amount_cents, clean, reference

_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9.,]+)\s*$")
_TOTALS: Final = re.compile(r"([0-9]{1,5})([A-Z]{3})([0-9.,]+)\s*$")
_MOVEMENT: Final = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4}|\s{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?\s?(?P<amount>[0-9]+(?:[.,][0-9]*)?)"
    r"(?P<type>[A-Z][A-Z0-9 ]{3})?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_GERMAN_ACCOUNT: Final = re.compile(r"([0-9]{8})/0*([0-9]{1,10})")
_WITH_CURRENCY: Final = re.compile(r"(.*[0-9X])\s*(EUR|CHF|USD|GBP|DKK|SEK|NOK|PLN|CZK|HUF)")
_CHARGES: Final = re.compile(r"/CHGS/[A-Z]{3}([0-9]+,[0-9]{0,2})")
_INSTRUCTED: Final = re.compile(r"/OCMT/([A-Z]{3})([0-9]+,[0-9]{0,2})")
_CENTURY_PIVOT: Final = 80
_HALF_YEAR_DAYS: Final = 182


@dataclass(frozen=True, slots=True)
class Balance:
    """An opening or closing balance, signed."""

    day: date
    currency: str
    cents: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What a `:61:` line says before its text is known."""

    booked_on: date
    value_on: date
    amount_cents: int
    reversal: bool
    customer_ref: str
    bank_ref: str
    supplementary: str
    charges_cents: int
    instructed: str


def iban_of(bank_code: str, account: str) -> str:
    """The German IBAN of bank code and account number by the standard rule (check digits by ISO 7064).

    >>> iban_of("37040044", "532013000")
    'DE89370400440532013000'
    """
    bban = bank_code + account.zfill(10)
    return f"DE{98 - int(bban + '131400') % 97:02d}{bban}"


def account_of(text: str) -> tuple[str, str]:
    """Our account and, if written behind it, its currency: German ``bank code/account`` becomes the IBAN, anything else stays as it is."""
    compact = re.sub(r"\s", "", clean(text, 60)).upper()
    currency = ""
    if (with_currency := _WITH_CURRENCY.fullmatch(compact)) is not None:
        compact, currency = with_currency[1], with_currency[2]
    german = _GERMAN_ACCOUNT.fullmatch(compact)
    return (iban_of(german[1], german[2]) if german else compact), currency


def day_of(written: str) -> date | None:
    """A date YYMMDD. German banks count 30 days in every month for value dates: 30 February becomes its last day."""
    year, month, day = int(written[:2]), int(written[2:4]), int(written[4:6])
    year += 1900 if year >= _CENTURY_PIVOT else 2000
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    last = calendar.monthrange(year, month)[1]
    if day > last and day > 30:
        return None
    return date(year, month, min(day, last))


def balance_of(text: str) -> Balance | None:
    """``C100318EUR380115,1`` → a balance; None if it is not one."""
    written = _BALANCE.match(text)
    if written is None:
        return None
    day, cents = day_of(written[2]), amount_cents(written[4])
    if day is None or cents is None:
        return None
    return Balance(day, written[3], cents if written[1] == "C" else -cents)


def totals_of(text: str) -> tuple[int, str, int] | None:
    """``2EUR12,50`` of `:90C:`/`:90D:` → number, currency, unsigned cents."""
    written = _TOTALS.match(text)
    cents = amount_cents(written[3]) if written else None
    return None if written is None or cents is None else (int(written[1]), written[2], cents)


def movement_of(rows: list[str]) -> Movement | str:
    """Read a `:61:` field; a sentence instead of a movement says what is wrong with it.

    >>> movement_of(["2002010219RCR1027,25N068NONREF"]).amount_cents
    -102725
    """
    first = rows[0].strip() if rows else ""
    written = _MOVEMENT.match(first)
    if written is None:
        return f"Die Umsatzzeile „{first[:40]}“ ist nicht lesbar."
    value_on, cents = day_of(written["value"]), amount_cents(written["amount"])
    if value_on is None:
        return f"Das Datum „{written['value']}“ gibt es nicht."
    if cents is None:
        return f"Der Betrag „{written['amount'][:30]}“ ist nicht lesbar."
    booked_on = _entry_day(value_on, (written["entry"] or "").strip())
    if booked_on is None:
        return f"Der Buchungstag „{written['entry']}“ passt nicht zum Datum „{written['value']}“."
    mark = written["mark"].upper()
    customer, _, bank = written["rest"].partition("//")
    more = " ".join(rows[1:])
    charges, instructed = _CHARGES.search(more), _INSTRUCTED.search(more)
    return Movement(
        booked_on=booked_on,
        value_on=value_on,
        amount_cents=-cents if mark in {"D", "RC", "ED"} else cents,
        reversal=mark.startswith("R"),
        customer_ref=reference(customer),
        bank_ref=reference(bank),
        supplementary=more,
        charges_cents=(amount_cents(charges[1]) or 0) if charges else 0,
        instructed=f"{instructed[2].replace(',', '.')} {instructed[1]}" if instructed else "",
    )


def _entry_day(value_on: date, written: str) -> date | None:
    """The booking day MMDD in the year that puts it within half a year of the value date; the value date if the bank names none."""
    if not written:
        return value_on
    for year in (value_on.year, value_on.year + 1, value_on.year - 1):
        day = day_of(f"{year % 100:02d}{written}")
        if day is not None and abs((day - value_on).days) <= _HALF_YEAR_DAYS:
            return day
    return None
