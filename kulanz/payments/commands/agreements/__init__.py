"""The only place that writes agreements: made, offered, changed, kept, missed, broken, ended."""

from kulanz.payments.commands.agreements.agree import Asked, agree
from kulanz.payments.commands.agreements.budget import forget_budgets, keep_budget
from kulanz.payments.commands.agreements.bundle import BundleAsked, agree_bundle
from kulanz.payments.commands.agreements.check_due import check_due
from kulanz.payments.commands.agreements.close import cancel
from kulanz.payments.commands.agreements.follow import follow_money
from kulanz.payments.commands.agreements.offer import OfferAsked, accept, approve, offer_settlement
from kulanz.payments.commands.agreements.revise import revise, shift

__all__ = [
    "Asked",
    "BundleAsked",
    "OfferAsked",
    "accept",
    "agree",
    "agree_bundle",
    "approve",
    "cancel",
    "check_due",
    "follow_money",
    "forget_budgets",
    "keep_budget",
    "offer_settlement",
    "revise",
    "shift",
]
