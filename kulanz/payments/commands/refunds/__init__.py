"""The only place that writes refunds: found, agreed by a second person, ordered, booked when the bank's line is here."""

from kulanz.payments.commands.refunds.decide import approve, name_account, refuse
from kulanz.payments.commands.refunds.find import ask_for_refund, comes_back_by_provider, propose_due
from kulanz.payments.commands.refunds.order import order_refunds
from kulanz.payments.commands.refunds.paid import paid_out

__all__ = [
    "approve",
    "ask_for_refund",
    "comes_back_by_provider",
    "name_account",
    "order_refunds",
    "paid_out",
    "propose_due",
    "refuse",
]
