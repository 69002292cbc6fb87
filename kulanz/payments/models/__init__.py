"""The tables of the room: statements and their lines, agreements, direct debits, provider payments, money out."""

from kulanz.payments.models.agreements import (
    LIVE,
    Agreement,
    AgreementKind,
    AgreementPolicy,
    AgreementState,
    BudgetStatement,
    Instalment,
    InterestDuring,
)
from kulanz.payments.models.providers import UNDECIDED, Checkout, CheckoutState, PayoutState, ProviderEvent, ProviderPayout
from kulanz.payments.models.statements import BankLine, BankStatement, LineState, Sighting, StatementFile

__all__ = [
    "LIVE",
    "UNDECIDED",
    "Agreement",
    "AgreementKind",
    "AgreementPolicy",
    "AgreementState",
    "BankLine",
    "BankStatement",
    "BudgetStatement",
    "Checkout",
    "CheckoutState",
    "Instalment",
    "InterestDuring",
    "LineState",
    "PayoutState",
    "ProviderEvent",
    "ProviderPayout",
    "Sighting",
    "StatementFile",
]
