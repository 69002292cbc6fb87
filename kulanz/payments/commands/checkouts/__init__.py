"""Payments through a provider: started by the debtor, followed by what it says, given back by two people, reconciled with its payouts."""

from kulanz.payments.commands.checkouts.decide import accept_amount, set_aside
from kulanz.payments.commands.checkouts.give_back import SentBack, order_back, send_back, send_waiting
from kulanz.payments.commands.checkouts.hear import hear, poll, refresh
from kulanz.payments.commands.checkouts.of_day import ProvidersOfDay, providers_of_day
from kulanz.payments.commands.checkouts.payout_by_hand import pay_out_by_hand
from kulanz.payments.commands.checkouts.problems import mark_done
from kulanz.payments.commands.checkouts.reconcile import Reconciled, reconcile
from kulanz.payments.commands.checkouts.slips import is_refund_slip, refund_slip_pdf, send_slip_again, slip_pdf, withdraw
from kulanz.payments.commands.checkouts.start import Wish, place, send_off
from kulanz.payments.commands.checkouts.take import take

__all__ = [
    "ProvidersOfDay",
    "Reconciled",
    "SentBack",
    "Wish",
    "accept_amount",
    "hear",
    "is_refund_slip",
    "mark_done",
    "order_back",
    "pay_out_by_hand",
    "place",
    "poll",
    "providers_of_day",
    "reconcile",
    "refresh",
    "refund_slip_pdf",
    "send_back",
    "send_off",
    "send_slip_again",
    "send_waiting",
    "set_aside",
    "slip_pdf",
    "take",
    "withdraw",
]
