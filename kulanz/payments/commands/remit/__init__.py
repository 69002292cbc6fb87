"""Passing money on: what is agreed, the run, the second pair of eyes, the payment order, the bank's answer."""

from kulanz.payments.commands.remit.approve import approve
from kulanz.payments.commands.remit.paid import END_TO_END, paid_out
from kulanz.payments.commands.remit.prepare import drop, prepare
from kulanz.payments.commands.remit.terms import NewTerms, set_agency, set_terms

__all__ = ["END_TO_END", "NewTerms", "approve", "drop", "paid_out", "prepare", "set_agency", "set_terms"]
