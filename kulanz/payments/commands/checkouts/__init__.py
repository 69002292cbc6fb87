"""Payments through a provider: started by the debtor, followed by what the provider says, reconciled with what it pays out."""

from kulanz.payments.commands.checkouts.decide import accept_amount, give_back, set_aside
from kulanz.payments.commands.checkouts.hear import hear, poll, refresh
from kulanz.payments.commands.checkouts.of_day import ProvidersOfDay, providers_of_day
from kulanz.payments.commands.checkouts.reconcile import Reconciled, reconcile
from kulanz.payments.commands.checkouts.start import Wish, place, send_off
from kulanz.payments.commands.checkouts.take import take

__all__ = [
    "ProvidersOfDay",
    "Reconciled",
    "Wish",
    "accept_amount",
    "give_back",
    "hear",
    "place",
    "poll",
    "providers_of_day",
    "reconcile",
    "refresh",
    "send_off",
    "set_aside",
    "take",
]
