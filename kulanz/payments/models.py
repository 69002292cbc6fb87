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
    number = models.CharField(max_length=60, blank=True)
    sequence = models.CharField(max_length=60, blank=True)
    currency = models.CharField(max_length=3)
    opening_cents = models.BigIntegerField(null=True)
    closing_cents = models.BigIntegerField(null=True)
    from_on = models.DateField(null=True)
    to_on = models.DateField(null=True)
    gap = models.BooleanField(default=False)


class LineState(models.TextChoices):
    """What became of a bank line."""

    BOOKED = "booked"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


class BankLine(models.Model):
    """One movement on a bank account. `key` is the bank's own reference, else row hash and occurrence in its booking day."""

    id = models.BigAutoField(primary_key=True)
    statement = models.ForeignKey(BankStatement, on_delete=models.PROTECT, related_name="lines")
    creditor = models.ForeignKey("claims.Creditor", null=True, on_delete=models.PROTECT)
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
    key = models.CharField(max_length=200, unique=True)
    state = models.CharField(max_length=10, choices=LineState, default=LineState.UNMATCHED)
    case = models.ForeignKey("claims.Case", null=True, on_delete=models.PROTECT, related_name="bank_lines")
    reason = models.CharField(max_length=200, blank=True)
    confidence = models.SmallIntegerField(default=0)
    proposals = models.JSONField(default=list)
    entry_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=LineState.values), name="payments_line_state")]
        indexes = [models.Index(fields=["state", "booked_on"], name="payments_line_state_day")]
