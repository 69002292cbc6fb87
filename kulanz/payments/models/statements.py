"""Bank statements and their lines: money as the bank reported it, each line with its state, reason and evidence."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class StatementFile(models.Model):
    """One file from a bank, taken or refused with a reason."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=80)
    problems = models.JSONField(default=list)


class BankStatement(models.Model):
    """One statement of one account inside a file. Opening and closing are null where the bank reports none (intraday)."""

    id = models.BigAutoField(primary_key=True)
    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT, related_name="statements")
    creditor = models.ForeignKey("claims.Creditor", null=True, on_delete=models.PROTECT)
    account_iban = models.CharField(max_length=60)
    identity = models.CharField(max_length=32, unique=True)
    line_number = models.IntegerField(default=0)
    intraday = models.BooleanField(default=False)
    number = models.CharField(max_length=60, blank=True)
    sequence = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    opening_cents = models.BigIntegerField(null=True)
    closing_cents = models.BigIntegerField(null=True)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    gap = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["account_iban", "to_on"], name="payments_statement_account")]


class Sighting(models.Model):
    """How often a statement shows a row that has no reference of the bank: what tells two equal transfers from one shown twice."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="sightings")
    row_key = models.CharField(max_length=32)
    booked_on = models.DateField()
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["row_key", "statement"], name="payments_sighting_once")]


class LineState(models.TextChoices):
    """What became of a bank line."""

    BOOKED = "booked"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


class BankLine(models.Model):
    """One movement on a bank account.

    `key` is the row's key (the bank's own reference, else its content, see `rules/identity.py`) and its number among equal ones of the day.
    `carried_entry_id` is the entry that carries the line in the books (bank against suspense), `entry_id` the one that gave it to a case;
    `bookings` counts those, since a line can be undone and assigned again. `looked_claim_id` is the newest claim there was when somebody
    last asked whose it is: what comes in later may be its claim. `proposals` holds ranked cases with reason and confidence,
    `splits` the shares of a line that pays several cases; such a line has no `case` and no `entry_id` of its own. Its keys are asked by the
    database once a statement (migrations/0011_import_speed.py), not row by row.
    """

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False)
    creditor = models.ForeignKey("claims.Creditor", null=True, on_delete=models.PROTECT, db_constraint=False)
    account_iban = models.CharField(max_length=60)
    booked_on = models.DateField()
    value_on = models.DateField(null=True)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    purpose = models.TextField(blank=True)
    counterparty_name = models.CharField(max_length=200, blank=True)
    counterparty_iban = models.CharField(max_length=60, blank=True)
    end_to_end_id = models.CharField(max_length=100, blank=True)
    bank_ref = models.CharField(max_length=200, blank=True)
    # Sorted by its bytes wherever it runs: lines of one row are found by a range of keys.
    key = models.CharField(max_length=200, db_collation="C")
    state = models.CharField(max_length=10, choices=LineState, default=LineState.UNMATCHED)
    on_behalf_of = models.CharField(max_length=200, blank=True)
    return_reason = models.CharField(max_length=10, blank=True)
    reversal = models.BooleanField(default=False)
    charges_cents = models.BigIntegerField(default=0)
    instructed = models.CharField(max_length=60, blank=True)
    line_number = models.IntegerField(default=0)
    case = models.ForeignKey("claims.Case", null=True, on_delete=models.PROTECT, related_name="bank_lines", db_constraint=False)
    claim_ids = models.JSONField(default=list)
    reason = models.CharField(max_length=200, blank=True)
    confidence = models.SmallIntegerField(default=0)
    proposals = models.JSONField(default=list)
    splits = models.JSONField(default=list)
    carried_entry_id = models.BigIntegerField(null=True)
    entry_id = models.BigIntegerField(null=True)
    bookings = models.SmallIntegerField(default=0)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    looked_claim_id = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=LineState.values), name="payments_line_state"),
            models.UniqueConstraint(fields=["key"], name="payments_line_key"),
        ]
        indexes = [
            models.Index(fields=["state", "booked_on"], name="payments_line_state_day"),
            models.Index(fields=["counterparty_iban", "account_iban"], name="payments_line_payer"),
        ]
