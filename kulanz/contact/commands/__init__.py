"""The only place that writes messages, links and what debtors tell us."""

from kulanz.contact.commands.decided import decided_by_person
from kulanz.contact.commands.hear import hear_paid_already, hear_something_wrong
from kulanz.contact.commands.queue import Queued, cancel_queued, queue_answer, queue_messages, queue_receipt
from kulanz.contact.commands.resolve import mark_sent_by_person, send_again
from kulanz.contact.commands.silence import silence

__all__ = [
    "Queued",
    "cancel_queued",
    "decided_by_person",
    "hear_paid_already",
    "hear_something_wrong",
    "mark_sent_by_person",
    "queue_answer",
    "queue_messages",
    "queue_receipt",
    "send_again",
    "silence",
]
