"""Bank accounts people type: check digits, the country's own form, whether SEPA reaches them, and which bank it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from kulanz.payments.debit_errors import IbanInvalid, IbanOutsideSepa


@dataclass(frozen=True, slots=True)
class BankAccount:
    """A checked account. `bic` and `bank` are empty where the bank's directory does not say."""

    iban: str
    bic: str
    bank: str


def read_account(written: str) -> BankAccount:
    """Read an IBAN however it is spaced. Raises `IbanInvalid` or `IbanOutsideSepa`.

    >>> read_account("DE89 3704 0044 0532 0130 00").bic
    'COBADEFFXXX'
    """
    try:
        iban = IBAN(written.strip().upper(), validate_bban=True)
    except SchwiftyException as problem:
        raise IbanInvalid from problem
    if not iban.in_sepa_zone:
        raise IbanOutsideSepa
    return BankAccount(str(iban), str(iban.bic or ""), iban.bank_short_name or iban.bank_name or "")
