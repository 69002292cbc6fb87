"""Accounts, entries, postings: double entry, append only, checked by the database (see migrations/0002_guards.py)."""

from __future__ import annotations

from django.db import models

from kulanz.ledger.components import Component

__all__ = ["Account", "AccountKind", "Component", "Entry", "EntryKind", "Posting"]


class AccountKind(models.TextChoices):
    """What an account stands for. Debit is positive: a claim account's balance is what is owed."""

    CLAIM = "claim"
    BANK = "bank"
    SUSPENSE = "suspense"
    INCOME = "income"
    WRITE_OFF = "writeoff"
    PROVIDER = "provider"  # what a payment provider has taken and not yet paid out
    DIRECT = "direct"  # what debtors paid to the creditor itself, past our account
    REMITTED = "remitted"  # what was paid out to the creditor
    WITHHELD = "withheld"  # fees the agency kept back from what it paid out


class EntryKind(models.TextChoices):
    """The business fact an entry records."""

    CLAIM_OPENED = "claim_opened"
    CLAIM_CORRECTED = "claim_corrected"
    CHARGE = "charge"
    CORRECTION = "correction"
    INTEREST = "interest"
    PAYMENT = "payment"
    PAYMENT_UNMATCHED = "payment_unmatched"
    ASSIGNMENT = "assignment"
    CHARGEBACK = "chargeback"
    REFUND = "refund"
    PAYOUT = "payout"
    REMITTANCE = "remittance"
    WAIVER = "waiver"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    REVERSAL = "reversal"


class Account(models.Model):
    """One account of one tenant in one currency. The ledger knows no people: claims point here, not the other way."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=AccountKind)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=AccountKind.values), name="ledger_account_kind"),
            models.UniqueConstraint(
                fields=["tenant_id", "kind", "currency"], condition=~models.Q(kind="claim"), name="ledger_account_one_of_a_kind"
            ),
        ]


class Entry(models.Model):
    """One business fact with its effective date (`occurred_on`), its booking moment and its source document.

    `reverses` names the entry this one undoes; `corrects` the entry whose distribution this one shifts after back-dated money came in.
    `asked` is what was wanted where the lines alone do not say it (a waiver reaches only as far as something is open): cents, claim,
    component, and the claims a payer named. Its keys are asked by the database once a statement (migrations/0008_import_speed.py).
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.BigIntegerField()
    occurred_on = models.DateField()
    booked_at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=EntryKind)
    source = models.TextField()
    idempotency_key = models.CharField(max_length=200)
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="reversed_by", db_index=False, db_constraint=False
    )
    corrects = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="corrections", db_index=False, db_constraint=False
    )
    asked = models.JSONField(default=dict, db_default={})

    class Meta:
        # Most entries neither reverse nor correct anything: partial indexes cost the bulk import nothing.
        indexes = [models.Index(fields=["corrects"], condition=models.Q(corrects__isnull=False), name="ledger_entry_corrects")]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="ledger_entry_kind"),
            models.UniqueConstraint(fields=["idempotency_key"], name="ledger_entry_key"),
            models.UniqueConstraint(fields=["reverses"], condition=models.Q(reverses__isnull=False), name="ledger_entry_reversed_once"),
        ]


class Posting(models.Model):
    """One line of an entry. Debit positive, credit negative; the lines of an entry sum to zero per currency.

    Both keys are asked by the database once a statement (migrations/0008_import_speed.py), not row by row. There its own key is that of
    its entry with its ``id`` (migrations/0009_posting_key.py), so that no posting should be looked up by its ``id`` alone.
    """

    id = models.BigAutoField(primary_key=True)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="postings", db_constraint=False, db_index=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="postings", db_constraint=False)
    tenant_id = models.BigIntegerField()
    component = models.CharField(max_length=16, choices=[(part.value, part.name.replace("_", " ").title()) for part in Component])
    amount_cents = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(amount_cents=0), name="ledger_posting_not_zero"),
            models.CheckConstraint(condition=models.Q(component__in=[part.value for part in Component]), name="ledger_posting_component"),
        ]
