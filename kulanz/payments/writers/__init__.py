"""Files for the bank: what is collected and what is paid back, in the messages of ISO 20022."""

from kulanz.payments.writers.pain import Debit, Party, Transfer, Written, debit_file, transfer_file

__all__ = ["Debit", "Party", "Transfer", "Written", "debit_file", "transfer_file"]
