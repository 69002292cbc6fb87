"""The only place that writes mandates, collections and the files that order them."""

from kulanz.payments.commands.direct_debits.announce import announce_due, cancel_collection, collect
from kulanz.payments.commands.direct_debits.arrive import batch_arrived, collected, expected
from kulanz.payments.commands.direct_debits.go_back import returned
from kulanz.payments.commands.direct_debits.mandates import (
    Signature,
    expire_mandates,
    preview_mandate,
    revoke_mandate,
    set_collector,
    sign_mandate,
)
from kulanz.payments.commands.direct_debits.of_day import debits_of_day
from kulanz.payments.commands.direct_debits.offer import offer_mandate
from kulanz.payments.commands.direct_debits.submit import Submitted, submit_due

__all__ = [
    "Signature",
    "Submitted",
    "announce_due",
    "batch_arrived",
    "cancel_collection",
    "collect",
    "collected",
    "debits_of_day",
    "expected",
    "expire_mandates",
    "offer_mandate",
    "preview_mandate",
    "returned",
    "revoke_mandate",
    "set_collector",
    "sign_mandate",
    "submit_due",
]
